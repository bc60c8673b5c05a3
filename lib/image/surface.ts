// Smooth surfaces, one a colour channel, that a picture's paper is under uneven light.
// Source: iteratively reweighted least squares with Tukey's biweight (Huber, Robust Statistics).

import type { Colours } from "./colour.ts";
import { type Int, int, max, min } from "./integer.ts";
import { quantile } from "./select.ts";

const GRID = 24; // samples a side that the surface is fitted to: plenty for six parameters
const ROUNDS = 6; // of reweighting: two do for most photos, four for all that were measured
const SETTLED = 0.01; // grey levels that a round may still change
const NEAR = 8; // grey levels from a known paper's luma that its colour is looked for in
const RIM_WEIGHT = 4; // of samples on the picture's rim, where ink rarely gets, over those inside
const LEAST_NOISE = 2; // grey levels; drawings have none
const QUARTER_DEVIATION = 0.3186; // deviations that a quarter of a normal distribution lies within
// Deviations at which a sample loses all weight: 95 % efficiency.
const TUKEY = 4.685;
export const TERMS = 6; // of a quadratic surface: 1, u, v, u u, u v, v v
export const CHANNELS = 3; // red, green, blue
const COLUMNS = TERMS + CHANNELS; // of the normal equations

/** The colours of a picture's paper. */
export class Surfaces {
  constructor(
    /** ({@linkcode CHANNELS}, {@linkcode TERMS}): the factors of each channel's surface. */
    readonly factors: Float64Array,
    /** Colours further from the paper's than this, as a root mean square, are none of its. */
    readonly limit: number,
  ) {}
}

/** Where the paper is looked at. */
class Samples {
  constructor(
    readonly count: Int,
    /** (count, {@linkcode CHANNELS}): the colour of each sample. */
    readonly colours: Float64Array,
    /** (count, {@linkcode TERMS}): what the surface's parameters are multiplied by there. */
    readonly terms: Float64Array,
  ) {}
}

/**
 * Fits quadratic surfaces, which plain grounds, a lamp at one side and a vignette are, robustly: ink
 * is what does not fit. The fit starts from the commonest grey: paper must be the greater part of
 * the picture, of which the rim counts more. Where it is not, it helps to know of the ink whether it
 * is lighter than the paper.
 *
 * @param inverted 1: it is; 0: it is not; -1: find out.
 */
export function fitSurfaces(colours: Colours, inverted: Int): Surfaces {
  const samples = takeSamples(colours);
  const surfaces = startingSurfaces(samples, inverted);
  let limit = 0.0;
  for (let round = 0, change = Infinity; round < ROUNDS && change > SETTLED; round++) {
    const residuals = residualsOf(samples, surfaces);
    // The nearest quarter, for of the nearest half some may be ink.
    const nearest = quantile(residuals.slice(), 0.25);
    limit = TUKEY * Math.max(LEAST_NOISE, nearest / QUARTER_DEVIATION);
    change = refit(surfaces, samples, residuals, limit);
  }
  return new Surfaces(surfaces, limit);
}

/** Samples on a grid; what weighs more is taken more often. */
function takeSamples(picture: Colours): Samples {
  const columns = min(GRID, picture.width);
  const rows = min(GRID, picture.height);
  const inside = max(0, columns - 2) * max(0, rows - 2);
  const count = inside + RIM_WEIGHT * (columns * rows - inside);
  const colours = new Float64Array(CHANNELS * count);
  const terms = new Float64Array(TERMS * count);
  let taken = 0;
  for (let row = 0; row < rows; row++) {
    const y = int((2 * row + 1) * picture.height / (2 * rows));
    for (let column = 0; column < columns; column++) {
      const x = int((2 * column + 1) * picture.width / (2 * columns));
      const pixel = CHANNELS * (y * picture.width + x);
      const rim = column === 0 || row === 0 || column === columns - 1 || row === rows - 1;
      for (let times = rim ? RIM_WEIGHT : 1; times > 0; times--, taken++) {
        for (let channel = 0; channel < CHANNELS; channel++) {
          colours[CHANNELS * taken + channel] = picture.data[pixel + channel];
        }
        setTerms(terms, TERMS * taken, across(x, picture.width), across(y, picture.height));
      }
    }
  }
  return new Samples(count, colours, terms);
}

function setTerms(terms: Float64Array, at: Int, u: number, v: number): void {
  terms[at] = 1;
  terms[at + 1] = u;
  terms[at + 2] = v;
  terms[at + 3] = u * u;
  terms[at + 4] = u * v;
  terms[at + 5] = v * v;
}

/** Where pixel `i` of `length` lies: -0.5 to 0.5 over the picture. */
export function across(i: Int, length: number): number {
  return i / length - 0.5;
}

/** The luma (ITU-R BT.601) of the colour at `at`. */
export function lumaAt(colours: Float64Array, at: Int): number {
  return 0.299 * colours[at] + 0.587 * colours[at + 1] + 0.114 * colours[at + 2];
}

/**
 * Even surfaces, of the median colour of those samples that are most likely paper: the half of all
 * whose lumas lie closest together or, where it is known whether ink is lighter, those about as light
 * as the darkest or lightest quarter ends at.
 */
function startingSurfaces(samples: Samples, inverted: Int): Float64Array {
  const lumas = new Float64Array(samples.count);
  for (let i = 0; i < lumas.length; i++) lumas[i] = lumaAt(samples.colours, CHANNELS * i);
  let first = 0.0;
  let last = 255.0;
  if (inverted < 0) {
    const half = shortestHalf(lumas);
    first = half.first - 0.5;
    last = half.last + 0.5;
  } else { // a quarter of the samples is paper, whatever else may be
    const middle = quantile(lumas.slice(), inverted === 1 ? 0.25 : 0.75);
    first = middle - NEAR;
    last = middle + NEAR;
  }

  const surfaces = new Float64Array(CHANNELS * TERMS);
  const values = new Float64Array(samples.count);
  for (let channel = 0; channel < CHANNELS; channel++) {
    let count = 0;
    for (let i = 0; i < lumas.length; i++) {
      if (lumas[i] < first || lumas[i] > last) continue;
      values[count++] = samples.colours[CHANNELS * i + channel];
    }
    surfaces[channel * TERMS] = quantile(values.subarray(0, count), 0.5);
  }
  return surfaces;
}

/** Whole greys from `first` to `last`. */
class Interval {
  constructor(readonly first: Int, readonly last: Int) {}
}

/** The shortest interval that holds half of all values (as the shorth of Andrews et al. 1972). */
function shortestHalf(values: Float64Array): Interval {
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
  return new Interval(first, last);
}

/** How far each sample's colour is from the paper's: root mean square of the three channels. */
function residualsOf(samples: Samples, surfaces: Float64Array): Float64Array {
  const residuals = new Float64Array(samples.count);
  for (let sample = 0; sample < residuals.length; sample++) {
    let sum = 0.0;
    for (let channel = 0; channel < CHANNELS; channel++) {
      let residual = samples.colours[CHANNELS * sample + channel];
      for (let i = 0; i < TERMS; i++) {
        residual -= surfaces[channel * TERMS + i] * samples.terms[TERMS * sample + i];
      }
      sum += residual * residual;
    }
    residuals[sample] = Math.sqrt(sum / CHANNELS);
  }
  return residuals;
}

/**
 * Fits the surfaces to the samples, of which those lose weight whose residual nears `limit`. Solves
 * the normal equations by Gauss-Jordan elimination; leaves the surfaces where they are singular.
 *
 * @returns By how much a surface has changed, at most.
 */
function refit(
  surfaces: Float64Array,
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
  let most = 0.0;
  for (let channel = 0; channel < CHANNELS; channel++) {
    let change = 0.0;
    for (let i = 0; i < TERMS; i++) {
      const value = matrix[i * COLUMNS + TERMS + channel] / matrix[i * COLUMNS + i];
      change += Math.abs(value - surfaces[channel * TERMS + i]); // no term is more than 1
      surfaces[channel * TERMS + i] = value;
    }
    most = Math.max(most, change);
  }
  return most;
}

/** ({@linkcode TERMS}, {@linkcode COLUMNS}): what is solved for the surfaces' parameters. */
function normalEquations(samples: Samples, residuals: Float64Array, limit: number): Float64Array {
  const terms = samples.terms;
  const matrix = new Float64Array(TERMS * COLUMNS);
  for (let sample = 0; sample < residuals.length; sample++) {
    const u = residuals[sample] / limit;
    if (u >= 1) continue;
    const weight = (1 - u * u) * (1 - u * u);
    const at = TERMS * sample;
    for (let i = 0; i < TERMS; i++) {
      const weighted = weight * terms[at + i];
      for (let j = i; j < TERMS; j++) matrix[i * COLUMNS + j] += weighted * terms[at + j];
      for (let channel = 0; channel < CHANNELS; channel++) {
        const colour = samples.colours[CHANNELS * sample + channel];
        matrix[i * COLUMNS + TERMS + channel] += weighted * colour;
      }
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
