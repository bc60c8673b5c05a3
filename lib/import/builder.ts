// Puts together a network of ours from the operations of another program's, one after the other. What
// is no layer of its own here becomes part of one: scaling goes into the weights next to it.

import {
  type Architecture,
  elementCount,
  type Layer,
  placeLayers,
  type Weight,
} from "../model/layers.ts";
import {
  type Affine,
  compose,
  foldAfter,
  foldBefore,
  forOurInput,
  isUniform,
  type KernelAndBias,
  normalisationOf,
} from "./affine.ts";

type Floats = Float32Array<ArrayBuffer>;

/** The four weights of a batch normalisation, one number a channel each. */
export interface Normalisation {
  gamma: Floats;
  beta: Floats;
  mean: Floats;
  variance: Floats;
  epsilon: number;
}

/** What a network comes to. */
export interface Built {
  architecture: Architecture;
  weights: Weight[];
  /** What the logits were divided by before softmax, where they were. */
  temperature?: number;
}

/** The same with what a file says beside, which nobody has checked yet. */
export interface Read extends Omit<Built, "temperature"> {
  temperature?: unknown;
  /** The classes' names. */
  classes?: unknown;
}

/** The pictures that this program has: 28x28, one channel. */
export const INPUT_SHAPE = [28, 28, 1] as const;

/**
 * The largest output of a layer, in numbers: 512 channels of the picture's size are 401,408. A file
 * of a few kilobytes can ask for gigabytes.
 */
const MOST_NUMBERS = 1 << 20;

/** Adds nothing to a variance of 1, and layers.ts asks for more than 0. */
const NO_EPSILON = 1e-12;

/**
 * Every method throws a SyntaxError that says what is impossible here.
 *
 * A network's input is 0 (paper) to 1 (ink). Where a network begins by bringing 0 to 255 to a smaller
 * range, its input is taken for that.
 */
export class NetworkBuilder {
  readonly #layers: Layer[] = [];
  /** Of each layer, in the order of its specifications. */
  readonly #weights: Floats[][] = [];
  /** What one example is now: [height, width, channels] or [units]. */
  #shape: readonly number[] = INPUT_SHAPE;
  /** Done to what the last layer gives, and not yet part of a layer. */
  #pending: Affine | undefined;
  #isOver = false;

  get shape(): readonly number[] {
    return this.#shape;
  }

  /**
   * @param kernel [size, size, channels, filters], row-major.
   * @param bias [filters]
   */
  convolution(
    { size, filters, kernel, bias, padding }: {
      size: number;
      filters: number;
      kernel: Floats;
      bias?: Floats;
      padding: "valid" | "same";
    },
  ): void {
    this.#goOn();
    const [height, width, channels] = this.#picture("a convolution");
    checkSizes({ size, filters });
    checkCount("kernel", kernel, [size, size, channels, filters]);
    if (bias) checkCount("bias", bias, [filters]);
    const loss = padding === "same" ? 0 : size - 1;
    if (height <= loss || width <= loss) {
      throw new SyntaxError(`filters of ${size}x${size} do not fit into ${height}x${width}`);
    }
    // Zeros around the picture are not scaled with it, so that an offset cannot go into the bias.
    const folded = this.#foldInput({ kernel, bias }, filters, padding === "valid");
    this.#push(
      {
        type: "conv2d",
        filters,
        kernelSize: size,
        padding,
        activation: "linear",
        useBias: folded.bias !== undefined,
      },
      folded.bias ? [folded.kernel, folded.bias] : [folded.kernel],
      [height - loss, width - loss, filters],
    );
  }

  /**
   * @param kernel [inputs, units], row-major.
   * @param bias [units]
   */
  dense({ units, kernel, bias }: { units: number; kernel: Floats; bias?: Floats }): void {
    this.#goOn();
    checkSizes({ units });
    this.flatten();
    checkCount("kernel", kernel, [this.#shape[0], units]);
    if (bias) checkCount("bias", bias, [units]);
    const folded = this.#foldInput({ kernel, bias }, units, true);
    this.#push(
      { type: "dense", units, activation: "linear", useBias: folded.bias !== undefined },
      folded.bias ? [folded.kernel, folded.bias] : [folded.kernel],
      [units],
    );
  }

  batchNormalization({ gamma, beta, mean, variance, epsilon }: Normalisation): void {
    this.#goOn();
    this.#settle();
    for (const [name, values] of Object.entries({ gamma, beta, mean, variance })) {
      checkCount(name, values, [this.#shape.at(-1)!]);
    }
    if (!(epsilon >= 0 && epsilon < Infinity)) throw new SyntaxError(`its epsilon is ${epsilon}`);
    // Momentum is for training, which nobody asks of it.
    this.#push(
      { type: "batchNormalization", momentum: 0.99, epsilon: Math.max(epsilon, NO_EPSILON) },
      [gamma, beta, mean, variance],
      this.#shape,
    );
  }

  relu(): void {
    this.#goOn();
    this.#settle();
    const last = this.#layers.at(-1);
    if (this.#isLinear(last)) last.activation = "relu";
    else this.#push({ type: "relu" }, [], this.#shape);
  }

  maxPooling(poolSize: number): void {
    this.#goOn();
    this.#settle();
    const [height, width, channels] = this.#picture("pooling");
    checkSizes({ poolSize });
    const shape = [Math.floor(height / poolSize), Math.floor(width / poolSize), channels];
    if (shape[0] === 0 || shape[1] === 0) {
      throw new SyntaxError(`a pool of ${poolSize}x${poolSize} is larger than ${height}x${width}`);
    }
    this.#push({ type: "maxPooling2d", poolSize }, [], shape);
  }

  /** The mean of each channel. */
  globalAveragePooling(): void {
    this.#goOn();
    this.#settle();
    const [, , channels] = this.#picture("pooling");
    this.#push({ type: "globalAveragePooling2d" }, [], [channels]);
  }

  /** [height, width, channels] to [units], in that order. */
  flatten(): void {
    if (this.#shape.length === 1) return;
    if (this.#pending && !isUniform(this.#pending)) this.#settle();
    this.#push({ type: "flatten" }, [], [elementCount(this.#shape)]);
  }

  /** Takes back a flattening of the input. */
  unflattenInput(): void {
    if (this.#pending && !isUniform(this.#pending)) this.#settle();
    if (!this.#isInput()) throw new SyntaxError("only the input can be reshaped to a picture");
    this.#layers.length = 0;
    this.#weights.length = 0;
    this.#shape = INPUT_SHAPE;
  }

  affine(affine: Affine): void {
    this.#goOn();
    const count = Math.max(affine.scale.length, affine.offset.length);
    const channels = this.#shape.at(-1)!;
    if (count !== 1 && count !== channels) {
      throw new SyntaxError(`${count} constants do not go with ${channels} channels`);
    }
    // A bias comes first, so that a division after it can be that of the temperature.
    if (this.#isLinear()) this.#settle();
    this.#pending = this.#pending ? compose(this.#pending, affine) : affine;
  }

  /** Only the end of a network can be one. */
  softmax(): void {
    this.#goOn();
    if (this.#shape.length > 1) throw new SyntaxError("softmax over a picture is not possible");
    this.#isOver = true;
  }

  /** The network with its weights. */
  build(): Built {
    const temperature = this.#takeTemperature();
    this.#settle();
    if (this.#layers.at(-1)?.type !== "dense" || !this.#isLinear()) this.#pushIdentity();
    const end = this.#layers.at(-1)!;
    if (end.type === "dense") end.activation = "softmax";
    const architecture: Architecture = { inputShape: INPUT_SHAPE, layers: this.#layers };
    const weights = placeLayers(architecture).flatMap((placed, i) =>
      placed.weights.map(({ name, shape }, k) => ({ name, shape, data: this.#weights[i][k] }))
    );
    const wild = weights.find(({ data }) => !data.every(Number.isFinite));
    if (wild) throw new SyntaxError(`${wild.name} holds what is no number`);
    return temperature === undefined
      ? { architecture, weights }
      : { architecture, weights, temperature };
  }

  #goOn(): void {
    if (this.#isOver) throw new SyntaxError("softmax is only possible at the end of a network");
  }

  #push(layer: Layer, weights: Floats[], shape: readonly number[]): void {
    const count = elementCount(shape);
    if (!(count >= 1 && count <= MOST_NUMBERS)) {
      throw new SyntaxError(`an output of ${shape.join("x")} is more than ${MOST_NUMBERS} numbers`);
    }
    this.#layers.push(layer);
    this.#weights.push(weights);
    this.#shape = shape;
  }

  #picture(what: string): readonly number[] {
    if (this.#shape.length === 3) return this.#shape;
    throw new SyntaxError(`${what} needs a picture, and gets ${this.#shape[0]} numbers`);
  }

  /** A network has to end in a dense layer: one that changes nothing. */
  #pushIdentity(): void {
    this.flatten();
    const [units] = this.#shape;
    if (units > 1000) throw new SyntaxError(`${units} outputs are no classes`);
    const kernel = Float32Array.from({ length: units * units }, (_, i) => +(i % (units + 1) === 0));
    this.#push({ type: "dense", units, activation: "linear", useBias: false }, [kernel], [units]);
  }

  /** Nothing has been done to the picture but to flatten it. */
  #isInput(): boolean {
    return this.#layers.every(({ type }) => type === "flatten");
  }

  /** Its weights can take up a scale and an offset of what it gives. */
  #isLinear(layer = this.#layers.at(-1)): layer is Extract<Layer, { activation: unknown }> {
    return layer !== undefined && "activation" in layer && layer.activation === "linear";
  }

  /** What is pending, if it is the division of the last layer's logits. */
  #takeTemperature(): number | undefined {
    const pending = this.#pending;
    if (!pending || this.#isInput() || !isUniform(pending)) return;
    const temperature = 1 / pending.scale[0];
    if (pending.offset[0] !== 0 || !(temperature > 0 && temperature < Infinity)) return;
    this.#pending = undefined;
    return temperature;
  }

  /** A layer's weights that do what is pending of the input, too. */
  #foldInput(weights: KernelAndBias, outputs: number, mayShift: boolean): KernelAndBias {
    const pending = this.#pending;
    const canFold = pending && this.#isInput() && isUniform(pending) &&
      (mayShift || pending.offset[0] === 0);
    if (!canFold) {
      this.#settle();
      return weights;
    }
    this.#pending = undefined;
    return foldBefore(forOurInput(pending), weights, outputs);
  }

  /** Makes what is pending part of the last layer, or a layer of its own. */
  #settle(): void {
    const pending = this.#pending;
    if (!pending) return;
    this.#pending = undefined;
    const channels = this.#shape.at(-1)!;
    const last = this.#layers.at(-1);
    if (this.#isLinear(last)) {
      const [kernel, before] = this.#weights.pop()!;
      const { kernel: scaled, bias } = foldAfter(pending, { kernel, bias: before }, channels);
      this.#weights.push([scaled, bias]);
      last.useBias = true;
      return;
    }
    const affine = this.#isInput() ? forOurInput(pending) : pending;
    this.#push(
      { type: "batchNormalization", momentum: 0.99, epsilon: NO_EPSILON },
      normalisationOf(affine, channels),
      this.#shape,
    );
  }
}

function checkSizes(sizes: Record<string, number>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!(Number.isSafeInteger(size) && size >= 1)) throw new SyntaxError(`its ${name} is ${size}`);
  }
}

function checkCount(name: string, values: ArrayLike<number>, shape: readonly number[]): void {
  if (values.length === elementCount(shape)) return;
  throw new SyntaxError(
    `its ${name} has ${values.length} numbers, and ${shape.join("x")} are needed`,
  );
}
