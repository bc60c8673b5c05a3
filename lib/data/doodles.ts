// Pictures that hold no writing: scribbles, filled shapes and textures, never twice the same.

import type { Plane } from "../image/plane.ts";
import type { Random } from "../random.ts";
import { noise, paint } from "./canvas.ts";
import type { Point, Shape } from "./strokes.ts";

/** A scribble, as a shape that the pen can write: loops, zigzags or hatching. */
export function scribble(random: Random): Shape {
  const draw = random.pick([loops, loops, zigzag, hatching]);
  return { weight: 1, strokes: draw(random) };
}

/** A curve through random points: with fewer than these, some would be digits. */
function loops(random: Random): Point[][] {
  return [
    Array.from({ length: 8 + random.integer(12) }, () => ({
      x: random.uniform(),
      y: random.uniform(),
      sharp: random.uniform() < 0.1,
    })),
  ];
}

/** To and fro across the page, upright or lying. */
function zigzag(random: Random): Point[][] {
  const turns = 6 + random.integer(8); // with fewer some are a 3
  const isUpright = random.uniform() < 0.5;
  const isSharp = random.uniform() < 0.6;
  return [
    Array.from({ length: turns }, (_, i) => {
      const along = i / (turns - 1);
      const across = (i % 2) * random.uniform(0.7, 1);
      return { x: isUpright ? across : along, y: isUpright ? along : across, sharp: isSharp };
    }),
  ];
}

/** Parallel lines, often in two directions. */
function hatching(random: Random): Point[][] {
  const line = (a: number, isUpright: boolean) => {
    const ends = [random.uniform(0, 0.15), random.uniform(0.85, 1)];
    const lean = random.normal(0, 0.04);
    return ends.map((b, i) => {
      const at = a + (i === 0 ? lean : -lean);
      return { x: isUpright ? at : b, y: isUpright ? b : at, sharp: false };
    });
  };
  const lines = (isUpright: boolean) => {
    const count = 3 + random.integer(4);
    return Array.from({ length: count }, (_, i) => line(i / (count - 1), isUpright));
  };
  const isUpright = random.uniform() < 0.5;
  return random.uniform() < 0.5 ? lines(isUpright) : [...lines(isUpright), ...lines(!isUpright)];
}

/** A blob, a disc, a bar, a thick frame; none of them as narrow as a 1 or as round a ring as a 0. */
export function filledShape(random: Random, side: number): Plane {
  const aspect = Math.exp(random.uniform(-0.5, 1.2)); // width over height
  const [width, height] = aspect > 1
    ? [side, Math.ceil(side / aspect)]
    : [Math.ceil(side * aspect), side];
  const rim = noise(random, width, height, side / random.uniform(2, 6));
  const wobble = random.uniform(0, 0.5);
  // Of the norm that says where the edge is: 1 a diamond, 2 an ellipse, 8 nearly a rectangle.
  const power = random.pick([1, 2, 2, 8]);
  const hole = power !== 2 && aspect > 1.1 && random.uniform() < 0.4 ? random.uniform(0.4, 0.7) : 0;
  const edge = side / 4; // 1 / edge of the radius is a pixel or two
  return paint(width, height, (x, y) => {
    const [u, v] = [Math.abs(2 * (x + 0.5) / width - 1), Math.abs(2 * (y + 0.5) / height - 1)];
    const radius = (u ** power + v ** power) ** (1 / power) * (1 + wobble * (rim(x, y) + 1) / 2);
    return 255 * Math.min(1 - radius, hole > 0 ? radius - hole : Infinity) * edge;
  });
}

/** Patches of noise, stripes, checks, salt and pepper. */
export function texture(random: Random, side: number): Plane {
  const width = Math.ceil(side * random.uniform(0.5, 1));
  const height = Math.ceil(side * random.uniform(0.5, 1));
  const draw = random.pick([patches, patches, stripes, checks, pepper]);
  return paint(width, height, draw(random, width, height));
}

type Value = (x: number, y: number) => number;

function patches(random: Random, width: number, height: number): Value {
  const grain = noise(random, width, height, width / random.uniform(4, 12));
  const level = random.uniform(-0.2, 0.5);
  return (x, y) => 255 * (grain(x, y) - level) * 8;
}

function stripes(random: Random, width: number): Value {
  const angle = random.uniform(0, Math.PI);
  const frequency = 2 * Math.PI * random.uniform(3, 8) / width;
  const [dx, dy] = [frequency * Math.cos(angle), frequency * Math.sin(angle)];
  const level = random.uniform(-0.6, 0.6);
  return (x, y) => 255 * (Math.sin(x * dx + y * dy) - level) * 3;
}

function checks(random: Random, width: number): Value {
  const cell = width / (2 + random.integer(6));
  return (x, y) => (Math.floor(x / cell) + Math.floor(y / cell)) % 2 * 255;
}

function pepper(random: Random, width: number): Value {
  const cell = width / random.uniform(6, 24);
  const columns = Math.ceil(width / cell) + 1;
  const density = random.uniform(0.05, 0.5);
  const specks = Float64Array.from(
    { length: 4 * columns * columns },
    () => random.uniform() < density ? 255 : 0,
  );
  return (x, y) => specks[Math.floor(y / cell) * columns + Math.floor(x / cell)];
}
