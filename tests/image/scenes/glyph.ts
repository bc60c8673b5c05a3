// Digits and other marks as ink in any size: what the scenes are written with.

import { drawDigit } from "../../../lib/data/synthetic.ts";
import type { Random } from "../../../lib/random.ts";

/** How much of each pixel ink covers. */
export interface Cover {
  width: number;
  height: number;
  /** `[height, width]`, 0 = paper to 1 = ink. */
  data: Float32Array;
}

/**
 * Writes a digit about `height` pixels high, without paper around it.
 *
 * @param penWidth In pixels; without it the hand takes what pen it likes.
 */
export type Hand = (random: Random, digit: number, height: number, penWidth?: number) => Cover;

export function emptyCover(width: number, height: number): Cover {
  return { width, height, data: new Float32Array(width * height) };
}

/** The random pen. */
export const PEN: Hand = (random, digit, height, penWidth) => {
  // Ballpoints to markers.
  const wanted = penWidth ?? height * Math.min(0.2, Math.exp(random.normal(Math.log(0.09), 0.35)));
  const [width, room] = [Math.ceil(1.5 * height), 2];
  const { pixels } = drawDigit(random, digit, {
    width: width + 2 * room,
    height: height + 2 * room,
    box: { x: room, y: room, width, height },
    penWidth: Math.max(1, wanted),
    softness: 1,
  });
  return trim({
    width: width + 2 * room,
    height: height + 2 * room,
    data: Float32Array.from(pixels, (value) => value / 255),
  });
};

// MNIST's digits are as long as this, in pixels, and end in the middle between paper and ink;
// a little earlier, faint strokes stay in one piece.
const MNIST_LENGTH = 20;
const OUTLINE = 0.4;

/**
 * The hands of MNIST, enlarged with smooth outlines. Where the pen is prescribed it is the random one.
 *
 * @param images `[count, 28, 28]`, 0 = paper to 255 = ink.
 * @param labels `[count]`.
 */
export function mnistHand(images: Uint8Array, labels: Uint8Array): Hand {
  const byDigit = Array.from(
    { length: 10 },
    (_, digit) => [...labels.keys()].filter((i) => labels[i] === digit),
  );
  return (random, digit, height, penWidth) => {
    if (penWidth !== undefined) return PEN(random, digit, height, penWidth);
    const start = 784 * random.pick(byDigit[digit]);
    const small = {
      width: 28,
      height: 28,
      data: Float32Array.from(images.subarray(start, start + 784), (value) => value / 255),
    };
    const scale = height / MNIST_LENGTH;
    const large = emptyCover(Math.ceil(28 * scale), Math.ceil(28 * scale));
    for (let y = 0, i = 0; y < large.height; y++) {
      for (let x = 0; x < large.width; x++, i++) {
        const value = cubic(small, (x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5);
        large.data[i] = clamp(
          (value - OUTLINE) * Math.max(1, scale) + 0.5 * Math.min(1, value * 9),
        );
      }
    }
    return trim(large);
  };
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** The value at a place between pixels: cubic convolution (Keys 1981, a = -1/2). */
function cubic({ width, height, data }: Cover, x: number, y: number): number {
  const [left, top] = [Math.floor(x) - 1, Math.floor(y) - 1];
  let sum = 0;
  for (let row = Math.max(0, top); row < Math.min(height, top + 4); row++) {
    const weight = keys(y - row);
    for (let column = Math.max(0, left); column < Math.min(width, left + 4); column++) {
      sum += weight * keys(x - column) * data[row * width + column];
    }
  }
  return sum;
}

function keys(distance: number): number {
  const t = Math.abs(distance);
  return t < 1 ? (1.5 * t - 2.5) * t * t + 1 : t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/** Turns ink clockwise and leans it to the right, by an angle and by a share of its height. */
export function turn(cover: Cover, degrees: number, lean = 0): Cover {
  if (degrees === 0 && lean === 0) return cover;
  const [sin, cos] = [Math.sin(degrees * Math.PI / 180), Math.cos(degrees * Math.PI / 180)];
  const side = Math.ceil(Math.hypot(cover.width + Math.abs(lean) * cover.height, cover.height)) + 2;
  const turned = emptyCover(side, side);
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++, i++) {
      const [dx, dy] = [x + 0.5 - side / 2, y + 0.5 - side / 2];
      const v = dy * cos - dx * sin;
      const u = dx * cos + dy * sin + lean * v;
      turned.data[i] = linear(cover, u + cover.width / 2 - 0.5, v + cover.height / 2 - 0.5);
    }
  }
  return trim(turned);
}

function linear({ width, height, data }: Cover, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - left, y - top];
  const at = (column: number, row: number) =>
    column < 0 || row < 0 || column >= width || row >= height ? 0 : data[row * width + column];
  return (at(left, top) * (1 - fx) + at(left + 1, top) * fx) * (1 - fy) +
    (at(left, top + 1) * (1 - fx) + at(left + 1, top + 1) * fx) * fy;
}

/** Leaves one to three small gaps across the strokes, where the pen did not write. */
export function breakInk(random: Random, cover: Cover): Cover {
  const { width, height } = cover;
  const length = Math.max(width, height);
  const reach = 0.13 * length; // a gap across one stroke leaves the others alone
  const data = cover.data.slice();
  for (let gaps = 1 + random.integer(3); gaps > 0; gaps--) {
    const { x: cx, y: cy, direction } = pickStroke(random, cover, reach);
    const [dx, dy] = [Math.cos(direction), Math.sin(direction)];
    const half = length * random.uniform(0.02, 0.04);
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [i % width - cx, Math.floor(i / width) - cy];
      if (Math.abs(x * dy - y * dx) > reach) continue;
      data[i] *= clamp(Math.abs(x * dx + y * dy) - half);
    }
  }
  return { width, height, data };
}

/** A place in the ink and which way the stroke runs there: the long axis of the ink around. */
function pickStroke(random: Random, { width, height, data }: Cover, reach: number) {
  const inked = [...data.keys()].filter((i) => data[i] > 0.5);
  for (let attempt = 0;; attempt++) {
    const centre = random.pick(inked);
    const [x, y] = [centre % width, Math.floor(centre / width)];
    let [xx, xy, yy] = [0, 0, 0];
    for (let v = -Math.min(y, Math.ceil(reach)); v <= reach && y + v < height; v++) {
      for (let u = -Math.min(x, Math.ceil(reach)); u <= reach && x + u < width; u++) {
        if (data[(y + v) * width + x + u] < 0.5 || Math.hypot(u, v) > reach) continue;
        xx += u * u;
        xy += u * v;
        yy += v * v;
      }
    }
    const spread = Math.hypot(xx - yy, 2 * xy);
    // Where strokes cross or turn none of the directions is the stroke's.
    const straight = (xx + yy + spread) / (xx + yy - spread) > 5;
    if (straight || attempt > 20) return { x, y, direction: Math.atan2(2 * xy, xx - yy) / 2 };
  }
}

// Fainter ink than this is none, for boxes.
const VISIBLE = 0.1;

/** Cuts off the paper around ink. */
export function trim({ width, height, data }: Cover): Cover {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] < VISIBLE) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  const inner = emptyCover(right - left + 1, bottom - top + 1);
  for (let y = 0; y < inner.height; y++) {
    const start = (top + y) * width + left;
    inner.data.set(data.subarray(start, start + inner.width), y * inner.width);
  }
  return inner;
}

/** Adds ink to other ink, its upper left corner at (left, top); what lies outside is lost. */
export function stamp(onto: Cover, ink: Cover, left: number, top: number): void {
  for (let y = Math.max(0, -top); y < Math.min(ink.height, onto.height - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(ink.width, onto.width - left); x++) {
      const at = (y + top) * onto.width + x + left;
      onto.data[at] = Math.max(onto.data[at], ink.data[y * ink.width + x]);
    }
  }
}

/** A way along points, in pixels. */
export type Line = readonly (readonly [x: number, y: number])[];

/** Draws lines with a round pen. */
export function drawLines(onto: Cover, lines: readonly Line[], penWidth: number): void {
  const { width, height, data } = onto;
  const reach = penWidth / 2 + 1;
  for (const line of lines) {
    for (let i = 0; i + 1 < line.length; i++) {
      const [[x0, y0], [x1, y1]] = [line[i], line[i + 1]];
      const [dx, dy] = [x1 - x0, y1 - y0];
      const length = Math.max(1e-9, dx * dx + dy * dy);
      const bottom = Math.min(height - 1, Math.floor(Math.max(y0, y1) + reach));
      const right = Math.min(width - 1, Math.floor(Math.max(x0, x1) + reach));
      for (let y = Math.max(0, Math.floor(Math.min(y0, y1) - reach)); y <= bottom; y++) {
        for (let x = Math.max(0, Math.floor(Math.min(x0, x1) - reach)); x <= right; x++) {
          const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
          const t = clamp((px * dx + py * dy) / length);
          const cover = penWidth / 2 + 0.5 - Math.hypot(px - t * dx, py - t * dy);
          data[y * width + x] = Math.max(data[y * width + x], clamp(cover));
        }
      }
    }
  }
}
