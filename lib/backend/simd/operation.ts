// What a layer, or several layers in one, looks like to the program that runs them.

import type { Address, Kernels } from "./module.ts";
import type { Arena, Parameter } from "./memory.ts";

/** One turn of a thread over some pictures of a batch. */
export interface Pass {
  /** Pictures in this turn; may be 0, where there are more threads than pictures. */
  count: number;
  /** Place of the first of them in the batch, and the number in the whole batch. */
  first: number;
  total: number;
  /** Dropout and batch statistics as in training, and backward() will follow. */
  training: boolean;
  /** Number of the update that this pass is for, counted from 1. */
  step: number;
  /** Gradients are added to those of the turn before; otherwise they begin. */
  accumulate: boolean;
}

/** Changes part of a weight: `count` numbers from the `first` on, padding included. */
export type Update = (parameter: Parameter, first: number, count: number) => void;

/**
 * A layer, or several in one, on one thread. Forward reads `x` and writes `y`, backward reads the
 * gradient of `y` and writes that of `x` and those of its weights; which memory that is, was settled
 * when it was made. An operation that has to wait for the other threads in between yields there.
 */
export interface Operation {
  /** The kind of arithmetic, for tests and people: `winograd`, `im2col`. */
  readonly method: string;
  /** Writes what never changes into this thread's memory; called once, before all others. */
  prepare?(): void;
  forward(pass: Pass): void | Iterable<void>;
  backward(pass: Pass): void | Iterable<void>;
  /** Updates this thread's part of the weights, and what is derived from that part. */
  update?(update: Update, part: number, parts: number): void;
  /** Derives anew from the weights what is made of them: this thread's part. */
  derive?(part: number, parts: number): void;
}

/** What lies between two operations: n pictures of [height, width, channels]. */
export interface Activation {
  height: number;
  width: number;
  channels: number;
  /** Channels in memory: padded, but in the picture itself. */
  stride: number;
  /** The numbers. */
  y: Address;
  /** Their gradient; undefined where nobody before wants it. */
  dy: Address | undefined;
}

/** Numbers of one picture in memory. */
export function pictureSize({ height, width, stride }: Activation): number {
  return height * width * stride;
}

/** What an operation is made with. */
export interface Context {
  kernels: Kernels;
  buffer: ArrayBufferLike;
  /** Memory of all threads, laid out alike by each of them. */
  shared: Arena;
  /** Memory of this thread alone. */
  own: Arena;
  /** Pictures in a turn, at most. */
  capacity: number;
  thread: number;
  threads: number;
  weights: Address;
  /** Gradients of thread 0, and how many bytes further those of the next thread are. */
  gradients: Address;
  gradientStride: number;
}

/** Address of a weight. */
export function weightAt({ weights }: Context, { offset }: Parameter): Address {
  return weights + offset;
}

/** Address of this thread's gradient of a weight. */
export function gradientAt(context: Context, { offset }: Parameter): Address {
  return context.gradients + context.thread * context.gradientStride + offset;
}

/** Brings input channels [first, last) of a convolution's kernel up to date. */
export function updateInputChannels(
  update: Update,
  kernel: Parameter,
  first: number,
  last: number,
): void {
  const { outer, innerPadded, columnsPadded } = kernel;
  for (let tap = 0; tap < outer; tap++) {
    const row = tap * innerPadded + first;
    update(kernel, row * columnsPadded, (last - first) * columnsPadded);
  }
}
