// From a digit's ink to the form that MNIST has.
// Source: LeCun, Bottou, Bengio & Haffner, Gradient-Based Learning Applied to Document Recognition
// (1998), and http://yann.lecun.com/exdb/mnist/: MNIST's digits were "size normalized to fit in a
// 20x20 pixel box while preserving their aspect ratio", with "grey levels as a result of the
// anti-aliasing", and "centered in a 28x28 image by computing the center of mass of the pixels".

import type { Ink } from "./ink.ts";
import { type Int, int, max, min } from "./integer.ts";
import { type Plane, stretch } from "./plane.ts";
import { fitStrokes } from "./stroke.ts";

const SIZE = 28;
const BOX = 20;
const CENTRE = 14; // the pixel that the centre of mass comes to, in both directions

/** (28, 28) row-major: 0 paper to 255 ink. */
export function toMnist(ink: Ink): Uint8Array {
  return centre(stretch(fitStrokes(ink, BOX)));
}

/** Puts the centre of mass at the picture's, by whole pixels as in MNIST. */
function centre(plane: Plane): Uint8Array {
  let mass = 0.0;
  let momentX = 0.0;
  let momentY = 0.0;
  for (let y = 0, i = 0; y < plane.height; y++) {
    for (let x = 0; x < plane.width; x++, i++) {
      mass += plane.data[i];
      momentX += plane.data[i] * x;
      momentY += plane.data[i] * y;
    }
  }
  const left = shift(momentX / mass, plane.width);
  const top = shift(momentY / mass, plane.height);
  const pixels = new Uint8Array(SIZE * SIZE);
  for (let y = 0, i = 0; y < plane.height; y++) {
    for (let x = 0; x < plane.width; x++, i++) {
      pixels[(top + y) * SIZE + left + x] = int(Math.round(plane.data[i]));
    }
  }
  return pixels;
}

/** Where a side begins whose centre of mass is to be in the middle. */
function shift(centreOfMass: number, side: Int): Int {
  // A symmetric digit has it between two pixels: as in MNIST the later one is taken then, whatever
  // rounding errors say.
  const start = int(Math.round(CENTRE - centreOfMass + 1e-3));
  return min(SIZE - side, max(0, start));
}
