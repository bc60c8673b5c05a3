// Training and evaluation for who embeds the program: the commands' own code, on arrays.

import type { BackendName } from "../backend/backend.ts";
import { chooseBackend } from "../backend/choose.ts";
import type { Dataset } from "../data/dataset.ts";
import { checkExamples, type Examples } from "../data/examples.ts";
import { MNIST } from "../data/sources.ts";
import type { Model } from "../model/format.ts";
import { findRecipe, type Recipe, recipeFor } from "../model/recipes.ts";
import type { Fallback } from "../model/seed.ts";
import type { TrainedEpoch, TrainingProgress } from "../model/trainer.ts";
import { type TrainedModel, type TrainingPlan, trainRecipe } from "../model/training.ts";
import { type Assessment, assessModel } from "../report/assess.ts";
import { openModel } from "./models.ts";

/** Who does the arithmetic. */
export interface BackendOptions {
  /**
   * `simd`, the default, is the CPU; `webgpu` a GPU. The others are TensorFlow.js, which is loaded then
   * and not otherwise.
   */
  backend?: BackendName;
  /** Threads of the simd backend. Default: one per core, where threads can share memory. */
  threads?: number;
}

/** What a network is trained on, and tested with. */
export interface TrainingData {
  /** What is trained on; the recipe says which part of it is held back for validation. */
  train: Examples;
  /** Touched once, after the last epoch. */
  test: Examples;
  /** What the labels stand for, two or more. Default the digits. */
  classes?: readonly string[];
  /** For the metrics: what the data are called, */
  name?: string;
  /** where they come from, */
  source?: string;
  /** and the SHA-256 of each file. */
  files?: Record<string, string>;
}

/** How a recipe is trained; what is left out is as the recipe has it. */
export interface TrainOptions extends BackendOptions {
  /** How often all pictures are trained on. */
  epochs?: number;
  /** Pictures a step. */
  batchSize?: number;
  /** Of everything random: the same seed and data give the same network. Default 1. */
  seed?: number;
  /** Train so often, with `seed`, `seed` + 1, ... Default 1. */
  seeds?: number;
  /** With the settings of the program that this one succeeds, for `dense` and `cnn`. */
  classic?: boolean;
}

/**
 * What training tells: how far it is, what an epoch came to, that a GPU failed and the CPU takes over,
 * and in the end the model.
 */
export type TrainEvent = TrainingProgress | TrainedEpoch | Fallback | TrainedModel;

/**
 * Trains a recipe's network. The last event has the model; who breaks off the loop ends the training.
 * Where a GPU fails, the CPU goes on from the last epoch's end.
 *
 * @example Training on digits that are drawn for the purpose
 * ```ts
 * import { createRecogniser, syntheticDigits, train } from "@digits/digits";
 * import { assert } from "@std/assert";
 *
 * const data = {
 *   train: syntheticDigits({ count: 2000, seed: 1, stream: 1 }),
 *   test: syntheticDigits({ count: 500, seed: 1, stream: 2 }),
 * };
 * for await (const event of train("dense", data, { epochs: 1 })) {
 *   if (event.type === "epoch") console.log(event.result.loss);
 *   if (event.type !== "trained") continue;
 *   assert(event.metrics.test.accuracy > 0.5);
 *   using recogniser = await createRecogniser({ model: event.model });
 * }
 * ```
 *
 * @param recipe The name of one, see {@linkcode RECIPES}, or one of your own; its last layer gets an
 * output for each class.
 * @throws {UserError} when there is no such recipe or backend, or the recipe is for other classes.
 * @throws {TypeError} when pictures and labels do not fit together.
 * @throws {RangeError} when there are too few classes, or a label is of none.
 */
export async function* train(
  recipe: string | Recipe,
  data: TrainingData,
  { epochs, batchSize, seed = 1, seeds = 1, classic = false, ...options }: TrainOptions = {},
): AsyncGenerator<TrainEvent> {
  const named = typeof recipe === "string" ? findRecipe(recipe, { classic }) : recipe;
  const dataset = toDataset(data);
  const found = recipeFor(named, dataset);
  const plan: TrainingPlan = {
    epochs: epochs ?? found.epochs,
    batch: batchSize ?? found.batchSize,
    seed,
    seeds,
    classic,
    float16: false,
  };
  checkPlan(plan);
  const { backend } = await open(options);
  const fallback = async () => (await open({})).backend;
  for await (const event of trainRecipe(found, plan, { backend, fallback, data: dataset })) {
    if (event.type !== "interrupted") yield event;
  }
}

function checkPlan({ epochs, batch, seeds }: TrainingPlan): void {
  for (const [name, value] of Object.entries({ epochs, batchSize: batch, seeds })) {
    if (!(Number.isInteger(value) && value > 0)) {
      throw new RangeError(`Expected ${name} to be a whole number from 1 on, found ${value}`);
    }
  }
}

function toDataset(
  { classes = MNIST.classes, name = "unnamed", source = "", files = {}, ...data }: TrainingData,
): Dataset {
  if (classes.length < 2 || new Set(classes).size < classes.length) {
    throw new RangeError(
      `Expected two or more classes, each once, found ${classes.join(", ") || "none"}`,
    );
  }
  checkExamples(data.train, classes.length);
  checkExamples(data.test, classes.length);
  return { ...data, name, classes, source, files };
}

/**
 * Measures a model: scores of each class, confusion matrix, calibration, and what it got wrong.
 *
 * @example How well a model that comes along reads digits of another hand
 * ```ts
 * import { evaluate, syntheticDigits } from "@digits/digits";
 * import { assert } from "@std/assert";
 *
 * const { accuracy, confusionMatrix } = await evaluate(
 *   "tiny",
 *   syntheticDigits({ count: 500, seed: 1 }),
 * );
 * assert(accuracy > 0.8);
 * console.log(confusionMatrix);
 * ```
 *
 * @param model As {@linkcode RecogniserOptions} has it.
 * @throws {UserError} when there is no such model or backend.
 * @throws {TypeError} when pictures and labels do not fit together.
 * @throws {RangeError} when there are none, or a label is of no class of the model.
 */
export async function evaluate(
  model: string | URL | Model,
  examples: Examples,
  options: BackendOptions = {},
): Promise<Assessment> {
  const opened = await openModel(model);
  checkExamples(examples, opened.classes.length);
  const { backend } = await open(options);
  return await assessModel(backend, opened, examples);
}

function open({ backend = "simd", threads }: BackendOptions) {
  return chooseBackend(backend, { threads });
}
