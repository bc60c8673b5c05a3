// Pictures without transparency, small enough to work on.

import { type Int, int, min, type Pixel } from "./integer.ts";

/** The colours of a picture's pixels. */
export class Colours {
  constructor(
    readonly width: Int,
    readonly height: Int,
    /** (height, width) row-major: see {@linkcode redOf}, {@linkcode greenOf}, {@linkcode blueOf}. */
    readonly pixels: Uint32Array,
  ) {}
}

export function redOf(pixel: Pixel): Int {
  return pixel & 255;
}

export function greenOf(pixel: Pixel): Int {
  return pixel >>> 8 & 255;
}

export function blueOf(pixel: Pixel): Int {
  return pixel >>> 16 & 255;
}

function alphaOf(pixel: Pixel): Int {
  return pixel >>> 24;
}

// By how much opaque pixels may differ (5th to 95th percentile) and still be ink of one tone.
const ONE_TONE = 64;
const OPAQUE = 255;

/**
 * The colours of a picture, reduced by averaging squares of `factor` x `factor` pixels. Where the
 * picture is transparent, paper is put behind it.
 *
 * @param rgba (height, width) row-major, red in the lowest byte.
 */
export function toColours(rgba: Uint32Array, width: Int, height: Int, factor: Int): Colours {
  const isOpaque = commonAlpha(rgba) === OPAQUE;
  if (isOpaque && factor === 1) return new Colours(width, height, rgba);
  const behind = isOpaque ? 0 : greyBehind(rgba);
  const columns = int((width + factor - 1) / factor);
  const rows = int((height + factor - 1) / factor);
  const pixels = new Uint32Array(columns * rows);
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
          red += redOf(pixel) * alpha;
          green += greenOf(pixel) * alpha;
          blue += blueOf(pixel) * alpha;
          opacity += alpha;
        }
      }
      const full: number = OPAQUE * (bottom - top) * (right - left);
      const through = behind * (full - opacity);
      pixels[to] = int(Math.round((red + through) / full)) |
        int(Math.round((green + through) / full)) << 8 |
        int(Math.round((blue + through) / full)) << 16;
    }
  }
  return new Colours(columns, rows, pixels);
}

/** What the alphas of all pixels have in common: where it is 255 all are. */
function commonAlpha(rgba: Uint32Array): Int {
  let common: Pixel = 0xffffffff;
  for (let i = 0; i < rgba.length; i++) common &= rgba[i];
  return alphaOf(common);
}

const LUMA = 1000; // what weights of whole numbers add up to

/** ITU-R BT.601, in thousandths. */
function luma(pixel: Pixel): Int {
  return 299 * redOf(pixel) + 587 * greenOf(pixel) + 114 * blueOf(pixel);
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
