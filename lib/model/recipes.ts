// The recipes: what is trained and how, as data that reads top to bottom.

import type { Architecture } from "./layers.ts";

/** Everything that a training run is told, but for the data. */
export interface Recipe extends Architecture {
  name: string;
  /** One line for help texts and reports. */
  summary: string;
  /** Both losses are the same number; the names say how Keras is given the labels. */
  loss: "sparse_categorical_crossentropy" | "categorical_crossentropy";
  /**
   * What is taken from the right class's target and spread evenly over all classes (Szegedy et al.
   * 2016): onehot * (1 - s) + s / K. The loss that training reports is the one so smoothed.
   */
  labelSmoothing: number;
  optimizer: Adam;
  learningRate: Schedule;
  epochs: number;
  batchSize: number;
  /** Fraction of the training examples held back to measure each epoch on. */
  validationSplit: number;
}

/** Adam (Kingma and Ba 2015), with weight decay AdamW (Loshchilov and Hutter 2019). */
export interface Adam {
  beta1: number;
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
 * A learning rate that falls from step to step, in a straight line from `start` to `end`: the few
 * epochs of these recipes are better used when the last steps are small. Keras' default is 0.001
 * throughout.
 */
export interface Schedule {
  start: number;
  /** What it would be after the last step. */
  end: number;
}

/** The optimizer of every recipe that names no other: the defaults of Keras. */
export const ADAM: Adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0 };

/** The recipes by name, in the order in which `train` without `--model` runs them. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  dense: {
    name: "dense",
    summary: "two hidden layers of 128 units",
    inputShape: [28, 28, 1],
    layers: [
      { type: "flatten" },
      { type: "dense", units: 128, activation: "relu" },
      { type: "dense", units: 128, activation: "relu" },
      { type: "dense", units: 10, activation: "softmax" },
    ],
    loss: "sparse_categorical_crossentropy",
    labelSmoothing: 0,
    optimizer: ADAM,
    learningRate: { start: 0.002, end: 0 },
    epochs: 3,
    batchSize: 32,
    validationSplit: 0,
  },
  cnn: {
    name: "cnn",
    summary: "two convolutions, each with max-pooling",
    inputShape: [28, 28, 1],
    layers: [
      { type: "conv2d", filters: 32, kernelSize: 3, padding: "valid", activation: "relu" },
      { type: "maxPooling2d", poolSize: 2 },
      { type: "conv2d", filters: 64, kernelSize: 3, padding: "valid", activation: "relu" },
      { type: "maxPooling2d", poolSize: 2 },
      { type: "flatten" },
      { type: "dense", units: 128, activation: "relu" },
      { type: "dense", units: 10, activation: "softmax" },
    ],
    loss: "categorical_crossentropy",
    labelSmoothing: 0,
    optimizer: ADAM,
    learningRate: { start: 0.001, end: 0 },
    epochs: 5,
    batchSize: 64,
    validationSplit: 0.1,
  },
};
