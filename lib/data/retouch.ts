// What other pens, cameras and paper do to a picture: thicker or thinner strokes, blur, fainter or
// darker ink, noise, missing pieces. Four pixels at a time: a word of memory holds four, and two of
// them at a time, with eight bits of room above each, take part in one multiplication or addition.

import type { Random } from "../random.ts";

const SIZE = 28;
const ROW = SIZE / 4; // words
const STRIDE = ROW + 1; // with a blank word between rows, and a blank row above and below
const EVEN = 0x00ff00ff;
const BIT_8 = 0x01000100; // just above each of the two
const BIT_0 = 0x00010001;

// Scratch memory, one picture at a time. That the left pixel is a word's lowest takes a
// little-endian machine, as all are on which this project runs.
const bytes = new Uint8Array(SIZE * SIZE);
const words = new Int32Array(bytes.buffer);
const padded = new Int32Array(STRIDE * (SIZE + 2));

// All of them take a picture `from` [28, 28] and fill a picture `to` [28, 28], which may be the
// same. Outside of a picture is paper.

/**
 * Makes strokes thicker or thinner, by a grey dilation or erosion with a cross of 3x3 pixels.
 *
 * @param amount From 0, the picture itself, to 1, the dilated one, or -1, the eroded one.
 */
export function thicken(from: Uint8Array, to: Uint8Array, amount: number): void {
  pad(from);
  const share = Math.round(256 * Math.abs(amount));
  const grow = amount > 0 ? -1 : 0;
  for (let row = 0, i = 0; row < SIZE; row++) {
    for (let at = (row + 1) * STRIDE, end = at + ROW; at < end; at++, i++) {
      const word = padded[at];
      const above = padded[at - STRIDE];
      const below = padded[at + STRIDE];
      const left = word << 8 | padded[at - 1] >>> 24;
      const right = word >>> 8 | padded[at + 1] << 24;
      if ((word | above | below | left | right) === 0) {
        words[i] = 0;
        continue;
      }
      const even = blend(
        word & EVEN,
        extreme(above & EVEN, below & EVEN, left & EVEN, right & EVEN, word & EVEN, grow),
        share,
      );
      const odd = blend(
        word >>> 8 & EVEN,
        extreme(
          above >>> 8 & EVEN,
          below >>> 8 & EVEN,
          left >>> 8 & EVEN,
          right >>> 8 & EVEN,
          word >>> 8 & EVEN,
          grow,
        ),
        share,
      );
      words[i] = even | odd << 8;
    }
  }
  to.set(bytes);
}

/**
 * Blurs, by three pixels' weighted mean along each axis.
 *
 * @param deviation In pixels, from 0 to 0.8: three pixels cannot blur more.
 */
export function blur(from: Uint8Array, to: Uint8Array, deviation: number): void {
  // Weights of w, 1 - 2w and w have a variance of 2w.
  const side = Math.round(256 * deviation * deviation / 2);
  const middle = 256 - 2 * side;
  pad(from);
  for (let row = 0, i = 0; row < SIZE; row++) {
    for (let at = (row + 1) * STRIDE, end = at + ROW; at < end; at++, i++) {
      const word = padded[at];
      const above = padded[at - STRIDE];
      const below = padded[at + STRIDE];
      const even = Math.imul(word & EVEN, middle) +
        Math.imul((above & EVEN) + (below & EVEN), side);
      const odd = Math.imul(word >>> 8 & EVEN, middle) +
        Math.imul((above >>> 8 & EVEN) + (below >>> 8 & EVEN), side);
      words[i] = round(even) | round(odd) << 8;
    }
  }
  pad(bytes);
  for (let row = 0, i = 0; row < SIZE; row++) {
    for (let at = (row + 1) * STRIDE, end = at + ROW; at < end; at++, i++) {
      const word = padded[at];
      const left = word << 8 | padded[at - 1] >>> 24;
      const right = word >>> 8 | padded[at + 1] << 24;
      const even = Math.imul(word & EVEN, middle) + Math.imul((left & EVEN) + (right & EVEN), side);
      const odd = Math.imul(word >>> 8 & EVEN, middle) +
        Math.imul((left >>> 8 & EVEN) + (right >>> 8 & EVEN), side);
      words[i] = round(even) | round(odd) << 8;
    }
  }
  to.set(bytes);
}

/** Multiplies the ink, up to full ink. `factor` is from 0 to 2. */
export function scaleInk(from: Uint8Array, to: Uint8Array, factor: number): void {
  bytes.set(from);
  const factor128 = Math.round(128 * factor);
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === 0) continue;
    const even = (Math.imul(word & EVEN, factor128) + 0x00400040) >>> 7;
    const odd = (Math.imul(word >>> 8 & EVEN, factor128) + 0x00400040) >>> 7;
    words[i] = (even | fill(even >>> 8)) & EVEN | ((odd | fill(odd >>> 8)) & EVEN) << 8;
  }
  to.set(bytes);
}

/**
 * Adds noise to every pixel, of a uniform distribution around zero.
 *
 * @param deviation From 0 to 0.25, where 1 is full ink.
 */
export function addNoise(
  from: Uint8Array,
  to: Uint8Array,
  deviation: number,
  random: Random,
): void {
  bytes.set(from);
  const range = Math.round(2 * Math.sqrt(3) * 255 * deviation);
  // 256 more, so that nothing is negative.
  const least = Math.imul(256 - (range >> 1), BIT_0);
  for (let i = 0; i < words.length; i++) {
    const noise = random.integer(2 ** 32) | 0;
    const word = words[i];
    const even = (word & EVEN) + least + round(Math.imul(noise & EVEN, range));
    const odd = (word >>> 8 & EVEN) + least + round(Math.imul(noise >>> 8 & EVEN, range));
    words[i] = clamp(even) | clamp(odd) << 8;
  }
  to.set(bytes);
}

/** Blanks a square around pixel (`x`, `y`), or what of it lies in the picture. */
export function cutOut(
  from: Uint8Array,
  to: Uint8Array,
  x: number,
  y: number,
  side: number,
): void {
  if (to !== from) to.set(from);
  const left = Math.max(0, x - (side >> 1));
  const right = Math.min(SIZE, x - (side >> 1) + side);
  const top = Math.max(0, y - (side >> 1));
  const bottom = Math.min(SIZE, y - (side >> 1) + side);
  for (let row = top; row < bottom; row++) to.fill(0, row * SIZE + left, row * SIZE + right);
}

/** Puts a picture between blank words. */
function pad(picture: Uint8Array): void {
  if (picture !== bytes) bytes.set(picture);
  for (let row = 0, i = 0; row < SIZE; row++) {
    for (let at = (row + 1) * STRIDE, end = at + ROW; at < end; at++, i++) padded[at] = words[i];
  }
}

// The functions from here on take two pixels, with their room above, in a word.

/** The largest of five pixels where `grow` is -1, the smallest where it is 0. */
function extreme(a: number, b: number, c: number, d: number, e: number, grow: number): number {
  const ab = either(a, b, grow);
  const cd = either(c, d, grow);
  return either(either(ab, cd, grow), e, grow);
}

function either(a: number, b: number, grow: number): number {
  const larger = fill((a | BIT_8) - b >>> 8); // all bits where a >= b
  return b ^ ((a ^ b) & (larger ^ ~grow));
}

/** All eight bits where the lowest is set. Takes no notice of the others. */
function fill(bits: number): number {
  return Math.imul(bits & BIT_0, 255);
}

function blend(a: number, b: number, share: number): number {
  return round(Math.imul(a, 256 - share) + Math.imul(b, share));
}

/** 256ths to whole numbers. */
function round(sum: number): number {
  return sum + 0x00800080 >>> 8 & EVEN;
}

/** To what lies between 256, blank paper, and 511, full ink. */
function clamp(value: number): number {
  const over = fill(value >>> 9);
  const inside = fill(value >>> 8 | value >>> 9);
  return (value | over) & inside;
}
