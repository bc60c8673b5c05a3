// Which numbers a dropout layer keeps (Srivastava et al. 2014): a hash of seed, step, layer and place
// in the batch, not a stream of random numbers, so that every backend and every thread can work out
// its own part and all of them agree. Plain reference; backends may compute it their own way.

/**
 * A 32-bit finaliser: each bit of `x` changes each bit of the result about half the time.
 * Source: the construction of "lowbias32" (Chris Wellons, https://github.com/skeeto/hash-prospector),
 * with the constants that seed random.ts too.
 *
 * @param x A whole number; its lower 32 bits count.
 * @return From 0 to 2^32 - 1.
 */
export function mix(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x21f0aaad);
  x ^= x >>> 15;
  x = Math.imul(x, 0x735a2d97);
  x ^= x >>> 15;
  return x >>> 0;
}

/**
 * What the masks of one layer in one step begin from; all sums are modulo 2^32.
 *
 * @param seed A whole number; its lower 32 bits count.
 * @param step Number of the update, counted from 1.
 * @param layer Index in the architecture's layers.
 */
export function dropoutKey(seed: number, step: number, layer: number): number {
  return mix((seed >>> 0) + mix((step >>> 0) + mix(layer)));
}

/** 2^32 divided by the golden ratio: sends neighbours far apart before they are mixed. */
const GOLDEN = 0x9e3779b9;

/** The smallest hash that is kept, and what is kept is multiplied by. */
export function dropoutScale(rate: number): { threshold: number; factor: number } {
  return { threshold: Math.round(rate * 2 ** 32), factor: 1 / (1 - rate) };
}

/**
 * The factors of a batch's first `count` numbers [N, ...], in order: 0 for those that are dropped,
 * 1 / (1 - rate) for those that are kept, so that the expected sum stays what it was.
 *
 * @param rate Fraction that is dropped, from 0 to below 1.
 */
export function dropoutMask(key: number, rate: number, count: number): Float32Array<ArrayBuffer> {
  const { threshold, factor } = dropoutScale(rate);
  const mask = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    if (mix(Math.imul(i, GOLDEN) + key) >= threshold) mask[i] = factor;
  }
  return mask;
}
