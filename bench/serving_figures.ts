// What a load comes to: percentiles of the times that answers took, and whether memory stays flat.

import { median } from "./table.ts";

/**
 * The smallest value that so many percent of all do not exceed (nearest rank).
 *
 * @param sorted Ascending, at least one.
 */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const rank = Math.ceil(percent / 100 * sorted.length);
  return sorted[Math.max(0, rank - 1)];
}

/**
 * By which share the last third of values is above the third before it, each by its median: what
 * comes before has caches filled and code compiled. Undefined where there are fewer than three.
 */
export function lateGrowth(values: readonly number[]): number | undefined {
  const third = Math.floor(values.length / 3);
  if (third === 0) return undefined;
  return median(values.slice(-third)) / median(values.slice(-2 * third, -third)) - 1;
}
