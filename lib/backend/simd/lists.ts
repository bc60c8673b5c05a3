// Sparse matrices in the kernels' memory: see kernels/sparse.ts.

import type { Address } from "./module.ts";
import type { Context } from "./operation.ts";

/** Bytes of an entry: an offset, int32, and a number, float32. */
const ENTRY = 8;

/** A sparse matrix as one list of entries for each of its rows. */
export class Lists {
  readonly lists: Address;
  readonly counts: Address;
  readonly rows: number;
  readonly capacity: number;
  readonly #context: Context;
  readonly #offsets: Address;

  /** @param capacity Entries that a row has room for. */
  constructor(context: Context, rows: number, capacity: number) {
    [this.#context, this.rows, this.capacity] = [context, rows, capacity];
    this.lists = context.own.bytes(ENTRY * rows * capacity);
    this.counts = context.own.numbers(rows);
    this.#offsets = context.own.numbers(rows);
  }

  /** Says, once and for all, where the product of each row goes: bytes from the result's beginning. */
  setOffsets(offset: (row: number) => number): void {
    const offsets = new Int32Array(this.#context.buffer, this.#offsets, this.rows);
    for (let row = 0; row < this.rows; row++) offsets[row] = offset(row);
  }

  /** The lists and counts from a row on. */
  from(row: number): { lists: Address; counts: Address } {
    return {
      lists: this.lists + ENTRY * row * this.capacity,
      counts: this.counts + 4 * row,
    };
  }

  clear(): void {
    new Int32Array(this.#context.buffer, this.counts, this.rows).fill(0);
  }

  /**
   * y (+)= this matrix times B, or of its first `rows` rows alone: n numbers from each row of B,
   * which begins at `base`.
   */
  multiply(
    y: Address,
    base: Address,
    n: number,
    accumulate: boolean,
    rows = this.rows,
  ): void {
    this.#context.kernels.sparseProduct(
      y,
      this.#offsets,
      this.lists,
      this.capacity,
      this.counts,
      base,
      rows,
      n,
      Number(accumulate),
    );
  }
}
