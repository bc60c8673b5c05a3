// Dense layers: y (N,U) = x (N,K) w (K,U) + b, with or without ReLU.

import { Lists } from "../lists.ts";
import { type Parameter, share } from "../memory.ts";
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
import type { Address } from "../module.ts";
import { finish, finishBackward } from "./bias.ts";

/** How many rows of w belong together: a panel of its packed transpose. */
const PANEL = 8;

export interface DenseOptions {
  kernel: Parameter;
  bias: Parameter | undefined;
  relu: boolean;
}

/** The way forward of both that follow: a product of matrices, then bias and ReLU. */
abstract class Product {
  protected readonly context: Context;
  protected readonly x: Activation;
  protected readonly y: Activation;
  protected readonly options: DenseOptions;
  /** w in panels. */
  protected readonly packed: Address;

  constructor(context: Context, x: Activation, y: Activation, options: DenseOptions) {
    [this.context, this.x, this.y, this.options] = [context, x, y, options];
    this.packed = context.shared.numbers(options.kernel.size);
  }

  forward({ count }: Pass): void {
    const { bias, relu } = this.options;
    const [k, units] = [pictureSize(this.x), this.y.stride];
    this.context.kernels.gemm(count, units, k, this.x.y, k, this.packed, this.y.y, units, 0);
    finish(this.context, this.y, count, bias, relu);
  }
}

/** By product of matrices. */
export class Dense extends Product implements Operation {
  readonly method = "gemm";
  /** The transpose of w in panels, for the gradient of x. */
  readonly #packedTransposed: Address;
  /** dy in panels. */
  readonly #packedGradient: Address;

  constructor(context: Context, x: Activation, y: Activation, options: DenseOptions) {
    super(context, x, y, options);
    this.#packedTransposed = context.shared.numbers(options.kernel.size);
    this.#packedGradient = context.own.numbers(context.capacity * y.stride);
  }

  backward({ count, accumulate }: Pass): void {
    const { kernels } = this.context;
    const [k, units] = [pictureSize(this.x), this.y.stride];
    const dy = this.y.dy!;
    const dw = gradientAt(this.context, this.options.kernel);
    const packed = this.#packedGradient;
    finishBackward(this.context, this.y, count, this.options, accumulate);
    kernels.pack(count, units, dy, units, packed, 0, count);
    kernels.gemmTransposed(k, units, count, this.x.y, k, packed, dw, units, Number(accumulate));
    if (this.x.dy === undefined) return;
    kernels.gemm(count, k, units, dy, units, this.#packedTransposed, this.x.dy, k, 0);
  }

  update(update: Update, part: number, parts: number): void {
    updateRows(update, this.options, part, parts);
    this.derive(part, parts);
  }

  derive(part: number, parts: number): void {
    const { kernels } = this.context;
    const [k, units] = [pictureSize(this.x), this.y.stride];
    const w = weightAt(this.context, this.options.kernel);
    const [first, last] = share(k, part, parts, PANEL);
    kernels.pack(k, units, w, units, this.packed, first, last);
    if (this.x.dy === undefined) return;
    kernels.packTransposed(units, k, w, units, this.#packedTransposed, first, last);
  }
}

/**
 * With ReLU, which most gradients do not pass: backward by lists of those that do. The kernel lies
 * in memory transposed, (U,K), as the lists want its rows.
 */
export class RectifiedDense extends Product implements Operation {
  readonly method = "gemm, sparse gradient";
  /** Of dy: a list for each picture, and for each unit. */
  readonly #pictures: Lists;
  readonly #units: Lists;

  constructor(context: Context, x: Activation, y: Activation, options: DenseOptions) {
    super(context, x, y, options);
    options.kernel.scratch = this.packed;
    this.#pictures = new Lists(context, context.capacity, y.stride);
    this.#units = new Lists(context, y.stride, context.capacity);
  }

  prepare(): void {
    const row = 4 * pictureSize(this.x);
    this.#pictures.setOffsets((i) => i * row);
    this.#units.setOffsets((i) => i * row);
  }

  backward({ count, accumulate }: Pass): void {
    const { kernel } = this.options;
    const [k, units] = [pictureSize(this.x), this.y.stride];
    finishBackward(this.context, this.y, count, this.options, accumulate);
    this.context.kernels.nonZeroLists(
      this.y.dy!,
      count,
      units,
      this.#pictures.lists,
      this.#pictures.counts,
      4 * k,
      this.#units.lists,
      this.#units.counts,
      4 * k,
      this.#units.capacity,
    );
    this.#units.multiply(gradientAt(this.context, kernel), this.x.y, k, accumulate);
    if (this.x.dy === undefined) return;
    this.#pictures.multiply(this.x.dy, weightAt(this.context, kernel), k, false, count);
  }

  update(update: Update, part: number, parts: number): void {
    const { kernel, bias } = this.options;
    const [first, last] = share(this.y.stride, part, parts, PANEL);
    const k = pictureSize(this.x);
    update(kernel, first * k, (last - first) * k);
    if (bias && part === 0) update(bias, 0, bias.size);
    this.derive(part, parts);
  }

  derive(part: number, parts: number): void {
    const [k, units] = [pictureSize(this.x), this.y.stride];
    const w = weightAt(this.context, this.options.kernel);
    const [first, last] = share(units, part, parts, PANEL);
    this.context.kernels.packTransposed(k, units, w, k, this.packed, first, last);
  }
}

/** On the picture itself, where most of x is 0: by lists of the pixels that are not. */
export class SparseDense implements Operation {
  readonly method = "sparse";
  readonly #context: Context;
  readonly #bytes: (pass: Pass) => Address;
  readonly #pixels: number;
  readonly #y: Activation;
  readonly #options: DenseOptions;
  /** Of x: a list for each picture, and for each pixel. */
  readonly #pictures: Lists;
  readonly #columns: Lists;

  /** @param bytes Where the pictures of a pass are. */
  constructor(
    context: Context,
    bytes: (pass: Pass) => Address,
    pixels: number,
    y: Activation,
    options: DenseOptions,
  ) {
    [this.#context, this.#bytes, this.#pixels] = [context, bytes, pixels];
    [this.#y, this.#options] = [y, options];
    this.#pictures = new Lists(context, context.capacity, pixels);
    this.#columns = new Lists(context, pixels, context.capacity);
  }

  prepare(): void {
    this.#pictures.setOffsets((i) => 4 * i * this.#y.stride);
    this.#columns.setOffsets((i) => 4 * i * this.#y.stride);
  }

  forward(pass: Pass): void {
    const { kernel, bias, relu } = this.#options;
    const units = this.#y.stride;
    this.#context.kernels.pixelLists(
      this.#bytes(pass),
      pass.count,
      this.#pixels,
      this.#pictures.lists,
      this.#pictures.counts,
      4 * units,
      pass.training ? this.#columns.lists : 0,
      this.#columns.counts,
      4 * units,
      this.#columns.capacity,
    );
    const w = weightAt(this.#context, kernel);
    this.#pictures.multiply(this.#y.y, w, units, false, pass.count);
    finish(this.#context, this.#y, pass.count, bias, relu);
  }

  backward({ count, accumulate }: Pass): void {
    finishBackward(this.#context, this.#y, count, this.#options, accumulate);
    const dw = gradientAt(this.#context, this.#options.kernel);
    this.#columns.multiply(dw, this.#y.dy!, this.#y.stride, accumulate);
  }

  update(update: Update, part: number, parts: number): void {
    updateRows(update, this.#options, part, parts);
  }
}

/** A thread updates some rows of the kernel; the first one the bias too. */
function updateRows(
  update: Update,
  { kernel, bias }: DenseOptions,
  part: number,
  parts: number,
): void {
  const { outer, innerPadded, columnsPadded } = kernel;
  const [first, last] = share(outer * innerPadded, part, parts, PANEL);
  update(kernel, first * columnsPadded, (last - first) * columnsPadded);
  if (bias && part === 0) update(bias, 0, bias.size);
}
