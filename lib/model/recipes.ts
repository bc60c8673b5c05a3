// The recipes: what is trained and how, as data that reads top to bottom.

import type { Augmentation } from "../data/augment.ts";
import { UserError } from "../errors.ts";
import { type Architecture, classCount, type Layer } from "./layers.ts";

/** Everything that a training run is told, but for the data. */
export interface Recipe extends Architecture {
  /** What it is called, and the model that comes of it. */
  name: string;
  /** The data set that it is for, unless told otherwise. Default mnist. */
  dataset?: string;
  /** One line for help texts and reports. */
  summary: string;
  /** Both losses are the same number; the names say how Keras is given the labels. */
  loss: "sparse_categorical_crossentropy" | "categorical_crossentropy";
  /**
   * What is taken from the right class's target and spread evenly over all classes (Szegedy et al.
   * 2016): onehot * (1 - s) + s / K. The loss that training reports is the one so smoothed.
   */
  labelSmoothing: number;
  /** What makes a step of a gradient. */
  optimizer: Adam;
  /** How far a step goes. */
  learningRate: Schedule;
  /** What is done to the training pictures, anew in each epoch; nothing unless given. */
  augmentation?: Augmentation;
  /**
   * Share of all steps, the last ones, that see the pictures as they are: warped ones are a little
   * blurred, those to be read are not. None unless given.
   */
  unaugmented?: number;
  /**
   * Digits drawn by the random pen (data/synthetic.ts), for each picture to train on: hands that the
   * data set does not know, with European 1s and 7s and open 4s. None unless given.
   */
  drawn?: number;
  /** How often all pictures are trained on. */
  epochs: number;
  /** Pictures a step. */
  batchSize: number;
  /** Fraction of the training examples held back to measure each epoch on. */
  validationSplit: number;
  /** What `--classic` changes: the settings that the original program had. */
  classic?: Partial<Recipe>;
}

/** Adam (Kingma and Ba 2015), with weight decay AdamW (Loshchilov and Hutter 2019). */
export interface Adam {
  /** What is kept of the mean of gradients in a step. */
  beta1: number;
  /** What is kept of the mean of their squares in a step. */
  beta2: number;
  /** Added outside the square root, as TensorFlow.js does. */
  epsilon: number;
  /**
   * Each step also takes learningRate * weightDecay * w off every kernel w, as it was before the
   * step; not off biases, gammas and betas, the tensors of rank 1.
   */
  weightDecay: number;
}

/**
 * A learning rate that changes from step to step, in straight lines: from `start` up to `peak`, then
 * down to `end` (one cycle; Smith and Topin 2017). The few epochs of these recipes are better used
 * when the first steps are careful and the last ones small.
 */
export interface Schedule {
  /** In the first step. */
  start: number;
  /** The highest. */
  peak: number;
  /** What it would be after the last step. */
  end: number;
  /** Fraction of all steps that lead up to the peak. */
  warmUp: number;
}

/** @param progress Fraction of all steps that are done, from 0 to 1. */
export function learningRateAt({ start, peak, end, warmUp }: Schedule, progress: number): number {
  if (progress < warmUp) return start + (peak - start) * progress / warmUp;
  return end + (peak - end) * (1 - progress) / (1 - warmUp);
}

/** The optimizer of every recipe that names no other: the defaults of Keras. */
export const ADAM: Adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0 };

/** What the original program trained with: Adam at Keras' constant rate, pictures as they are. */
const CLASSIC: Partial<Recipe> = {
  optimizer: ADAM,
  learningRate: { start: 0.001, peak: 0.001, end: 0.001, warmUp: 0 },
  labelSmoothing: 0,
  augmentation: undefined,
};

const softmax: Layer = { type: "dense", units: 10, activation: "softmax" };
const pool: Layer = { type: "maxPooling2d", poolSize: 2 };
const relu: Layer = { type: "relu" };

/** A convolution of 3x3, brought to mean 0 and variance 1; with pooling between, which is cheaper. */
function normalised(filters: number, { padding = "valid", pooled = false }: {
  padding?: "valid" | "same";
  pooled?: boolean;
} = {}): Layer[] {
  return [
    { type: "conv2d", filters, kernelSize: 3, padding, activation: "linear", useBias: false },
    ...(pooled ? [pool] : []),
    { type: "batchNormalization", momentum: 0.9, epsilon: 0.001 },
    relu,
  ];
}

/** The recipes by name. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  dense: {
    name: "dense",
    summary: "two hidden layers of 128 units",
    inputShape: [28, 28, 1],
    layers: [
      { type: "flatten" },
      { type: "dense", units: 128, activation: "relu" },
      { type: "dense", units: 128, activation: "relu" },
      softmax,
    ],
    loss: "sparse_categorical_crossentropy",
    labelSmoothing: 0.1,
    optimizer: { ...ADAM, beta2: 0.99 },
    learningRate: { start: 0.003, peak: 0.003, end: 0, warmUp: 0 },
    augmentation: { shift: 1 },
    epochs: 3,
    batchSize: 32,
    validationSplit: 0.05,
    classic: { ...CLASSIC, validationSplit: 0 },
  },
  cnn: {
    name: "cnn",
    summary: "two convolutions, each with max-pooling",
    inputShape: [28, 28, 1],
    layers: [
      { type: "conv2d", filters: 32, kernelSize: 3, padding: "valid", activation: "relu" },
      pool,
      { type: "conv2d", filters: 64, kernelSize: 3, padding: "valid", activation: "relu" },
      pool,
      { type: "flatten" },
      { type: "dense", units: 128, activation: "relu" },
      softmax,
    ],
    loss: "categorical_crossentropy",
    labelSmoothing: 0.1,
    optimizer: { ...ADAM, beta2: 0.99 },
    learningRate: { start: 0, peak: 0.002, end: 0, warmUp: 0.1 },
    augmentation: { shift: 1.5, rotationDeg: 10, zoom: 0.1, shear: 0.1 },
    epochs: 5,
    batchSize: 64,
    validationSplit: 0.1,
    classic: CLASSIC,
  },
  // The network and the cycle of train_mnist_fast (99.04 % over 30 seeds).
  fast: {
    name: "fast",
    summary: "one epoch",
    inputShape: [28, 28, 1],
    layers: [
      { type: "conv2d", filters: 24, kernelSize: 5, padding: "valid", activation: "relu" },
      pool,
      { type: "conv2d", filters: 32, kernelSize: 3, padding: "valid", activation: "relu" },
      pool,
      { type: "flatten" },
      { type: "dense", units: 256, activation: "relu" },
      softmax,
    ],
    loss: "sparse_categorical_crossentropy",
    labelSmoothing: 0.1,
    optimizer: { ...ADAM, beta1: 0.7, beta2: 0.9 },
    learningRate: { start: 0.0004, peak: 0.01, end: 0, warmUp: 0.25 },
    epochs: 1,
    batchSize: 256,
    validationSplit: 0.05,
  },
  tiny: {
    name: "tiny",
    summary: "few parameters, for browsers and microcontrollers",
    inputShape: [28, 28, 1],
    layers: [
      ...normalised(8),
      ...normalised(8, { pooled: true }),
      ...normalised(16),
      ...normalised(16, { pooled: true }),
      ...normalised(16),
      { type: "globalAveragePooling2d" },
      softmax,
    ],
    loss: "sparse_categorical_crossentropy",
    labelSmoothing: 0.1,
    optimizer: { ...ADAM, beta2: 0.99 },
    learningRate: { start: 0, peak: 0.01, end: 0, warmUp: 0.2 },
    augmentation: { shift: 1, rotationDeg: 7 },
    epochs: 30,
    batchSize: 128,
    validationSplit: 0.05,
  },
  best: {
    name: "best",
    summary: "the most accurate",
    inputShape: [28, 28, 1],
    layers: [
      ...normalised(32, { pooled: true }),
      ...normalised(64, { padding: "same" }),
      ...normalised(64, { pooled: true }),
      ...normalised(128, { padding: "same" }),
      ...normalised(128),
      { type: "flatten" },
      { type: "dropout", rate: 0.4 },
      softmax,
    ],
    loss: "sparse_categorical_crossentropy",
    labelSmoothing: 0.1,
    optimizer: { ...ADAM, beta2: 0.99 },
    learningRate: { start: 0, peak: 0.004, end: 0, warmUp: 0.2 },
    augmentation: { shift: 1.5, rotationDeg: 10, zoom: 0.1, shear: 0.1, elastic: 0.4 },
    unaugmented: 0.1,
    drawn: 0.02,
    epochs: 30,
    batchSize: 64,
    validationSplit: 0.05,
  },
  reject: {
    name: "reject",
    dataset: "mnist-or-others",
    summary: "tells digits from what is none",
    inputShape: [28, 28, 1],
    layers: [
      ...normalised(16, { pooled: true }),
      ...normalised(32),
      ...normalised(32, { pooled: true }),
      ...normalised(64, { padding: "same" }),
      { type: "flatten" },
      { type: "dense", units: 2, activation: "softmax" },
    ],
    loss: "sparse_categorical_crossentropy",
    labelSmoothing: 0.1,
    optimizer: { ...ADAM, beta2: 0.99 },
    learningRate: { start: 0, peak: 0.006, end: 0, warmUp: 0.2 },
    augmentation: { shift: 1, rotationDeg: 7, zoom: 0.1, shear: 0.1 },
    unaugmented: 0.1,
    epochs: 12,
    batchSize: 128,
    validationSplit: 0.05,
  },
};

/**
 * A recipe by name.
 *
 * @param options.classic With the original program's settings.
 * @throws {UserError} when there is none of that name, or it has no original.
 */
export function findRecipe(name: string, { classic = false }: { classic?: boolean } = {}): Recipe {
  const recipe = Object.hasOwn(RECIPES, name) ? RECIPES[name] : undefined;
  if (!recipe) {
    throw new UserError(`There is no recipe "${name}", only ${Object.keys(RECIPES).join(", ")}`, {
      exitCode: 2,
    });
  }
  if (!classic) return recipe;
  if (!recipe.classic) {
    const names = Object.values(RECIPES).filter((recipe) => recipe.classic).map(({ name }) => name);
    throw new UserError(
      `The original program had no ${name}: --classic is for ${names.join(" and ")}`,
      { exitCode: 2 },
    );
  }
  return { ...recipe, ...recipe.classic };
}

/**
 * The recipe for a data set: its last layer has an output for each class.
 *
 * @throws {UserError} when the recipe is for one data set, and this one has other classes.
 */
export function recipeFor(
  recipe: Recipe,
  { name, classes }: { name: string; classes: readonly string[] },
): Recipe {
  const outputs = classCount(recipe);
  if (outputs === classes.length) return recipe;
  if (recipe.dataset !== undefined) {
    throw new UserError(
      `${recipe.name} tells ${outputs} classes apart, and ${name} has ${classes.length}: ` +
        `${classes.join(", ")}. Name another data set with --dataset, or none`,
      { exitCode: 2 },
    );
  }
  const last = recipe.layers.at(-1) as Layer & { type: "dense" };
  return { ...recipe, layers: [...recipe.layers.slice(0, -1), { ...last, units: classes.length }] };
}
