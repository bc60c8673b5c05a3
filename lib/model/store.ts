// Trained models on disk: models/<name>/ with model.json, weights.bin and metrics.json.

import { UserError } from "../errors.ts";
import { readFrom } from "../fetch.ts";
import { writeFiles } from "../files.ts";
import { PROGRAM } from "../own.ts";
import {
  decodeModel,
  encodeModel,
  type EncodeOptions,
  type Model,
  WEIGHTS_FILE,
} from "./format.ts";
import { encodeMetrics, type Metrics, METRICS_FILE } from "./metrics.ts";

/** All that a model's folder has of the model; a checkpoint or a report may be there besides. */
export const MODEL_FILES: readonly string[] = ["model.json", WEIGHTS_FILE, METRICS_FILE];

/** @throws {UserError} when the folder cannot be written to; an older model there is kept then. */
export async function saveModel(
  directory: string,
  model: Model,
  metrics: Metrics,
  options: EncodeOptions = {},
): Promise<void> {
  const { json, weights } = encodeModel(model, options);
  await makeDirectory(directory);
  await writeFiles({
    [`${directory}/${WEIGHTS_FILE}`]: weights,
    [`${directory}/model.json`]: json,
    [`${directory}/${METRICS_FILE}`]: encodeMetrics(metrics),
  });
}

/** Replaces metrics.json alone. */
export async function saveMetrics(directory: string, metrics: Metrics): Promise<void> {
  await writeFiles({ [`${directory}/${METRICS_FILE}`]: encodeMetrics(metrics) });
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
  // Both at once; where there is neither, it is the first that is missed.
  const reading = [`${directory}/model.json`, `${directory}/${WEIGHTS_FILE}`].map(read);
  await Promise.allSettled(reading);
  const [json, weights] = await Promise.all(reading);
  try {
    return decodeModel(new TextDecoder().decode(json), weights);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`The model in ${directory} cannot be used: ${error.message}`, {
      cause: error,
    });
  }
}

/** @throws {UserError} when there is none, or it is damaged. */
export async function loadMetrics(directory: string): Promise<Metrics> {
  const path = `${directory}/${METRICS_FILE}`;
  try {
    return JSON.parse(new TextDecoder().decode(await read(path)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${path} is damaged: ${error.message}`, { cause: error });
  }
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readFrom(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const name = path.split("/").at(-2);
    throw new UserError(
      `There is no ${path}. Train the model with: ${PROGRAM} train --model ${name}, or name ` +
        "another folder of models with --models",
      { cause: error },
    );
  }
}
