// From a picture to the digit in it as MNIST would have it: what normalise() runs.
//
// This file and all that it imports is TypeScript and AssemblyScript at once. deno task
// build:kernels compiles it to wasm/digit.wasm, for the engine interprets JavaScript until it knows what to compile, and
// the one picture that most runs have would be through by then. What that asks of the sources:
// - no closures, destructuring, iterators, object literals or unions but with null;
// - whole numbers are Int, and what two of them are divided to goes through int() at once;
// - a variable that begins with a whole number and is none begins with 0.0.

import { toGrey } from "./grey.ts";
import { findInk } from "./ink.ts";
import { type Int, int, max, min } from "./integer.ts";
import { findPaper } from "./paper.ts";
import { Box, type Plane, stretch } from "./plane.ts";
import { fitStrokes } from "./stroke.ts";

const SIZE = 28;
const BOX = 20; // MNIST fits ink into 20x20,
const CENTRE = 14; // and has the centre of mass in this pixel, in both directions
// Pictures are worked on at 160 to 320 pixels a side: smaller ones as they are, larger ones
// reduced. Limits from 256 to 640 read as many; below, a digit that is small in its picture suffers.
const MAX_SIDE = 320;

/** A digit as MNIST would have it. */
export class Digit {
  constructor(
    /** (28, 28) row-major: 0 paper to 255 ink. */
    readonly pixels: Uint8Array,
    /** The part of the picture that the ink takes, in pixels. */
    readonly box: Box,
    /** The ink is lighter than the paper. */
    readonly inverted: boolean,
  ) {}
}

/**
 * Finds the digit in a picture; null if there is nothing on the paper.
 *
 * @param rgba (height, width) row-major, red in the lowest byte.
 * @param inverted Whether the ink is lighter than the paper. 1: it is; 0: it is not; -1: find out.
 */
export function findDigit(
  rgba: Uint32Array,
  width: Int,
  height: Int,
  inverted: Int,
): Digit | null {
  const factor = int((max(width, height) + MAX_SIDE - 1) / MAX_SIDE);
  const grey = toGrey(rgba, width, height, factor);
  const paper = findPaper(grey, inverted);
  const ink = findInk(grey, paper);
  if (ink === null) return null;

  const left = ink.box.x * factor;
  const top = ink.box.y * factor;
  const right = min(width, left + ink.box.width * factor);
  const bottom = min(height, top + ink.box.height * factor);
  const box = new Box(left, top, right - left, bottom - top);
  return new Digit(centre(stretch(fitStrokes(ink, BOX))), box, paper.inverted);
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
