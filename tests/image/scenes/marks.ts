// Marks that are no digits: letters, scribbles, shapes, pieces of photos.

import type { Random } from "../../../lib/random.ts";
import { drawLines, emptyCover, type Hand, type Line, trim } from "./glyph.ts";
import { type Colour, mix, Sheet } from "./sheet.ts";
import { clouds } from "./texture.ts";
import { blank } from "./writing.ts";

type Marks = readonly Line[];

// Letters that look like no digit, however they are written, in a square of 1.
const CAPITALS: Record<string, Marks> = {
  A: [[[0, 1], [0.5, 0], [1, 1]], [[0.2, 0.65], [0.8, 0.65]]],
  E: [[[0.9, 0], [0.1, 0], [0.1, 1], [0.9, 1]], [[0.1, 0.5], [0.75, 0.5]]],
  F: [[[0.9, 0], [0.1, 0], [0.1, 1]], [[0.1, 0.5], [0.75, 0.5]]],
  H: [[[0.1, 0], [0.1, 1]], [[0.9, 0], [0.9, 1]], [[0.1, 0.5], [0.9, 0.5]]],
  K: [[[0.1, 0], [0.1, 1]], [[0.9, 0], [0.1, 0.55]], [[0.35, 0.4], [0.9, 1]]],
  M: [[[0, 1], [0.1, 0], [0.5, 0.6], [0.9, 0], [1, 1]]],
  N: [[[0.1, 1], [0.1, 0], [0.9, 1], [0.9, 0]]],
  R: [[[0.1, 1], [0.1, 0], [0.7, 0.02], [0.85, 0.25], [0.7, 0.48], [0.1, 0.5]], [[0.4, 0.5], [
    0.9,
    1,
  ]]],
  T: [[[0, 0], [1, 0]], [[0.5, 0], [0.5, 1]]],
  V: [[[0, 0], [0.5, 1], [1, 0]]],
  W: [[[0, 0], [0.25, 1], [0.5, 0.3], [0.75, 1], [1, 0]]],
  X: [[[0.05, 0], [0.95, 1]], [[0.95, 0], [0.05, 1]]],
  k: [[[0.15, 0], [0.15, 1]], [[0.75, 0.4], [0.15, 0.75]], [[0.35, 0.65], [0.8, 1]]],
  m: [[[0, 0.4], [0, 1]], [[0, 0.5], [0.25, 0.38], [0.45, 0.5], [0.45, 1]], [[0.45, 0.5], [
    0.7,
    0.38,
  ], [
    0.95,
    0.5,
  ], [0.95, 1]]],
};

const FIGURES: Record<string, Marks> = {
  triangle: [[[0.5, 0], [1, 1], [0, 1], [0.5, 0]]],
  square: [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]],
  star: [[[0.5, 0], [0.8, 1], [0, 0.38], [1, 0.38], [0.2, 1], [0.5, 0]]],
  arrow: [[[0, 0.5], [1, 0.5]], [[0.65, 0.15], [1, 0.5], [0.65, 0.85]]],
  plus: [[[0.5, 0], [0.5, 1]], [[0, 0.5], [1, 0.5]]],
  house: [[[0, 0.4], [0.5, 0], [1, 0.4], [1, 1], [0, 1], [0, 0.4], [1, 0.4]]],
  heart: [[[0.5, 0.3], [0.3, 0.02], [0.02, 0.2], [0.1, 0.55], [0.5, 1], [0.9, 0.55], [0.98, 0.2], [
    0.7,
    0.02,
  ], [0.5, 0.3]]],
  spiral: [Array.from({ length: 80 }, (_, i) => {
    const [angle, radius] = [0.3 * i, i / 160];
    return [0.5 + radius * Math.cos(angle), 0.5 + radius * Math.sin(angle)] as const;
  })],
};

/** Writes marks in place of digits, each a little out of shape. */
function handOf(marks: Record<string, Marks>): Hand {
  return (random, _digit, height, penWidth = height * random.uniform(0.03, 0.12)) => {
    const [wide, lean] = [random.uniform(0.65, 1), random.normal(0, 0.12)];
    const lines = random.pick(Object.values(marks)).map((line) =>
      line.map(([x, y]) => {
        const [u, v] = [x + random.normal(0, 0.02), y + random.normal(0, 0.02)];
        return [(0.5 + wide * u + lean * (0.5 - v)) * height, (0.5 + v) * height] as const;
      })
    );
    const cover = emptyCover(Math.ceil(2 * height), Math.ceil(2 * height));
    drawLines(cover, lines, penWidth);
    return trim(cover);
  };
}

export const LETTERS = handOf(CAPITALS);
export const SHAPES = handOf(FIGURES);

/** A pen that goes to and fro. */
export function scribble(random: Random, colour: Colour, paper: Colour): Sheet {
  const size = random.uniform(120, 300);
  const sheet = new Sheet(random, blank(Math.round(size), Math.round(size)), paper);
  const waves = Array.from({ length: 4 }, () => [
    random.uniform(0.05, 0.2) * size,
    random.uniform(2, 9),
    random.uniform(0, 6.3),
  ]);
  const at = (t: number, [a, b]: number[][]) =>
    size / 2 + a[0] * Math.sin(a[1] * t + a[2]) + b[0] * Math.sin(b[1] * t + b[2]);
  const line = Array.from({ length: 250 }, (_, i): [number, number] => [
    at(i / 40, waves.slice(0, 2)),
    at(i / 40, waves.slice(2)),
  ]);
  return sheet.lines([line], size * random.uniform(0.01, 0.05), colour);
}

/** Something photographed: a ground in uneven light, and things in front of it. */
export function photo(random: Random): Sheet {
  const [width, height] = [360, 270];
  const colour =
    (): Colour => [random.uniform(20, 240), random.uniform(20, 240), random.uniform(20, 240)];
  const sheet = new Sheet(random, blank(width, height), colour());
  for (let things = 6 + random.integer(10); things > 0; things--) {
    const [x0, y0] = [random.uniform(0, width), random.uniform(0, height)];
    const [a, b] = [random.uniform(8, 110), random.uniform(8, 110)];
    const [edge, boxy] = [random.uniform(0.02, 0.3), random.uniform() < 0.4];
    const [from, to] = [colour(), colour()];
    sheet.paint((x, y) => {
      const [u, v] = [Math.abs(x - x0) / a, Math.abs(y - y0) / b];
      return Math.min(1, Math.max(0, (1 - (boxy ? Math.max(u, v) : Math.hypot(u, v))) / edge));
    }, (x) => mix(from, to, x / width));
  }
  return sheet.texture(clouds(random, 40), 30);
}
