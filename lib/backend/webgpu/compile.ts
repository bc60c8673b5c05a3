// From an architecture to what the GPU does for it: kernels, and the arrays they work on. Layers that can
// be done in one are; how large a batch is shows only when it runs.

import {
  type Architecture,
  elementCount,
  type Layer,
  type PlacedLayer,
  placeLayers,
  samePadding,
  type WeightSpec,
} from "../../model/layers.ts";
import type { Training } from "../backend.ts";
import type { Kernel } from "./kernel.ts";
import { adam, gradientSums, type Trained } from "./kernels/adam.ts";
import { batchNormalization } from "./kernels/batch_normalization.ts";
import {
  backwardInput,
  backwardWeights,
  type Convolution,
  finish,
  forward,
  forwardParts,
  gradientParts,
  weightCount,
} from "./kernels/convolution.ts";
import { dropout, relu } from "./kernels/elementwise.ts";
import { input } from "./kernels/input.ts";
import { crossEntropy } from "./kernels/loss.ts";
import { globalAveragePooling, maxPooling } from "./kernels/pooling.ts";
import { fixed } from "./kernels/product.ts";

/** A dispatch: a kernel, and which arrays of the network its arrays are; its own names unless given. */
export interface Call {
  kernel: Kernel;
  arrays: Readonly<Record<string, string>>;
}

/** What a network comes to on a GPU. */
export interface Plan {
  /** From handed-over bytes, `images`, to the first layer's numbers. */
  input: Call[];
  /** From there to `logits`. */
  inference: Call[];
  /** The same in training mode, and back: `gradients` and the step's `results`. */
  learn: Call[];
  /** Then the step of the optimizer, and of the moving statistics. */
  update: Call[];
  /** Instead of a step: the gradients, added up in `sums`, which lie as the weights do. */
  sums: Call[];
  /** The array of logits, and how many a picture has. */
  logits: string;
  classes: number;
  /** Length of each array, in numbers of 4 bytes, for batches of up to so many pictures. */
  lengths: ReadonlyMap<string, (capacity: number) => number>;
  /** The network's weights in their order, and where each begins among all. */
  weights: readonly (WeightSpec & { at: number })[];
  /** Numbers that all weights take. */
  weightsLength: number;
}

/** Steps whose results are kept until somebody asks for them. */
export const RESULTS = 4096;

/**
 * Works out what the GPU is to do for a network.
 *
 * @throws {TypeError} naming the layer, when it is of a type that this backend cannot do.
 */
export function compile(architecture: Architecture, training: Training): Plan {
  return new Compiler(architecture, training).plan();
}

/** What is between two layers. */
interface Activation {
  /** Of its array. */
  name: string;
  /** [height, width, channels] of a picture. */
  shape: readonly [number, number, number];
  /** Whether a ReLU gave it whose gradient is yet to be taken: 0 where the number is 0. */
  isRectified: boolean;
}

type LayerOf<Type extends Layer["type"]> = Extract<Layer, { type: Type }>;

class Compiler {
  readonly #layers: PlacedLayer[];
  readonly #training: Training;
  readonly #inference: Call[] = [];
  readonly #forward: Call[] = [];
  /** What each layer does backwards, from the first to the last. */
  readonly #backward: Call[][] = [];
  readonly #moving: Call[] = [];
  readonly #trained: Trained[] = [];
  readonly #weights: (WeightSpec & { at: number })[] = [];
  readonly #lengths = new Map<string, (capacity: number) => number>();
  #weightsLength = 0;
  #gradientsLength = 0;
  /** Numbers of a picture, of the largest activation that has a gradient. */
  #largest = 0;
  #count = 0;
  #x: Activation;

  constructor(architecture: Architecture, training: Training) {
    this.#layers = placeLayers(architecture);
    this.#training = training;
    const shape = architecture.inputShape;
    this.#x = { name: "x", shape, isRectified: false };
    this.#lengths.set("x", (capacity) => capacity * elementCount(shape));
  }

  plan(): Plan {
    const pixels = elementCount(this.#x.shape);
    for (let i = 0; i < this.#layers.length;) i += this.#add(i);
    const classes = this.#x.shape[2];
    const lengths = this.#lengths;
    lengths.set("images", (capacity) => Math.ceil(capacity * pixels / 4));
    lengths.set("targets", (capacity) => capacity);
    for (const name of GRADIENTS) lengths.set(name, (capacity) => capacity * this.#largest);
    for (const name of ["weights", "firstMoments", "secondMoments", "sums"]) {
      lengths.set(name, () => this.#weightsLength);
    }
    lengths.set("gradients", () => this.#gradientsLength);
    lengths.set("results", () => 2 * (RESULTS + 1));
    const loss = call(crossEntropy(classes, this.#training.labelSmoothing), {
      logits: this.#x.name,
      dy: gradientOf(this.#count),
    });
    return {
      input: [call(input({ pixels }))],
      inference: this.#inference,
      learn: [...this.#forward, loss, ...this.#backward.toReversed().flat()],
      update: [call(adam(this.#trained, this.#training.optimizer)), ...this.#moving],
      sums: [call(gradientSums(this.#trained))],
      logits: this.#x.name,
      classes,
      lengths,
      weights: this.#weights,
      weightsLength: this.#weightsLength,
    };
  }

  /** Adds layer `i`; gives how many layers are done by that. */
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
        return this.#maxPooling(i, layer);
      case "globalAveragePooling2d":
        return this.#globalAveragePooling();
      case "relu":
        return this.#relu();
      case "dropout":
        return this.#dropout(i, layer);
      case "flatten":
        this.#x = { ...this.#x, shape: [1, 1, elementCount(this.#x.shape)] };
        return 1;
      default:
        throw new TypeError(
          `Layer ${name} is of type ${
            (layer as { type: string }).type
          }, which the webgpu backend ` +
            "cannot do: use --backend tfjs-webgpu",
        );
    }
  }

  #convolution(i: number, layer: LayerOf<"conv2d">): number {
    const [height, width, channels] = this.#x.shape;
    const [outputHeight, outputWidth] = this.#layers[i].outputShape;
    const next = this.#layers[i + 1].layer;
    const isPooled = next.type === "maxPooling2d" && next.poolSize === 2;
    this.#product(i, {
      height,
      width,
      channels,
      filters: layer.filters,
      size: layer.kernelSize,
      pad: layer.padding === "same" ? samePadding(layer.kernelSize)[0] : 0,
      outputHeight,
      outputWidth,
      isPooled,
      hasBias: layer.useBias ?? true,
      relu: layer.activation === "relu",
    });
    return isPooled ? 2 : 1;
  }

  #dense(i: number, layer: LayerOf<"dense">): number {
    this.#product(i, {
      height: 1,
      width: 1,
      channels: elementCount(this.#x.shape),
      filters: layer.units,
      size: 1,
      pad: 0,
      outputHeight: 1,
      outputWidth: 1,
      isPooled: false,
      hasBias: layer.useBias ?? true,
      relu: layer.activation === "relu",
    });
    return 1;
  }

  #product(i: number, sizes: Omit<Convolution, "weightsAt">): void {
    const isFirst = this.#isUntrained();
    const convolution = { ...sizes, weightsAt: this.#weightsLength };
    const trained: Trained = {
      at: convolution.weightsAt,
      count: weightCount(convolution),
      decayed: weightCount({ ...convolution, hasBias: false }),
      gradientsAt: this.#gradientsLength,
      parts: gradientParts(convolution),
    };
    this.#placeWeights(i, trained);

    const { outputHeight, outputWidth, isPooled, filters } = convolution;
    const half = (length: number) => isPooled ? length >> 1 : length;
    const x = this.#x;
    const { y, dx, dy } = this.#next([half(outputHeight), half(outputWidth), filters]);
    const index = `${y}Index`;
    if (isPooled) this.#lengths.set(index, this.#lengths.get(y)!);
    const parts = forwardParts(convolution);
    if (parts > 1) this.#reserve("partials", (capacity) => capacity * parts * filters);
    const calls = [forward(convolution), ...(parts > 1 ? [finish(convolution)] : [])]
      .map((kernel) => call(this.#named(i, kernel), { x: x.name, y, index }));
    this.#inference.push(...calls);
    this.#forward.push(...calls);
    const arrays = { x: x.name, dx, dy, index };
    const backward = [backwardWeights(convolution, trained.gradientsAt)];
    if (!isFirst) backward.push(backwardInput(convolution, x.isRectified));
    this.#backward.push(backward.map((kernel) => call(this.#named(i, kernel), arrays)));
    this.#x.isRectified = convolution.relu;
  }

  #batchNormalization(i: number, layer: LayerOf<"batchNormalization">): number {
    const [height, width, channels] = this.#x.shape;
    const relu = this.#layers[i + 1].layer.type === "relu";
    const [gamma, beta, movingMean, movingVariance] = [0, 1, 2, 3]
      .map((k) => this.#weightsLength + k * channels);
    const gradientsAt = this.#gradientsLength;
    this.#placeWeights(i, {
      at: gamma,
      count: 2 * channels,
      decayed: 0,
      gradientsAt,
      parts: fixed(1),
    });
    const kernels = batchNormalization({
      pixels: height * width,
      channels,
      momentum: layer.momentum,
      epsilon: layer.epsilon,
      relu,
      weightsAt: { gamma, beta, movingMean, movingVariance },
      gradientsAt: { gamma: gradientsAt, beta: gradientsAt + channels },
    });
    const x = this.#x;
    const { y, dx, dy } = this.#next(x.shape);
    const statistics = `${y}Statistics`;
    this.#reserve(statistics, () => kernels.statisticsLength);
    this.#reserve("partials", () => kernels.partialsLength);
    const calls = (kernels: readonly Kernel[]) =>
      kernels.map((kernel) => call(this.#named(i, kernel), { x: x.name, y, dx, dy, statistics }));
    this.#inference.push(...calls(kernels.inference));
    this.#forward.push(...calls(kernels.forward));
    this.#moving.push(...calls(kernels.update));
    this.#backward.push([...calls(kernels.backward), ...this.#rectify(x, dx)]);
    return relu ? 2 : 1;
  }

  #maxPooling(i: number, { poolSize }: LayerOf<"maxPooling2d">): number {
    const x = this.#x;
    const [height, width, channels] = x.shape;
    const [outputHeight, outputWidth] = this.#layers[i].outputShape;
    const isFirst = this.#isUntrained();
    const { y, dx, dy } = this.#next([outputHeight, outputWidth, channels]);
    const index = `${y}Index`;
    this.#lengths.set(index, this.#lengths.get(y)!);
    const { forward, backward } = maxPooling({ height, width, channels, poolSize });
    this.#both(call(forward, { x: x.name, y, index }));
    if (!isFirst) {
      this.#backward.push([call(backward, { dy, index, dx }), ...this.#rectify(x, dx)]);
    }
    return 1;
  }

  #globalAveragePooling(): number {
    const x = this.#x;
    const [height, width, channels] = x.shape;
    const isFirst = this.#isUntrained();
    const { y, dx, dy } = this.#next([1, 1, channels]);
    const { forward, backward } = globalAveragePooling({ pixels: height * width, channels });
    this.#both(call(forward, { x: x.name, y }));
    if (!isFirst) this.#backward.push([call(backward, { dy, dx }), ...this.#rectify(x, dx)]);
    return 1;
  }

  #relu(): number {
    const { forward } = relu({ size: elementCount(this.#x.shape) });
    this.#both(call(forward, { x: this.#x.name }));
    this.#x.isRectified = true;
    return 1;
  }

  #dropout(i: number, { rate }: LayerOf<"dropout">): number {
    if (rate === 0) return 1;
    const size = elementCount(this.#x.shape);
    const kernel = dropout({ size, rate, seed: this.#training.seed, layer: i });
    this.#forward.push(call(kernel, { x: this.#x.name }));
    if (!this.#isUntrained()) {
      this.#backward.push([call(kernel, { x: gradientOf(this.#count) })]);
    }
    return 1;
  }

  /** The gradient `dx` by `x`, through the ReLU that gave it. */
  #rectify(x: Activation, dx: string): Call[] {
    if (!x.isRectified) return [];
    const { backward } = relu({ size: elementCount(x.shape) });
    return [call(backward, { y: x.name, dy: dx })];
  }

  /** A kernel whose label says which layer it is of. */
  #named(i: number, kernel: Kernel): Kernel {
    return { ...kernel, label: `${this.#layers[i].name}: ${kernel.label}` };
  }

  #both(added: Call): void {
    this.#inference.push(added);
    this.#forward.push(added);
  }

  /** Whether there are no weights yet, so that a gradient has nowhere to go. */
  #isUntrained(): boolean {
    return this.#trained.length === 0;
  }

  /** Makes room for what the next layer gives; tells the names of that and of the gradients. */
  #next(shape: Activation["shape"]): { y: string; dx: string; dy: string } {
    const size = elementCount(shape);
    const dx = gradientOf(this.#count++);
    const y = `y${this.#count}`;
    this.#lengths.set(y, (capacity) => capacity * size);
    this.#largest = Math.max(this.#largest, size);
    this.#x = { name: y, shape, isRectified: false };
    return { y, dx, dy: gradientOf(this.#count) };
  }

  /** Gives the weights of layer `i` their places, which follow one another in memory. */
  #placeWeights(i: number, trained: Trained): void {
    for (const weight of this.#layers[i].weights) {
      this.#weights.push({ ...weight, at: this.#weightsLength });
      this.#weightsLength += elementCount(weight.shape);
    }
    // Each layer's begin at a multiple of four, as they are read.
    this.#weightsLength = 4 * Math.ceil(this.#weightsLength / 4);
    this.#trained.push(trained);
    const { gradientsAt, count, parts } = trained;
    this.#gradientsLength = 4 * Math.ceil((gradientsAt + count * parts.of(Infinity)) / 4);
  }

  /** Makes sure that an array that layers share is long enough. */
  #reserve(name: string, length: (capacity: number) => number): void {
    const before = this.#lengths.get(name);
    this.#lengths.set(
      name,
      before ? (capacity) => Math.max(before(capacity), length(capacity)) : length,
    );
  }
}

/** Two arrays for the gradients between layers that take turns: a kernel reads one and writes the other. */
const GRADIENTS = ["gradient0", "gradient1"];

/** Where the gradient by activation `i` is. */
function gradientOf(i: number): string {
  return GRADIENTS[i % 2];
}

function call(kernel: Kernel, arrays: Readonly<Record<string, string>> = {}): Call {
  return { kernel, arrays };
}
