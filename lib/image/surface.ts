// Smooth surfaces, one a colour channel, that a picture's paper is under uneven light.
// Source: iteratively reweighted least squares with Tukey's biweight (Huber, Robust Statistics).

import { blueOf, type Colours, greenOf, redOf } from "./colour.ts";
import { type Int, int, min } from "./integer.ts";
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
const DEGREE = 2; // of the surfaces
export const TERMS = 6; // of such a surface: 1, u, v, u u, u v, v v
const POWERS_OF_U: Int[] = [0, 1, 0, 2, 1, 0];
const POWERS_OF_V: Int[] = [0, 0, 1, 0, 1, 2];
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

/** Where the paper is looked at: on a grid. */
class Samples {
  constructor(
    /** Where each column lies, see {@linkcode across}, */
    readonly columns: Float64Array,
    /** and each row. */
    readonly rows: Float64Array,
    /** ({@linkcode CHANNELS}, rows, columns): the colour of each sample. */
    readonly colours: Float64Array,
    /** (rows, columns): how often each sample counts. */
    readonly weights: Int32Array,
  ) {}

  get count(): Int {
    return this.weights.length;
  }
}

/** A surface along one row of the picture after the other. */
export class Profile {
  private constant: number = 0;
  private linear: number = 0;
  private readonly square: number;

  /** @param from Where among the factors those of the surface begin. */
  constructor(private readonly factors: Float64Array, private readonly from: Int) {
    this.square = factors[from + 3];
  }

  /** Goes to the row at `v`. */
  enter(v: number): void {
    const factors = this.factors;
    const from = this.from;
    this.constant = factors[from] + (factors[from + 2] + factors[from + 5] * v) * v;
    this.linear = factors[from + 1] + factors[from + 4] * v;
  }

  /** It is the same all along this row. */
  get isEven(): boolean {
    return this.linear === 0 && this.square === 0;
  }

  /** The surface in this row, at `u`. */
  at(u: number): number {
    return this.constant + (this.linear + this.square * u) * u;
  }
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
    const nearest = quantile(repeat(residuals, samples.weights), 0.25);
    limit = TUKEY * Math.max(LEAST_NOISE, nearest / QUARTER_DEVIATION);
    if (isExact(residuals, limit)) break;
    change = refit(surfaces, samples, residuals, limit);
  }
  return new Surfaces(surfaces, limit);
}

function takeSamples(picture: Colours): Samples {
  const columns = min(GRID, picture.width);
  const rows = min(GRID, picture.height);
  const count = columns * rows;
  const colours = new Float64Array(CHANNELS * count);
  const weights = new Int32Array(count);
  const us = new Float64Array(columns);
  const vs = new Float64Array(rows);
  for (let row = 0, sample = 0; row < rows; row++) {
    const y = int((2 * row + 1) * picture.height / (2 * rows));
    vs[row] = across(y, picture.height);
    for (let column = 0; column < columns; column++, sample++) {
      const x = int((2 * column + 1) * picture.width / (2 * columns));
      us[column] = across(x, picture.width);
      const pixel = picture.pixels[y * picture.width + x];
      colours[sample] = redOf(pixel);
      colours[count + sample] = greenOf(pixel);
      colours[2 * count + sample] = blueOf(pixel);
      const rim = column === 0 || row === 0 || column === columns - 1 || row === rows - 1;
      weights[sample] = rim ? RIM_WEIGHT : 1;
    }
  }
  return new Samples(us, vs, colours, weights);
}

/** Each value as often as it counts. */
function repeat(values: Float64Array, weights: Int32Array): Float64Array {
  const repeated = new Float64Array(RIM_WEIGHT * values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    for (let times = weights[i]; times > 0; times--) repeated[count++] = values[i];
  }
  return repeated.subarray(0, count);
}

/** Where pixel `i` of `length` lies: -0.5 to 0.5 over the picture. */
export function across(i: Int, length: number): number {
  return i / length - 0.5;
}

/** The luma (ITU-R BT.601) of a colour. */
export function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/**
 * Even surfaces, of the median colour of those samples that are most likely paper: the half of all
 * whose lumas lie closest together or, where it is known whether ink is lighter, those about as light
 * as the darkest or lightest quarter ends at.
 */
function startingSurfaces(samples: Samples, inverted: Int): Float64Array {
  const count = samples.count;
  const colours = samples.colours;
  const lumas = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    lumas[i] = luma(colours[i], colours[count + i], colours[2 * count + i]);
  }
  let first = 0.0;
  let last = 255.0;
  if (inverted < 0) {
    const half = shortestHalf(lumas, samples.weights);
    first = half.first - 0.5;
    last = half.last + 0.5;
  } else { // a quarter of the samples is paper, whatever else may be
    const middle = quantile(repeat(lumas, samples.weights), inverted === 1 ? 0.25 : 0.75);
    first = middle - NEAR;
    last = middle + NEAR;
  }

  const weights = samples.weights.slice();
  for (let i = 0; i < count; i++) if (lumas[i] < first || lumas[i] > last) weights[i] = 0;
  const surfaces = new Float64Array(CHANNELS * TERMS);
  for (let channel = 0; channel < CHANNELS; channel++) {
    const values = colours.subarray(channel * count, (channel + 1) * count);
    surfaces[channel * TERMS] = quantile(repeat(values, weights), 0.5);
  }
  return surfaces;
}

/** Whole greys from `first` to `last`. */
class Interval {
  constructor(readonly first: Int, readonly last: Int) {}
}

/** The shortest interval that holds half of all values (as the shorth of Andrews et al. 1972). */
function shortestHalf(values: Float64Array, weights: Int32Array): Interval {
  const counts = new Int32Array(256);
  let all = 0;
  for (let i = 0; i < values.length; i++) {
    counts[int(Math.round(values[i]))] += weights[i];
    all += weights[i];
  }
  const half = int((all + 1) / 2);
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
  const us = samples.columns;
  const vs = samples.rows;
  const residuals = new Float64Array(samples.count);
  for (let channel = 0, at = 0; channel < CHANNELS; channel++) {
    const surface = new Profile(surfaces, channel * TERMS);
    for (let row = 0, i = 0; row < vs.length; row++) {
      surface.enter(vs[row]);
      for (let column = 0; column < us.length; column++, i++, at++) {
        const residual = samples.colours[at] - surface.at(us[column]);
        residuals[i] += residual * residual;
      }
    }
  }
  for (let i = 0; i < residuals.length; i++) residuals[i] = Math.sqrt(residuals[i] / CHANNELS);
  return residuals;
}

/** Whether all samples that may be paper are exactly on the surfaces, as in drawings. */
function isExact(residuals: Float64Array, limit: number): boolean {
  for (let i = 0; i < residuals.length; i++) {
    if (residuals[i] > 0 && residuals[i] < limit) return false;
  }
  return true;
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
  const us = samples.columns;
  const vs = samples.rows;
  const matrix = new Float64Array(TERMS * COLUMNS);
  // Within a row all powers of v are factors: what there is to sum is moments of u.
  const moments = new Float64Array(2 * DEGREE + 1);
  const products = new Float64Array(CHANNELS * (DEGREE + 1)); // of moments and colours
  for (let row = 0, sample = 0; row < vs.length; row++) {
    moments.fill(0);
    products.fill(0);
    for (let column = 0; column < us.length; column++, sample++) {
      const share = residuals[sample] / limit;
      if (share >= 1) continue;
      let moment = samples.weights[sample] * (1 - share * share) * (1 - share * share);
      for (let power = 0; power < moments.length; power++, moment *= us[column]) {
        moments[power] += moment;
        if (power > DEGREE) continue;
        for (let channel = 0; channel < CHANNELS; channel++) {
          const colour = samples.colours[channel * samples.count + sample];
          products[channel * (DEGREE + 1) + power] += moment * colour;
        }
      }
    }
    addRow(matrix, moments, products, vs[row]);
  }
  for (let i = 0; i < TERMS; i++) { // it is symmetric
    for (let j = 0; j < i; j++) matrix[i * COLUMNS + j] = matrix[j * COLUMNS + i];
  }
  return matrix;
}

/** Adds the samples of the row at `v` to the upper half of the normal equations. */
function addRow(
  matrix: Float64Array,
  moments: Float64Array,
  products: Float64Array,
  v: number,
): void {
  for (let i = 0; i < TERMS; i++) {
    for (let j = i; j < TERMS; j++) {
      const factor = power(v, POWERS_OF_V[i] + POWERS_OF_V[j]);
      matrix[i * COLUMNS + j] += factor * moments[POWERS_OF_U[i] + POWERS_OF_U[j]];
    }
    for (let channel = 0; channel < CHANNELS; channel++) {
      const product = products[channel * (DEGREE + 1) + POWERS_OF_U[i]];
      matrix[i * COLUMNS + TERMS + channel] += power(v, POWERS_OF_V[i]) * product;
    }
  }
}

function power(base: number, exponent: Int): number {
  let product = 1.0;
  for (let i = 0; i < exponent; i++) product *= base;
  return product;
}

function swapRows(matrix: Float64Array, a: Int, b: Int): void {
  for (let j = 0; j < COLUMNS; j++) {
    const value = matrix[a * COLUMNS + j];
    matrix[a * COLUMNS + j] = matrix[b * COLUMNS + j];
    matrix[b * COLUMNS + j] = value;
  }
}
