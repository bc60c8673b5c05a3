// Gaussian blur of 28x28 pictures, as scipy.ndimage's gaussian_filter: cut off at 4 sigma.

import { PIXELS, SIZE } from "./corruption.ts";

const TRUNCATE = 4;

/** A blur along one axis: out[i] is the sum over j of `weights[i * 28 + j]` * in[j]. */
export interface Gaussian {
  weights: Float64Array;
  /** Weights are 0 further than this from the diagonal. */
  radius: number;
}

/**
 * @param sigma In pixels.
 * @param outside What is beyond the border: the border's pixels again, or nothing, the pixels inside
 * sharing its weight.
 */
export function gaussian(sigma: number, outside: "nearest" | "nothing"): Gaussian {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  const weights = new Float64Array(PIXELS);
  for (let i = 0; i < SIZE; i++) {
    const row = weights.subarray(i * SIZE, (i + 1) * SIZE);
    for (let offset = -radius; offset <= radius; offset++) {
      const j = Math.min(SIZE - 1, Math.max(0, i + offset));
      if (j !== i + offset && outside === "nothing") continue;
      row[j] += Math.exp(-0.5 * (offset / sigma) ** 2);
    }
    const sum = row.reduce((a, b) => a + b);
    for (let j = 0; j < SIZE; j++) row[j] /= sum;
  }
  return { weights, radius };
}

/** Blurs up and down. */
export function blurColumns(picture: Float64Array, { weights, radius }: Gaussian): Float64Array {
  const blurred = new Float64Array(PIXELS);
  for (let y = 0; y < SIZE; y++) {
    const last = Math.min(SIZE - 1, y + radius);
    for (let from = Math.max(0, y - radius); from <= last; from++) {
      const weight = weights[y * SIZE + from];
      for (let x = 0; x < SIZE; x++) blurred[y * SIZE + x] += weight * picture[from * SIZE + x];
    }
  }
  return blurred;
}

/** Blurs in both directions. */
export function blur(picture: Float64Array, filter: Gaussian): Float64Array {
  return transpose(blurColumns(transpose(blurColumns(picture, filter)), filter));
}

function transpose(picture: Float64Array): Float64Array {
  const transposed = new Float64Array(PIXELS);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) transposed[x * SIZE + y] = picture[y * SIZE + x];
  }
  return transposed;
}
