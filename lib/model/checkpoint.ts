// Where an interrupted run goes on: one file, so that it is there whole or not at all.
// Source of the format: safetensors (https://github.com/huggingface/safetensors), which other
// programs can read: a length, a JSON header, and the tensors' bytes.

import type { TrainingState } from "../backend/backend.ts";
import { UserError } from "../errors.ts";
import { removeLitter, stat, writeFiles } from "../files.ts";
import { decodeFloats, encodeFloats } from "./format.ts";
import type { Weight } from "./layers.ts";
import { RECIPES } from "./recipes.ts";
import type { SeedCheckpoint } from "./seed.ts";
import { makeDirectory } from "./store.ts";
import type { TrainingPlan } from "./training.ts";

/** What a run was told: the same again gives the same run. */
export interface RunOptions extends TrainingPlan {
  model: string;
  dataset: string;
  /** The model that is fine-tuned; missing where a recipe is trained from the beginning. */
  from?: string;
  limit: number | null;
}

export interface Checkpoint extends SeedCheckpoint {
  run: RunOptions;
  /** Runs that the same command was to do after this one. */
  next: RunOptions[];
  /** The data set's hashes, by file; those of earlier versions have none. */
  files?: Record<string, string>;
}

/** The checkpoint's file in a model's folder. */
export function checkpointPath(directory: string): string {
  return `${directory}/checkpoint.safetensors`;
}

const SETS = ["weights", "firstMoments", "secondMoments"] as const;

export async function saveCheckpoint(directory: string, checkpoint: Checkpoint): Promise<void> {
  await makeDirectory(directory);
  await writeFiles({ [checkpointPath(directory)]: encodeCheckpoint(checkpoint) });
}

/** The checkpoint in `directory`; undefined where there is none. */
export async function loadCheckpoint(directory: string): Promise<Checkpoint | undefined> {
  const path = checkpointPath(directory);
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    throw new UserError(
      `${path} is damaged: ${(error as Error).message}. Delete it and train anew`,
      { cause: error },
    );
  }
}

/** What a command may say of the run that it resumes; false is a flag that was not typed. */
type Told = { [Key in (typeof TELLING)[number]]?: RunOptions[Key] };

const TELLING = [
  "epochs",
  "batch",
  "seed",
  "seeds",
  "dataset",
  "from",
  "limit",
  "classic",
  "float16",
] as const;

/**
 * The interrupted run in a folder of models: of the model named, or of the first that has one.
 *
 * @throws {UserError} when there is none, or it began otherwise than it is told to go on.
 */
export async function findCheckpoint(
  out: string,
  told: Told,
  model?: string,
): Promise<Checkpoint> {
  for (const name of model === undefined ? await modelsIn(out) : [model]) {
    const checkpoint = await loadCheckpoint(`${out}/${name}`);
    if (!checkpoint) continue;
    for (const key of TELLING) {
      if (told[key] === undefined || told[key] === false) continue;
      if (told[key] === checkpoint.run[key]) continue;
      throw new UserError(
        `The interrupted run of ${name} has --${key} ${checkpoint.run[key]}, not ${told[key]}. ` +
          `Resume it without --${key}, or train anew without --resume`,
        { exitCode: 2 },
      );
    }
    return checkpoint;
  }
  throw new UserError(
    `There is no interrupted run${model === undefined ? "" : ` of ${model}`} in ${out}. ` +
      "Train without --resume, or name the folder with --out (of several seeds the first alone has " +
      "checkpoints)",
  );
}

/** The folders in `out`, those of recipes first, in their order. */
async function modelsIn(out: string): Promise<string[]> {
  const names = Object.keys(RECIPES);
  if (stat(out)?.isDirectory) {
    for await (const { name, isDirectory } of Deno.readDir(out)) if (isDirectory) names.push(name);
  }
  return [...new Set(names)];
}

/** Removes the checkpoint once it has served. */
export async function removeCheckpoint(directory: string): Promise<void> {
  const path = checkpointPath(directory);
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await removeLitter(path);
}

/** The checkpoint as a safetensors file. */
export function encodeCheckpoint({ run, next, files, position, state }: Checkpoint): Uint8Array {
  const tensors = SETS.flatMap((set) =>
    state[set].map(({ name, shape, data }) => ({ name: `${set}/${name}`, shape, data }))
  );
  let end = 0;
  const entries = tensors.map(({ name, shape, data }) => {
    const start = end;
    end += data.byteLength;
    return [name, { dtype: "F32", shape, data_offsets: [start, end] }];
  });
  const header = new TextEncoder().encode(JSON.stringify({
    // The format allows text only in here.
    __metadata__: { checkpoint: JSON.stringify({ run, next, files, position, step: state.step }) },
    ...Object.fromEntries(entries),
  }));
  const bytes = new Uint8Array(8 + header.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  bytes.set(encodeFloats(tensors), 8 + header.length);
  return bytes;
}

/** @throws {SyntaxError} when `bytes` are no such file. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? Infinity : Number(view.getBigUint64(0, true));
  if (8 + length > bytes.length) throw new SyntaxError(`It is cut off at ${bytes.length} bytes`);
  const { __metadata__, ...entries } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + length)),
  ) as
    & { __metadata__?: { checkpoint?: string } }
    & Record<
      string,
      { shape: number[]; data_offsets: [number, number] }
    >;
  const { run, next, files, position, step } = JSON.parse(__metadata__?.checkpoint ?? "{}");
  if (!run || !position) throw new SyntaxError("It was not written by this program");
  const state: TrainingState = { weights: [], firstMoments: [], secondMoments: [], step };
  for (const [name, { shape, data_offsets: [start, end] }] of Object.entries(entries)) {
    if (8 + length + end > bytes.length) {
      throw new SyntaxError(`It is cut off at ${bytes.length} bytes`);
    }
    const data = decodeFloats(bytes, 8 + length + start, (end - start) / 4);
    const slash = name.indexOf("/");
    const weight: Weight = { name: name.slice(slash + 1), shape, data };
    const set = SETS.find((set) => set === name.slice(0, slash));
    if (!set) throw new SyntaxError(`It holds an unknown tensor, ${name}`);
    state[set].push(weight);
  }
  // Checkpoints of before there was the option say nothing of it.
  const complete = (options: RunOptions): RunOptions => ({
    ...options,
    classic: !!options.classic,
    float16: !!options.float16,
  });
  return { run: complete(run), next: next.map(complete), files, position, state };
}
