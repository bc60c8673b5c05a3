// What is known of a trained model beside its weights. Pure data.

import type { DatasetPart } from "../data/examples.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Rejection } from "./rejection.ts";
import type { EpochResult } from "./trainer.ts";

/** The name of the metrics' file beside model.json. */
export const METRICS_FILE = "metrics.json";

/** How a model was trained and what came of it: what metrics.json holds. */
export interface Metrics {
  /** Its name. */
  recipe: string;
  /** Trained with the original program's settings. */
  classic: boolean;
  /** Numbers in the network. */
  parameters: number;
  /** Of everything random. */
  seed: number;
  /** How often all pictures were trained on. */
  epochs: number;
  /** Pictures a step. */
  batchSize: number;
  /** What did the work, for people. */
  backend: string;
  /** Of this program and what runs it, by name. */
  versions: Record<string, string>;
  /** What was trained on, and tested with. */
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
    /** The data sets that it was joined of; otherwise missing. */
    parts?: readonly DatasetPart[];
  };
  /** Where another model was fine-tuned: which, and how good that was on the same test pictures. */
  from?: {
    /** As it was asked for. */
    model: string;
    /** The recipe that it was trained with, where it was one of ours. */
    recipe?: string;
    test: TestResult;
  };
  /** What each output stands for, in order. */
  classes: readonly string[];
  /** What each epoch came to. */
  history: EpochResult[];
  /** What logits are divided by before softmax; 1 where there were no examples to find it on. */
  temperature: number;
  /** Measured once, after the last epoch, with that temperature. */
  test: TestResult & {
    /** How many pictures of each class (rows) were taken for each (columns); older files have none. */
    confusionMatrix?: number[][];
  };
  /** Where the network tells digits from what is none: how well, by kind of test picture. */
  rejections?: Rejection[];
  /** Test accuracy after the last epoch of several runs that differ in nothing but the seed. */
  seeds?: SeedStatistics;
  /** SHA-256 of the weights.bin that was saved along; older files have none. */
  weightsSha256?: string;
}

/** What came of the test pictures. */
export interface TestResult extends Evaluation {
  /** Of each data set that they were joined of and that has some; missing where there is one. */
  parts?: (Evaluation & { name: string; count: number })[];
}

/** What several runs came to that differ in nothing but the seed. */
export interface SeedStatistics {
  /** The runs had this seed and those that follow it. */
  first: number;
  /** How many. */
  n: number;
  /** Of the values. */
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

/** The contents of metrics.json. */
export function encodeMetrics(metrics: Metrics): string {
  return JSON.stringify(metrics, null, 2) + "\n";
}
