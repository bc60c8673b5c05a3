// Strokes as wide as MNIST's: a pen's thin line in a large picture would fade away in a small one.

import { distanceTo } from "./distance.ts";
import type { Ink } from "./ink.ts";
import { type Int, int, max, min } from "./integer.ts";
import { crop, extent, fit, Plane } from "./plane.ts";

// About what MNIST's strokes are wide, in pixels: 1.7 to 3.8 in 90 of 100 pictures, 2.5 in the
// middle. What is within the bounds stays as it is, the rest is redrawn as thin or thick as they
// say. Thin lines matter most, and to the dense network: of 100 pictures that people drew it reads
// 94 without this and 96 with it.
const THIN = 2;
const THICK = 4;
// Redrawing takes a picture of at least this length, for outlines finer than its pixels.
const LEAST_LENGTH = 80;
// More than so many tell no more of them.
const MOST_LENGTH = 160;
const RIM = 0.5; // between pixels' centres the outline runs half-way

/**
 * Fits a digit into `side` x `side` pixels. If that reduces it, strokes that would come out thinner
 * or thicker than MNIST's are redrawn.
 */
export function fitStrokes(ink: Ink, side: Int): Plane {
  const length = max(ink.plane.width, ink.plane.height);
  if (length <= side) return fit(ink.plane, side);

  const fine = fit(ink.plane, min(MOST_LENGTH, max(length, LEAST_LENGTH)));
  const scale = side / Math.max(fine.width, fine.height);
  const depth = depthOf(fine, ink.outline);
  const width = strokeWidth(depth) * scale;
  const wanted = Math.min(THICK, Math.max(THIN, width));
  // Where interpolation leaves nothing as dark as strokes end, there is no outline to redraw.
  if (wanted === width || width === 0) return fit(ink.plane, side);

  // The digit grows with its strokes, and has to fit in all the same.
  const growth = (wanted - width) / 2 / scale * side / (side + width - wanted);
  const redrawn = growth < 0 ? shrink(depth, -growth) : grow(fine, ink.outline, growth);
  return fit(crop(redrawn, extent(redrawn)), side); // not empty: it shrinks by less than a stroke
}

/** How deep within the strokes each pixel is: the distance to the nearest paper, 0 on paper. */
function depthOf(plane: Plane, outline: number): Plane {
  const width = plane.width + 2; // where a digit is cut off, paper begins
  const height = plane.height + 2;
  const paper = inkMask(plane, outline, 1);
  for (let i = 0; i < paper.length; i++) paper[i] = 1 - paper[i];
  return new Plane(width, height, distanceTo(paper, width, height));
}

/** The mean width of strokes, 0 of none: across a ribbon the mean distance to its rim is a quarter. */
function strokeWidth(depth: Plane): number {
  let sum = 0.0;
  let count = 0;
  for (let i = 0; i < depth.data.length; i++) {
    if (depth.data[i] === 0) continue;
    sum += depth.data[i] - RIM;
    count++;
  }
  return count === 0 ? 0 : 4 * sum / count;
}

/** Takes `width` pixels off all around the strokes. */
function shrink(depth: Plane, width: number): Plane {
  const ink = new Float64Array(depth.data.length);
  for (let i = 0; i < ink.length; i++) ink[i] = shade(depth.data[i] - RIM - width);
  return new Plane(depth.width, depth.height, ink);
}

/** Adds `width` pixels all around the strokes. */
function grow(plane: Plane, outline: number, width: number): Plane {
  const margin = int(Math.ceil(width)) + 1;
  const fullWidth = plane.width + 2 * margin;
  const fullHeight = plane.height + 2 * margin;
  const ink = distanceTo(inkMask(plane, outline, margin), fullWidth, fullHeight, width + 1);
  for (let i = 0; i < ink.length; i++) ink[i] = shade(width - (ink[i] - RIM));
  return new Plane(fullWidth, fullHeight, ink);
}

/** Grey at the outline, and full ink from half a pixel within it. */
function shade(distanceInside: number): number {
  return 255 * Math.min(1, Math.max(0, distanceInside + 0.5));
}

/** 1 for pixels above `outline` and 0 for others, with `margin` pixels more on all sides. */
function inkMask(plane: Plane, outline: number, margin: Int): Uint8Array {
  const width = plane.width + 2 * margin;
  const mask = new Uint8Array(width * (plane.height + 2 * margin));
  for (let y = 0, i = 0; y < plane.height; y++) {
    const row = (y + margin) * width + margin;
    for (let x = 0; x < plane.width; x++, i++) mask[row + x] = plane.data[i] > outline ? 1 : 0;
  }
  return mask;
}
