// Other greys than those of ink on paper. Source of the strengths: MNIST-C, see ../corruptions.ts.

import type { Random } from "../../random.ts";
import { SIZE } from "./corruption.ts";

const BRIGHTNESS = 0.5; // of full ink
const STRIPE = [7, 21]; // first column, first column after

/** Adds half of full ink everywhere. */
export function brightness(picture: Float64Array): Float64Array {
  return picture.map((ink) => Math.min(1, ink + BRIGHTNESS));
}

/** Inverts what is left and right of the middle half. */
export function stripe(picture: Float64Array): Float64Array {
  return picture.map((ink, i) => {
    const x = i % SIZE;
    return x >= STRIPE[0] && x < STRIPE[1] ? ink : 1 - ink;
  });
}

const FOG = 3; // times full ink, where it is thickest
const FOG_DECAY = 1.4 ** 2; // heights vary so much less at half the spacing
const COARSE_DOUBLINGS = 6; // to a map of 64x64 points, four pixels apart
const FINE_DOUBLINGS = 2; // to single pixels
const SPACING = 2 ** FINE_DOUBLINGS;

/**
 * Clouds before the picture; both are darkened, so that the brightest ink in the thickest fog is as
 * bright as without.
 *
 * The clouds are the corner of a map of 256x256 pixels. MNIST-C computes all of it to know how high
 * and how low it gets. Here every fourth pixel has to do outside of the corner, at a tenth of the
 * work: the finest steps change heights by at most two hundredths of what the first one does.
 */
export function fog(picture: Float64Array, random: Random): Float64Array {
  const clouds = fogClouds(random);
  const brightest = picture.reduce((a, b) => Math.max(a, b));
  const contrast = brightest / (brightest + FOG);
  return picture.map((ink, i) => contrast * (ink + FOG * clouds[i]));
}

/** `[28, 28]`, 0 at the map's lowest point to 1 at its highest. */
function fogClouds(random: Random): Float64Array {
  let map = new Float64Array(1);
  let wobble = 1;
  for (let i = 0; i < COARSE_DOUBLINGS; i++, wobble /= FOG_DECAY) {
    map = diamondSquare(map, wobble, random);
  }
  // A point more on each side keeps what now wraps around in the wrong place out of the corner.
  let patch = cut(map, -1, SIZE / SPACING + 3);
  for (let i = 0; i < FINE_DOUBLINGS; i++, wobble /= FOG_DECAY) {
    patch = diamondSquare(patch, wobble, random);
  }
  const corner = cut(patch, SPACING, SIZE);

  let [low, high] = [Infinity, -Infinity];
  for (const heights of [map, corner]) {
    for (let i = 0; i < heights.length; i++) {
      if (heights[i] < low) low = heights[i];
      if (heights[i] > high) high = heights[i];
    }
  }
  return corner.map((height) => (height - low) / (high - low));
}

/**
 * Doubles the resolution of a map whose borders meet: points between four others get their mean
 * and a random height, first in the middles of squares, then in those of their sides.
 *
 * Source: Fournier, Fussell & Carpenter, Computer Rendering of Stochastic Models (1982).
 *
 * @param heights `[size, size]`
 * @param wobble The random height is at most so much, up or down.
 * @returns `[2 * size, 2 * size]`
 */
function diamondSquare(
  heights: Float64Array,
  wobble: number,
  random: Random,
): Float64Array<ArrayBuffer> {
  const size = Math.sqrt(heights.length);
  const width = 2 * size;
  const map = new Float64Array(width * width);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) map[2 * y * width + 2 * x] = heights[y * size + x];
  }
  for (let y = 1; y < width; y += 2) {
    const above = (y - 1) * width;
    const below = y + 1 < width ? (y + 1) * width : 0;
    for (let x = 1; x < width; x += 2) {
      const right = x + 1 < width ? x + 1 : 0;
      const sum = map[above + x - 1] + map[above + right] + map[below + x - 1] + map[below + right];
      map[y * width + x] = sum / 4 + random.uniform(-wobble, wobble);
    }
  }
  for (let y = 0; y < width; y++) {
    const above = (y > 0 ? y - 1 : width - 1) * width;
    const below = y + 1 < width ? (y + 1) * width : 0;
    for (let x = 1 - y % 2; x < width; x += 2) {
      const left = x > 0 ? x - 1 : width - 1;
      const right = x + 1 < width ? x + 1 : 0;
      const sum = map[above + x] + map[below + x] + map[y * width + left] + map[y * width + right];
      map[y * width + x] = sum / 4 + random.uniform(-wobble, wobble);
    }
  }
  return map;
}

/** `[count, count]`: a part of a map whose borders meet, from (start, start) on. */
function cut(map: Float64Array, start: number, count: number): Float64Array<ArrayBuffer> {
  const size = Math.sqrt(map.length);
  const part = new Float64Array(count * count);
  for (let y = 0; y < count; y++) {
    const row = (start + y + size) % size * size;
    for (let x = 0; x < count; x++) part[y * count + x] = map[row + (start + x + size) % size];
  }
  return part;
}
