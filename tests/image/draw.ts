// Pictures for the tests, drawn from a pen's way over the paper.

import type { Picture } from "../../lib/image/picture.ts";

type Point = readonly [x: number, y: number];
/** The lines of a pen, each a way along points from 0 to 1 within the digit's own square. */
export type Lines = readonly (readonly Point[])[];

/** A five as people write it, its bar a stroke of its own that meets the first one. */
export const FIVE: Lines = [
  [[0.3, 0], [0.25, 0.42], [0.5, 0.36], [0.72, 0.45], [0.8, 0.68], [0.68, 0.92], [0.42, 1], [
    0.18,
    0.9,
  ]],
  [[0.3, 0], [0.78, 0.02]],
];
export const SEVEN: Lines = [[[0.15, 0.05], [0.85, 0], [0.6, 0.45], [0.4, 1]]];
export const EIGHT: Lines = [[
  [0.5, 0.47],
  [0.28, 0.32],
  [0.28, 0.12],
  [0.5, 0],
  [0.72, 0.12],
  [0.72, 0.32],
  [0.5, 0.47],
  [0.22, 0.66],
  [0.22, 0.88],
  [0.5, 1],
  [0.78, 0.88],
  [0.78, 0.66],
  [0.5, 0.47],
]];

/** A picture of what `pixel` gives: a grey, or [red, green, blue, alpha]. */
export function paint(
  width: number,
  height: number,
  pixel: (x: number, y: number) => number | readonly number[],
): Picture {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = pixel(x, y);
      data.set(typeof value === "number" ? [value, value, value, 255] : value, 4 * (y * width + x));
    }
  }
  return { width, height, data };
}

/**
 * How much of each pixel a pen covers, 0 to 1, that draws `lines` in the square of `size` pixels
 * whose upper left corner is at (left, top).
 */
export function pen(
  lines: Lines,
  [left, top]: Point,
  size: number,
  penWidth: number,
): (x: number, y: number) => number {
  const segments = lines.flatMap((line) => line.slice(1).map((end, i) => [line[i], end]));
  const placed = segments.map((ends) =>
    ends.map(([x, y]) => [left + x * size, top + y * size] as const)
  );
  return (x, y) => {
    const distances = placed.map(([a, b]) => distanceToSegment([x + 0.5, y + 0.5], a, b));
    return Math.min(1, Math.max(0, penWidth / 2 + 0.5 - Math.min(...distances)));
  };
}

function distanceToSegment([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
}
