// MNIST's pictures, damaged in fifteen ways, to see what a network makes of pictures unlike those it
// was trained on.
// Source of names, methods and strengths: Mu & Gilmer, MNIST-C: A Robustness Benchmark for Computer
// Vision (2019), and the code they published, github.com/google-research/mnist-c, with what
// scikit-image and ImageMagick did then. Nothing is copied from there, and the random numbers are
// our own, so the pictures are alike, not the same; what else differs is said where it is done.

import { Random } from "../random.ts";
import { glassBlur, motionBlur } from "./corruptions/blur.ts";
import { type Corruption, PIXELS } from "./corruptions/corruption.ts";
import { cannyEdges } from "./corruptions/edges.ts";
import { rotate, scale, shear, translate } from "./corruptions/geometry.ts";
import { impulseNoise, shotNoise } from "./corruptions/noise.ts";
import { dottedLine, spatter, zigzag } from "./corruptions/overlays.ts";
import { brightness, fog, stripe } from "./corruptions/tones.ts";

const METHODS = new Map<string, Corruption>([
  ["shot_noise", shotNoise],
  ["impulse_noise", impulseNoise],
  ["glass_blur", glassBlur],
  ["motion_blur", motionBlur],
  ["shear", shear],
  ["scale", scale],
  ["rotate", rotate],
  ["brightness", brightness],
  ["translate", translate],
  ["stripe", stripe],
  ["fog", fog],
  ["spatter", spatter],
  ["dotted_line", dottedLine],
  ["zigzag", zigzag],
  ["canny_edges", cannyEdges],
]);

/** The names that `corrupt` knows: MNIST-C's, in its order. */
export const CORRUPTIONS: readonly string[] = [...METHODS.keys()];

export interface CorruptOptions {
  /** The same seed and index give the same picture, whatever the others. Default 1. */
  seed?: number;
}

/**
 * Corrupts pictures, each at random on its own.
 *
 * @param images `[count, 28, 28]`, 0 = paper to 255 = ink; stays as it is.
 * @param name One of `CORRUPTIONS`.
 * @returns New pictures of the same form.
 * @throws {RangeError} Where there is no such corruption.
 * @throws {TypeError} Where `images` are not whole pictures.
 */
export function corrupt(
  images: Uint8Array,
  name: string,
  { seed = 1 }: CorruptOptions = {},
): Uint8Array<ArrayBuffer> {
  const method = METHODS.get(name);
  if (!method) {
    throw new RangeError(`There is no corruption "${name}", only ${CORRUPTIONS.join(", ")}`);
  }
  if (images.length % PIXELS !== 0) {
    throw new TypeError(`Expected pictures of ${PIXELS} pixels, found ${images.length} in all`);
  }
  const corrupted = new Uint8Array(images.length);
  const number = CORRUPTIONS.indexOf(name);
  for (let i = 0; i * PIXELS < images.length; i++) {
    const random = new Random(seed, i * CORRUPTIONS.length + number);
    const picture = new Float64Array(PIXELS);
    for (let p = 0; p < PIXELS; p++) picture[p] = images[i * PIXELS + p] / 255;
    const result = method(picture, random);
    for (let p = 0; p < PIXELS; p++) {
      corrupted[i * PIXELS + p] = Math.round(255 * Math.min(1, Math.max(0, result[p])));
    }
  }
  return corrupted;
}
