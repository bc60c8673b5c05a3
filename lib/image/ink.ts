// Where the ink of a picture's digit is, and how dark it is there.
// Sources: Otsu, A Threshold Selection Method from Gray-Level Histograms (1979); hysteresis as in
// Canny, A Computational Approach to Edge Detection (1986).

import { boundingBox, chooseDigit, type Component, connectedComponents } from "./components.ts";
import type { Paper } from "./paper.ts";
import { type Box, crop, extent, type Plane } from "./plane.ts";

/** The ink of one digit. */
export interface Ink {
  /** The part of the picture that it takes. */
  readonly box: Box;
  /** The contrast within the box, all other marks taken away: 0 paper to 255. */
  readonly plane: Plane;
  /** The contrast that strokes end at. */
  readonly outline: number;
}

// Ink stands out of the paper's noise by so many standard deviations,
const NOISE_DEVIATIONS = 4;
const LEAST_NOISE = 2; // 255ths; drawings have none
const NOISE_SAMPLE = 10_000;
// and its threshold is at least this contrast, in 255ths.
const LEAST_THRESHOLD = 12;
// Parts of a stroke that are fainter than the threshold are ink down to this share of it.
const HYSTERESIS = 0.5;
// What is shorter than this many pixels, or than this share of the picture's length, is dust.
const LEAST_LENGTH = 3;
const LEAST_SHARE = 0.02;

/** Finds the ink of the one digit in `grey`; undefined where there is nothing but paper. */
export function findInk(grey: Plane, paper: Paper): Ink | undefined {
  const contrast = contrastWith(grey, paper);
  const threshold = otsuThreshold(contrast.data);
  if (threshold < LEAST_THRESHOLD) return undefined;

  const outline = HYSTERESIS * threshold;
  const mask = new Uint8Array(contrast.data.length);
  for (let i = 0; i < mask.length; i++) if (contrast.data[i] > outline) mask[i] = 1;
  const { components, labels } = connectedComponents(mask, grey.width, grey.height);
  const certain = new Uint8Array(components.length + 1); // by label
  for (let i = 0; i < labels.length; i++) if (contrast.data[i] > threshold) certain[labels[i]] = 1;

  const digit = chooseDigit(components.filter(({ label }) => certain[label]));
  const [, , width, height] = boundingBox(digit);
  const least = Math.max(LEAST_LENGTH, LEAST_SHARE * Math.max(grey.width, grey.height));
  if (Math.max(width, height) < least) return undefined;
  return { ...cutOut(digit, labels, contrast), outline };
}

/** The contrast of the chosen components and next to them, where a stroke's soft rim lies. */
function cutOut(
  digit: readonly Component[],
  labels: Uint32Array,
  contrast: Plane,
): { box: Box; plane: Plane } {
  const chosen = new Set(digit.map(({ label }) => label));
  const [left, top, width, height] = grow(boundingBox(digit), contrast);
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!chosen.has(labels[(top + y) * contrast.width + left + x])) continue;
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          const i = (top + row) * contrast.width + left + column;
          data[row * width + column] = contrast.data[i];
        }
      }
    }
  }
  const plane = { width, height, data };
  const box = extent(plane)!; // not empty: it holds the digit
  return { box: [left + box[0], top + box[1], box[2], box[3]], plane: crop(plane, box) };
}

/** One pixel more on all sides, as far as `plane` goes. */
function grow([x, y, width, height]: Box, plane: Plane): Box {
  const left = Math.max(0, x - 1);
  const top = Math.max(0, y - 1);
  const right = Math.min(plane.width, x + width + 1);
  const bottom = Math.min(plane.height, y + height + 1);
  return [left, top, right - left, bottom - top];
}

/**
 * How far each pixel is from the paper towards the ink, 0 to 255: as a share of the paper's own
 * distance from black (or from white, where the ink is light), so that a shadow does not matter.
 * What does not stand out of the paper's noise is 0.
 */
function contrastWith({ width, height, data }: Plane, { plane, inverted }: Paper): Plane {
  const sign = inverted ? -1 : 1;
  const darkest = inverted ? 255 : 0; // what ink can be at most
  const contrast = new Float32Array(data.length);
  for (let i = 0; i < contrast.length; i++) {
    const paper = plane.data[i];
    contrast[i] = 255 * sign * (paper - data[i]) / Math.max(1, sign * (paper - darkest));
  }
  const least = NOISE_DEVIATIONS * Math.max(LEAST_NOISE, deviationOf(contrast));
  for (let i = 0; i < contrast.length; i++) {
    contrast[i] = contrast[i] < least ? 0 : Math.min(255, contrast[i]);
  }
  return { width, height, data: contrast };
}

/**
 * The standard deviation of the paper's noise. Ink lies on one side of the paper's grey: what lies
 * on the other is noise, half of it. The median of half a normal distribution is 0.6745 standard
 * deviations. A sample will do.
 */
function deviationOf(contrast: Float32Array): number {
  const step = Math.ceil(contrast.length / NOISE_SAMPLE);
  const noise: number[] = [];
  for (let i = 0; i < contrast.length; i += step) if (contrast[i] < 0) noise.push(contrast[i]);
  return noise.length === 0 ? 0 : -Float32Array.from(noise).sort()[noise.length >> 1] / 0.6745;
}

/**
 * Otsu's threshold of values from 0 to 255: what lies between the two classes that differ most. The
 * middle of it where several do equally well; 0 where there is one class only.
 */
function otsuThreshold(values: Float32Array): number {
  const histogram = new Float64Array(256);
  for (let i = 0; i < values.length; i++) histogram[Math.round(values[i])]++;
  const sumOfAll = histogram.reduce((sum, count, level) => sum + count * level, 0);

  let below = 0;
  let sumBelow = 0;
  let best = 0;
  let first = 0;
  let last = -1;
  for (let level = 0; level < 255; level++) {
    below += histogram[level];
    sumBelow += histogram[level] * level;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const variance = below * above * (sumBelow / below - (sumOfAll - sumBelow) / above) ** 2;
    if (variance > best) {
      best = variance;
      first = level;
    }
    if (variance === best) last = level;
  }
  return (first + last + 1) / 2;
}
