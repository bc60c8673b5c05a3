// What the paper looks like under uneven light, and whether the ink is darker or lighter than it.
// Source: iteratively reweighted least squares with Tukey's biweight (Huber, Robust Statistics).

import { type Int, int, max, min } from "./integer.ts";
import { Plane } from "./plane.ts";
import { quantile } from "./select.ts";

/** A picture's paper. */
export class Paper {
  constructor(
    /** The paper's grey at each pixel, as if there were no ink. */
    readonly plane: Plane,
    /** The ink is lighter than the paper. */
    readonly inverted: boolean,
  ) {}
}

const GRID = 24; // samples a side that the surface is fitted to: plenty for six parameters
const ROUNDS = 6; // of reweighting: two do for most photos, four for all that were measured
const SETTLED = 0.01; // grey levels that a round may still change
const RIM_WEIGHT = 4; // of samples on the picture's rim, where ink rarely gets, over those inside
const LEAST_NOISE = 2; // grey levels; drawings have none
const QUARTER_DEVIATION = 0.3186; // deviations that a quarter of a normal distribution lies within
const TUKEY = 4.685; // deviations at which a sample loses all weight: 95 % efficiency
const TERMS = 6; // of a quadratic surface: 1, u, v, u u, u v, v v
const COLUMNS = TERMS + 1; // of the normal equations

/** Where the paper is looked at. */
class Samples {
  constructor(
    /** The grey of each sample. */
    readonly values: Float64Array,
    /** (samples, {@linkcode TERMS}): what the surface's parameters are multiplied by there. */
    readonly terms: Float64Array,
  ) {}
}

/**
 * Estimates the paper as a quadratic surface, which plain grounds, a lamp at one side and a
 * vignette are, fitted robustly: ink is what does not fit. The fit starts from the commonest grey:
 * paper must be the greater part of the picture, of which the rim counts more. Where it is not, it
 * helps to know of the ink whether it is lighter than the paper.
 *
 * @param inverted 1: it is; 0: it is not; -1: find out.
 */
export function findPaper(grey: Plane, inverted: Int): Paper {
  const samples = takeSamples(grey);
  const surface = new Float64Array(TERMS);
  surface[0] = inverted < 0
    ? commonest(samples.values)
    : quantile(samples.values.slice(), inverted === 1 ? 0.25 : 0.75);
  let noise = 0.0;
  for (let round = 0, change = Infinity; round < ROUNDS && change > SETTLED; round++) {
    const residuals = residualsOf(samples, surface);
    // The nearest quarter, for of the nearest half some may be ink.
    const nearest = quantile(residuals.map((residual) => Math.abs(residual)), 0.25);
    noise = Math.max(LEAST_NOISE, nearest / QUARTER_DEVIATION);
    change = refit(surface, samples, residuals, TUKEY * noise);
  }

  const plane = drawSurface(surface, grey.width, grey.height);
  let darker = 0.0;
  let lighter = 0.0;
  for (let i = 0; i < plane.data.length; i++) {
    const difference = grey.data[i] - plane.data[i];
    if (difference > TUKEY * noise) lighter += difference;
    else if (difference < -TUKEY * noise) darker -= difference;
  }
  return new Paper(plane, inverted < 0 ? lighter > darker : inverted === 1);
}

/** Samples on a grid; what weighs more is taken more often. */
function takeSamples(grey: Plane): Samples {
  const columns = min(GRID, grey.width);
  const rows = min(GRID, grey.height);
  const inside = max(0, columns - 2) * max(0, rows - 2);
  const count = inside + RIM_WEIGHT * (columns * rows - inside);
  const samples = new Samples(new Float64Array(count), new Float64Array(TERMS * count));
  let taken = 0;
  for (let row = 0; row < rows; row++) {
    const y = int((2 * row + 1) * grey.height / (2 * rows));
    const v = across(y, grey.height);
    for (let column = 0; column < columns; column++) {
      const x = int((2 * column + 1) * grey.width / (2 * columns));
      const u = across(x, grey.width);
      const rim = column === 0 || row === 0 || column === columns - 1 || row === rows - 1;
      for (let times = rim ? RIM_WEIGHT : 1; times > 0; times--, taken++) {
        samples.values[taken] = grey.data[y * grey.width + x];
        const at = TERMS * taken;
        samples.terms[at] = 1;
        samples.terms[at + 1] = u;
        samples.terms[at + 2] = v;
        samples.terms[at + 3] = u * u;
        samples.terms[at + 4] = u * v;
        samples.terms[at + 5] = v * v;
      }
    }
  }
  return samples;
}

/** Where pixel `i` of `length` lies: -0.5 to 0.5 over the picture. */
function across(i: Int, length: number): number {
  return i / length - 0.5;
}

function residualsOf(samples: Samples, surface: Float64Array): Float64Array {
  const residuals = samples.values.slice();
  for (let sample = 0, at = 0; sample < residuals.length; sample++) {
    for (let i = 0; i < TERMS; i++, at++) residuals[sample] -= surface[i] * samples.terms[at];
  }
  return residuals;
}

/** The surface's grey at each pixel. */
function drawSurface(surface: Float64Array, width: Int, height: Int): Plane {
  const data = new Float64Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const v = across(y, height);
    const constant = surface[0] + (surface[2] + surface[5] * v) * v;
    const linear = surface[1] + surface[4] * v;
    const square = surface[3];
    for (let x = 0; x < width; x++, i++) {
      const u = across(x, width);
      data[i] = Math.min(255, Math.max(0, constant + (linear + square * u) * u));
    }
  }
  return new Plane(width, height, data);
}

/**
 * The middle of the shortest interval that holds half of all greys: the paper's, where the median
 * may lie between paper and ink (as the shorth of Andrews et al. 1972, with a median). In whole
 * greys, which is near enough to start from.
 */
function commonest(values: Float64Array): Int {
  const counts = new Int32Array(256);
  for (let i = 0; i < values.length; i++) counts[int(Math.round(values[i]))]++;
  const half = int((values.length + 1) / 2);
  let first = 0;
  let last = 255;
  for (let from = 0, to = -1, inside = 0; from < 256; inside -= counts[from++]) {
    while (to < 255 && inside < half) inside += counts[++to];
    if (inside < half) break;
    if (to - from < last - first) {
      first = from;
      last = to;
    }
  }
  let middle = first;
  for (let below = counts[first]; 2 * below < half; below += counts[middle]) middle++;
  return middle;
}

/**
 * Fits the surface to the samples, of which those lose weight whose residual nears `limit`. Solves
 * the normal equations by Gauss-Jordan elimination; leaves the surface where they are singular.
 *
 * @returns By how much the surface has changed, at most.
 */
function refit(
  surface: Float64Array,
  samples: Samples,
  residuals: Float64Array,
  limit: number,
): number {
  const matrix = normalEquations(samples, residuals, limit);
  for (let pivot = 0; pivot < TERMS; pivot++) {
    let best = pivot;
    for (let i = pivot + 1; i < TERMS; i++) {
      const isLarger = Math.abs(matrix[i * COLUMNS + pivot]) >
        Math.abs(matrix[best * COLUMNS + pivot]);
      if (isLarger) best = i;
    }
    swapRows(matrix, pivot, best);
    const diagonal = matrix[pivot * COLUMNS + pivot];
    if (Math.abs(diagonal) < 1e-6) return 0; // too few samples, as in 2x2 pixels
    for (let i = 0; i < TERMS; i++) {
      if (i === pivot) continue;
      const factor = matrix[i * COLUMNS + pivot] / diagonal;
      for (let j = pivot; j < COLUMNS; j++) {
        matrix[i * COLUMNS + j] -= factor * matrix[pivot * COLUMNS + j];
      }
    }
  }
  let change = 0.0;
  for (let i = 0; i < TERMS; i++) {
    const value = matrix[i * COLUMNS + TERMS] / matrix[i * COLUMNS + i];
    change += Math.abs(value - surface[i]); // no term is more than 1
    surface[i] = value;
  }
  return change;
}

/** ({@linkcode TERMS}, {@linkcode COLUMNS}): what is solved for the surface's parameters. */
function normalEquations(samples: Samples, residuals: Float64Array, limit: number): Float64Array {
  const terms = samples.terms;
  const matrix = new Float64Array(TERMS * COLUMNS);
  for (let sample = 0; sample < residuals.length; sample++) {
    const u = residuals[sample] / limit;
    if (Math.abs(u) >= 1) continue;
    const weight = (1 - u * u) * (1 - u * u);
    const at = TERMS * sample;
    for (let i = 0; i < TERMS; i++) {
      const weighted = weight * terms[at + i];
      for (let j = i; j < TERMS; j++) matrix[i * COLUMNS + j] += weighted * terms[at + j];
      matrix[i * COLUMNS + TERMS] += weighted * samples.values[sample];
    }
  }
  for (let i = 0; i < TERMS; i++) { // it is symmetric
    for (let j = 0; j < i; j++) matrix[i * COLUMNS + j] = matrix[j * COLUMNS + i];
  }
  return matrix;
}

function swapRows(matrix: Float64Array, a: Int, b: Int): void {
  for (let j = 0; j < COLUMNS; j++) {
    const value = matrix[a * COLUMNS + j];
    matrix[a * COLUMNS + j] = matrix[b * COLUMNS + j];
    matrix[b * COLUMNS + j] = value;
  }
}
