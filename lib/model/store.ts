// Trained models on disk: models/<name>/ with model.json, weights.bin and metrics.json.

import { UserError } from "../errors.ts";
import { writeFiles } from "../files.ts";
import type { Evaluation } from "./evaluate.ts";
import {
  decodeModel,
  encodeModel,
  type EncodeOptions,
  type Model,
  WEIGHTS_FILE,
} from "./format.ts";
import type { Rejection } from "./rejection.ts";
import type { EpochResult } from "./trainer.ts";

/** metrics.json: how a model was trained and what came of it. */
export interface Metrics {
  recipe: string;
  /** Trained with the original program's settings. */
  classic: boolean;
  parameters: number;
  seed: number;
  epochs: number;
  batchSize: number;
  backend: string;
  versions: Record<string, string>;
  dataset: {
    name: string;
    source: string;
    /** SHA-256 of what was read, by file name. */
    sha256: Record<string, string>;
    /** Number of examples. */
    train: number;
    /** Digits drawn by the random pen that were trained on beside those. */
    drawn: number;
    validation: number;
    test: number;
  };
  classes: readonly string[];
  history: EpochResult[];
  /** What logits are divided by before softmax; 1 where there were no examples to find it on. */
  temperature: number;
  /** Measured once, after the last epoch, with that temperature. */
  test: Evaluation & {
    /** How many pictures of each class (rows) were taken for each (columns); older files have none. */
    confusionMatrix?: number[][];
  };
  /** Where the network tells digits from what is none: how well, by kind of test picture. */
  rejections?: Rejection[];
  /** Test accuracy after the last epoch of several runs that differ in nothing but the seed. */
  seeds?: SeedStatistics;
}

export interface SeedStatistics {
  /** The runs had this seed and those that follow it. */
  first: number;
  n: number;
  mean: number;
  /** Sample standard deviation (n - 1). */
  std: number;
  /** In the order of the seeds. */
  values: number[];
  /** The runs' accuracy on the validation split, which chose the one that is kept; null without. */
  validation: (number | null)[];
}

/**
 * @param first The first seed.
 * @param values One test accuracy per seed; at least two.
 * @param validation Their accuracies on the validation split.
 */
export function seedStatistics(
  first: number,
  values: number[],
  validation: (number | null)[],
): SeedStatistics {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { first, n, mean, std: Math.sqrt(variance), values, validation };
}

/** The name of the metrics' file beside model.json. */
export const METRICS_FILE = "metrics.json";

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

function encodeMetrics(metrics: Metrics): string {
  return JSON.stringify(metrics, null, 2) + "\n";
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
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const name = path.split("/").at(-2);
    throw new UserError(
      `There is no ${path}. Train the model with: deno task train --model ${name}, or name ` +
        "another folder of models with --models",
      { cause: error },
    );
  }
}
