// Strokes as wide as MNIST's: a pen's thin line in a large picture would fade away in a small one.

import { distanceTo } from "./distance.ts";
import { crop, extent, fit, type Plane, planeOf } from "./plane.ts";

// MNIST's strokes are 1.7 to 3.8 pixels wide in 90 of 100 pictures, 2.5 in the middle. Nothing
// happens to those from thin to thick; others are redrawn just as thin or thick. Thin lines matter
// to a dense network most: it read 94 of 100 pictures that people drew without this, 96 with it.
const THIN = 2;
const THICK = 4;
// Redrawing takes a picture of at least this length, for lines finer than its pixels.
const LEAST_LENGTH = 80;

/**
 * Fits a digit into `side` x `side` pixels. If that reduces it, strokes that would come out thinner
 * or thicker than MNIST's are redrawn.
 *
 * @param ink Nothing but the digit: 0 paper to 255, of which 127.5 is the strokes' outline.
 */
export function fitStrokes(ink: Plane, side: number): Plane {
  const length = Math.max(ink.width, ink.height);
  if (length <= side) return fit(ink, side);

  const large = length < LEAST_LENGTH ? fit(ink, LEAST_LENGTH) : ink;
  const scale = side / Math.max(large.width, large.height);
  const width = scale * strokeWidth(large);
  const wanted = Math.min(THICK, Math.max(THIN, width));
  if (wanted === width) return fit(ink, side);

  // The outline moves by as much on both sides, and the digit itself grows or shrinks by that.
  const growth = (wanted - width) / 2 * Math.max(large.width, large.height) /
    (side + width - wanted);
  return fit(moveOutline(large, growth), side);
}

/**
 * The mean width of the strokes in pixels: along a ribbon's cross section the distance to its rim
 * is a quarter of its width in the mean.
 */
function strokeWidth(ink: Plane): number {
  const distance = signedDistance(ink, 1);
  let sum = 0;
  let count = 0;
  for (const value of distance.data) {
    if (value <= 0) continue;
    sum += value;
    count++;
  }
  return 4 * sum / count;
}

/** Draws the digit anew with its outline moved outwards by `growth` pixels (inwards if negative). */
function moveOutline(ink: Plane, growth: number): Plane {
  const distance = signedDistance(ink, 1 + Math.ceil(Math.max(0, growth)));
  const data = distance.data.map((value) => {
    return 255 * Math.min(1, Math.max(0, value + growth + 0.5)); // 0.5: the pixel's own half
  });
  const drawn = { ...distance, data };
  return crop(drawn, extent(drawn)!); // the outline never moves further in than a stroke's middle
}

/** Distance to the outline in pixels, positive within the strokes, with `margin` pixels around. */
function signedDistance({ width, height, data }: Plane, margin: number): Plane {
  const fullWidth = width + 2 * margin;
  const fullHeight = height + 2 * margin;
  const ink = new Uint8Array(fullWidth * fullHeight);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const set = data[y * width + x] > 127.5;
      ink[(y + margin) * fullWidth + x + margin] = set ? 1 : 0;
    }
  }
  const inside = distanceTo(ink.map((set) => 1 - set), fullWidth, fullHeight);
  const outside = distanceTo(ink, fullWidth, fullHeight);
  // Both are measured between pixels' centres, and the outline runs half-way.
  return planeOf(fullWidth, fullHeight, (x, y) => {
    const i = y * fullWidth + x;
    return ink[i] ? inside[i] - 0.5 : 0.5 - outside[i];
  });
}
