// Where the ink of a picture's digit is, and how dark it is there.
// Sources: Otsu, A Threshold Selection Method from Gray-Level Histograms (1979); hysteresis as in
// Canny, A Computational Approach to Edge Detection (1986).

import { boundingBox, chooseDigit, connectedComponents } from "./components.ts";
import type { Paper } from "./paper.ts";
import { type Box, crop, extent, type Plane, planeOf } from "./plane.ts";

/** The ink of one digit. */
export interface Ink {
  /** The part of the picture that it takes. */
  readonly box: Box;
  /** The contrast within the box, all other marks taken away: 0 paper to 255. */
  readonly plane: Plane;
}

// Ink stands out of the paper's noise by so many standard deviations,
const NOISE_DEVIATIONS = 4;
const LEAST_NOISE = 2; // 255ths; drawings have none
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

  const mask = Uint8Array.from(contrast.data, (value) => value > HYSTERESIS * threshold ? 1 : 0);
  const { components, labels } = connectedComponents(mask, grey.width, grey.height);
  const certain = new Set(labels.filter((_, i) => contrast.data[i] > threshold));
  const digit = chooseDigit(components.filter(({ label }) => certain.has(label)));
  const [left, top, width, height] = boundingBox(digit);
  const least = Math.max(LEAST_LENGTH, LEAST_SHARE * Math.max(grey.width, grey.height));
  if (Math.max(width, height) < least) return undefined;

  // The soft rim of a stroke reaches one pixel further than what is over the threshold.
  const chosen = new Set(digit.map(({ label }) => label));
  const x0 = Math.max(0, left - 1);
  const y0 = Math.max(0, top - 1);
  const x1 = Math.min(grey.width, left + width + 1);
  const y1 = Math.min(grey.height, top + height + 1);
  const plane = planeOf(x1 - x0, y1 - y0, (x, y) => {
    for (let ny = Math.max(y0, y0 + y - 1); ny < Math.min(y1, y0 + y + 2); ny++) {
      for (let nx = Math.max(x0, x0 + x - 1); nx < Math.min(x1, x0 + x + 2); nx++) {
        if (chosen.has(labels[ny * grey.width + nx])) {
          return contrast.data[(y0 + y) * grey.width + x0 + x];
        }
      }
    }
    return 0;
  });
  const inner = extent(plane)!; // not empty: it holds the digit
  return {
    box: [x0 + inner[0], y0 + inner[1], inner[2], inner[3]],
    plane: crop(plane, inner),
  };
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
  // median of half a normal distribution is 0.6745 standard deviations.
  const noise = contrast.filter((value) => value < 0).sort();
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
