// Pictures as decoded to red, green and blue planes, small enough to work on.

import { type Int, int, min, type Pixel, short } from "./integer.ts";

/** Red, green and blue of each pixel, 0 to 255: (height, width, 3) row-major. */
export class Colours {
  constructor(
    readonly width: Int,
    readonly height: Int,
    readonly data: Float32Array,
  ) {}
}

// By how much opaque pixels may differ (5th to 95th percentile) and still be ink of one tone.
const ONE_TONE = 64;

/**
 * The colours of a picture, reduced by averaging squares of `factor` x `factor` pixels. Where the
 * picture is transparent, paper is put behind it.
 *
 * @param rgba (height, width) row-major, red in the lowest byte.
 */
export function toColours(rgba: Uint32Array, width: Int, height: Int, factor: Int): Colours {
  const columns = int((width + factor - 1) / factor);
  const rows = int((height + factor - 1) / factor);
  const data = new Float32Array(3 * columns * rows);
  const cover = new Float32Array(columns * rows);
  let isOpaque = true;
  for (let row = 0, to = 0; row < rows; row++) {
    const top = row * factor;
    const bottom = min(height, top + factor);
    for (let column = 0; column < columns; column++, to++) {
      const left = column * factor;
      const right = min(width, left + factor);
      let red = 0.0;
      let green = 0.0;
      let blue = 0.0;
      let opacity = 0;
      for (let y = top; y < bottom; y++) {
        const end = y * width + right;
        for (let i = y * width + left; i < end; i++) {
          const pixel = rgba[i];
          const alpha = alphaOf(pixel);
          red += channel(pixel, 0) * alpha;
          green += channel(pixel, 8) * alpha;
          blue += channel(pixel, 16) * alpha;
          opacity += alpha;
        }
      }
      const full: number = 255 * (bottom - top) * (right - left);
      data[3 * to] = short(red / full);
      data[3 * to + 1] = short(green / full);
      data[3 * to + 2] = short(blue / full);
      cover[to] = short(opacity / full);
      if (opacity < full) isOpaque = false;
    }
  }
  if (!isOpaque) {
    const behind = greyBehind(rgba);
    for (let i = 0; i < data.length; i++) {
      data[i] += short(behind * (1 - cover[int(i / 3)]));
    }
  }
  return new Colours(columns, rows, data);
}

const LUMA = 1000; // what weights of whole numbers add up to

/** ITU-R BT.601, in thousandths. */
function luma(pixel: Pixel): Int {
  return 299 * channel(pixel, 0) + 587 * channel(pixel, 8) + 114 * channel(pixel, 16);
}

function channel(pixel: Pixel, shift: Int): Int {
  return pixel >>> shift & 255;
}

function alphaOf(pixel: Pixel): Int {
  return pixel >>> 24;
}

/**
 * The grey to put behind a transparent picture. Opaque pixels of one tone are ink without paper,
 * and white ink would vanish on white: they get what contrasts with them. Opaque pixels of several
 * tones bring their own paper, which is their commonest tone.
 */
function greyBehind(rgba: Uint32Array): number {
  const histogram = new Float64Array(256);
  for (let i = 0; i < rgba.length; i++) {
    histogram[int(Math.round(luma(rgba[i]) / (1.0 * LUMA)))] += alphaOf(rgba[i]);
  }
  const opaque = histogram.reduce((sum, weight) => sum + weight, 0.0);
  if (opaque === 0) return 255;

  const median = percentile(histogram, opaque / 2);
  const spread = percentile(histogram, 0.95 * opaque) - percentile(histogram, 0.05 * opaque);
  if (spread > ONE_TONE) return median;
  return median < 128 ? 255 : 0;
}

/** The first level that `limit` of the histogram's weight does not go beyond. */
function percentile(histogram: Float64Array, limit: number): Int {
  let level = 0;
  for (let below = histogram[0]; below < limit; below += histogram[level]) level++;
  return level;
}
