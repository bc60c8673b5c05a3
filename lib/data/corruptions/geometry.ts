// Digits that lean, turn, shrink or are somewhere else. Source of the strengths: MNIST-C, see
// ../corruptions.ts.

import type { Random } from "../../random.ts";
import { PIXELS, SIZE } from "./corruption.ts";

const CENTRE = (SIZE - 1) / 2;

const SHEAR = 0.4; // radians
const ROTATION = 0.4; // radians
const SCALE = 0.7;
const SHIFT = 3; // pixels, each way

/**
 * Leans the digit to either side, by sin(0.4) pixels a row.
 *
 * It gets higher by 1 / cos(0.4) besides: scikit-image's shear of those years turned the y axis and
 * kept its length, and is applied the other way round here.
 */
export function shear(picture: Float64Array, random: Random): Float64Array {
  const angle = random.pick([-SHEAR, SHEAR]);
  return warp(picture, { xx: 1, xy: -Math.sin(angle), yx: 0, yy: Math.cos(angle) });
}

/** Turns the digit about the centre, to either side. */
export function rotate(picture: Float64Array, random: Random): Float64Array {
  const angle = random.pick([-ROTATION, ROTATION]);
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  return warp(picture, { xx: cos, xy: -sin, yx: sin, yy: cos });
}

/** Shrinks the digit towards the centre. */
export function scale(picture: Float64Array): Float64Array {
  return warp(picture, { xx: 1 / SCALE, xy: 0, yx: 0, yy: 1 / SCALE });
}

/** Moves the digit towards one of the corners. */
export function translate(picture: Float64Array, random: Random): Float64Array {
  const dx = random.pick([-SHIFT, SHIFT]);
  const dy = random.pick([-SHIFT, SHIFT]);
  return warp(picture, { xx: 1, xy: 0, yx: 0, yy: 1, dx, dy });
}

/** Where a pixel's ink comes from: x' = xx x + xy y + dx, y' = yx x + yy y + dy, from the centre. */
interface InverseMap {
  xx: number;
  xy: number;
  yx: number;
  yy: number;
  dx?: number;
  dy?: number;
}

/** Bilinear, with paper outside of the picture. */
function warp(
  picture: Float64Array,
  { xx, xy, yx, yy, dx = 0, dy = 0 }: InverseMap,
): Float64Array {
  const warped = new Float64Array(PIXELS);
  for (let y = 0, i = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++, i++) {
      const fromX = CENTRE + xx * (x - CENTRE) + xy * (y - CENTRE) + dx;
      const fromY = CENTRE + yx * (x - CENTRE) + yy * (y - CENTRE) + dy;
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [right, bottom] = [fromX - left, fromY - top]; // their shares
      warped[i] = (1 - bottom) * ((1 - right) * inkAt(picture, left, top) +
            right * inkAt(picture, left + 1, top)) +
        bottom * ((1 - right) * inkAt(picture, left, top + 1) +
            right * inkAt(picture, left + 1, top + 1));
    }
  }
  return warped;
}

function inkAt(picture: Float64Array, x: number, y: number): number {
  return x >= 0 && x < SIZE && y >= 0 && y < SIZE ? picture[y * SIZE + x] : 0;
}
