// What the paper looks like under uneven light, and whether the ink is darker or lighter than it.
// Source: iteratively reweighted least squares with Tukey's biweight (Huber, Robust Statistics).

import type { Plane } from "./plane.ts";

/** A picture's paper. */
export interface Paper {
  /** The paper's grey at each pixel, as if there were no ink. */
  readonly plane: Plane;
  /** The ink is lighter than the paper. */
  readonly inverted: boolean;
}

/** Where the paper is looked at. */
interface Samples {
  /** (samples, {@linkcode TERMS}): what the surface's parameters are multiplied by there. */
  readonly terms: Float64Array;
  /** The grey of each sample. */
  readonly values: Float64Array;
}

const GRID = 24; // samples a side that the surface is fitted to: plenty for six parameters
const ROUNDS = 6; // of reweighting: two do for most photos, four for all that were measured
const RIM_WEIGHT = 4; // of samples on the picture's rim, where ink rarely gets, over those inside
const LEAST_NOISE = 2; // grey levels; drawings have none
const QUARTER_DEVIATION = 0.3186; // deviations that a quarter of a normal distribution lies within
const TUKEY = 4.685; // deviations at which a sample loses all weight: 95 % efficiency
const TERMS = 6; // of a quadratic surface: 1, u, v, u u, u v, v v

/**
 * Estimates the paper as a quadratic surface, which plain grounds, a lamp at one side and a
 * vignette are, fitted robustly: ink is what does not fit. The fit starts from the commonest grey:
 * paper must be the greater part of the picture, of which the rim counts more. Where it is not, it
 * helps to know of the ink whether it is lighter than the paper (`inverted`).
 */
export function findPaper(grey: Plane, inverted?: boolean): Paper {
  const { width, height, data } = grey;
  const samples = takeSamples(grey);
  const sorted = samples.values.toSorted();
  const start = inverted === undefined
    ? commonest(sorted)
    : quantile(sorted, inverted ? 0.25 : 0.75);
  let surface: Float64Array = Float64Array.of(start, 0, 0, 0, 0, 0);
  let noise = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const residuals = residualsOf(samples, surface);
    // The nearest quarter, for of the nearest half some may be ink.
    const distances = residuals.map(Math.abs).sort();
    noise = Math.max(LEAST_NOISE, quantile(distances, 0.25) / QUARTER_DEVIATION);
    surface = leastSquares(samples, residuals, TUKEY * noise) ?? surface;
  }

  const plane = new Float32Array(data.length);
  const [a, b, c, d, e, f] = surface;
  let darker = 0;
  let lighter = 0;
  for (let y = 0, i = 0; y < height; y++) {
    const v = y / height - 0.5;
    const inRow = a + c * v + f * v * v;
    const slope = b + e * v;
    for (let x = 0; x < width; x++, i++) {
      const u = x / width - 0.5;
      const paper = inRow + (slope + d * u) * u;
      plane[i] = Math.min(255, Math.max(0, paper));
      const difference = data[i] - plane[i];
      if (difference > TUKEY * noise) lighter += difference;
      else if (difference < -TUKEY * noise) darker -= difference;
    }
  }
  return { plane: { width, height, data: plane }, inverted: inverted ?? lighter > darker };
}

/** Samples on a grid; what weighs more is taken more often. */
function takeSamples({ width, height, data }: Plane): Samples {
  const columns = Math.min(GRID, width);
  const rows = Math.min(GRID, height);
  const terms: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    const y = Math.floor((row + 0.5) / rows * height);
    const v = y / height - 0.5;
    for (let column = 0; column < columns; column++) {
      const x = Math.floor((column + 0.5) / columns * width);
      const u = x / width - 0.5;
      const rim = column === 0 || row === 0 || column === columns - 1 || row === rows - 1;
      for (let times = rim ? RIM_WEIGHT : 1; times > 0; times--) {
        terms.push(1, u, v, u * u, u * v, v * v);
        values.push(data[y * width + x]);
      }
    }
  }
  return { terms: Float64Array.from(terms), values: Float64Array.from(values) };
}

function residualsOf({ terms, values }: Samples, surface: Float64Array): Float64Array {
  const residuals = values.slice();
  for (let sample = 0, at = 0; sample < residuals.length; sample++) {
    for (let i = 0; i < TERMS; i++, at++) residuals[sample] -= surface[i] * terms[at];
  }
  return residuals;
}

/** The value that the given share of all values lies below. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/**
 * The middle of the shortest interval that holds half of all values: the paper's grey, where the
 * median may lie between paper and ink (as the shorth of Andrews et al. 1972, with a median).
 */
function commonest(sorted: Float64Array): number {
  const half = Math.ceil(sorted.length / 2);
  let best = 0;
  for (let from = 1; from + half <= sorted.length; from++) {
    const length = sorted[from + half - 1] - sorted[from];
    if (length < sorted[best + half - 1] - sorted[best]) best = from;
  }
  return quantile(sorted.subarray(best, best + half), 0.5);
}

/**
 * Fits the surface to the samples, of which those lose weight whose residual nears `limit`. Solves
 * the normal equations by Gauss-Jordan elimination; undefined where they are singular.
 */
function leastSquares(
  { terms, values }: Samples,
  residuals: Float64Array,
  limit: number,
): Float64Array | undefined {
  const matrix = Array.from({ length: TERMS }, () => new Float64Array(TERMS + 1));
  for (let sample = 0, at = 0; sample < values.length; sample++, at += TERMS) {
    const u = residuals[sample] / limit;
    if (Math.abs(u) >= 1) continue;
    const weight = (1 - u * u) ** 2;
    for (let i = 0; i < TERMS; i++) {
      const row = matrix[i];
      const factor = weight * terms[at + i];
      for (let j = 0; j < TERMS; j++) row[j] += factor * terms[at + j];
      row[TERMS] += factor * values[sample];
    }
  }
  for (let pivot = 0; pivot < TERMS; pivot++) {
    let best = pivot;
    for (let i = pivot; i < TERMS; i++) {
      if (Math.abs(matrix[i][pivot]) > Math.abs(matrix[best][pivot])) best = i;
    }
    [matrix[pivot], matrix[best]] = [matrix[best], matrix[pivot]];
    if (Math.abs(matrix[pivot][pivot]) < 1e-6) return undefined; // too few, as in 2x2 pixels
    for (let i = 0; i < TERMS; i++) {
      if (i === pivot) continue;
      const factor = matrix[i][pivot] / matrix[pivot][pivot];
      for (let j = pivot; j <= TERMS; j++) matrix[i][j] -= factor * matrix[pivot][j];
    }
  }
  return Float64Array.from(matrix, (row, i) => row[TERMS] / row[i]);
}
