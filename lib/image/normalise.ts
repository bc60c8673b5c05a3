// From anybody's picture of a digit to what the networks were trained on.
// Source: LeCun, Bottou, Bengio & Haffner, Gradient-Based Learning Applied to Document Recognition
// (1998), and http://yann.lecun.com/exdb/mnist/: MNIST's digits were "size normalized to fit in a
// 20x20 pixel box while preserving their aspect ratio", with "grey levels as a result of the
// anti-aliasing", and "centered in a 28x28 image by computing the center of mass of the pixels".

import { toGrey } from "./grey.ts";
import { findInk } from "./ink.ts";
import { findPaper } from "./paper.ts";
import type { Picture } from "./picture.ts";
import { type Box, type Plane, stretch } from "./plane.ts";
import { fitStrokes } from "./stroke.ts";

/** A digit as MNIST would have it. */
export interface Normalised {
  /** (28, 28) row-major: 0 paper to 255 ink. */
  readonly pixels: Uint8Array;
  /** The part of the picture that the ink takes, in pixels: [x, y, width, height]. */
  readonly box: Box;
  /** The ink is lighter than the paper. */
  readonly inverted: boolean;
}

/** Options of {@linkcode normalise}. */
export interface NormaliseOptions {
  /** Whether the ink is lighter than the paper ("auto": find out). */
  invert?: "auto" | "yes" | "no";
}

const SIZE = 28;
const BOX = 20;
const CENTRE = 14; // the pixel that MNIST has the centre of mass in, in both directions
// Pictures are worked on at 160 to 320 pixels a side: smaller ones as they are, larger ones
// reduced. Limits from 256 to 1024 read the same pictures.
const MAX_SIDE = 320;

/**
 * Finds the digit in a picture and brings it into MNIST's form. The picture has one digit; paper
 * is the greater part of it, may be unevenly lit, darker or lighter than the ink, or transparent.
 *
 * @returns undefined if there is nothing on the paper.
 */
export function normalise(
  picture: Picture,
  { invert = "auto" }: NormaliseOptions = {},
): Normalised | undefined {
  const factor = Math.ceil(Math.max(picture.width, picture.height) / MAX_SIDE);
  const grey = toGrey(picture, factor);
  const paper = findPaper(grey, invert === "auto" ? undefined : invert === "yes");
  const ink = findInk(grey, paper);
  if (ink === undefined) return undefined;

  const [left, top, width, height] = ink.box.map((value) => value * factor);
  return {
    pixels: centre(stretch(fitStrokes(ink, BOX))),
    box: [
      left,
      top,
      Math.min(width, picture.width - left),
      Math.min(height, picture.height - top),
    ],
    inverted: paper.inverted,
  };
}

/** Puts the centre of mass at the picture's, by whole pixels as in MNIST. */
function centre({ width, height, data }: Plane): Uint8Array {
  let mass = 0;
  let momentX = 0;
  let momentY = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      mass += data[i];
      momentX += data[i] * x;
      momentY += data[i] * y;
    }
  }
  // A symmetric digit has it between two pixels: as in MNIST the later one is taken then, whatever
  // rounding errors say.
  const shift = (moment: number, side: number) =>
    Math.min(SIZE - side, Math.max(0, Math.round(CENTRE - moment / mass + 1e-3)));
  const left = shift(momentX, width);
  const top = shift(momentY, height);
  const pixels = new Uint8Array(SIZE * SIZE);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      pixels[(top + y) * SIZE + left + x] = Math.round(data[i]);
    }
  }
  return pixels;
}
