// Strokes as wide as MNIST's: a pen's thin line in a large picture would fade away in a small one.

import { distanceTo } from "./distance.ts";
import type { Ink } from "./ink.ts";
import { crop, extent, fit, type Plane } from "./plane.ts";

// About what MNIST's strokes are wide, in pixels: 1.7 to 3.8 in 90 of 100 pictures, 2.5 in the
// middle. What is within the bounds stays as it is, the rest is redrawn as thin or thick as they
// say. Thin lines matter most, and to the dense network: of 100 pictures that people drew it reads
// 94 without this and 96 with it.
const THIN = 2;
const THICK = 4;
// Redrawing takes a picture of at least this length, for outlines finer than its pixels.
const LEAST_LENGTH = 80;
const RIM = 0.5; // between pixels' centres the outline runs half-way

/**
 * Fits a digit into `side` x `side` pixels. If that reduces it, strokes that would come out thinner
 * or thicker than MNIST's are redrawn.
 */
export function fitStrokes({ plane, outline }: Ink, side: number): Plane {
  const length = Math.max(plane.width, plane.height);
  if (length <= side) return fit(plane, side);

  const fine = fit(plane, Math.max(length, LEAST_LENGTH));
  const scale = side / Math.max(fine.width, fine.height);
  const depth = depthOf(fine, outline);
  const width = strokeWidth(depth) * scale;
  const wanted = Math.min(THICK, Math.max(THIN, width));
  if (wanted === width) return fit(plane, side);

  // The digit grows with its strokes, and has to fit in all the same.
  const growth = (wanted - width) / 2 / scale * side / (side + width - wanted);
  const redrawn = growth < 0 ? shrink(depth, -growth) : grow(fine, outline, growth);
  return fit(crop(redrawn, extent(redrawn)!), side); // not empty: it shrinks by less than a stroke
}

/** How deep within the strokes each pixel is: the distance to the nearest paper, 0 on paper. */
function depthOf(plane: Plane, outline: number): Plane {
  const { width, height, ink } = inkMask(plane, outline, 1); // where a digit is cut off, paper begins
  const paper = ink.map((set) => 1 - set);
  return { width, height, data: distanceTo(paper, width, height) };
}

/** The mean width of strokes: across a ribbon the mean distance to its rim is a quarter of it. */
function strokeWidth({ data }: Plane): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    sum += data[i] - RIM;
    count++;
  }
  return 4 * sum / count;
}

/** Takes `width` pixels off all around the strokes. */
function shrink(depth: Plane, width: number): Plane {
  return { ...depth, data: depth.data.map((distance) => shade(distance - RIM - width)) };
}

/** Adds `width` pixels all around the strokes. */
function grow(plane: Plane, outline: number, width: number): Plane {
  const mask = inkMask(plane, outline, Math.ceil(width) + 1);
  const distance = distanceTo(mask.ink, mask.width, mask.height, width + 1);
  return { ...mask, data: distance.map((distance) => shade(width - (distance - RIM))) };
}

/** Grey at the outline, and full ink from half a pixel within it. */
function shade(distanceInside: number): number {
  return 255 * Math.min(1, Math.max(0, distanceInside + 0.5));
}

/** 1 for pixels above `outline` and 0 for others, with `margin` pixels more on all sides. */
function inkMask(
  { width, height, data }: Plane,
  outline: number,
  margin: number,
): { width: number; height: number; ink: Uint8Array } {
  const fullWidth = width + 2 * margin;
  const fullHeight = height + 2 * margin;
  const ink = new Uint8Array(fullWidth * fullHeight);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, to = (y + margin) * fullWidth + margin; x < width; x++, i++, to++) {
      if (data[i] > outline) ink[to] = 1;
    }
  }
  return { width: fullWidth, height: fullHeight, ink };
}
