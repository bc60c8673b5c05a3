// Where the ink of a picture's digit is, and how dark it is there.
// Sources: Otsu, A Threshold Selection Method from Gray-Level Histograms (1979); hysteresis as in
// Canny, A Computational Approach to Edge Detection (1986).

import { boundingBox, chooseDigit, type Component, connectedComponents } from "./components.ts";
import { type Int, int, max, min } from "./integer.ts";
import type { Paper } from "./paper.ts";
import { Box, crop, extent, Plane } from "./plane.ts";
import { quantile } from "./select.ts";

/** The ink of one digit. */
export class Ink {
  constructor(
    /** The part of the picture that it takes. */
    readonly box: Box,
    /** The contrast within the box, all other marks taken away: 0 paper to 255. */
    readonly plane: Plane,
    /** The contrast that strokes end at. */
    readonly outline: number,
  ) {}
}

// Ink stands out of the paper's noise by so many standard deviations,
const NOISE_DEVIATIONS = 4;
const LEAST_NOISE = 2; // 255ths; drawings have none
const NOISE_SAMPLE = 2500; // pixels
// and its threshold is at least this contrast, in 255ths.
const LEAST_THRESHOLD = 12;
// Parts of a stroke that are fainter than the threshold are ink down to this share of it.
const HYSTERESIS = 0.5;
// What is shorter than this many pixels, or than this share of the picture's length, is dust.
const LEAST_LENGTH = 3;
const LEAST_SHARE = 0.02;

/** Finds the ink of the one digit in `grey`; null where there is nothing but paper. */
export function findInk(grey: Plane, paper: Paper): Ink | null {
  const contrast = contrastWith(grey, paper);
  const threshold = otsuThreshold(contrast.data);
  if (threshold < LEAST_THRESHOLD) return null;

  const outline = HYSTERESIS * threshold;
  const found = connectedComponents(contrast, outline);
  const certain: Component[] = [];
  for (let i = 0; i < found.components.length; i++) {
    if (found.components[i].peak > threshold) certain.push(found.components[i]);
  }
  const digit = chooseDigit(certain);
  const box = boundingBox(digit);
  const least = Math.max(LEAST_LENGTH, LEAST_SHARE * max(grey.width, grey.height));
  if (max(box.width, box.height) < least) return null;

  const room = withRim(box, contrast);
  const plane = cutOut(room, isIn(digit, found.components.length), found.labels, contrast);
  const inner = extent(plane);
  const outer = new Box(room.x + inner.x, room.y + inner.y, inner.width, inner.height);
  return new Ink(outer, crop(plane, inner), outline);
}

/** The box and one pixel more on all sides, as far as the plane goes. */
function withRim(box: Box, plane: Plane): Box {
  const left = max(0, box.x - 1);
  const top = max(0, box.y - 1);
  const right = min(plane.width, box.x + box.width + 1);
  const bottom = min(plane.height, box.y + box.height + 1);
  return new Box(left, top, right - left, bottom - top);
}

/** By label, of `count` components: 1 for those of the digit. */
function isIn(digit: Component[], count: Int): Uint8Array {
  const chosen = new Uint8Array(count + 1);
  for (let i = 0; i < digit.length; i++) chosen[digit[i].label] = 1;
  return chosen;
}

/** The contrast in the box, of chosen labels and next to them, where a stroke's soft rim lies. */
function cutOut(box: Box, chosen: Uint8Array, labels: Int32Array, contrast: Plane): Plane {
  const data = new Float64Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      if (chosen[labels[(box.y + y) * contrast.width + box.x + x]] === 0) continue;
      const right = min(box.width - 1, x + 1);
      const bottom = min(box.height - 1, y + 1);
      for (let row = max(0, y - 1); row <= bottom; row++) {
        for (let column = max(0, x - 1); column <= right; column++) {
          const from = (box.y + row) * contrast.width + box.x + column;
          data[row * box.width + column] = contrast.data[from];
        }
      }
    }
  }
  return new Plane(box.width, box.height, data);
}

/** {@linkcode contrastAt} each pixel. What does not stand out of the paper's noise is 0. */
function contrastWith(grey: Plane, paper: Paper): Plane {
  const least = NOISE_DEVIATIONS * Math.max(LEAST_NOISE, noiseOf(grey, paper));
  const contrast = new Float64Array(grey.data.length);
  for (let i = 0; i < contrast.length; i++) {
    const value = contrastAt(i, grey, paper);
    if (value >= least) contrast[i] = Math.min(255, value);
  }
  return new Plane(grey.width, grey.height, contrast);
}

/**
 * How far pixel `i` is from the paper towards the ink, in 255ths: as a share of the paper's own
 * distance from black (or from white, where the ink is light), so that a shadow does not matter.
 */
function contrastAt(i: Int, grey: Plane, paper: Paper): number {
  const ground = paper.plane.data[i];
  const value = grey.data[i];
  return paper.inverted
    ? 255 * (value - ground) / Math.max(1, 255 - ground)
    : 255 * (ground - value) / Math.max(1, ground);
}

/**
 * The standard deviation of the paper's noise. Ink lies on one side of the paper's grey: what lies
 * on the other is noise, half of it. The median of half a normal distribution is 0.6745 standard
 * deviations. A sample will do.
 */
function noiseOf(grey: Plane, paper: Paper): number {
  const step = int((grey.data.length + NOISE_SAMPLE - 1) / NOISE_SAMPLE);
  const noise = new Float64Array(NOISE_SAMPLE);
  let count = 0;
  for (let i = 0; i < grey.data.length; i += step) {
    const value = contrastAt(i, grey, paper);
    if (value < 0) noise[count++] = -value;
  }
  return count === 0 ? 0 : quantile(noise.subarray(0, count), 0.5) / 0.6745;
}

/**
 * Otsu's threshold of values from 0 to 255: what lies between the two classes that differ most. The
 * middle of it where several do equally well; 0 where there is one class only.
 */
function otsuThreshold(values: Float64Array): number {
  const histogram = new Float64Array(256);
  let sum = 0.0;
  for (let i = 0; i < values.length; i++) {
    const level = int(Math.round(values[i]));
    histogram[level]++;
    sum += level;
  }

  let below = 0.0;
  let sumBelow = 0.0;
  let best = 0.0;
  let first = 0;
  let last = -1;
  for (let level = 0; level < 255; level++) {
    below += histogram[level];
    sumBelow += histogram[level] * level;
    const above = values.length - below;
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
