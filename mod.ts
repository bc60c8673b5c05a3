/**
 * Reads handwritten digits in pictures, and trains networks that do: the library that the commands
 * are made of, for Deno, Node and browsers.
 *
 * @example
 * ```ts
 * import { createRecogniser } from "@digits/digits";
 * import { assertEquals } from "@std/assert";
 *
 * using recogniser = await createRecogniser();
 * const { text, digits } = await recogniser.read(await Deno.readFile("images/number.jpg"));
 * for (const { digit, confidence, box } of digits) console.log(digit, confidence, box);
 * assertEquals(text.length, digits.length);
 * ```
 *
 * @module
 */

export {
  createRecogniser,
  type ReadOptions,
  type Recogniser,
  type RecogniserOptions,
} from "./lib/library/recogniser.ts";
export { MODELS } from "./lib/library/models.ts";
export type { Candidate, DigitReading, PictureReading } from "./lib/reading.ts";
export type { Picture, Size } from "./lib/image/picture.ts";

export {
  type BackendOptions,
  evaluate,
  train,
  type TrainEvent,
  type TrainingData,
  type TrainOptions,
} from "./lib/library/training.ts";
export type { EpochResult, TrainedEpoch, TrainingProgress } from "./lib/model/trainer.ts";
export type { Fallback } from "./lib/model/seed.ts";
export type { TrainedModel } from "./lib/model/training.ts";
export type { Metrics, SeedStatistics, TestResult } from "./lib/model/metrics.ts";
export type { Rejection } from "./lib/model/rejection.ts";
export type { Evaluation } from "./lib/model/evaluate.ts";
export type { Assessment, Misread, Probabilities } from "./lib/report/assess.ts";
export type { ClassificationReport, ClassScores } from "./lib/report/classification.ts";
export type { ReliabilityBin } from "./lib/report/reliability.ts";
export type { DatasetPart, Examples } from "./lib/data/examples.ts";
export { syntheticDigits, type SyntheticOptions } from "./lib/data/synthetic.ts";
export { type IdxImages, parseImages, parseLabels } from "./lib/data/idx.ts";
export { type Adam, type Recipe, RECIPES, type Schedule } from "./lib/model/recipes.ts";
export type { Augmentation } from "./lib/data/augment.ts";

export { decodeModel, encodeModel, type EncodeOptions, type Model } from "./lib/model/format.ts";
export type { Activation, Architecture, Layer, Weight } from "./lib/model/layers.ts";
export type { BackendName } from "./lib/backend/backend.ts";
export { UserError } from "./lib/errors.ts";
