// Colour pictures to grey ones, small enough to work on.

import type { Picture } from "./picture.ts";
import type { Plane } from "./plane.ts";

// By how much opaque pixels may differ (5th to 95th percentile) and still be ink of one tone.
const ONE_TONE = 64;

/**
 * The luma of a picture (ITU-R BT.601), 0 black to 255 white, reduced by averaging squares of
 * `factor` x `factor` pixels. Where the picture is transparent, paper is put behind it.
 */
export function toGrey(picture: Picture, factor: number): Plane {
  const { width, height, data } = picture;
  const behind = greyBehind(picture);
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const grey = new Float32Array(columns * rows);
  for (let row = 0, to = 0; row < rows; row++) {
    const top = row * factor;
    const bottom = Math.min(height, top + factor);
    for (let column = 0; column < columns; column++, to++) {
      const left = column * factor;
      const right = Math.min(width, left + factor);
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        const end = 4 * (y * width + right);
        for (let i = 4 * (y * width + left); i < end; i += 4) {
          const alpha = data[i + 3];
          sum += luma(data, i) * alpha + behind * (255 - alpha);
        }
      }
      grey[to] = sum / (255 * (bottom - top) * (right - left));
    }
  }
  return { width: columns, height: rows, data: grey };
}

function luma(data: Uint8ClampedArray, i: number): number {
  return 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
}

/**
 * The grey to put behind a transparent picture. Opaque pixels of one tone are ink without paper,
 * and white ink would vanish on white: they get what contrasts with them. Opaque pixels of several
 * tones bring their own paper, which is their commonest tone.
 */
function greyBehind({ data }: Picture): number {
  if (isOpaque(data)) return 255;
  const histogram = new Float64Array(256);
  let opaque = 0;
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3];
    histogram[Math.round(luma(data, i))] += alpha;
    opaque += alpha;
  }
  if (opaque === 0) return 255;

  const percentile = (percent: number) => {
    let below = 0;
    return histogram.findIndex((weight) => (below += weight) >= opaque * percent / 100);
  };
  const median = percentile(50);
  if (percentile(95) - percentile(5) > ONE_TONE) return median;
  return median < 128 ? 255 : 0;
}

function isOpaque(data: Uint8ClampedArray): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}
