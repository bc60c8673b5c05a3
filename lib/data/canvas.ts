// Ink on canvases of any size, to be put together, cut and worn: what others.ts draws with. All
// functions give a new plane, 0 = paper to 255 = ink, and leave what they are given as it is.

import { Box, crop, extent, fit, Plane } from "../image/plane.ts";
import type { Random } from "../random.ts";

/** What is fainter than this is paper, in 255ths: no reader makes it out. */
const FAINT = 16;

/** A plane with a value for each pixel, given column and row. */
export function paint(
  width: number,
  height: number,
  value: (x: number, y: number) => number,
): Plane {
  const data = new Float64Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) data[i] = Math.min(255, Math.max(0, value(x, y)));
  }
  return new Plane(width, height, data);
}

/** The plane without the blank paper around its ink; undefined where there is no ink. */
export function trim(plane: Plane): Plane | undefined {
  const ink = new Plane(
    plane.width,
    plane.height,
    plane.data.map((value) => value < FAINT ? 0 : value),
  );
  const box = extent(ink);
  return box.width > 0 ? crop(ink, box) : undefined;
}

/** Rows for columns. */
export function transpose(plane: Plane): Plane {
  return paint(plane.height, plane.width, (x, y) => plane.data[x * plane.width + y]);
}

/** Left for right. */
export function mirror(plane: Plane): Plane {
  return paint(plane.width, plane.height, (x, y) => plane.data[(y + 1) * plane.width - 1 - x]);
}

/** `b` over `a`, its upper left corner at (x, y) of `a`'s; the canvas is as large as both need. */
export function overlay(a: Plane, b: Plane, x: number, y: number): Plane {
  const [left, top] = [Math.min(0, x), Math.min(0, y)];
  const width = Math.max(a.width, x + b.width) - left;
  const height = Math.max(a.height, y + b.height) - top;
  const data = new Float64Array(width * height);
  for (const [plane, dx, dy] of [[a, -left, -top], [b, x - left, y - top]] as const) {
    for (let row = 0, i = 0; row < plane.height; row++) {
      let j = (row + dy) * width + dx;
      for (let column = 0; column < plane.width; column++, i++, j++) {
        data[j] = Math.max(data[j], plane.data[i]);
      }
    }
  }
  return new Plane(width, height, data);
}

/**
 * `b` to the right of `a`, so that `gap` pixels of paper are between their ink where it is closest
 * in a row; less than 0: they overlap.
 *
 * @param y The upper edge of `b`, in rows of `a`.
 */
export function beside(a: Plane, b: Plane, gap: number, y: number): Plane {
  const [ends, starts] = [lastInk(a), lastInk(mirror(b))];
  let x = 0;
  for (let row = Math.max(0, y); row < Math.min(a.height, y + b.height); row++) {
    // Rows without ink do not keep them apart.
    if (ends[row] < 0 || starts[row - y] < 0) continue;
    x = Math.max(x, ends[row] + 1 - (b.width - 1 - starts[row - y]));
  }
  return overlay(a, b, Math.max(0, x + gap), y);
}

/** The last column with ink of each row; -1 where there is none. */
function lastInk({ width, height, data }: Plane): number[] {
  return Array.from({ length: height }, (_, row) => {
    let x = width - 1;
    while (x >= 0 && data[row * width + x] < 128) x--;
    return x;
  });
}

/** How much ink there is, in pixels. */
export function inkOf(plane: Plane): number {
  return plane.data.reduce((sum, value) => sum + value, 0) / 255;
}

/**
 * Cuts along a line that is more or less upright and straight, and keeps what is left of it.
 *
 * @param share How much of the ink that is.
 */
export function keepLeft(random: Random, plane: Plane, share: number): Plane {
  const { width, height } = plane;
  const angle = random.normal(0, 0.25); // radians
  const bend = random.normal(0, 0.4) / height; // a fifth of the height at most points
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const position = (x: number, y: number) => {
    const along = (y - height / 2) * cos - (x - width / 2) * sin;
    return (x - width / 2) * cos + (y - height / 2) * sin + bend * along * along;
  };
  const inked: number[] = [];
  plane.data.forEach((value, i) => {
    if (value >= 128) inked.push(position(i % width, Math.floor(i / width)));
  });
  inked.sort((a, b) => a - b);
  const line = inked[Math.floor(share * (inked.length - 1))] ?? 0;
  return paint(
    width,
    height,
    (x, y) => plane.data[y * width + x] * Math.min(1, Math.max(0, line - position(x, y) + 0.5)),
  );
}

/** How straight a stroke the ink is: its spread across over its spread along. A 1 has 0.1 to 0.2. */
export function slimness({ width, height, data }: Plane): number {
  let [mass, mx, my, xx, xy, yy] = [0, 0, 0, 0, 0, 0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = data[i];
      mass += value;
      mx += value * x;
      my += value * y;
      xx += value * x * x;
      xy += value * x * y;
      yy += value * y * y;
    }
  }
  [mx, my] = [mx / mass, my / mass];
  [xx, xy, yy] = [xx / mass - mx * mx, xy / mass - mx * my, yy / mass - my * my];
  const [mean, difference] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  return Math.sqrt(Math.max(0, mean - difference) / (mean + difference));
}

/** Smooth noise from -1 to 1, a value for each pixel: random numbers, `cell` pixels apart. */
export function noise(
  random: Random,
  width: number,
  height: number,
  cell: number,
): (x: number, y: number) => number {
  const columns = Math.ceil(width / cell) + 2;
  const rows = Math.ceil(height / cell) + 2;
  const grid = Float64Array.from({ length: columns * rows }, () => random.uniform(-1, 1));
  return (x, y) => {
    const [column, row] = [Math.floor(x / cell), Math.floor(y / cell)];
    const [tx, ty] = [x / cell - column, y / cell - row];
    const i = row * columns + column;
    return (grid[i] * (1 - tx) + grid[i + 1] * tx) * (1 - ty) +
      (grid[i + columns] * (1 - tx) + grid[i + columns + 1] * tx) * ty;
  };
}

/**
 * What pens, paper, small pictures and scanners do to ink.
 *
 * @param unit How high a digit would be, in pixels.
 */
export function wear(random: Random, plane: Plane, unit: number): Plane {
  let worn = plane;
  if (random.uniform() < 0.1) worn = sprinkle(random, worn, unit, 255);
  if (random.uniform() < 0.2) worn = sprinkle(random, worn, unit, 0);
  if (random.uniform() < 0.25) worn = roughen(random, worn, unit);
  worn = harden(worn, random.uniform(90, 165), Math.exp(random.uniform(0, 2)));
  if (random.uniform() < 0.3) worn = coarsen(random, worn, unit);
  if (random.uniform() < 0.2) worn = fade(random, worn);
  return worn;
}

/** One to three specks of dust, or of paper where a stroke breaks. */
function sprinkle(random: Random, plane: Plane, unit: number, value: number): Plane {
  const { width, height, data } = plane;
  const specks = Array.from({ length: 1 + random.integer(3) }, () => {
    // Of dust so much as nobody takes for a dot; a break may be as wide as a thin stroke.
    const radius = unit * random.uniform(0.015, value > 0 ? 0.03 : 0.045);
    if (value > 0) return { x: random.integer(width), y: random.integer(height), radius };
    let at = 0;
    for (let i = 0; i < 50 && data[at] < 128; i++) at = random.integer(data.length);
    return { x: at % width, y: Math.floor(at / width), radius };
  });
  return paint(width, height, (x, y) => {
    const old = data[y * width + x];
    return specks.some((speck) => Math.hypot(x - speck.x, y - speck.y) < speck.radius)
      ? value
      : old;
  });
}

/** Ragged edges, as of a dry pen or a scan in black and white. */
function roughen(random: Random, plane: Plane, unit: number): Plane {
  const { width, height, data } = plane;
  const strength = random.uniform(30, 110);
  const grain = noise(random, width, height, Math.max(1, unit * random.uniform(0.02, 0.06)));
  return paint(width, height, (x, y) => {
    const value = data[y * width + x];
    // Where there is neither rim nor ink, nothing is added.
    return value < FAINT ? value : value + strength * grain(x, y);
  });
}

/** Sharper edges: ink at `threshold` becomes half, and contrasts grow by `gain`, if not by more. */
function harden(plane: Plane, threshold: number, gain: number): Plane {
  const { width, height, data } = plane;
  const slope = Math.max(gain, 128 / threshold); // paper stays paper
  return paint(width, height, (x, y) => (data[y * width + x] - threshold) * slope + 128);
}

/** A drawing of few pixels, enlarged pixel by pixel or left as small. */
function coarsen(random: Random, plane: Plane, unit: number): Plane {
  const scale = Math.min(1, random.uniform(18, 40) / unit);
  const small = fit(plane, Math.max(1, Math.round(scale * Math.max(plane.width, plane.height))));
  const drawn = random.uniform() < 0.5 ? harden(small, random.uniform(50, 128), 255) : small;
  if (random.uniform() < 0.3) return drawn;
  const factor = 2 + random.integer(3);
  return paint(
    factor * drawn.width,
    factor * drawn.height,
    (x, y) => drawn.data[Math.floor(y / factor) * drawn.width + Math.floor(x / factor)],
  );
}

/** Ink that gets fainter to one side. */
function fade(random: Random, plane: Plane): Plane {
  const { width, height, data } = plane;
  const angle = random.uniform(0, 2 * Math.PI);
  const loss = random.uniform(0.1, 0.3);
  const [dx, dy] = [Math.cos(angle) / width, Math.sin(angle) / height];
  return paint(width, height, (x, y) => {
    const along = (2 * x - width) * dx + (2 * y - height) * dy; // -1.5 to 1.5
    return data[y * width + x] * (1 - loss * (1 + along) / 1.5);
  });
}

/** The whole plane as a box. */
export function boxOf(plane: Plane): Box {
  return new Box(0, 0, plane.width, plane.height);
}
