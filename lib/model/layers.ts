// What a network is made of: a list of layers as plain data, the shapes that follow from it, and
// the weights it starts from. Pure data and arithmetic, shared by every backend.

import type { Random } from "../random.ts";
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
  }
  | { type: "maxPooling2d"; poolSize: number }
  | { type: "flatten" }
  | { type: "dense"; units: number; activation: Activation };

/** A network without its weights. */
export interface Architecture {
  /** [height, width, channels] of one input picture, values 0 (paper) to 1 (ink). */
  inputShape: readonly [number, number, number];
  layers: readonly Layer[];
}

/** One weight tensor in Keras layout: conv [kh, kw, in, out], dense [in, out], bias [out]. */
export interface Weight {
  /** `layer/kernel` or `layer/bias`, as in the TensorFlow.js layers format. */
  name: string;
  shape: readonly number[];
  data: Float32Array<ArrayBuffer>;
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
  /** Names and shapes of the layer's weights, in Keras order (kernel, bias). */
  weights: readonly { name: string; shape: readonly number[] }[];
}

const KERAS_NAMES = {
  conv2d: "conv2d",
  maxPooling2d: "max_pooling2d",
  flatten: "flatten",
  dense: "dense",
} as const;

/**
 * Works out names and shapes of every layer.
 *
 * @throws {TypeError} when a layer does not fit what comes before it, or the network does not end
 * in a dense softmax layer, which is what training by cross-entropy needs.
 */
export function placeLayers({ inputShape, layers }: Architecture): PlacedLayer[] {
  const counts = new Map<string, number>();
  let shape: readonly number[] = inputShape;
  const placed = layers.map((layer): PlacedLayer => {
    const base = KERAS_NAMES[layer.type];
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const name = count === 0 ? base : `${base}_${count}`;
    const isLast = layer === layers.at(-1);
    if ("activation" in layer && layer.activation === "softmax" && !isLast) {
      throw new TypeError(`Layer ${name}: softmax is only possible in the last layer`);
    }
    const inputShape = shape;
    const { outputShape, weightShapes } = place(layer, name, inputShape);
    shape = outputShape;
    const weights = weightShapes.map((shape, i) => ({
      name: `${name}/${i === 0 ? "kernel" : "bias"}`,
      shape,
    }));
    return { layer, name, inputShape, outputShape, weights };
  });
  const last = layers.at(-1);
  if (last?.type !== "dense" || last.activation !== "softmax") {
    throw new TypeError("A network has to end in a dense layer with softmax activation");
  }
  return placed;
}

function place(
  layer: Layer,
  name: string,
  shape: readonly number[],
): { outputShape: number[]; weightShapes: number[][] } {
  const wants = (rank: number) => {
    if (shape.length !== rank) {
      throw new TypeError(
        `Layer ${name} takes input of ${rank} dimensions, but gets [${shape.join(", ")}]`,
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
        weightShapes: [[layer.kernelSize, layer.kernelSize, channels, layer.filters], [
          layer.filters,
        ]],
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
        weightShapes: [],
      };
    }
    case "flatten":
      return { outputShape: [elementCount(shape)], weightShapes: [] };
    case "dense":
      wants(1);
      return { outputShape: [layer.units], weightShapes: [[shape[0], layer.units], [layer.units]] };
  }
}

/** How many numbers a tensor of that shape holds. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Number of classes that a network tells apart: the units of its last layer. */
export function classCount(architecture: Architecture): number {
  return placeLayers(architecture).at(-1)!.outputShape[0];
}

/** Number of trainable parameters. */
export function parameterCount(architecture: Architecture): number {
  return placeLayers(architecture).flatMap((p) => p.weights)
    .reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/**
 * Checks that `weights` are those of `architecture`, in order.
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
 * The weights that training starts from: Glorot uniform kernels (Glorot and Bengio 2010) and zero
 * biases, the defaults of Keras. The same random numbers give the same weights on every backend.
 */
export function initialWeights(architecture: Architecture, random: Random): Weight[] {
  return placeLayers(architecture).flatMap((placed) => placed.weights).map(({ name, shape }) => {
    const data = new Float32Array(elementCount(shape));
    if (shape.length > 1) {
      const [fanOut, fanIn] = [shape.at(-1)!, shape.at(-2)!];
      const receptiveField = elementCount(shape.slice(0, -2));
      const limit = Math.sqrt(6 / (receptiveField * (fanIn + fanOut)));
      for (let i = 0; i < data.length; i++) data[i] = random.uniform(-limit, limit);
    }
    return { name, shape, data };
  });
}
