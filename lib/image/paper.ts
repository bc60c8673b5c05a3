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

interface Point {
  /** What the surface's parameters are multiplied by here. */
  readonly terms: number[];
  readonly value: number;
  readonly weight: number;
}

const GRID = 48; // points a side that the surface is fitted to: plenty for six parameters
const ROUNDS = 6; // of reweighting: two do for most photos, four for all that were measured
const RIM_WEIGHT = 4; // of points on the picture's rim, where ink rarely gets, over those inside
const LEAST_NOISE = 2; // grey levels; drawings have none
const QUARTER_DEVIATION = 0.3186; // deviations that a quarter of a normal distribution lies within
const TUKEY = 4.685; // deviations at which a point loses all weight: 95 % efficiency

/**
 * Estimates the paper as a quadratic surface, which plain grounds, a lamp at one side and a
 * vignette are, fitted robustly: ink is what does not fit. The fit starts from the commonest grey:
 * paper must be the greater part of the picture, of which the rim counts more. Where it is not, it
 * helps to know of the ink whether it is lighter than the paper (`inverted`).
 */
export function findPaper(grey: Plane, inverted?: boolean): Paper {
  const { width, height, data } = grey;
  const points = samplePoints(grey);
  const start = inverted === undefined
    ? commonest(points)
    : quantile(points, inverted ? 0.25 : 0.75);
  let surface = [start, 0, 0, 0, 0, 0];
  let noise = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const residuals = points.map(({ terms, value }) => value - dot(surface, terms));
    const distances = points.map(({ weight }, i) => ({ value: Math.abs(residuals[i]), weight }));
    // The nearest quarter, for of the nearest half some may be ink.
    noise = Math.max(LEAST_NOISE, quantile(distances, 0.25) / QUARTER_DEVIATION);
    const weights = points.map(({ weight }, i) => {
      const u = residuals[i] / (TUKEY * noise);
      return Math.abs(u) < 1 ? weight * (1 - u * u) ** 2 : 0;
    });
    surface = leastSquares(points, weights) ?? surface;
  }

  const plane = new Float32Array(data.length);
  let darker = 0;
  let lighter = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const paper = dot(surface, surfaceTerms(x / width, y / height));
      plane[i] = Math.min(255, Math.max(0, paper));
      const difference = data[i] - plane[i];
      if (difference > TUKEY * noise) lighter += difference;
      else if (difference < -TUKEY * noise) darker -= difference;
    }
  }
  return { plane: { width, height, data: plane }, inverted: inverted ?? lighter > darker };
}

function samplePoints({ width, height, data }: Plane): Point[] {
  const columns = Math.min(GRID, width);
  const rows = Math.min(GRID, height);
  const points: Point[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x = Math.floor((column + 0.5) / columns * width);
      const y = Math.floor((row + 0.5) / rows * height);
      const rim = column === 0 || row === 0 || column === columns - 1 || row === rows - 1;
      points.push({
        terms: surfaceTerms(x / width, y / height),
        value: data[y * width + x],
        weight: rim ? RIM_WEIGHT : 1,
      });
    }
  }
  return points;
}

/** The terms of a quadratic surface at (x, y), each 0 to 1 over the picture. */
function surfaceTerms(x: number, y: number): number[] {
  const u = x - 0.5;
  const v = y - 0.5;
  return [1, u, v, u * u, u * v, v * v];
}

function dot(a: number[], b: number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The value that the given share of all weight lies below. */
function quantile(values: { value: number; weight: number }[], share: number): number {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const limit = share * sorted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  return sorted.find(({ weight }) => (below += weight) >= limit)!.value;
}

/**
 * The middle of the shortest interval that holds half of all weight: the paper's grey, where the
 * median may lie between paper and ink (as the shorth of Andrews et al. 1972, with a median).
 */
function commonest(values: { value: number; weight: number }[]): number {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let [first, last] = [0, sorted.length - 1];
  let inside = 0;
  for (let from = 0, to = 0; to < sorted.length; to++) {
    inside += sorted[to].weight;
    for (; inside - sorted[from].weight >= half; from++) inside -= sorted[from].weight;
    const shorter =
      sorted[to].value - sorted[from].value < sorted[last].value - sorted[first].value;
    if (inside >= half && shorter) [first, last] = [from, to];
  }
  return quantile(sorted.slice(first, last + 1), 0.5);
}

/** Solves the normal equations by Gauss-Jordan elimination; undefined where they are singular. */
function leastSquares(points: Point[], weights: number[]): number[] | undefined {
  const n = points[0].terms.length;
  const matrix = Array.from({ length: n }, () => new Array<number>(n + 1).fill(0));
  points.forEach(({ terms, value }, p) => {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) matrix[i][j] += weights[p] * terms[i] * terms[j];
      matrix[i][n] += weights[p] * terms[i] * value;
    }
  });
  for (let pivot = 0; pivot < n; pivot++) {
    let best = pivot;
    for (let i = pivot; i < n; i++) {
      if (Math.abs(matrix[i][pivot]) > Math.abs(matrix[best][pivot])) best = i;
    }
    [matrix[pivot], matrix[best]] = [matrix[best], matrix[pivot]];
    if (Math.abs(matrix[pivot][pivot]) < 1e-6) return undefined; // too few points, as in 2x2 pixels
    for (let i = 0; i < n; i++) {
      if (i === pivot) continue;
      const factor = matrix[i][pivot] / matrix[pivot][pivot];
      for (let j = pivot; j <= n; j++) matrix[i][j] -= factor * matrix[pivot][j];
    }
  }
  return matrix.map((row, i) => row[n] / row[i]);
}
