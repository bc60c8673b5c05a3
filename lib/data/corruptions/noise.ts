// Noise of single pixels. Source of the strengths: MNIST-C, see ../corruptions.ts.

import type { Random } from "../../random.ts";

const PHOTONS = 3; // that full ink counts on average
const IMPULSES = 0.17; // fraction of the pixels

/** Too few photons: each pixel counts them, by the Poisson distribution. */
export function shotNoise(picture: Float64Array, random: Random): Float64Array {
  return picture.map((ink) => poisson(random, PHOTONS * ink) / PHOTONS);
}

/** Salt and pepper: pixels that are full ink or plain paper, as likely as each other. */
export function impulseNoise(picture: Float64Array, random: Random): Float64Array {
  return picture.map((ink) => random.uniform() < IMPULSES ? random.integer(2) : ink);
}

/** Source: Knuth, The Art of Computer Programming, volume 2, 3.4.1; for small means. */
function poisson(random: Random, mean: number): number {
  if (mean === 0) return 0; // most of a picture: nothing to draw
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count++;
  return count;
}
