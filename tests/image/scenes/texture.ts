// Patterns of light and dark, as functions of the place.

import type { Random } from "../../../lib/random.ts";

/** 0 to 1 at each pixel. */
export type Texture = (x: number, y: number) => number;

/** Value noise: random at the corners of cells of so many pixels, smooth between them. */
export function smoothNoise(random: Random, cellWidth: number, cellHeight = cellWidth): Texture {
  const SIDE = 64; // cells, after which it repeats
  const grid = Float32Array.from({ length: SIDE * SIDE }, () => random.uniform());
  const at = (column: number, row: number) =>
    grid[(row & (SIDE - 1)) * SIDE + (column & (SIDE - 1))];
  const smooth = (t: number) => t * t * (3 - 2 * t);
  return (x, y) => {
    const [u, v] = [x / cellWidth, y / cellHeight];
    const [column, row] = [Math.floor(u), Math.floor(v)];
    const [fu, fv] = [smooth(u - column), smooth(v - row)];
    return (at(column, row) * (1 - fu) + at(column + 1, row) * fu) * (1 - fv) +
      (at(column, row + 1) * (1 - fu) + at(column + 1, row + 1) * fu) * fv;
  };
}

/** Noise of several sizes, the larger the stronger. */
export function clouds(random: Random, cell: number): Texture {
  const octaves = [
    smoothNoise(random, cell),
    smoothNoise(random, cell / 2),
    smoothNoise(random, cell / 4),
  ];
  return (x, y) => (4 * octaves[0](x, y) + 2 * octaves[1](x, y) + octaves[2](x, y)) / 7;
}

/** Parallel stripes, `period` pixels apart. */
export function stripes(random: Random, period: number): Texture {
  const angle = random.uniform(0, Math.PI);
  const [dx, dy] = [Math.cos(angle) / period, Math.sin(angle) / period];
  return (x, y) => 0.5 + 0.5 * Math.sin(2 * Math.PI * (x * dx + y * dy));
}

/** A chessboard's fields. */
export function checks(side: number): Texture {
  return (x, y) => (Math.floor(x / side) + Math.floor(y / side)) % 2;
}

/** Threads over and under each other. */
export function cloth(thread: number): Texture {
  const across = (t: number) => Math.abs(Math.sin(Math.PI * t / thread));
  return (x, y) => checks(thread)(x, y) ? across(x) : across(y);
}

/** Long fibres, in waves. */
export function wood(random: Random, cell: number): Texture {
  const bend = smoothNoise(random, 8 * cell, 4 * cell);
  const fibre = smoothNoise(random, 12 * cell, cell);
  return (x, y) => 0.6 * fibre(x, y) + 0.2 + 0.2 * Math.sin(y / cell + 8 * bend(x, y));
}
