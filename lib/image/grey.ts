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
  const toWidth = Math.ceil(width / factor);
  const toHeight = Math.ceil(height / factor);
  const sum = new Float32Array(toWidth * toHeight);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / factor) * toWidth;
    for (let x = 0; x < width; x++, i += 4) {
      const alpha = data[i + 3] / 255;
      sum[row + Math.floor(x / factor)] += luma(data, i) * alpha + behind * (1 - alpha);
    }
  }
  for (let y = 0, i = 0; y < toHeight; y++) {
    const rows = Math.min(factor, height - y * factor);
    for (let x = 0; x < toWidth; x++, i++) {
      sum[i] /= rows * Math.min(factor, width - x * factor);
    }
  }
  return { width: toWidth, height: toHeight, data: sum };
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
  const histogram = new Float64Array(256);
  let transparent = 0;
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3];
    histogram[Math.round(luma(data, i))] += alpha;
    transparent += 255 - alpha;
  }
  const opaque = histogram.reduce((sum, weight) => sum + weight, 0);
  if (transparent === 0 || opaque === 0) return 255;

  const percentile = (percent: number) => {
    let below = 0;
    return histogram.findIndex((weight) => (below += weight) >= opaque * percent / 100);
  };
  const median = percentile(50);
  if (percentile(95) - percentile(5) > ONE_TONE) return median;
  return median < 128 ? 255 : 0;
}
