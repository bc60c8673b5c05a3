// How far each pixel is from the nearest set one.
// Source: Saito & Toriwaki, New Algorithms for Euclidean Distance Transformation (1994): exact,
// first within columns, then along rows, no further than the nearest one found so far.

import { type Int, max } from "./integer.ts";

/**
 * Euclidean distances in pixels from each pixel's centre to that of the nearest pixel that is not
 * 0 in `mask` (width x height, row-major); Infinity where there is none.
 *
 * @param limit Distances from here on need not be right: they are at least as large. A small limit
 * is found fast.
 */
export function distanceTo(
  mask: Uint8Array,
  width: Int,
  height: Int,
  limit: number = Infinity,
): Float64Array {
  const columns = distancesInColumns(mask, width, height);
  const distance = new Float64Array(mask.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let nearest = columns[i] * columns[i];
      const furthest = Math.min(limit, max(x, width - 1 - x));
      for (let off = 1; off <= furthest && off * off < nearest; off++) {
        const left = off <= x ? columns[i - off] : Infinity;
        const right = x + off < width ? columns[i + off] : Infinity;
        const beside = Math.min(left, right);
        nearest = Math.min(nearest, off * off + beside * beside);
      }
      distance[i] = Math.sqrt(nearest);
    }
  }
  return distance;
}

function distancesInColumns(mask: Uint8Array, width: Int, height: Int): Float64Array {
  const distance = new Float64Array(mask.length);
  for (let i = 0; i < mask.length; i++) {
    distance[i] = mask[i] !== 0 ? 0 : i < width ? Infinity : distance[i - width] + 1;
  }
  for (let i = width * (height - 1) - 1; i >= 0; i--) {
    distance[i] = Math.min(distance[i], distance[i + width] + 1);
  }
  return distance;
}
