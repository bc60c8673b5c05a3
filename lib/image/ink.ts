// Where the ink of a picture's digit is, and how dark it is there.
// Sources: Otsu, A Threshold Selection Method from Gray-Level Histograms (1979); hysteresis as in
// Canny, A Computational Approach to Edge Detection (1986).

import { boundingBox, chooseDigit, connectedComponents } from "./components.ts";
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
  const mask = Uint8Array.from(contrast.data, (value) => value > outline ? 1 : 0);
  const { components, labels } = connectedComponents(mask, grey.width, grey.height);
  const certain = new Set<number>();
  for (let i = 0; i < labels.length; i++) {
    if (contrast.data[i] > threshold) certain.add(labels[i]);
  }
  const digit = chooseDigit(components.filter(({ label }) => certain.has(label)));
  const [, , width, height] = boundingBox(digit);
  const least = Math.max(LEAST_LENGTH, LEAST_SHARE * Math.max(grey.width, grey.height));
  if (Math.max(width, height) < least) return undefined;

  const near = neighbourhood(labels, new Set(digit.map(({ label }) => label)), grey);
  const plane = { ...grey, data: contrast.data.map((value, i) => near[i] ? value : 0) };
  const box = extent(plane)!; // not empty: it holds the digit
  return { box, plane: crop(plane, box), outline };
}

/** 1 for pixels of the chosen components and next to them, where a stroke's soft rim lies. */
function neighbourhood(
  labels: Uint32Array,
  chosen: ReadonlySet<number>,
  { width, height }: Plane,
): Uint8Array {
  const near = new Uint8Array(labels.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (!chosen.has(labels[i])) continue;
      const left = Math.max(0, x - 1);
      const right = Math.min(width, x + 2);
      for (let row = Math.max(0, y - 1); row < Math.min(height, y + 2); row++) {
        near.fill(1, row * width + left, row * width + right);
      }
    }
  }
  return near;
}

/**
 * How far each pixel is from the paper towards the ink, 0 to 255: as a share of the paper's own
 * distance from black (or from white, where the ink is light), so that a shadow does not matter.
 * What does not stand out of the paper's noise is 0.
 */
function contrastWith({ width, height, data }: Plane, { plane, inverted }: Paper): Plane {
  const contrast = data.map((grey, i) => {
    const paper = plane.data[i];
    return inverted
      ? 255 * (grey - paper) / Math.max(1, 255 - paper)
      : 255 * (paper - grey) / Math.max(1, paper);
  });
  // Ink lies on one side of the paper's grey: what lies on the other is noise, half of it. The
  // median of half a normal distribution is 0.6745 standard deviations. A sample will do.
  const step = Math.ceil(contrast.length / NOISE_SAMPLE);
  const noise = contrast.filter((value, i) => value < 0 && i % step === 0).sort();
  const deviation = noise.length === 0 ? 0 : -noise[noise.length >> 1] / 0.6745;
  const least = NOISE_DEVIATIONS * Math.max(LEAST_NOISE, deviation);
  return { width, height, data: contrast.map((value) => value < least ? 0 : Math.min(255, value)) };
}

/**
 * Otsu's threshold of values from 0 to 255: what lies between the two classes that differ most. The
 * middle of it where several do equally well; 0 where there is one class only.
 */
function otsuThreshold(values: Float32Array): number {
  const histogram = new Float64Array(256);
  for (const value of values) histogram[Math.round(value)]++;
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
