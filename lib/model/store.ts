// Trained models on disk: models/<name>/ with model.json, weights.bin and metrics.json.

import { hashOf } from "../data/verify.ts";
import { UserError } from "../errors.ts";
import { readFrom } from "../fetch.ts";
import { temporariesOf, writeFiles } from "../files.ts";
import { PROGRAM } from "../own.ts";
import {
  decodeModel,
  encodeModel,
  type EncodeOptions,
  type Model,
  WEIGHTS_FILE,
  weightsHash,
  withWeightsHash,
} from "./format.ts";
import { encodeMetrics, type Metrics, METRICS_FILE } from "./metrics.ts";

const MODEL_FILE = "model.json";

/** All that a model's folder has of the model; a checkpoint or a report may be there besides. */
export const MODEL_FILES: readonly string[] = [MODEL_FILE, WEIGHTS_FILE, METRICS_FILE];

/**
 * Saves a model. One that is there already is replaced at the moment when model.json is: it says
 * which weights are its own, and they say which metrics are theirs. Where the program is killed
 * between that file and the next, the others wait under temporary names, where loadModel() and
 * loadMetrics() find them, until the model is saved the next time.
 *
 * @throws {UserError} when the folder cannot be written to; an older model there is kept then.
 */
export async function saveModel(
  directory: string,
  model: Model,
  metrics: Metrics,
  options: EncodeOptions = {},
): Promise<void> {
  const { json, weights } = encodeModel(model, options);
  const weightsSha256 = await hashOf(weights);
  await makeDirectory(directory);
  await writeFiles({
    [`${directory}/${MODEL_FILE}`]: withWeightsHash(json, weightsSha256),
    [`${directory}/${WEIGHTS_FILE}`]: weights,
    [`${directory}/${METRICS_FILE}`]: encodeMetrics({ ...metrics, weightsSha256 }),
  });
}

/** @throws {UserError} when the folder cannot be made. */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    await Deno.mkdir(directory, { recursive: true });
  } catch (error) {
    throw new UserError(
      `Could not make the folder ${directory}: ${(error as Error).message}. ` +
        "Choose another folder with --out",
      { cause: error },
    );
  }
}

/**
 * Loads the model in `directory`.
 *
 * @throws {UserError} when there is none, or it is damaged; says which file and what to do.
 */
export async function loadModel(directory: string): Promise<Model> {
  const { json, bytes } = await readSaved(directory, WEIGHTS_FILE, hashOf);
  if (json === undefined) throw missing(`${directory}/${MODEL_FILE}`);
  try {
    return decodeModel(json, bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`The model in ${directory} cannot be used: ${error.message}`, {
      cause: error,
    });
  }
}

/** @throws {UserError} when there is none, or it is damaged. */
export async function loadMetrics(directory: string): Promise<Metrics> {
  const parse = (bytes: Uint8Array): Metrics => JSON.parse(new TextDecoder().decode(bytes));
  try {
    const { bytes } = await readSaved(
      directory,
      METRICS_FILE,
      (bytes) => parse(bytes).weightsSha256,
    );
    return parse(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${directory}/${METRICS_FILE} is damaged: ${error.message}`, {
      cause: error,
    });
  }
}

/** The command that trains the model of a folder, `models/cnn`, with flags. */
export function trainCommand(directory: string, ...flags: string[]): string {
  const [, out = "models", name] = /^(?:(.*)[/\\])?(.*)$/.exec(directory)!;
  const where = out === "models" ? [] : ["--out", out];
  return [PROGRAM, "train", ...flags, "--model", name, ...where].join(" ");
}

/** A model that is replaced while it is read has been replaced at the next try. */
const TRIES = 3;

/**
 * Reads model.json and a file that was saved with it, in its place or, where the program was killed
 * before it got there, under its temporary name.
 *
 * @param hashIn The SHA-256 of the weights that a file is, or speaks of.
 * @returns No `json` where there is no model.json.
 * @throws {UserError} when there is no such file, or none that was saved with that model.json.
 */
async function readSaved(
  directory: string,
  name: string,
  hashIn: (bytes: Uint8Array<ArrayBuffer>) => Promise<string> | string | undefined,
): Promise<{ json?: string; bytes: Uint8Array<ArrayBuffer> }> {
  const path = `${directory}/${name}`;
  for (let tries = 1;; tries++) {
    // In this order: a save replaces model.json first, so the one read here is never the older.
    const bytes = await readIfThere(path);
    const model = await readIfThere(`${directory}/${MODEL_FILE}`);
    if (!bytes && !model) throw missing(`${directory}/${MODEL_FILE}`);
    const json = model && new TextDecoder().decode(model);
    const expected = json && weightsHash(json);
    if (bytes && (!expected || await hashIn(bytes) === expected)) return { json, bytes };
    for (const temporary of expected ? await temporariesOf(path) : []) {
      const bytes = await readIfThere(temporary).catch(() => undefined);
      // It may be cut off.
      const hash = bytes && await Promise.try(hashIn, bytes).catch(() => undefined);
      if (bytes && hash === expected) return { json, bytes };
    }
    if (expected && tries < TRIES) continue;
    if (!bytes) throw missing(path);
    throw new UserError(
      `${path} is damaged, or not the one that was saved with ${MODEL_FILE}. If training was ` +
        `interrupted, go on with: ${trainCommand(directory, "--resume")}; otherwise put files of ` +
        "one model there, or train it anew",
    );
  }
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await readFrom(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function missing(path: string): UserError {
  const name = path.split("/").at(-2);
  return new UserError(
    `There is no ${path}. Train the model with: ${PROGRAM} train --model ${name}, or name ` +
      "another folder of models with --models",
  );
}
