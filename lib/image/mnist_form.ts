// Pictures that are in MNIST's form already, as exports of MNIST are: to find their ink once more
// would only blur it. Source of the form: see mnist.ts. What other data sets of 28x28 have is taken as it
// is, too.

import type { Picture } from "./picture.ts";

const SIZE = 28;
// All of MNIST's 70,000 digits are so large, sixteen of them less one pixel, and none is off the centre
// by more than half a pixel. What is drawn by mnist.ts may lose its faintest edges to rounding.
const BOX = 20;
const LEAST_SIDE = 18;
const CENTRE = 14;
const TOLERANCE = 0.55; // rounding the pixels to whole numbers moves the centre of mass a little

/**
 * The pixels of a picture that is in MNIST's form: 28x28, grey, opaque, ink on nothing, the size of
 * MNIST's digits and with the centre of mass where theirs is.
 *
 * @returns (28, 28) row-major: 0 paper to 255 ink; undefined if it is another picture.
 */
export function mnistPixels(picture: Picture): Uint8Array | undefined {
  const pixels = greyPixels(picture);
  if (!pixels) return undefined;
  const columns = new Float64Array(SIZE);
  const rows = new Float64Array(SIZE);
  pixels.forEach((ink, i) => {
    columns[i % SIZE] += ink;
    rows[Math.floor(i / SIZE)] += ink;
  });
  const sides = [columns, rows].map(measure);
  const isLarge = sides.some(({ length }) => length >= LEAST_SIDE);
  return isLarge && sides.every(({ isFitting }) => isFitting) ? pixels : undefined;
}

/**
 * The pixels of a picture of the same size that shows anything but digits: other data sets have forms
 * of their own, and clothes fill the picture, so that all there is to go by is a black ground.
 *
 * @returns (28, 28) row-major: 0 paper to 255 ink; undefined if it is another picture.
 */
export function pixelsOnBlack(picture: Picture): Uint8Array | undefined {
  const pixels = greyPixels(picture);
  if (!pixels) return undefined;
  const counts = new Uint32Array(256);
  for (const ink of pixels) counts[ink]++;
  const isBlank = counts[0] === pixels.length;
  return !isBlank && counts[0] === Math.max(...counts) ? pixels : undefined;
}

/** A picture of 28x28 that is grey and opaque; undefined if it is another. */
function greyPixels({ width, height, data }: Picture): Uint8Array | undefined {
  if (width !== SIZE || height !== SIZE) return undefined;
  const pixels = new Uint8Array(SIZE * SIZE);
  for (let i = 0; i < pixels.length; i++) {
    const [red, green, blue, alpha] = data.subarray(4 * i, 4 * i + 4);
    if (red !== green || green !== blue || alpha !== 255) return undefined;
    pixels[i] = red;
  }
  return pixels;
}

/** How the ink lies along a side, of which it is given how much there is at each place. */
function measure(ink: Float64Array): { length: number; isFitting: boolean } {
  const first = ink.findIndex((sum) => sum > 0);
  const last = ink.findLastIndex((sum) => sum > 0);
  const length = last - first + 1;
  const mass = ink.reduce((total, sum) => total + sum, 0);
  const offset = ink.reduce((moment, sum, at) => moment + sum * at, 0) / mass - CENTRE;
  // What is heavy at one end comes to the picture's edge before it is in the middle.
  const isCentred = Math.abs(offset) <= TOLERANCE || (offset > 0 && first === 0) ||
    (offset < 0 && last === SIZE - 1);
  return { length, isFitting: length <= BOX && isCentred };
}
