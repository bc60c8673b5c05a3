// From anybody's picture of a digit to what the networks were trained on, without asking one: for
// those who have a network of their own.

import { OpenPage, type PaperOptions } from "./open.ts";
import type { Picture } from "./picture.ts";

/** A digit as MNIST would have it. */
export interface Normalised {
  /** (28, 28) row-major: 0 paper to 255 ink. */
  readonly pixels: Uint8Array;
  /** The part of the picture that the ink takes, in pixels. */
  readonly box: readonly [x: number, y: number, width: number, height: number];
  /** The ink is lighter than the paper. */
  readonly inverted: boolean;
}

/**
 * Finds the digit in a picture and brings it into MNIST's form. The picture has one digit; paper
 * is the greater part of it, may be unevenly lit, darker or lighter than the ink, or transparent.
 *
 * @returns undefined if there is nothing on the paper.
 */
export function normalise(picture: Picture, options?: PaperOptions): Normalised | undefined {
  const page = new OpenPage(picture);
  const inverted = page.findPaper(options);
  page.separate();
  page.keepOneDigit();
  const all = [...page.pieces().keys()];
  const digit = all.length > 0 ? { ...page.draw(all), inverted } : undefined;
  page.close();
  return digit;
}
