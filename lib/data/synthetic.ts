// Digits drawn by a random pen: pictures for those who have no data set, for tests, and for the
// samples. In the format of MNIST, and any number of them.

import { Random } from "../random.ts";
import type { Examples } from "./examples.ts";
import { type Stroke, writeDigit } from "./strokes.ts";

const SIZE = 28;
const BOX = 20; // MNIST fits ink into 20x20,
const CENTRE = 14; // and moves its centre of mass to this pixel, whole pixels at a time

/** A grey picture: `[height, width]`, row-major, 0 = paper to 255 = ink. */
export interface Ink {
  width: number;
  height: number;
  pixels: Uint8Array;
}

export interface DrawOptions {
  /** The picture's size in pixels. */
  width: number;
  height: number;
  /** Where the ink goes, in pixels; it is centred there and keeps its proportions. */
  box: { x: number; y: number; width: number; height: number };
  /** The pen's width in pixels. */
  penWidth: number;
  /** Over how many pixels ink fades into paper. Default 1. */
  softness?: number;
}

/**
 * Draws one digit, in a random hand.
 *
 * @throws {RangeError} Where `digit` is not one of 0 to 9.
 */
export function drawDigit(random: Random, digit: number, options: DrawOptions): Ink {
  return drawStrokes(writeDigit(random, digit, stepsFor(options.box.height)), options);
}

/** How many pieces a curve between two points is cut into, to look smooth at this height in pixels. */
export function stepsFor(height: number): number {
  return Math.max(5, Math.ceil(Math.sqrt(height)));
}

/** Draws strokes; they are scaled and moved in place. */
export function drawStrokes(strokes: Stroke[], options: DrawOptions): Ink {
  const { width, height, box, penWidth, softness = 1 } = options;
  fit(strokes, box, penWidth / 2, softness);
  const pixels = new Uint8Array(width * height);
  for (const stroke of strokes) paint(pixels, width, height, stroke, penWidth / 2, softness);
  return { width, height, pixels };
}

/** What {@linkcode syntheticDigits} draws. */
export interface SyntheticOptions {
  /** How many digits to draw. Fewer are the first of more: the rest does not change them. */
  count: number;
  /** The same seed draws the same digits. */
  seed: number;
  /** Different streams of one seed have no picture in common. Default 0. */
  stream?: number;
}

/**
 * Draws digits in the format of MNIST. Every ten in a row are the ten digits, shuffled.
 */
export function syntheticDigits(
  { count, seed, stream = 0 }: SyntheticOptions,
): Examples & { images: Uint8Array<ArrayBuffer>; labels: Uint8Array<ArrayBuffer> } {
  const random = new Random(seed, stream);
  const images = new Uint8Array(count * SIZE * SIZE);
  const labels = new Uint8Array(count);
  let order = random.permutation(10);
  for (let i = 0; i < count; i++) {
    if (i > 0 && i % 10 === 0) order = random.permutation(10);
    labels[i] = order[i % 10];
    const drawing = drawDigit(random, labels[i], {
      width: SIZE,
      height: SIZE,
      box: { x: (SIZE - BOX) / 2, y: (SIZE - BOX) / 2, width: BOX, height: BOX },
      // Median and spread give about as much ink as MNIST's training pictures have.
      penWidth: Math.min(5, Math.max(1.3, Math.exp(random.normal(Math.log(2.6), 0.3)))),
      softness: 1.3,
    });
    centre(drawing.pixels, images.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE));
  }
  return { images, labels, count };
}

/** Scales and moves strokes in place, so that they and the pen's width just fit into the box. */
function fit(strokes: Stroke[], box: DrawOptions["box"], radius: number, softness: number): void {
  // The strokes are scaled and the pen is not, so its reach in their units follows from the scale.
  // From a scale that is too small this climbs to the right one, and never past it.
  let scale = 0.5 * Math.min(box.width, box.height);
  let { left, top, right, bottom } = extent(strokes, radius / scale);
  for (let i = 0; i < 4; i++) {
    scale = Math.min(
      (box.width - softness) / (right - left),
      (box.height - softness) / (bottom - top),
    );
    ({ left, top, right, bottom } = extent(strokes, radius / scale));
  }
  const dx = box.x + box.width / 2 - scale * (left + right) / 2;
  const dy = box.y + box.height / 2 - scale * (top + bottom) / 2;
  for (const { x, y } of strokes) {
    for (let i = 0; i < x.length; i++) {
      x[i] = scale * x[i] + dx;
      y[i] = scale * y[i] + dy;
    }
  }
}

/** The bounding box of strokes drawn with a pen. */
function extent(strokes: Stroke[], radius: number) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, pressure } of strokes) {
    for (let i = 0; i < x.length; i++) {
      const reach = radius * pressure[i];
      left = Math.min(left, x[i] - reach);
      right = Math.max(right, x[i] + reach);
      top = Math.min(top, y[i] - reach);
      bottom = Math.max(bottom, y[i] + reach);
    }
  }
  return { left, top, right, bottom };
}

/** Paints a stroke by each pixel's distance to its segments; pixel (0, 0) has its centre at 0.5. */
function paint(
  pixels: Uint8Array,
  width: number,
  height: number,
  { x, y, pressure }: Stroke,
  radius: number,
  softness: number,
): void {
  for (let i = 0; i + 1 < x.length; i++) {
    const [dx, dy] = [x[i + 1] - x[i], y[i + 1] - y[i]];
    const lengthSquared = Math.max(1e-9, dx * dx + dy * dy);
    const r1 = radius * pressure[i];
    const dr = radius * pressure[i + 1] - r1;
    const reach = Math.max(r1, r1 + dr) + softness / 2;
    const firstX = Math.max(0, Math.floor(Math.min(x[i], x[i + 1]) - reach));
    const lastX = Math.min(width - 1, Math.floor(Math.max(x[i], x[i + 1]) + reach));
    const firstY = Math.max(0, Math.floor(Math.min(y[i], y[i + 1]) - reach));
    const lastY = Math.min(height - 1, Math.floor(Math.max(y[i], y[i + 1]) + reach));
    for (let row = firstY; row <= lastY; row++) {
      for (let column = firstX; column <= lastX; column++) {
        const [px, py] = [column + 0.5 - x[i], row + 0.5 - y[i]];
        const t = Math.min(1, Math.max(0, (px * dx + py * dy) / lengthSquared));
        const [ex, ey] = [px - t * dx, py - t * dy];
        const squared = ex * ex + ey * ey;
        if (squared > reach * reach) continue;
        const cover = (r1 + t * dr - Math.sqrt(squared)) / softness + 0.5;
        const value = Math.round(255 * Math.min(1, cover));
        const pixel = row * width + column;
        if (value > pixels[pixel]) pixels[pixel] = value;
      }
    }
  }
}

/** Copies a 28x28 picture, moved so that its centre of mass is at the centre, as in MNIST. */
function centre(from: Uint8Array, to: Uint8Array): void {
  let [mass, sumX, sumY] = [0, 0, 0];
  for (let i = 0; i < from.length; i++) {
    mass += from[i];
    sumX += from[i] * (i % SIZE);
    sumY += from[i] * Math.floor(i / SIZE);
  }
  const dx = clampShift(Math.round(CENTRE - sumX / mass));
  const dy = clampShift(Math.round(CENTRE - sumY / mass));
  for (let row = 0; row < BOX; row++) {
    const start = (row + (SIZE - BOX) / 2) * SIZE + (SIZE - BOX) / 2;
    to.set(from.subarray(start, start + BOX), start + dy * SIZE + dx);
  }
}

/** The ink must not leave the picture, however lopsided it is. */
function clampShift(shift: number): number {
  const room = (SIZE - BOX) / 2;
  return Math.min(room, Math.max(-room, shift));
}
