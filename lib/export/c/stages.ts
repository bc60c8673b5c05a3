// A network as the steps that its C program takes, fewer than it has layers: what follows a kernel is
// done where its result is at hand, and needs no memory of its own.

import type { Model } from "../../model/format.ts";
import { type PlacedLayer, placeLayers, samePadding, type Weight } from "../../model/layers.ts";

/** [height, width, channels] */
type Shape = readonly [number, number, number];

/**
 * A convolution, the largest of each window of `pool` x `pool`, then a factor and a shift for each
 * filter, which biases and batch normalisations come to, then ReLU where there is one. A dense layer is
 * a convolution of 1x1 on a picture of one pixel.
 */
export interface Convolution {
  type: "convolution";
  /** That of the layer with the kernel. */
  name: string;
  inputShape: Shape;
  outputShape: Shape;
  /** Height and width of the filters. */
  size: number;
  /** Rows and columns of zeros before the picture. */
  padding: number;
  pool: number;
  /** [size, size, channels, filters] */
  kernel: Float32Array;
  /** [filters] */
  scale: Float64Array;
  shift: Float64Array;
  relu: boolean;
}

/** The mean of each channel. */
export interface Mean {
  type: "mean";
  name: string;
  inputShape: Shape;
  outputShape: Shape;
}

export type Stage = Convolution | Mean;

/**
 * The steps that lead to logits.
 *
 * @throws {TypeError} naming a layer that stands where no step can take it in.
 */
export function stagesOf({ architecture, weights }: Model): Stage[] {
  const stages: Stage[] = [];
  const rest = weights.values();
  for (const placed of placeLayers(architecture)) {
    const own = placed.weights.map(() => rest.next().value!);
    const stage = newStage(placed, own);
    if (stage) stages.push(stage);
    else if (!takeIn(stages.at(-1), placed, own)) {
      throw new TypeError(`Layer ${placed.name} cannot be written as C where it stands`);
    }
  }
  return stages;
}

/** The step that a layer begins. */
function newStage(placed: PlacedLayer, weights: readonly Weight[]): Stage | undefined {
  const { layer, name, inputShape, outputShape } = placed;
  if (layer.type === "globalAveragePooling2d") {
    return {
      type: "mean",
      name,
      inputShape: asPicture(inputShape),
      outputShape: asPicture(outputShape),
    };
  }
  if (layer.type !== "conv2d" && layer.type !== "dense") return undefined;
  const filters = outputShape.at(-1)!;
  const [kernel, bias] = weights;
  const isPadded = layer.type === "conv2d" && layer.padding === "same";
  const size = layer.type === "conv2d" ? layer.kernelSize : 1;
  return {
    type: "convolution",
    name,
    inputShape: asPicture(inputShape),
    outputShape: asPicture(outputShape),
    size,
    padding: isPadded ? samePadding(size)[0] : 0,
    pool: 1,
    kernel: kernel.data,
    scale: new Float64Array(filters).fill(1),
    shift: bias ? Float64Array.from(bias.data) : new Float64Array(filters),
    relu: layer.activation === "relu",
  };
}

/** Takes a layer into the step before it; false where another result would come of it. */
function takeIn(
  stage: Stage | undefined,
  { layer, outputShape }: PlacedLayer,
  weights: readonly Weight[],
): boolean {
  // A flattened picture's numbers are in the order of the picture's.
  if (layer.type === "flatten" || layer.type === "dropout") return true;
  if (stage?.type !== "convolution") return false;
  if (layer.type === "relu") {
    stage.relu = true;
    return true;
  }
  if (layer.type === "maxPooling2d") {
    // With a factor below 0 the largest number would become the smallest.
    if (stage.pool > 1 || stage.scale.some((factor) => factor < 0)) return false;
    stage.pool = layer.poolSize;
    stage.outputShape = asPicture(outputShape);
    return true;
  }
  if (layer.type !== "batchNormalization" || stage.relu) return false;
  return normalise(stage, layer.epsilon, weights);
}

/** gamma * (x - mean) / sqrt(variance + epsilon) + beta. */
function normalise(
  { scale, shift }: Convolution,
  epsilon: number,
  weights: readonly Weight[],
): boolean {
  const [gamma, beta, mean, variance] = weights.map(({ data }) => data);
  if (gamma.length !== scale.length) return false; // of a flattened picture
  for (let i = 0; i < scale.length; i++) {
    const factor = gamma[i] / Math.sqrt(variance[i] + epsilon);
    scale[i] *= factor;
    shift[i] = (shift[i] - mean[i]) * factor + beta[i];
  }
  return true;
}

/** Numbers without a place are the channels of a single pixel. */
function asPicture(shape: readonly number[]): Shape {
  return shape.length === 3 ? shape as unknown as Shape : [1, 1, shape[0]];
}
