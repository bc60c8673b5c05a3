// The layers without a matrix: pooling, ReLU, dropout, and the picture's way in.

import { dropoutKey, dropoutScale } from "../../../model/dropout.ts";
import type { Address } from "../module.ts";
import {
  type Activation,
  type Context,
  type Operation,
  type Pass,
  pictureSize,
} from "../operation.ts";

/** Bytes to numbers from 0 to 1. */
export class Input implements Operation {
  readonly method = "input";
  readonly #context: Context;
  readonly #bytes: (pass: Pass) => Address;
  readonly #y: Activation;

  /** @param bytes Where the pictures of a pass are. */
  constructor(context: Context, bytes: (pass: Pass) => Address, y: Activation) {
    [this.#context, this.#bytes, this.#y] = [context, bytes, y];
  }

  forward(pass: Pass): void {
    const { kernels } = this.#context;
    const { height, width, channels, stride, y } = this.#y;
    const pixels = pass.count * height * width;
    if (stride === channels) kernels.bytesToFloats(this.#bytes(pass), y, pixels * channels);
    else kernels.bytesToPaddedFloats(this.#bytes(pass), y, pixels, channels, stride);
  }

  backward(): void {}
}

/** The largest of each window. */
export class MaxPooling implements Operation {
  readonly method = "max-pooling";
  readonly #context: Context;
  readonly #x: Activation;
  readonly #y: Activation;
  readonly #size: number;
  readonly #index: Address;

  constructor(context: Context, x: Activation, y: Activation, size: number) {
    [this.#context, this.#x, this.#y, this.#size] = [context, x, y, size];
    this.#index = context.own.numbers(context.capacity * pictureSize(y));
  }

  forward({ count }: Pass): void {
    const { height, width, stride, y: x } = this.#x;
    const [xBytes, yBytes] = [4 * pictureSize(this.#x), 4 * pictureSize(this.#y)];
    for (let i = 0; i < count; i++) {
      const [to, index] = [this.#y.y + i * yBytes, this.#index + i * yBytes];
      this.#context.kernels.maxPool(x + i * xBytes, to, index, height, width, stride, this.#size);
    }
  }

  backward({ count }: Pass): void {
    const { height, width, stride, dy: dx } = this.#x;
    if (dx === undefined) return;
    const [xBytes, yBytes] = [4 * pictureSize(this.#x), 4 * pictureSize(this.#y)];
    const { maxPoolBackward } = this.#context.kernels;
    for (let i = 0; i < count; i++) {
      const [from, index] = [this.#y.dy! + i * yBytes, this.#index + i * yBytes];
      maxPoolBackward(from, index, dx + i * xBytes, height, width, stride, this.#size);
    }
  }
}

/** The mean of each channel. */
export class GlobalAveragePooling implements Operation {
  readonly method = "average-pooling";
  readonly #context: Context;
  readonly #x: Activation;
  readonly #y: Activation;

  constructor(context: Context, x: Activation, y: Activation) {
    [this.#context, this.#x, this.#y] = [context, x, y];
  }

  forward({ count }: Pass): void {
    const { height, width, stride, y: x } = this.#x;
    for (let i = 0; i < count; i++) {
      const from = x + 4 * i * pictureSize(this.#x);
      this.#context.kernels.averagePool(from, this.#y.y + 4 * i * stride, height * width, stride);
    }
  }

  backward({ count }: Pass): void {
    const { height, width, stride, dy: dx } = this.#x;
    if (dx === undefined) return;
    for (let i = 0; i < count; i++) {
      const [from, to] = [this.#y.dy! + 4 * i * stride, dx + 4 * i * pictureSize(this.#x)];
      this.#context.kernels.averagePoolBackward(from, to, height * width, stride);
    }
  }
}

/** ReLU by itself, in place: what a layer before needs of its output is the sign at most. */
export class Relu implements Operation {
  readonly method = "relu";
  readonly #context: Context;
  readonly #y: Activation;

  constructor(context: Context, y: Activation) {
    [this.#context, this.#y] = [context, y];
  }

  forward({ count }: Pass): void {
    this.#context.kernels.reluForward(this.#y.y, count * pictureSize(this.#y));
  }

  backward({ count }: Pass): void {
    const { y, dy } = this.#y;
    if (dy === undefined) return;
    this.#context.kernels.reluBackward(dy, y, count * pictureSize(this.#y));
  }
}

/** Dropout, in place like ReLU; the mask is computed twice rather than kept. */
export class Dropout implements Operation {
  readonly method = "dropout";
  readonly #context: Context;
  readonly #y: Activation;
  readonly #options: { rate: number; seed: number; layer: number };

  /** @param options Index of the layer, and the run's seed: what the masks depend on. */
  constructor(
    context: Context,
    y: Activation,
    options: { rate: number; seed: number; layer: number },
  ) {
    [this.#context, this.#y, this.#options] = [context, y, options];
  }

  forward(pass: Pass): void {
    if (pass.training) this.#apply(pass, this.#y.y);
  }

  backward(pass: Pass): void {
    if (this.#y.dy !== undefined) this.#apply(pass, this.#y.dy);
  }

  #apply({ count, first, step }: Pass, numbers: Address): void {
    const { rate, seed, layer } = this.#options;
    const { height, width, channels, stride } = this.#y;
    const pixels = height * width;
    const { threshold, factor } = dropoutScale(rate);
    this.#context.kernels.dropout(
      numbers,
      count * pixels,
      channels,
      stride,
      first * pixels * channels,
      dropoutKey(seed, step, layer),
      Math.min(threshold, 2 ** 32 - 1), // 2^32 would be 0 to the kernel
      factor,
    );
  }
}
