// Convolutions that are pooled at once, by kernels that do both: w is (3,3,CI,CO); x is (N,H,W,CI),
// y (N,OH,OW,CO), half the convolution's height and width.

import { Lists } from "../lists.ts";
import { LANES, type Parameter, share } from "../memory.ts";
import type { Address } from "../module.ts";
import {
  type Activation,
  type Context,
  gradientAt,
  type Operation,
  type Pass,
  pictureSize,
  type Update,
  updateInputChannels,
  weightAt,
} from "../operation.ts";
import { finishBackward } from "./bias.ts";

/** What the fused convolutions take for granted: 3x3, "valid", bias, ReLU, then 2x2 max-pooling. */
const SIZE = 3;
const POOL = 2;

/** Pictures whose gradient goes into one set of lists: longer lists, fewer passes over dw. */
const GROUP = 2;

/** Windows that kernels/winograd.ts works on at a time. */
const WINOGRAD_BLOCK = 12;

export interface PooledOptions {
  kernel: Parameter;
  bias: Parameter;
}

/** Whether a convolution of x has the shape for one of the fused ones. */
export function canFuse(x: Activation, kernel: Parameter): boolean {
  const channels = x.stride === 1 || x.stride % LANES === 0;
  const room = x.height >= SIZE + 1 && x.width >= SIZE + 1;
  return room && channels && kernel.columnsPadded % 8 === 0;
}

/** 3x3 convolution, ReLU and 2x2 max-pooling on the picture itself, of one channel. */
export class FirstConvolution implements Operation {
  readonly method = "first convolution";
  readonly #context: Context;
  readonly #x: Activation;
  readonly #y: Activation;
  readonly #options: PooledOptions;
  readonly #index: Address;
  readonly #scratch: Address;

  constructor(context: Context, x: Activation, y: Activation, options: PooledOptions) {
    [this.#context, this.#x, this.#y, this.#options] = [context, x, y, options];
    this.#index = context.own.numbers(context.capacity * pictureSize(y));
    this.#scratch = context.own.numbers(2 * y.height * y.width);
  }

  forward({ count, training }: Pass): void {
    const { kernel, bias } = this.#options;
    this.#context.kernels.firstConvolution(
      this.#x.y,
      weightAt(this.#context, kernel),
      weightAt(this.#context, bias),
      this.#y.y,
      training ? this.#index : 0,
      count,
      this.#x.height,
      this.#x.width,
      this.#y.stride,
    );
  }

  backward({ count, accumulate }: Pass): void {
    const { kernels, buffer } = this.#context;
    const { kernel, bias } = this.#options;
    const dw = gradientAt(this.#context, kernel);
    finishBackward(this.#context, this.#y, count, { bias, relu: true }, accumulate);
    if (!accumulate) new Float32Array(buffer, dw, kernel.size).fill(0);
    for (let i = 0; i < count; i++) {
      const offset = 4 * i * pictureSize(this.#y);
      kernels.firstConvolutionBackward(
        this.#x.y + 4 * i * pictureSize(this.#x),
        this.#y.dy! + offset,
        this.#index + offset,
        dw,
        this.#x.height,
        this.#x.width,
        this.#y.stride,
        this.#scratch,
      );
    }
  }

  update(update: Update, part: number): void {
    const { kernel, bias } = this.#options;
    if (part > 0) return;
    update(kernel, 0, kernel.size);
    update(bias, 0, bias.size);
  }
}

/**
 * 3x3 convolution, ReLU and 2x2 max-pooling: forward by Winograd, backward by lists of the
 * gradients that pooling and ReLU let through.
 */
export class WinogradConvolution implements Operation {
  readonly method = "winograd";
  readonly #context: Context;
  readonly #x: Activation;
  readonly #y: Activation;
  readonly #options: PooledOptions;
  readonly #filters: Address;
  /** w as (CO,3,3,CI), and the gradient in that order. */
  readonly #transposed: Address;
  readonly #gradient: Address;
  readonly #index: Address;
  readonly #scratch: Address;
  /** Of dy: a list for each channel, and for each pixel of each picture of a group. */
  readonly #channels: Lists;
  readonly #pixels: Lists;

  constructor(context: Context, x: Activation, y: Activation, options: PooledOptions) {
    [this.#context, this.#x, this.#y, this.#options] = [context, x, y, options];
    const { shared, own, capacity } = context;
    const [windows, co] = [y.height * y.width, y.stride];
    this.#filters = shared.numbers(16 * x.stride * co);
    this.#transposed = shared.numbers(options.kernel.size);
    this.#gradient = own.numbers(options.kernel.size);
    this.#index = own.numbers(capacity * pictureSize(y));
    this.#scratch = own.numbers(16 * WINOGRAD_BLOCK * (x.stride + 8));
    this.#channels = new Lists(context, co, GROUP * windows);
    this.#pixels = new Lists(context, GROUP * windows * POOL ** 2, co);
  }

  prepare(): void {
    const { height, width, stride: ci } = this.#x;
    const windows = this.#y.height * this.#y.width;
    this.#channels.setOffsets((channel) => 4 * channel * SIZE * SIZE * ci);
    this.#pixels.setOffsets((i) => {
      const [picture, window] = [Math.floor(i / 4 / windows), Math.floor(i / 4) % windows];
      const row = 2 * Math.floor(window / this.#y.width) + (i >> 1 & 1);
      const column = 2 * (window % this.#y.width) + (i & 1);
      return 4 * ((picture * height + row) * width + column) * ci;
    });
  }

  forward({ count, training }: Pass): void {
    this.#context.kernels.winogradPool(
      this.#x.y,
      this.#filters,
      weightAt(this.#context, this.#options.bias),
      this.#y.y,
      training ? this.#index : 0,
      this.#scratch,
      count,
      this.#x.height,
      this.#x.width,
      this.#x.stride,
      this.#y.stride,
    );
  }

  backward({ count, accumulate }: Pass): void {
    const { kernels, buffer } = this.#context;
    const { kernel, bias } = this.#options;
    finishBackward(this.#context, this.#y, count, { bias, relu: true }, accumulate);
    const depth = SIZE * SIZE * this.#x.stride;
    if (!accumulate) new Float32Array(buffer, this.#gradient, kernel.size).fill(0);
    for (let i = 0; i < count; i += GROUP) this.#group(i, Math.min(GROUP, count - i));
    const dw = gradientAt(this.#context, kernel);
    kernels.transpose(this.#y.stride, depth, this.#gradient, depth, dw, this.#y.stride);
  }

  /** The gradients of x and w from `count` pictures from the `first` on. */
  #group(first: number, count: number): void {
    const { kernels, buffer } = this.#context;
    const { height, width, stride: ci } = this.#x;
    const { height: oh, width: ow, stride: co } = this.#y;
    const windows = oh * ow;
    const [xBytes, yBytes] = [4 * pictureSize(this.#x), 4 * pictureSize(this.#y)];
    this.#channels.clear();
    for (let i = 0; i < count; i++) {
      const pixels = this.#pixels.from(i * windows * POOL ** 2);
      kernels.pooledLists(
        this.#y.dy! + (first + i) * yBytes,
        this.#index + (first + i) * yBytes,
        windows,
        ow,
        width,
        ci,
        co,
        SIZE,
        i * xBytes,
        this.#channels.lists,
        this.#channels.capacity,
        this.#channels.counts,
        pixels.lists,
        pixels.counts,
      );
    }
    const x = this.#x.y + first * xBytes;
    const row = 4 * SIZE * ci;
    for (let ky = 0; ky < SIZE; ky++) {
      this.#channels.multiply(this.#gradient + ky * row, x + 4 * ky * width * ci, SIZE * ci, true);
    }
    if (this.#x.dy === undefined) return;
    const dx = this.#x.dy + first * xBytes;
    new Float32Array(buffer, dx, count * height * width * ci).fill(0);
    for (let ky = 0; ky < SIZE; ky++) {
      const [to, w] = [dx + 4 * ky * width * ci, this.#transposed + ky * row];
      this.#pixels.multiply(to, w, SIZE * ci, true, count * windows * POOL ** 2);
    }
  }

  update(update: Update, part: number, parts: number): void {
    const { kernel, bias } = this.#options;
    const [first, last] = this.#inputChannels(part, parts);
    updateInputChannels(update, kernel, first, last);
    if (part === 0) update(bias, 0, bias.size);
    this.derive(part, parts);
  }

  /** The input channels [first, last) that a thread keeps up to date. */
  #inputChannels(part: number, parts: number): [number, number] {
    return share(this.#x.stride, part, parts, LANES);
  }

  derive(part: number, parts: number): void {
    const { kernels } = this.#context;
    const [ci, co] = [this.#x.stride, this.#y.stride];
    const [first, last] = this.#inputChannels(part, parts);
    const w = weightAt(this.#context, this.#options.kernel);
    kernels.winogradFilter(w, this.#filters, ci, co, first, last);
    if (this.#x.dy === undefined) return;
    const depth = SIZE * SIZE * ci;
    for (let tap = 0; tap < SIZE * SIZE; tap++) {
      const row = tap * ci + first;
      kernels.transpose(last - first, co, w + 4 * row * co, co, this.#transposed + 4 * row, depth);
    }
  }
}
