// How far each pixel stands out of the paper, and from where on that is ink.
// Sources: Otsu, A Threshold Selection Method from Gray-Level Histograms (1979); the local ground is
// a morphological opening (Serra 1982) by running minima and maxima of blocks (van Herk 1992).

import { type Int, int, max, min } from "./integer.ts";
import { Plane } from "./plane.ts";
import { quantile } from "./select.ts";

// Ink stands out of the paper's noise by so many standard deviations,
const NOISE_DEVIATIONS = 4;
const LEAST_NOISE = 2; // 255ths; drawings have none
const SAMPLE = 2500; // pixels
// Faint ink is told from blotches by twice that.
const FAINT_DEVIATIONS = 8;
// And no threshold is below this contrast, in 255ths.
const LEAST_THRESHOLD = 12;

// Spots that glare makes are lighter than the paper by so many standard deviations of its noise, at
// least so much in 255ths, and take this share of it.
const SPOT_DEVIATIONS = 5;
const LEAST_SPOT = 15;
const SPOTS_SHARE = 0.005;

/** A picture's contrast, 0 paper to 255. */
export class Contrast {
  constructor(
    readonly plane: Plane,
    /** The standard deviation of the paper's noise; not below {@linkcode LEAST_NOISE}. */
    readonly noise: number,
    /** The paper has spots that are lighter than the rest, where ink is light darker ones. */
    readonly isUneven: boolean,
  ) {}
}

/**
 * How far each pixel is from the paper towards the ink, in 255ths: as a share of what there is
 * between the paper and full ink, so that a shadow does not matter. What does not stand out of the
 * paper's noise is 0.
 *
 * @param scale How much each pixel is like ink, from 0 to 255.
 * @param ground The paper on the same scale.
 */
export function contrastWith(scale: Plane, ground: Plane): Contrast {
  const noise = Math.max(LEAST_NOISE, noiseOf(scale, ground));
  const spot = -Math.max(LEAST_SPOT, SPOT_DEVIATIONS * noise);
  const least = NOISE_DEVIATIONS * noise;
  const values = scale.data;
  const papers = ground.data;
  const contrast = new Float64Array(values.length);
  let spots = 0;
  for (let i = 0; i < contrast.length; i++) {
    const paper = papers[i];
    const above = 255 * (values[i] - paper);
    const room = roomAbove(paper); // most pixels are paper, and a division takes its time
    if (above < spot * room) spots++;
    if (above >= least * room) contrast[i] = Math.min(255, above / room);
  }
  const plane = new Plane(scale.width, scale.height, contrast);
  return new Contrast(plane, noise, spots > SPOTS_SHARE * contrast.length);
}

function contrastAt(i: Int, scale: Plane, ground: Plane): number {
  const paper = ground.data[i];
  return 255 * (scale.data[i] - paper) / roomAbove(paper);
}

/** What there is between the paper and full ink. */
function roomAbove(paper: number): number {
  return paper < 254 ? 255 - paper : 1;
}

/** What is above it is ink, in 255ths; 0 where there is none. */
export function inkThreshold(contrast: Contrast): number {
  const threshold = otsuThreshold(contrast.plane.data);
  return threshold < LEAST_THRESHOLD ? 0 : threshold;
}

/** The threshold for all that stands out of the noise well. */
export function faintThreshold(contrast: Contrast): number {
  return Math.max(LEAST_THRESHOLD, FAINT_DEVIATIONS * contrast.noise);
}

/** The threshold for the darker half of what is above another one: of ink on printed lines. */
export function darkThreshold(contrast: Contrast, threshold: number): number {
  return otsuThreshold(contrast.plane.data, threshold);
}

/**
 * The standard deviation of the paper's noise, in 255ths of contrast. Ink lies on one side of the paper: what lies on the
 * other is noise, half of it. The median of half a normal distribution is 0.6745 standard
 * deviations. A sample will do.
 */
export function noiseOf(scale: Plane, ground: Plane): number {
  const step = int((scale.data.length + SAMPLE - 1) / SAMPLE);
  const noise = new Float64Array(SAMPLE);
  let count = 0;
  for (let i = 0; i < scale.data.length; i += step) {
    const value = contrastAt(i, scale, ground);
    if (value <= 0) noise[count++] = -value;
  }
  return count === 0 ? 0 : quantile(noise.subarray(0, count), 0.5) / 0.6745;
}

// Structures that a square of this share of the picture's shorter side fits into are ground, not
// ink: shadows and tables are larger, and strokes are thinner.
const GROUND_SHARE = 0.25;
// Their edges are soft, and no ink either: they count as larger by so many pixels all around.
const SOFT_EDGE = 3;

/**
 * The ground under the ink where it changes abruptly, at the edges of shadows and sheets: what is
 * left when all is taken away that no square fits into.
 *
 * @param paper The ground as far as it is smooth.
 */
export function localGround(scale: Plane, paper: Plane): Plane {
  const side = max(3, int(GROUND_SHARE * min(scale.width, scale.height)));
  const rest = new Float64Array(scale.data.length); // a slope has no square either, but at the edges
  for (let i = 0; i < rest.length; i++) rest[i] = scale.data[i] - paper.data[i];
  // The minimum of noise is no paper.
  const smooth = blur(new Plane(scale.width, scale.height, rest));
  const low = extremesAlongRows(extremesAlongRows(smooth, side, 1), side, 1);
  const wider = side + 2 * SOFT_EDGE;
  const ground = extremesAlongRows(extremesAlongRows(low, wider, -1), wider, -1);
  // It follows the noise's lower side: the paper is in the middle.
  const step = int((scale.data.length + SAMPLE - 1) / SAMPLE);
  const above = new Float64Array(SAMPLE);
  let count = 0;
  for (let i = 0; i < rest.length; i += step) above[count++] = rest[i] - ground.data[i];
  const middle = quantile(above.subarray(0, count), 0.5);
  for (let i = 0; i < rest.length; i++) {
    ground.data[i] = Math.min(255, Math.max(0, ground.data[i] + paper.data[i] + middle));
  }
  return ground;
}

/** The mean of each pixel and its neighbours. */
export function blur(plane: Plane): Plane {
  return averageRows(averageRows(plane));
}

/** The mean of each pixel and those beside it; swaps rows and columns. */
function averageRows(plane: Plane): Plane {
  const width = plane.width;
  const height = plane.height;
  const from = plane.data;
  const data = new Float64Array(from.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const left = from[row + max(0, x - 1)];
      const right = from[row + min(width - 1, x + 1)];
      data[x * height + y] = (left + from[row + x] + right) / 3;
    }
  }
  return new Plane(height, width, data);
}

/**
 * The smallest value (`sign` 1) or the largest (-1) of the `side` pixels of its row around each one;
 * swaps rows and columns. Within blocks of `side` pixels the smallest so far is noted from both
 * ends: every window is the end of one block and the beginning of the next.
 */
function extremesAlongRows(plane: Plane, side: Int, sign: number): Plane {
  const width = plane.width;
  const height = plane.height;
  const before = int((side - 1) / 2);
  const after = side - 1 - before;
  const data = new Float64Array(plane.data.length);
  const fromLeft = new Float64Array(width);
  const fromRight = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const value = sign * plane.data[row + x];
      fromLeft[x] = x % side === 0 ? value : Math.min(value, fromLeft[x - 1]);
    }
    for (let x = width - 1; x >= 0; x--) {
      const value = sign * plane.data[row + x];
      const isLast = x === width - 1 || (x + 1) % side === 0;
      fromRight[x] = isLast ? value : Math.min(value, fromRight[x + 1]);
    }
    for (let x = 0; x < width; x++) {
      const first = max(0, x - before);
      const last = min(width - 1, x + after);
      // Where the picture's edge cuts a window short, it may lie within one block.
      const least = int(first / side) < int(last / side)
        ? Math.min(fromRight[first], fromLeft[last])
        : first === 0
        ? fromLeft[last]
        : fromRight[first];
      data[x * height + y] = sign * least;
    }
  }
  return new Plane(height, width, data);
}

/**
 * Otsu's threshold of those values, from 0 to 255, that are above `least`: what lies between the two
 * classes that differ most. The middle of it where several do equally well; 0 where there is one
 * class only.
 */
function otsuThreshold(values: Float64Array, least: number = -1): number {
  const histogram = new Float64Array(256);
  let sum = 0.0;
  let zeros = 0.0; // most of the paper: to count the same level over and over again is slow
  let count = 0.0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value <= least) continue;
    count++;
    if (value === 0) {
      zeros++;
      continue;
    }
    const level = int(Math.round(value));
    histogram[level]++;
    sum += level;
  }
  histogram[0] += zeros;

  let below = 0.0;
  let sumBelow = 0.0;
  let best = 0.0;
  let first = 0;
  let last = -1;
  for (let level = 0; level < 255; level++) {
    below += histogram[level];
    sumBelow += histogram[level] * level;
    const above = count - below;
    if (below === 0 || above === 0) continue;
    const difference = sumBelow / below - (sum - sumBelow) / above;
    const variance = below * above * difference * difference;
    if (variance > best) {
      best = variance;
      first = level;
    }
    if (variance === best) last = level;
  }
  return (first + last + 1) / 2.0;
}
