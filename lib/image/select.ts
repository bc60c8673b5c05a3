// The k-th smallest of many values, without sorting them.
// Source: Hoare, Algorithm 65: FIND (1961).

import { type Int, int, max } from "./integer.ts";

/** The value that the given share of all values lies below. Puts them into another order. */
export function quantile(values: Float64Array, share: number): number {
  return select(values, max(0, int(Math.ceil(share * values.length)) - 1));
}

/** The value that would be at index `k` if they were sorted. Puts them into another order. */
export function select(values: Float64Array, k: Int): number {
  let first = 0;
  let last = values.length - 1;
  while (first < last) {
    const pivot = values[k];
    let low = first;
    let high = last;
    while (low <= high) {
      while (values[low] < pivot) low++;
      while (pivot < values[high]) high--;
      if (low > high) break;
      const value = values[low];
      values[low++] = values[high];
      values[high--] = value;
    }
    if (high < k) first = low;
    if (k < low) last = high;
  }
  return values[k];
}
