// Convolutions 3x3 by Winograd's algorithm, whatever comes after them: w is (3,3,CI,CO); x is
// (N,H,W,CI), y (N,OH,OW,CO).

import { type Parameter, share } from "../memory.ts";
import type { Address } from "../module.ts";
import {
  type Activation,
  type Context,
  gradientAt,
  type Operation,
  type Pass,
  type Update,
  updateInputChannels,
  weightAt,
} from "../operation.ts";
import { finish, finishBackward } from "./bias.ts";
import type { ConvolutionOptions } from "./convolution.ts";

const SIZE = 3;

/** Columns of a panel of gemm.ts: numbers of channels have to be multiples of it. */
const PANEL = 8;

/** Tiles that kernels/winograd_plain.ts works on at a time. */
const BLOCK = 48;

/** Whether PlainWinograd can do a convolution of x. */
export function canTile(x: Activation, kernel: Parameter, size: number): boolean {
  return size === SIZE && x.stride % PANEL === 0 && kernel.columnsPadded % PANEL === 0;
}

/** By 16 products of matrices instead of one, which take fewer multiplications together. */
export class PlainWinograd implements Operation {
  readonly method = "plain winograd";
  readonly #context: Context;
  readonly #x: Activation;
  readonly #y: Activation;
  readonly #options: ConvolutionOptions;
  /** The transformed filters (CO/8,16,CI,8) and their transposes (CI/8,16,CO,8). */
  readonly #filters: Address;
  readonly #transposed: Address;
  /** Their gradient (16,CO,CI), and that of w as (3,3,CO,CI). */
  readonly #filtersGradient: Address;
  readonly #gradient: Address;
  readonly #scratch: Address;

  constructor(context: Context, x: Activation, y: Activation, options: ConvolutionOptions) {
    [this.#context, this.#x, this.#y, this.#options] = [context, x, y, options];
    const { shared, own } = context;
    const [ci, co] = [x.stride, y.stride];
    this.#filters = shared.numbers(16 * ci * co);
    this.#transposed = shared.numbers(16 * ci * co);
    this.#filtersGradient = own.numbers(16 * ci * co);
    this.#gradient = own.numbers(options.kernel.size);
    this.#scratch = own.numbers(16 * (BLOCK * (ci + co) + 32) + 16 * Math.max(ci, co));
  }

  forward({ count }: Pass): void {
    const { bias, relu, pad } = this.#options;
    const { height, width, stride, y: x } = this.#x;
    this.#context.kernels.winogradForward(
      x,
      this.#filters,
      this.#y.y,
      this.#scratch,
      count,
      height,
      width,
      stride,
      this.#y.stride,
      pad,
    );
    finish(this.#context, this.#y, count, bias, relu);
  }

  backward({ count, accumulate }: Pass): void {
    const { kernels, buffer } = this.#context;
    const { kernel, pad } = this.#options;
    const { height, width, stride: ci, y: x, dy: dx } = this.#x;
    const co = this.#y.stride;
    finishBackward(this.#context, this.#y, count, this.#options, accumulate);
    if (!accumulate) new Float32Array(buffer, this.#filtersGradient, 16 * ci * co).fill(0);
    kernels.winogradBackward(
      x,
      this.#y.dy!,
      this.#transposed,
      dx ?? 0,
      this.#filtersGradient,
      this.#scratch,
      count,
      height,
      width,
      ci,
      co,
      pad,
    );
    kernels.winogradFilterBackward(this.#filtersGradient, this.#gradient, ci, co);
    const dw = gradientAt(this.#context, kernel);
    for (let tap = 0; tap < SIZE * SIZE; tap++) {
      const at = 4 * tap * ci * co;
      kernels.transpose(co, ci, this.#gradient + at, ci, dw + at, co);
    }
  }

  update(update: Update, part: number, parts: number): void {
    const { kernel, bias } = this.#options;
    const [first, last] = this.#inputChannels(part, parts);
    updateInputChannels(update, kernel, first, last);
    if (bias && part === 0) update(bias, 0, bias.size);
    this.derive(part, parts);
  }

  /** The input channels [first, last) that a thread keeps up to date. */
  #inputChannels(part: number, parts: number): [number, number] {
    return share(this.#x.stride, part, parts, PANEL);
  }

  derive(part: number, parts: number): void {
    const { kernels } = this.#context;
    const [ci, co] = [this.#x.stride, this.#y.stride];
    const [first, last] = this.#inputChannels(part, parts);
    const w = weightAt(this.#context, this.#options.kernel);
    kernels.winogradFilter(w, this.#filters, ci, co, first, last);
    if (this.#x.dy === undefined) return;
    kernels.winogradTranspose(this.#filters, this.#transposed, ci, co, first, last);
  }
}
