// From a network's layers to the operations that one thread runs, and where everything lies in memory.

import {
  type Architecture,
  elementCount,
  type PlacedLayer,
  placeLayers,
} from "../../model/layers.ts";
import type { Training } from "../backend.ts";
import { BatchNormalization } from "./layers/batch_normalization.ts";
import {
  canFuse,
  Convolution,
  FirstConvolution,
  WinogradConvolution,
} from "./layers/convolution.ts";
import { Dense, RectifiedDense, SparseDense } from "./layers/dense.ts";
import { Dropout, GlobalAveragePooling, Input, MaxPooling, Relu } from "./layers/small.ts";
import { Arena, layOut, padded, type Parameter } from "./memory.ts";
import type { Address, Kernels } from "./module.ts";
import type { Activation, Context, Operation, Pass } from "./operation.ts";
import { pictureSize } from "./operation.ts";

/** Everything that each thread has to know alike. */
export interface Plan {
  architecture: Architecture;
  training: Training;
  threads: number;
  /** Pictures that a thread takes at a time. */
  capacity: number;
  /** Pictures in the largest batch that is given in one piece. */
  batch: number;
  /** Plain products of matrices throughout: what the faster ways are tested against. */
  reference: boolean;
  /** Where in memory the program begins, and where what the threads share ends. */
  base: Address;
  sharedEnd: Address;
  /** Bytes of each thread's own memory, which follows. */
  ownSize: number;
}

/** Pictures at a time, where nothing asks for more: what belongs to them stays in the L2 cache. */
const CAPACITY = 32;

/**
 * Pictures that a thread has to take at a time so that a batch can be trained on: batch statistics
 * want all of its part at once.
 */
export function capacityFor({ layers }: Architecture, batch: number, threads: number): number {
  const whole = layers.some(({ type }) => type === "batchNormalization");
  return whole ? Math.max(CAPACITY, Math.ceil(batch / threads)) : CAPACITY;
}

/** Finds out how much memory a plan takes. */
export function makePlan(options: Omit<Plan, "sharedEnd" | "ownSize">): Plan {
  const plan = { ...options, sharedEnd: 0, ownSize: 0 };
  const [shared, own] = [new Arena(plan.base), new Arena(0)];
  // Making operations only hands out addresses: there is nothing yet that kernels could work on.
  compile(plan, 0, undefined as never, undefined as never, shared, own);
  return { ...plan, sharedEnd: shared.next, ownSize: own.next };
}

/** The first address that a plan leaves free. */
export function memoryEnd({ sharedEnd, ownSize, threads }: Plan): Address {
  return sharedEnd + threads * ownSize;
}

/**
 * Lays out a plan's memory and makes one thread's operations.
 *
 * @param shared From where on there is room for what the threads share, and `own` for what is this
 * thread's alone.
 * @throws {TypeError} naming the layer, when it is of a type that this backend cannot do.
 */
export function compile(
  plan: Plan,
  thread: number,
  kernels: Kernels,
  buffer: ArrayBufferLike,
  shared: Arena,
  own: Arena,
) {
  const { architecture, threads, batch, capacity } = plan;
  const [height, width, channels] = architecture.inputShape;
  const layers = placeLayers(architecture);
  const { parameters, blockSize } = layOutWeights(plan, layers);
  const block = (count: number) => shared.bytes(count * blockSize);
  const blocks = [block(1), block(1), block(1)];
  const classes = layers.at(-1)!.outputShape[0];
  const exchange = {
    images: shared.bytes(batch * height * width * channels),
    labels: shared.bytes(batch),
    logits: shared.numbers(batch * classes),
    results: shared.bytes(16 * threads),
  };
  const context: Context = {
    kernels,
    buffer,
    shared,
    own,
    capacity,
    thread,
    threads,
    weights: blocks[0],
    gradients: block(threads),
    gradientStride: blockSize,
  };
  const { operations, output } = makeOperations(plan, layers, parameters, context, exchange.images);
  return { context, operations, output, parameters, blockSize, blocks, exchange };
}

/** Whether the picture needs no padded channels: what works on it first is a matrix product. */
function isUnpadded(layers: readonly PlacedLayer[]): boolean {
  const first = layers.find(({ layer }) => layer.type !== "flatten");
  return first?.layer.type === "conv2d" || first?.layer.type === "dense";
}

/** Whether a dense layer works by lists of the gradients that ReLU lets through. */
function isRectified({ layer }: PlacedLayer, { reference }: Plan): boolean {
  return layer.type === "dense" && layer.activation === "relu" && !reference;
}

/** Places of all weights, in Keras order; in memory those that are trained come first. */
function layOutWeights(
  plan: Plan,
  layers: readonly PlacedLayer[],
): { parameters: Parameter[]; blockSize: number } {
  let inner = plan.architecture.inputShape[2];
  let innerPadded = isUnpadded(layers) ? inner : padded(inner);
  let isFirst = true;
  const parameters = layers.flatMap((placed) => {
    const { layer, weights } = placed;
    const isMatrix = layer.type === "conv2d" || layer.type === "dense";
    const transposed = !isFirst && isRectified(placed, plan);
    const columns = layer.type === "batchNormalization" ? inner : undefined;
    const made = weights.map((spec) =>
      layOut(spec, 0, spec.shape.length > 1 ? { inner, innerPadded, transposed } : { columns })
    );
    if (weights.length > 0) isFirst = false;
    if (isMatrix) {
      inner = weights[0].shape.at(-1)!;
      innerPadded = padded(inner);
    }
    return made;
  });
  const arena = new Arena(0);
  for (const trainable of [true, false]) {
    for (const parameter of parameters) {
      if (parameter.spec.trainable === trainable) parameter.offset = arena.numbers(parameter.size);
    }
  }
  return { parameters, blockSize: arena.next };
}

/** The operations that the layers become, and what the last one gives. */
function makeOperations(
  plan: Plan,
  layers: readonly PlacedLayer[],
  parameters: readonly Parameter[],
  context: Context,
  images: Address,
): { operations: Operation[]; output: Activation } {
  const { architecture, training, reference, capacity } = plan;
  const [height, width, channels] = architecture.inputShape;
  const pixels = height * width * channels;
  const bytes = ({ first }: Pass) => images + first * pixels;
  const operations: Operation[] = [];
  const gradients = new Gradients(context, layers, capacity);
  let trained = false;
  /** Room for what comes after a layer. */
  const activation = (shape: readonly number[], stride: number): Activation => {
    const [height, width] = shape.length === 3 ? shape : [1, 1];
    const made = { height, width, channels: shape.at(-1)!, stride, y: 0, dy: undefined };
    return {
      ...made,
      y: context.own.numbers(capacity * pictureSize(made)),
      dy: trained ? gradients.next() : undefined,
    };
  };
  let flat = false;
  let next = 0;
  let x: Activation | undefined;
  const input = () => {
    if (!x) {
      x = activation(architecture.inputShape, isUnpadded(layers) ? channels : padded(channels));
      operations.push(new Input(context, bytes, x));
    }
    return x;
  };
  for (let i = 0; i < layers.length; i++) {
    const { layer, name, outputShape, weights } = layers[i];
    const own = parameters.slice(next, next += weights.length);
    if (weights.length > 0) trained = true;
    switch (layer.type) {
      case "conv2d": {
        const from = input();
        const [kernel, bias] = own as [Parameter, Parameter | undefined];
        const relu = layer.activation === "relu";
        const following = layers[i + 1];
        if (
          !reference && relu && bias && layer.kernelSize === 3 && layer.padding === "valid" &&
          following.layer.type === "maxPooling2d" && following.layer.poolSize === 2 &&
          canFuse(from, kernel)
        ) {
          x = activation(following.outputShape, kernel.columnsPadded);
          const Fused = from.stride === 1 ? FirstConvolution : WinogradConvolution;
          operations.push(new Fused(context, from, x, { kernel, bias }));
          i++;
          break;
        }
        const size = layer.kernelSize;
        // As TensorFlow does it: an odd row more goes behind.
        const pad = layer.padding === "same" ? Math.floor((size - 1) / 2) : 0;
        x = activation(outputShape, kernel.columnsPadded);
        operations.push(new Convolution(context, from, x, { size, pad, kernel, bias, relu }));
        break;
      }
      case "dense": {
        const [kernel, bias] = own as [Parameter, Parameter | undefined];
        const options = { kernel, bias, relu: layer.activation === "relu" };
        if (!x && !reference) {
          x = activation(outputShape, kernel.columnsPadded);
          operations.push(new SparseDense(context, bytes, pixels, x, options));
          break;
        }
        const from = input();
        x = activation(outputShape, kernel.columnsPadded);
        const Matrix = kernel.transposed ? RectifiedDense : Dense;
        operations.push(new Matrix(context, from, x, options));
        break;
      }
      case "maxPooling2d": {
        const from = input();
        x = activation(outputShape, from.stride);
        operations.push(new MaxPooling(context, from, x, layer.poolSize));
        break;
      }
      case "globalAveragePooling2d": {
        const from = input();
        x = activation(outputShape, from.stride);
        operations.push(new GlobalAveragePooling(context, from, x));
        break;
      }
      case "batchNormalization": {
        const [gamma, beta, movingMean, movingVariance] = own;
        const { momentum, epsilon } = layer;
        const from = input();
        x = activation([from.height, from.width, from.channels], from.stride);
        const options = { momentum, epsilon, gamma, beta, movingMean, movingVariance };
        const view = (a: Activation) => flat ? flattened(a) : a;
        operations.push(new BatchNormalization(context, view(from), view(x), options));
        break;
      }
      case "relu":
        operations.push(new Relu(context, input()));
        break;
      case "dropout":
        operations.push(
          new Dropout(context, input(), { rate: layer.rate, seed: training.seed, layer: i }),
        );
        break;
      case "flatten":
        flat = true; // in memory nothing changes
        break;
      default:
        throw new TypeError(
          `Layer ${name} is of type ${(layer as { type: string }).type}, which the simd backend ` +
            "cannot do: use --backend wasm",
        );
    }
  }
  return { operations, output: x! };
}

/** The same numbers as one pixel of many channels. */
function flattened(x: Activation): Activation {
  const pixels = x.height * x.width;
  return { ...x, height: 1, width: 1, channels: pixels * x.channels, stride: pixels * x.stride };
}

/** Memory for the gradients of what lies between layers: two blocks that take turns. */
class Gradients {
  readonly #blocks: Address[];
  #turn = 0;

  constructor({ own }: Context, layers: readonly PlacedLayer[], capacity: number) {
    const largest = Math.max(
      ...layers.flatMap(({ inputShape, outputShape }) =>
        [inputShape, outputShape].map((shape) =>
          elementCount(shape.slice(0, -1)) * padded(shape.at(-1)!)
        )
      ),
    );
    this.#blocks = [own.numbers(capacity * largest), own.numbers(capacity * largest)];
  }

  next(): Address {
    return this.#blocks[this.#turn++ % 2];
  }
}
