// Any convolution: w is (K,K,CI,CO); x is (N,H,W,CI), y (N,OH,OW,CO).

import type { Parameter } from "../memory.ts";
import type { Address } from "../module.ts";
import {
  type Activation,
  type Context,
  gradientAt,
  type Operation,
  type Pass,
  pictureSize,
  type Update,
  weightAt,
} from "../operation.ts";
import { finish, finishBackward } from "./bias.ts";

export interface ConvolutionOptions {
  /** Height and width of the filters. */
  size: number;
  /** Rows and columns of zeros before the picture: 0 for "valid". */
  pad: number;
  kernel: Parameter;
  bias: Parameter | undefined;
  relu: boolean;
}

/** Any convolution, by im2col and product of matrices, a picture at a time. */
export class Convolution implements Operation {
  readonly method = "im2col";
  readonly #context: Context;
  readonly #x: Activation;
  readonly #y: Activation;
  readonly #options: ConvolutionOptions;
  /** w (K*K*CI,CO) in panels, and its transpose in panels. */
  readonly #packed: Address;
  readonly #packedTransposed: Address;
  readonly #columns: Address;
  readonly #packedGradient: Address;

  constructor(context: Context, x: Activation, y: Activation, options: ConvolutionOptions) {
    [this.#context, this.#x, this.#y, this.#options] = [context, x, y, options];
    const positions = y.height * y.width;
    this.#packed = context.shared.numbers(options.kernel.size);
    this.#packedTransposed = context.shared.numbers(options.kernel.size);
    this.#columns = context.own.numbers(positions * this.#depth);
    this.#packedGradient = context.own.numbers(positions * y.stride);
  }

  /** Numbers of a patch. */
  get #depth(): number {
    return this.#options.size ** 2 * this.#x.stride;
  }

  forward({ count }: Pass): void {
    const { kernels } = this.#context;
    const { bias, relu } = this.#options;
    const [positions, filters] = [this.#y.height * this.#y.width, this.#y.stride];
    for (let i = 0; i < count; i++) {
      this.#gatherPatches(i);
      const y = this.#y.y + 4 * i * pictureSize(this.#y);
      const depth = this.#depth;
      kernels.gemm(positions, filters, depth, this.#columns, depth, this.#packed, y, filters, 0);
    }
    finish(this.#context, this.#y, count, bias, relu);
  }

  #gatherPatches(picture: number): void {
    const { height, width, stride } = this.#x;
    const { size, pad } = this.#options;
    this.#context.kernels.im2col(
      this.#x.y + 4 * picture * pictureSize(this.#x),
      this.#columns,
      height,
      width,
      stride,
      size,
      pad,
      this.#y.height,
      this.#y.width,
    );
  }

  backward({ count, accumulate }: Pass): void {
    const { kernels } = this.#context;
    const { kernel, size, pad } = this.#options;
    const [positions, filters, depth] = [
      this.#y.height * this.#y.width,
      this.#y.stride,
      this.#depth,
    ];
    const dw = gradientAt(this.#context, kernel);
    finishBackward(this.#context, this.#y, count, this.#options, accumulate);
    if (count === 0 && !accumulate) {
      new Float32Array(this.#context.buffer, dw, kernel.size).fill(0);
    }
    for (let i = 0; i < count; i++) {
      const dy = this.#y.dy! + 4 * i * pictureSize(this.#y);
      this.#gatherPatches(i);
      kernels.pack(positions, filters, dy, filters, this.#packedGradient, 0, positions);
      kernels.gemmTransposed(
        depth,
        filters,
        positions,
        this.#columns,
        depth,
        this.#packedGradient,
        dw,
        filters,
        Number(accumulate || i > 0),
      );
      if (this.#x.dy === undefined) continue;
      const { height, width, stride } = this.#x;
      const dx = this.#x.dy + 4 * i * pictureSize(this.#x);
      const packed = this.#packedTransposed;
      kernels.gemm(positions, depth, filters, dy, filters, packed, this.#columns, depth, 0);
      const { height: oh, width: ow } = this.#y;
      kernels.col2im(this.#columns, dx, height, width, stride, size, pad, oh, ow);
    }
  }

  // The first thread does it all: what is derived does not split by input channels, and the
  // weights of a convolution are few.
  update(update: Update, part: number): void {
    const { kernel, bias } = this.#options;
    if (part > 0) return;
    update(kernel, 0, kernel.size);
    if (bias) update(bias, 0, bias.size);
    this.derive(part);
  }

  derive(part: number): void {
    if (part > 0) return;
    const { kernels } = this.#context;
    const [depth, filters] = [this.#depth, this.#y.stride];
    const w = weightAt(this.#context, this.#options.kernel);
    kernels.pack(depth, filters, w, filters, this.#packed, 0, depth);
    if (this.#x.dy === undefined) return;
    kernels.packTransposed(filters, depth, w, filters, this.#packedTransposed, 0, depth);
  }
}
