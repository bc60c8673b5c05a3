// What a network is made of: a list of layers as plain data, the shapes that follow from it, and
// the weights it starts from. Pure data and arithmetic, shared by every backend.

import type { Random } from "../random.ts";

/** What a layer does to its sums. */
export type Activation = "linear" | "relu" | "softmax";

/** One layer of a network. The names and meanings are those of Keras; strides are 1 (pooling: its size). */
export type Layer =
  | {
    type: "conv2d";
    filters: number;
    /** Height and width of the filters, in pixels. */
    kernelSize: number;
    padding: "valid" | "same";
    activation: Activation;
    /** True unless given; a batch normalisation that follows has a shift of its own. */
    useBias?: boolean;
  }
  | { type: "maxPooling2d"; poolSize: number }
  /** The mean of each channel: [h, w, c] to [c]. */
  | { type: "globalAveragePooling2d" }
  | { type: "flatten" }
  | { type: "dense"; units: number; activation: Activation; useBias?: boolean }
  | { type: "relu" }
  /** In training sets a fraction `rate` of the numbers to 0 and scales the others up (dropout.ts). */
  | { type: "dropout"; rate: number }
  /**
   * Brings each channel, the last axis, to mean 0 and variance 1, then scales and shifts it (Ioffe
   * and Szegedy 2015): gamma * (x - mean) / sqrt(variance + epsilon) + beta. In training with mean
   * and biased variance of the batch; each step also takes a fraction 1 - `momentum` of them into
   * the moving ones, which inference uses.
   */
  | { type: "batchNormalization"; momentum: number; epsilon: number };

/** A network without its weights. */
export interface Architecture {
  /** [height, width, channels] of one input picture, values 0 (paper) to 1 (ink). */
  inputShape: readonly [number, number, number];
  /** From the picture to the classes. */
  layers: readonly Layer[];
}

/** One weight tensor in Keras layout: conv [kh, kw, in, out], dense [in, out], all others [out]. */
export interface Weight {
  /** `layer/kernel`, `layer/bias`, `layer/gamma`, ..., as in the TensorFlow.js layers format. */
  name: string;
  /** Of the tensor. */
  shape: readonly number[];
  /** Row-major. */
  data: Float32Array<ArrayBuffer>;
}

/** What is known of a weight before it has numbers. */
export interface WeightSpec {
  name: string;
  shape: readonly number[];
  /** False for the moving statistics of a batch normalisation, which no gradient changes. */
  trainable: boolean;
}

/** A layer with its place in the network worked out. */
export interface PlacedLayer {
  layer: Layer;
  /** Unique name, as Keras would give it: `conv2d`, `conv2d_1`, ... */
  name: string;
  /** Shape of one example before the layer, without the batch dimension. */
  inputShape: readonly number[];
  /** Shape of one example after the layer, without the batch dimension. */
  outputShape: readonly number[];
  /**
   * The layer's weights, in Keras order: kernel, bias; or gamma, beta, moving_mean, moving_variance.
   */
  weights: readonly WeightSpec[];
}

const KERAS_NAMES = {
  conv2d: "conv2d",
  maxPooling2d: "max_pooling2d",
  globalAveragePooling2d: "global_average_pooling2d",
  flatten: "flatten",
  dense: "dense",
  relu: "re_lu",
  dropout: "dropout",
  batchNormalization: "batch_normalization",
} as const;

/**
 * Works out names and shapes of every layer.
 *
 * @throws {TypeError} when a layer does not fit what comes before it, or the network does not end
 * in a dense softmax layer, which is what training by cross-entropy needs.
 * @throws {RangeError} when a layer has a setting that makes no sense.
 */
export function placeLayers({ inputShape, layers }: Architecture): PlacedLayer[] {
  const counts = new Map<string, number>();
  let shape: readonly number[] = inputShape;
  const placed = layers.map((layer, i): PlacedLayer => {
    const base = KERAS_NAMES[layer.type];
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const name = count === 0 ? base : `${base}_${count}`;
    if ("activation" in layer && layer.activation === "softmax" && i < layers.length - 1) {
      throw new TypeError(`Layer ${name}: softmax is only possible in the last layer`);
    }
    const inputShape = shape;
    const { outputShape, weights } = place(layer, name, inputShape);
    shape = outputShape;
    return {
      layer,
      name,
      inputShape,
      outputShape,
      weights: weights.map((weight) => ({ ...weight, name: `${name}/${weight.name}` })),
    };
  });
  const last = layers.at(-1);
  if (last?.type !== "dense" || last.activation !== "softmax") {
    throw new TypeError("A network has to end in a dense layer with softmax activation");
  }
  return placed;
}

/** The weights' names are given without that of the layer. */
function place(
  layer: Layer,
  name: string,
  shape: readonly number[],
): { outputShape: readonly number[]; weights: WeightSpec[] } {
  const wants = (...ranks: number[]) => {
    if (!ranks.includes(shape.length)) {
      throw new TypeError(
        `Layer ${name} takes input of ${ranks.join(" or ")} dimensions, ` +
          `but gets [${shape.join(", ")}]`,
      );
    }
  };
  switch (layer.type) {
    case "conv2d": {
      wants(3);
      const [height, width, channels] = shape;
      const loss = layer.padding === "same" ? 0 : layer.kernelSize - 1;
      if (height <= loss || width <= loss) {
        throw new TypeError(
          `Layer ${name}: input of ${height}x${width} is smaller than its ${layer.kernelSize}x${layer.kernelSize} filters`,
        );
      }
      return {
        outputShape: [height - loss, width - loss, layer.filters],
        weights: kernelAndBias(
          [layer.kernelSize, layer.kernelSize, channels, layer.filters],
          layer.useBias,
        ),
      };
    }
    case "maxPooling2d": {
      wants(3);
      const [height, width, channels] = shape;
      const size = layer.poolSize;
      if (height < size || width < size) {
        throw new TypeError(`Layer ${name}: input of ${height}x${width} is smaller than its pool`);
      }
      return {
        outputShape: [Math.floor(height / size), Math.floor(width / size), channels],
        weights: [],
      };
    }
    case "globalAveragePooling2d":
      wants(3);
      return { outputShape: [shape[2]], weights: [] };
    case "flatten":
      return { outputShape: [elementCount(shape)], weights: [] };
    case "dense":
      wants(1);
      return {
        outputShape: [layer.units],
        weights: kernelAndBias([shape[0], layer.units], layer.useBias),
      };
    case "relu":
      return { outputShape: shape, weights: [] };
    case "dropout":
      if (!(layer.rate >= 0 && layer.rate < 1)) {
        throw new RangeError(
          `Layer ${name} has rate ${layer.rate}, which is not from 0 to below 1`,
        );
      }
      return { outputShape: shape, weights: [] };
    case "batchNormalization": {
      wants(1, 3);
      if (!(layer.momentum >= 0 && layer.momentum <= 1)) {
        throw new RangeError(`Layer ${name} has momentum ${layer.momentum}, which is not 0 to 1`);
      }
      if (!(layer.epsilon > 0 && layer.epsilon < Infinity)) {
        throw new RangeError(`Layer ${name} has epsilon ${layer.epsilon}, which is not over 0`);
      }
      const perChannel = [shape.at(-1)!];
      return {
        outputShape: shape,
        weights: [
          { name: "gamma", shape: perChannel, trainable: true },
          { name: "beta", shape: perChannel, trainable: true },
          { name: "moving_mean", shape: perChannel, trainable: false },
          { name: "moving_variance", shape: perChannel, trainable: false },
        ],
      };
    }
  }
}

/**
 * Rows, or columns, of zeros that padding `same` puts before a picture and behind it. As TensorFlow does
 * it: an odd one more goes behind.
 */
export function samePadding(kernelSize: number): [before: number, behind: number] {
  const before = Math.floor((kernelSize - 1) / 2);
  return [before, kernelSize - 1 - before];
}

function kernelAndBias(kernel: number[], useBias = true): WeightSpec[] {
  const weights = [{ name: "kernel", shape: kernel, trainable: true }];
  if (useBias) weights.push({ name: "bias", shape: [kernel.at(-1)!], trainable: true });
  return weights;
}

/** How many numbers a tensor of that shape holds. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Number of classes that a network tells apart: the units of its last layer. */
export function classCount(architecture: Architecture): number {
  return placeLayers(architecture).at(-1)!.outputShape[0];
}

/** Number of trainable parameters: without the moving statistics of batch normalisations. */
export function parameterCount(architecture: Architecture): number {
  return placeLayers(architecture).flatMap((p) => p.weights).filter((w) => w.trainable)
    .reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/**
 * Multiply-adds for one picture, of convolutions and dense layers, counted as in the textbook: no
 * Winograd, nothing left out.
 */
export function multiplyAdds(architecture: Architecture): { forward: number; training: number } {
  const counts = placeLayers(architecture).flatMap(({ weights, outputShape }) => {
    const kernels = weights.filter(({ shape }) => shape.length > 1);
    // Each weight is used once for every position that the kernel is laid on.
    return kernels.map(({ shape }) => elementCount(shape) * elementCount(outputShape.slice(0, -1)));
  });
  const forward = counts.reduce((sum, count) => sum + count, 0);
  // Backwards: the weights' gradients and the inputs', which the first layer has no use for.
  return { forward, training: 3 * forward - counts[0] };
}

/**
 * Checks that `weights` are those of `architecture`, trainable or not, in order.
 *
 * @throws {TypeError} naming the first weight that is missing, surplus or of another shape.
 */
export function checkWeights(architecture: Architecture, weights: readonly Weight[]): void {
  const expected = placeLayers(architecture).flatMap((placed) => placed.weights);
  for (let i = 0; i < Math.max(expected.length, weights.length); i++) {
    const want = expected[i] && `${expected[i].name} [${expected[i].shape.join(", ")}]`;
    const got = weights[i] && `${weights[i].name} [${weights[i].shape.join(", ")}]`;
    if (want !== got) {
      throw new TypeError(`Weight ${i} is ${got ?? "missing"}, expected ${want ?? "no more"}`);
    }
    const size = elementCount(expected[i].shape);
    if (weights[i].data.length !== size) {
      throw new TypeError(`Weight ${got} holds ${weights[i].data.length} numbers, not ${size}`);
    }
  }
}

/**
 * The weights that training starts from: Glorot uniform kernels (Glorot and Bengio 2010), zero
 * biases, and batch normalisations that take mean 0 and variance 1 for granted and change nothing,
 * all defaults of Keras. The same random numbers give the same weights on every backend.
 */
export function initialWeights(architecture: Architecture, random: Random): Weight[] {
  return placeLayers(architecture).flatMap((placed) => placed.weights).map(({ name, shape }) => {
    const data = new Float32Array(elementCount(shape));
    if (shape.length > 1) {
      const [fanOut, fanIn] = [shape.at(-1)!, shape.at(-2)!];
      const receptiveField = elementCount(shape.slice(0, -2));
      const limit = Math.sqrt(6 / (receptiveField * (fanIn + fanOut)));
      for (let i = 0; i < data.length; i++) data[i] = random.uniform(-limit, limit);
    } else if (/\/(gamma|moving_variance)$/.test(name)) {
      data.fill(1);
    }
    return { name, shape, data };
  });
}
