// How far each pixel is from the nearest set one.
// Source: Saito & Toriwaki, New Algorithms for Euclidean Distance Transformation (1994): exact,
// first within columns, then along rows, no further than the nearest one found so far.

import { type Int, int } from "./integer.ts";

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
      if (columns[i] === 0) continue;
      const left = int(Math.min(limit, x));
      const right = int(Math.min(limit, width - 1 - x));
      const nearest = nearestBeside(columns, i, -1, left, columns[i] * columns[i]);
      distance[i] = Math.sqrt(nearestBeside(columns, i, 1, right, nearest));
    }
  }
  return distance;
}

/** The square of the distance from `i`, so far `nearest`, given those in some columns beside it. */
function nearestBeside(
  columns: Float64Array,
  i: Int,
  step: Int,
  count: Int,
  nearest: number,
): number {
  for (let off = 1; off <= count && off * off < nearest; off++) {
    const beside = columns[i + step * off];
    const square = off * off + beside * beside;
    if (square < nearest) nearest = square;
  }
  return nearest;
}

function distancesInColumns(mask: Uint8Array, width: Int, height: Int): Float64Array {
  const distance = new Float64Array(mask.length);
  for (let i = 0; i < mask.length; i++) {
    distance[i] = mask[i] !== 0 ? 0 : i < width ? Infinity : distance[i - width] + 1;
  }
  for (let i = width * (height - 1) - 1; i >= 0; i--) {
    const below = distance[i + width] + 1;
    if (below < distance[i]) distance[i] = below;
  }
  return distance;
}
