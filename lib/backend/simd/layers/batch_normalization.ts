// Batch normalisation. Its statistics are those of the whole batch, so in training the threads wait
// for each other in the middle of it, once on the way forward and once on the way back.

import type { Parameter } from "../memory.ts";
import type { Address } from "../module.ts";
import {
  type Activation,
  type Context,
  gradientAt,
  type Operation,
  type Pass,
  type Update,
  weightAt,
} from "../operation.ts";

export interface BatchNormalizationOptions {
  momentum: number;
  epsilon: number;
  gamma: Parameter;
  beta: Parameter;
  movingMean: Parameter;
  movingVariance: Parameter;
}

export class BatchNormalization implements Operation {
  readonly method = "batch normalisation";
  readonly #context: Context;
  readonly #x: Activation;
  readonly #y: Activation;
  readonly #options: BatchNormalizationOptions;
  /** Of each thread: number of rows, then mean and sum of squares of each channel. */
  readonly #statistics: Address;
  readonly #statisticsStride: number;
  /** What the whole batch comes to, per channel. */
  readonly #own: Record<
    "mean" | "variance" | "inverse" | "scale" | "shift" | "meanSum" | "meanProduct",
    Address
  >;

  constructor(
    context: Context,
    x: Activation,
    y: Activation,
    options: BatchNormalizationOptions,
  ) {
    [this.#context, this.#x, this.#y, this.#options] = [context, x, y, options];
    const { shared, own, threads } = context;
    const channels = () => own.numbers(x.stride);
    const start = shared.next;
    for (let thread = 0; thread < threads; thread++) shared.numbers(4 + 2 * x.stride);
    this.#statistics = start;
    this.#statisticsStride = (shared.next - start) / threads;
    this.#own = {
      mean: channels(),
      variance: channels(),
      inverse: channels(),
      scale: channels(),
      shift: channels(),
      meanSum: channels(),
      meanProduct: channels(),
    };
  }

  forward(pass: Pass): void | Iterable<void> {
    if (pass.training) return this.#forwardTraining(pass);
    const { movingMean, movingVariance } = this.#options;
    this.#numbers(this.#own.mean).set(this.#numbers(weightAt(this.#context, movingMean)));
    this.#numbers(this.#own.variance).set(this.#numbers(weightAt(this.#context, movingVariance)));
    this.#normalise(pass);
  }

  *#forwardTraining(pass: Pass): Iterable<void> {
    const rows = this.#rows(pass.count);
    const mine = this.#statisticsOf(this.#context.thread);
    this.#numbers(mine.count, 1)[0] = rows;
    if (rows > 0) {
      const { y: x, stride } = this.#x;
      this.#context.kernels.moments(x, mine.mean, mine.squares, rows, stride);
    }
    yield;
    this.#merge();
    this.#normalise(pass);
  }

  /** Mean and variance of all threads' rows, merged in the order of the threads. */
  #merge(): void {
    const parts = Array.from({ length: this.#context.threads }, (_, thread) => {
      const { count, mean, squares } = this.#statisticsOf(thread);
      return {
        count: this.#numbers(count, 1)[0],
        mean: this.#numbers(mean),
        squares: this.#numbers(squares),
      };
    }).filter(({ count }) => count > 0);
    const means = this.#numbers(this.#own.mean);
    const variances = this.#numbers(this.#own.variance);
    for (let j = 0; j < this.#x.stride; j++) {
      let [count, mean, squares] = [0, 0, 0];
      for (const part of parts) {
        const difference = part.mean[j] - mean;
        const total = count + part.count;
        mean += difference * part.count / total;
        squares += part.squares[j] + difference * difference * count * part.count / total;
        count = total;
      }
      means[j] = mean;
      variances[j] = squares / count;
    }
  }

  /** y = gamma * (x - mean) / sqrt(variance + epsilon) + beta. */
  #normalise({ count }: Pass): void {
    const { epsilon, gamma, beta } = this.#options;
    const { mean, variance, inverse, scale, shift } = this.#own;
    const variances = this.#numbers(variance);
    const inverses = this.#numbers(inverse);
    const scales = this.#numbers(scale);
    const gammas = this.#numbers(weightAt(this.#context, gamma));
    for (let j = 0; j < this.#x.stride; j++) {
      inverses[j] = 1 / Math.sqrt(variances[j] + epsilon);
      scales[j] = gammas[j] * inverses[j];
    }
    this.#numbers(shift).set(this.#numbers(weightAt(this.#context, beta)));
    const { y: x, stride } = this.#x;
    const { normalise } = this.#context.kernels;
    normalise(x, this.#y.y, mean, scale, shift, this.#rows(count), stride);
  }

  *backward({ count, total }: Pass): Iterable<void> {
    const { kernels, threads, gradients, gradientStride } = this.#context;
    const { gamma, beta } = this.#options;
    const { mean, inverse, scale, meanSum, meanProduct } = this.#own;
    const { y: x, dy: dx, stride } = this.#x;
    const dy = this.#y.dy!;
    const rows = this.#rows(count);
    const [dBeta, dGamma] = [gradientAt(this.#context, beta), gradientAt(this.#context, gamma)];
    kernels.normaliseSums(x, dy, mean, inverse, dBeta, dGamma, rows, stride);
    yield;
    if (dx === undefined) return;
    const part = (thread: number, { offset }: Parameter) =>
      this.#numbers(gradients + thread * gradientStride + offset);
    for (const [parameter, address] of [[beta, meanSum], [gamma, meanProduct]] as const) {
      const parts = Array.from({ length: threads }, (_, thread) => part(thread, parameter));
      const means = this.#numbers(address);
      for (let j = 0; j < stride; j++) {
        means[j] = parts.reduce((sum, numbers) => sum + numbers[j], 0) / this.#rows(total);
      }
    }
    kernels.normaliseBackward(
      x,
      dy,
      dx,
      mean,
      inverse,
      scale,
      meanSum,
      meanProduct,
      rows,
      stride,
    );
  }

  update(update: Update, part: number): void {
    if (part > 0) return;
    const { gamma, beta, movingMean, movingVariance, momentum } = this.#options;
    update(gamma, 0, gamma.size);
    update(beta, 0, beta.size);
    for (
      const [moving, batch] of [
        [movingMean, this.#own.mean],
        [movingVariance, this.#own.variance],
      ] as const
    ) {
      const numbers = this.#numbers(weightAt(this.#context, moving));
      const found = this.#numbers(batch);
      for (let j = 0; j < this.#x.stride; j++) {
        numbers[j] = numbers[j] * momentum + found[j] * (1 - momentum);
      }
    }
  }

  #rows(pictures: number): number {
    return pictures * this.#x.height * this.#x.width;
  }

  #statisticsOf(thread: number): { count: Address; mean: Address; squares: Address } {
    const count = this.#statistics + thread * this.#statisticsStride;
    const mean = count + 16;
    return { count, mean, squares: mean + 4 * this.#x.stride };
  }

  #numbers(address: Address, count = this.#x.stride): Float32Array {
    return new Float32Array(this.#context.buffer, address, count);
  }
}
