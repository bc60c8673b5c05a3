// From a network's layers to the operations that one thread runs, and where everything lies in memory.

import {
  type Architecture,
  elementCount,
  type Layer,
  type PlacedLayer,
  placeLayers,
  samePadding,
} from "../../model/layers.ts";
import type { Training } from "../backend.ts";
import { BatchNormalization } from "./layers/batch_normalization.ts";
import { Convolution } from "./layers/convolution.ts";
import { Dense, RectifiedDense, SparseDense } from "./layers/dense.ts";
import { canTile, PlainWinograd } from "./layers/plain_winograd.ts";
import { canFuse, FirstConvolution, WinogradConvolution } from "./layers/pooled_convolution.ts";
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
  const builder = new Builder(plan, layers, parameters, context, exchange.images);
  const output = builder.build();
  const { operations } = builder;
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

type LayerOf<Type extends Layer["type"]> = Extract<Layer, { type: Type }>;

/** Makes the operations that a network's layers become, one layer after the other. */
class Builder {
  readonly operations: Operation[] = [];
  readonly #plan: Plan;
  readonly #layers: readonly PlacedLayer[];
  /** The weights of the layers to come. */
  readonly #parameters: Parameter[];
  readonly #context: Context;
  /** Where the pictures of a pass are. */
  readonly #bytes: (pass: Pass) => Address;
  readonly #gradients: Gradients;
  /** What the layers so far give; undefined as long as that is the picture in bytes. */
  #x: Activation | undefined;
  /** Some of them are trained, so that a gradient has to come back to them. */
  #isTrained = false;
  #isFlat = false;

  constructor(
    plan: Plan,
    layers: readonly PlacedLayer[],
    parameters: readonly Parameter[],
    context: Context,
    images: Address,
  ) {
    [this.#plan, this.#layers, this.#parameters] = [plan, layers, [...parameters]];
    this.#context = context;
    const pixels = elementCount(plan.architecture.inputShape);
    this.#bytes = ({ first }) => images + first * pixels;
    this.#gradients = new Gradients(context, layers);
  }

  /** Gives what the last layer gives. */
  build(): Activation {
    for (let i = 0; i < this.#layers.length;) i += this.#add(i);
    return this.#x!;
  }

  /** Adds the operation of layer `i`; gives how many layers it does. */
  #add(i: number): number {
    const { layer, name } = this.#layers[i];
    switch (layer.type) {
      case "conv2d":
        return this.#convolution(i, layer);
      case "dense":
        return this.#dense(i, layer);
      case "batchNormalization":
        return this.#batchNormalization(i, layer);
      case "maxPooling2d":
        return this.#push(i, (x, y) => new MaxPooling(this.#context, x, y, layer.poolSize));
      case "globalAveragePooling2d":
        return this.#push(i, (x, y) => new GlobalAveragePooling(this.#context, x, y));
      case "relu":
        return this.#pushInPlace((x) => new Relu(this.#context, x));
      case "dropout": {
        const options = { rate: layer.rate, seed: this.#plan.training.seed, layer: i };
        return this.#pushInPlace((x) => new Dropout(this.#context, x, options));
      }
      case "flatten":
        this.#isFlat = true; // in memory nothing changes
        return 1;
      default:
        throw new TypeError(
          `Layer ${name} is of type ${(layer as { type: string }).type}, which the simd backend ` +
            "cannot do: use --backend wasm",
        );
    }
  }

  #convolution(i: number, layer: LayerOf<"conv2d">): number {
    const x = this.#input();
    const [kernel, bias] = this.#take(i);
    const { kernelSize: size, padding, activation } = layer;
    const relu = activation === "relu";
    const next = this.#layers[i + 1];
    const isPooled = next.layer.type === "maxPooling2d" && next.layer.poolSize === 2;
    const isPlain = size === 3 && padding === "valid" && relu && bias;
    if (isPooled && isPlain && canFuse(x, kernel) && !this.#plan.reference) {
      const y = this.#activation(next.outputShape, kernel.columnsPadded);
      const Fused = x.stride === 1 ? FirstConvolution : WinogradConvolution;
      this.operations.push(new Fused(this.#context, x, y, { kernel, bias }));
      return 2;
    }
    const [pad] = padding === "same" ? samePadding(size) : [0];
    const y = this.#activation(this.#layers[i].outputShape, kernel.columnsPadded);
    const isTiled = canTile(x, kernel, size) && !this.#plan.reference;
    const Made = isTiled ? PlainWinograd : Convolution;
    this.operations.push(new Made(this.#context, x, y, { size, pad, kernel, bias, relu }));
    return 1;
  }

  #dense(i: number, layer: LayerOf<"dense">): number {
    const isFirst = !this.#x && !this.#plan.reference;
    const x = isFirst ? undefined : this.#input();
    const [kernel, bias] = this.#take(i);
    const options = { kernel, bias, relu: layer.activation === "relu" };
    const y = this.#activation(this.#layers[i].outputShape, kernel.columnsPadded);
    const Matrix = kernel.transposed ? RectifiedDense : Dense;
    this.operations.push(
      x
        ? new Matrix(this.#context, x, y, options)
        : new SparseDense(this.#context, this.#bytes, kernel.size / y.stride, y, options),
    );
    return 1;
  }

  #batchNormalization(i: number, layer: LayerOf<"batchNormalization">): number {
    const x = this.#input();
    const [gamma, beta, movingMean, movingVariance] = this.#take(i);
    const { momentum, epsilon } = layer;
    const options = { momentum, epsilon, gamma, beta, movingMean, movingVariance };
    const y = this.#activation([x.height, x.width, x.channels], x.stride);
    const view = (a: Activation) => this.#isFlat ? flattened(a) : a;
    this.operations.push(new BatchNormalization(this.#context, view(x), view(y), options));
    return 1;
  }

  #push(i: number, make: (x: Activation, y: Activation) => Operation): number {
    const x = this.#input();
    this.operations.push(make(x, this.#activation(this.#layers[i].outputShape, x.stride)));
    return 1;
  }

  #pushInPlace(make: (x: Activation) => Operation): number {
    this.operations.push(make(this.#input()));
    return 1;
  }

  /** The weights of layer `i`; a gradient comes back from here on. */
  #take(i: number): Parameter[] {
    this.#isTrained = true;
    return this.#parameters.splice(0, this.#layers[i].weights.length);
  }

  /** What comes into the next layer, as numbers. */
  #input(): Activation {
    if (this.#x) return this.#x;
    const shape = this.#plan.architecture.inputShape;
    const x = this.#activation(shape, isUnpadded(this.#layers) ? shape[2] : padded(shape[2]));
    this.operations.push(new Input(this.#context, this.#bytes, x));
    return x;
  }

  /** Room for what the next layer gives. */
  #activation(shape: readonly number[], stride: number): Activation {
    const [height, width] = shape.length === 3 ? shape : [1, 1];
    const made = { height, width, channels: shape.at(-1)!, stride, y: 0, dy: undefined };
    this.#x = {
      ...made,
      y: this.#context.own.numbers(this.#context.capacity * pictureSize(made)),
      dy: this.#isTrained ? this.#gradients.next() : undefined,
    };
    return this.#x;
  }
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

  constructor({ own, capacity }: Context, layers: readonly PlacedLayer[]) {
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
