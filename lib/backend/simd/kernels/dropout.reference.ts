// The plain reference of dropout.ts, on views instead of addresses: lib/model/dropout.ts at work.

import { dropoutMask } from "../../../model/dropout.ts";

/**
 * x (R,P) = x * factor where kept, 0 where dropped; of each row's P numbers the first C count, and
 * what is behind them stays. `first` is the batch's index of the first number.
 *
 * @param threshold rate * 2^32, as an int32 or a uint32.
 */
export function dropout(
  x: Float32Array,
  r: number,
  c: number,
  p: number,
  first: number,
  key: number,
  threshold: number,
  factor: number,
): void {
  const mask = dropoutMask(key, (threshold >>> 0) / 2 ** 32, first + r * c);
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < c; j++) {
      x[i * p + j] = mask[first + i * c + j] ? x[i * p + j] * Math.fround(factor) : 0;
    }
  }
}
