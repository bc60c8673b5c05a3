// The one interface between the rest of the program and whoever does the arithmetic.

import type { Augmentation } from "../data/augment.ts";
import type { Examples } from "../data/examples.ts";
import { UserError } from "../errors.ts";
import { type Architecture, elementCount, type Weight } from "../model/layers.ts";
import { ADAM, type Adam } from "../model/recipes.ts";

/** A backend's name: our own kernels for the CPU and the GPU, or one of TensorFlow.js' backends. */
export type BackendName = "simd" | "webgpu" | "tfjs-webgpu" | "wasm" | "cpu";

/** The backends a person can ask for by name. */
export const BACKEND_NAMES: readonly BackendName[] = [
  "simd",
  "webgpu",
  "tfjs-webgpu",
  "wasm",
  "cpu",
];

/** What `--backend` takes: one of them, or the choice left to the program. */
export const BACKEND_CHOICES: readonly string[] = ["auto", ...BACKEND_NAMES];

/** How a network is trained. */
export interface Training {
  optimizer: Adam;
  /** As in the recipe: 0 trains on the labels as they are. */
  labelSmoothing: number;
  /** Of the dropout masks; a whole number of which the lower 32 bits count. */
  seed: number;
}

/** How a network is trained that is not told otherwise. */
export const TRAINING: Training = { optimizer: ADAM, labelSmoothing: 0, seed: 1 };

/** An opened backend. */
export interface Backend {
  readonly name: BackendName;
  /** What does the work, for people: `webgpu on NVIDIA H200`. */
  readonly description: string;
  /** Versions of the libraries that do the work, by package name. */
  readonly versions: Readonly<Record<string, string>>;
  /**
   * Builds a network with the given weights.
   *
   * @param training How it trains, if it is to be trained; what is left out is that of `TRAINING`.
   * @throws {TypeError} when weights and architecture do not fit together.
   */
  createNetwork(
    architecture: Architecture,
    weights: readonly Weight[],
    training?: Partial<Training>,
  ): Network;
}

/** What one training step found, before it changed the weights. */
export interface BatchResult {
  /** Mean cross-entropy over the batch, in nats, against the smoothed labels. */
  loss: number;
  /** Number of examples whose most probable class was the right one. */
  correct: number;
}

/**
 * All that training goes on from: weights, and Adam's moments in the same order and layout, zeros
 * for weights that are not trained.
 */
export interface TrainingState {
  weights: Weight[];
  firstMoments: Weight[];
  secondMoments: Weight[];
  /** Number of updates made so far. */
  step: number;
}

/** Examples that lie where the work is done. */
export interface HeldExamples {
  /**
   * Begins an epoch.
   *
   * @param epoch Counted from 1.
   * @param order Indices of all examples, in the order in which they are trained on.
   */
  startEpoch(epoch: number, order: Uint32Array): void;
  /**
   * As trainBatch() on the `count` examples from place `first` of the order on.
   *
   * @param isAugmented Whether the pictures are augmented before.
   */
  trainBatch(
    batch: { first: number; count: number; isAugmented: boolean },
    learningRate: number,
  ): Promise<void>;
}

/**
 * What a network's device failed with: it was lost, its memory is full, or it could not compile a
 * kernel. The network is of no more use; another backend may be.
 */
export class DeviceError extends UserError {
  override name = "DeviceError";
}

/**
 * A network on a backend.
 *
 * Pictures are given as bytes [N, height, width, channels], 0 = paper, 255 = ink; labels as one
 * class index a picture. trainBatch() and gradients() work in training mode, with dropout and the
 * batch's own statistics; logits() without dropout and with the moving statistics. A network holds
 * memory outside the JavaScript heap: dispose of it.
 */
export interface Network {
  /** One step of the optimizer on a batch of any size; `learningRate` is that of this step. */
  trainBatch(images: Uint8Array, labels: Uint8Array, learningRate: number): void | Promise<void>;
  /**
   * Takes examples to where the work is done, to be trained on without handing over each batch.
   * Missing, or undefined, where that is not possible: they do not fit into the device's memory, or it
   * cannot augment pictures so. What is held goes with the network.
   *
   * @param augmentation Draws for each picture what augmentBatch() draws with this seed.
   */
  hold?(
    examples: Examples,
    options: { augmentation?: Augmentation; seed: number },
  ): HeldExamples | undefined;
  /** The results of all steps since the last call, in order; waits for them to finish. */
  takeResults(): Promise<BatchResult[]>;
  /**
   * The gradient of the batch's mean loss for every weight, zeros for those that are not trained;
   * without a step. The dropout masks are those that the next trainBatch() will have, and the moving
   * statistics stay as they are.
   */
  gradients(images: Uint8Array, labels: Uint8Array): Promise<Weight[]>;
  /** What the last layer gives before softmax, [N, classes]. */
  logits(images: Uint8Array): Promise<Float32Array>;
  state(): Promise<TrainingState>;
  setState(state: TrainingState): void;
  dispose(): void;
}

/**
 * How many pictures of the network's input those bytes are.
 *
 * @param labels Given where there has to be one for each picture.
 * @throws {TypeError} when they are no whole number, or not as many as labels.
 */
export function countPictures(
  { inputShape }: Architecture,
  images: Uint8Array,
  labels?: Uint8Array,
): number {
  const count = images.length / elementCount(inputShape);
  if (!Number.isInteger(count) || count === 0) {
    throw new TypeError(
      `${images.length} bytes are no whole number of ${inputShape.join("x")} pictures`,
    );
  }
  if (labels && labels.length !== count) {
    throw new TypeError(`${count} pictures come with ${labels.length} labels`);
  }
  return count;
}
