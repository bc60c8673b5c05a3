// Where things lie in the kernels' memory.

import { elementCount, type WeightSpec } from "../../model/layers.ts";
import type { Address } from "./module.ts";

/** Numbers in a vector: channels are padded with zeros to a multiple of it. */
export const LANES = 4;

/** Blocks begin at the beginning of a cache line, so that no two threads write to one. */
const ALIGNMENT = 64;

/** `n` rounded up to a multiple of `step`. */
export function roundUp(n: number, step: number): number {
  return Math.ceil(n / step) * step;
}

/** Channels as they lie in memory. */
export function padded(channels: number): number {
  return roundUp(channels, LANES);
}

/** The part [first, last) of n that is `part`'s of `parts`, in multiples of `step` but for the end. */
export function share(n: number, part: number, parts: number, step = 1): [number, number] {
  const at = (i: number) => Math.min(n, roundUp(Math.floor(n * i / parts), step));
  return [at(part), at(part + 1)];
}

/** Hands out addresses one after the other. */
export class Arena {
  next: Address;

  constructor(base: Address) {
    this.next = roundUp(base, ALIGNMENT);
  }

  bytes(count: number): Address {
    const address = this.next;
    // Kernels that work in vectors may read a vector beyond the end.
    this.next = roundUp(address + count + 4 * LANES, ALIGNMENT);
    return address;
  }

  /** Room for numbers of four bytes. */
  numbers(count: number): Address {
    return this.bytes(4 * count);
  }
}

/**
 * One weight tensor in memory. Its numbers [outer, inner, columns], in Keras order, are padded with
 * zeros to [outer, innerPadded, columnsPadded]; whatever is trained, the padding stays zero, for its
 * gradient is.
 */
export interface Parameter {
  spec: WeightSpec;
  /** In bytes, from the beginning of the weights, the moments or a thread's gradients. */
  offset: number;
  /** Numbers with padding. */
  size: number;
  outer: number;
  inner: number;
  innerPadded: number;
  columns: number;
  columnsPadded: number;
  /** In memory it is [columnsPadded, outer * innerPadded]. */
  transposed: boolean;
  /** Room for as many numbers, which are derived anew after the weights have changed. */
  scratch?: Address;
}

/**
 * Lays out a layer's weight.
 *
 * @param offset In bytes.
 * @param inner Length of the axis before the last (input channels), and what it is padded to;
 * for vectors 1.
 * @param columns Length of the last axis; less than that of the weight's own where the axis is
 * what flattening made of several.
 */
export function layOut(
  spec: WeightSpec,
  offset: number,
  { inner = 1, innerPadded, columns = spec.shape.at(-1)!, transposed = false }: {
    inner?: number;
    innerPadded?: number;
    columns?: number;
    transposed?: boolean;
  } = {},
): Parameter {
  innerPadded ??= inner;
  const outer = elementCount(spec.shape) / (inner * columns);
  const columnsPadded = padded(columns);
  const size = outer * innerPadded * columnsPadded;
  return {
    spec,
    offset,
    size,
    outer,
    inner,
    innerPadded,
    columns,
    columnsPadded,
    transposed,
  };
}

/** Writes a tensor in Keras order to where it is worked on; the padding is not touched. */
export function scatter(data: Float32Array, memory: Float32Array, layout: Parameter): void {
  if (data.length === layout.size) return memory.set(data);
  for (let row = 0; row < layout.outer * layout.inner; row++) {
    const [start, to] = [row * layout.columns, rowStart(row, layout)];
    memory.set(data.subarray(start, start + layout.columns), to);
  }
}

/** Reads a tensor back into Keras order. */
export function gather(memory: Float32Array, layout: Parameter): Float32Array<ArrayBuffer> {
  const { outer, inner, columns, size } = layout;
  const data = new Float32Array(outer * inner * columns);
  if (data.length === size) data.set(memory);
  else {
    for (let row = 0; row < outer * inner; row++) {
      const start = rowStart(row, layout);
      data.set(memory.subarray(start, start + columns), row * columns);
    }
  }
  return data;
}

/** Where a row of a tensor in Keras order begins in memory. */
function rowStart(row: number, { inner, innerPadded, columnsPadded }: Parameter): number {
  return (Math.floor(row / inner) * innerPadded + row % inner) * columnsPadded;
}
