// How people write the ten digits: pen strokes through a few points, never twice the same.
// Source: our own drawings; curves are centripetal Catmull-Rom splines (Yuksel et al. 2011).

import type { Random } from "../random.ts";

/** One stroke of the pen: a polyline, dense enough to look smooth. */
export interface Stroke {
  /** `[points]`, to the right; a digit is about 1 high, its left top corner near (0, 0). */
  x: Float64Array;
  /** `[points]`, downwards. */
  y: Float64Array;
  /** `[points]`: how hard the pen is pressed, as a factor of its width around 1. */
  pressure: Float64Array;
}

/**
 * The shapes of one sign: how common each is, then its strokes, parted by "/". Points are x,y in
 * hundredths of the height; the pen turns sharply at those with "!".
 */
export type ShapeList = readonly (readonly [weight: number, strokes: string])[];

const DIGITS: readonly ShapeList[] = [
  [ // 0
    [4, "47,4 18,18 4,48 16,80 44,97 74,82 86,50 74,18 44,5"],
    [2, "52,8 30,6 13,36 16,74 40,97 66,86 76,52 70,22 50,6 34,10"],
    [2, "36,6 10,28 6,62 28,93 60,95 82,68 80,32 56,5 32,12"],
    [1.5, "58,4 30,22 10,56 14,88 34,96 62,76 80,40 74,10 52,4"],
    [1, "62,12 40,3 18,20 12,52 22,86 46,97 70,80 77,46 68,20 56,10"],
    [0.3, "46,3 22,18 12,48 20,80 44,97 68,82 77,50 68,18 46,3 / 74,10 18,92"],
  ],
  [ // 1
    [8, "50,2 50,50 50,98"],
    [1, "54,2 50,35 47,68 50,98"],
    [1, "36,17 50,3! 50,50 50,98"],
    [0.8, "24,28 38,18 52,3! 51,50 50,98"],
    [0.5, "30,22 50,3! 50,50 50,96 / 24,97 50,97 76,96"],
    [0.2, "50,3 50,50 50,96 / 26,97 74,97"],
  ],
  [ // 2
    [4, "15,26 27,8 50,3 70,16 68,38 46,66 14,95! 48,94 84,92"],
    [4, "14,24 32,6 58,6 70,24 60,50 38,76 18,92 8,84 18,74 38,80 60,92 86,86"],
    [2, "16,26 32,7 55,4 70,22 58,54 32,80 10,96! 34,87 58,93 86,86"],
    [1, "18,14 46,3 70,10 72,32 48,62 16,93! 50,95 80,94"],
    [2, "8,22 30,12 60,10 70,24 46,56 10,88! 50,86 98,90"],
    [2, "22,22 40,4 62,10 60,40 40,70 20,90! 46,88 74,94"],
    [1.5, "26,26 46,4 62,16 56,46 40,78 22,94 14,84 26,78 44,88 60,96"],
    [1, "4,34 20,14 56,8 70,26 52,56 24,82 6,92 4,80 22,72 60,84 100,82"],
    [1, "12,30 16,10 44,3 66,14 64,40 40,74 24,90 14,94 10,84 22,76 44,88 66,96 84,88"],
  ],
  [ // 3
    [4, "15,15 36,3 62,9 66,26 52,42 34,47! 58,52 72,70 60,90 36,97 12,87"],
    [3, "18,13 42,3 64,14 60,34 40,47 62,57 70,76 50,95 26,96 10,85"],
    [1, "16,14 40,3 62,14 54,36 34,49 29,45 40,44 62,57 69,78 46,97 14,88"],
    [1, "15,7 42,6 68,5! 38,40! 62,48 72,68 58,91 32,97 10,86"],
    [1, "14,10 44,3 66,12 60,32 36,44! 60,50 66,72 44,92 12,97"],
  ],
  [ // 4
    [4, "20,6 17,32 12,57! 46,56 84,53 / 64,14 60,55 56,98"],
    [2, "22,18 16,40 26,54 54,48 78,36 / 76,4 64,50 54,98"],
    [2, "18,8 14,32 20,50 42,54 66,46 / 72,4 66,50 60,98"],
    [2, "16,8 13,34 22,50 46,50 66,36 72,6! 66,54 60,98"],
    [2, "56,4 34,34 10,65! 46,64 86,61 / 60,28 58,60 55,98"],
    [1, "56,98 58,52 60,4! 34,36 9,66! 46,65 86,62"],
    [1, "30,4 22,34 12,60! 46,58 82,54 / 58,2 54,50 48,98"],
  ],
  [ // 5
    [3, "28,6 26,26 22,45! 46,37 68,48 70,72 52,93 30,97 10,88 / 28,6 54,6 78,3"],
    [3, "80,5 54,5 28,7! 25,26 21,45! 46,38 68,50 68,74 50,94 28,97 10,89"],
    [2, "80,6 56,4 32,14 24,32 36,46 60,55 66,74 48,94 12,94"],
    [1, "28,8 23,42! 52,40 66,60 60,84 38,97 14,92 / 26,8 52,10 82,5"],
    [1.5, "96,6 66,10 40,14! 30,34 22,48! 46,44 62,60 54,84 30,96 4,90"],
    [1.5, "34,12 28,46! 46,50 56,68 46,88 24,97 8,90 / 36,14 66,10 100,2"],
    [1, "86,4 60,9 34,7! 26,38 48,48 64,64 56,88 30,97 6,88"],
  ],
  [ // 6
    [4, "62,4 38,20 20,48 15,74 30,95 56,95 70,77 60,58 38,57 18,74"],
    [3, "50,2 30,32 16,66 22,92 48,97 66,80 56,63 34,65 18,82"],
    [2, "70,12 56,4 32,18 18,48 18,80 40,97 64,87 66,66 46,54 22,68"],
    [1.5, "44,2 26,34 16,70 26,92 50,92 76,74 70,62 50,68 30,88"],
    [1, "38,2 20,36 12,74 28,96 54,94 64,76 50,64 28,70 16,86"],
    [1, "58,3 32,26 16,60 20,90 44,97 64,86 62,68 44,60 26,70 24,88 40,92"],
  ],
  [ // 7
    [4, "12,9 44,8 78,6! 60,36 46,66 38,98"],
    [2, "12,24 14,9! 46,8 78,6! 58,42 46,70 40,98"],
    [2, "10,17 26,6 50,11 78,7! 54,46 42,72 36,98"],
    [1, "12,10 42,3 66,4 74,16 62,46 52,70 46,98"],
    [1.2, "12,9 44,8 78,6! 60,36 46,66 38,98 / 26,54 50,52 72,49"],
    [0.5, "12,22 14,9! 46,8 78,6! 58,42 46,70 40,98 / 26,54 50,52 72,49"],
  ],
  [ // 8
    [4, "67,15 46,3 24,12 24,31 46,47 67,66 64,89 42,98 19,88 20,66 44,46 64,29 66,10"],
    [3, "60,6 34,5 20,20 32,38 54,52 66,72 52,95 28,95 18,76 34,56 58,38 68,18 56,5"],
    [
      1.5,
      "46,3 26,10 23,31 44,46 64,32 64,11 45,3 / 44,46 21,60 18,84 42,98 67,87 68,62 46,46",
    ],
    [1.5, "72,10 52,3 34,16 38,36 52,54 58,76 44,96 26,92 26,76 44,56 64,32 74,12"],
    [1, "42,46 24,30 26,10 46,3 66,12 62,32 42,46 20,64 20,88 42,98 66,88 66,64 43,46"],
  ],
  [ // 9
    [4, "67,20 50,4 26,12 16,33 30,49 52,43 68,18! 64,58 58,98"],
    [2, "64,14 44,8 24,22 20,40 34,46 56,30 68,10! 60,54 46,98"],
    [3, "66,24 54,5 28,9 16,32 30,49 54,41 68,16 68,54 56,98"],
    [1.5, "68,20 50,4 25,11 17,34 36,49 60,39 69,18 71,56 60,88 36,97 18,88"],
    [1.5, "62,12 40,4 20,20 22,42 44,46 62,30 66,10! 62,56 60,98"],
    [1, "70,10 46,5 22,20 18,42 36,50 56,38 70,10 62,44 46,76 30,98"],
  ],
];

/** A point that the pen passes. */
export interface Point {
  x: number;
  y: number;
  sharp: boolean;
}

/** One way to write a sign. */
export interface Shape {
  weight: number;
  strokes: Point[][];
}

const PARSED = DIGITS.map(parseShapes);

/** What `writeShape` takes. */
export function parseShapes(shapes: ShapeList): Shape[] {
  return shapes.map(([weight, strokes]) => ({
    weight,
    strokes: strokes.split(" / ").map((stroke) => stroke.split(" ").map(parsePoint)),
  }));
}

function parsePoint(text: string): Point {
  const [x, y] = text.split(",").map((number) => parseInt(number) / 100);
  return { x, y, sharp: text.endsWith("!") };
}

/**
 * Writes a digit as one person at one moment would: one of its shapes, in a hand of its own.
 *
 * @param steps How many pieces a curve between two points is cut into; 5 do for a digit 20 pixels
 * high. What is written does not depend on it, only how smooth it is.
 * @throws {RangeError} Where `digit` is not one of 0 to 9.
 */
export function writeDigit(random: Random, digit: number, steps: number): Stroke[] {
  const shapes = PARSED[digit];
  if (!shapes) throw new RangeError(`Expected a digit from 0 to 9, found ${digit}`);
  // A bare 1 leans most, as nothing holds it up.
  return writeShape(random, shapes, steps, { slant: digit === 1 ? 0.35 : 0.25 });
}

export interface HandOptions {
  /** The standard deviation of hands' slants: to the side for each unit up. Default 0.25. */
  slant?: number;
  /** The share of people who round off every corner. Default 0.25. */
  rounding?: number;
}

/**
 * Writes one of the shapes of a sign, in a hand of its own.
 *
 * @param steps As in `writeDigit`.
 */
export function writeShape(
  random: Random,
  shapes: readonly Shape[],
  steps: number,
  { slant = 0.25, rounding = 0.25 }: HandOptions = {},
): Stroke[] {
  const shape = pickWeighted(random, shapes);
  const move = randomHand(random, slant);
  const rounds = random.uniform() < rounding;
  return shape.strokes.map((points) => {
    const last = points.length - 1;
    const written = points.map(({ x, y, sharp }, i) => {
      // Hands are less careful about where a stroke begins and ends.
      const care = i === 0 || i === last ? 0.045 : 0.03;
      const point = move(x + random.normal(0, care), y + random.normal(0, care));
      return { ...point, sharp: sharp && !rounds };
    });
    return addPenNoise(random, flatten(written, steps), chordLength(written));
  });
}

/** The traits of a hand, as one map of the plane: proportions, slant, rotation. */
function randomHand(
  random: Random,
  deviation: number,
): (x: number, y: number) => Omit<Point, "sharp"> {
  const width = Math.exp(random.normal(0.06, 0.2));
  // Wide at the top or at the bottom, with the waist high or low.
  const taper = random.normal(0, 0.2);
  const waist = random.normal(0, 0.25);
  const slant = random.normal(0.2, deviation); // most people lean to the right
  const angle = random.normal(0, 0.09);
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  return (x, y) => {
    const v = y - 0.5 + waist * y * (1 - y);
    const u = (x - 0.45) * width * (1 + taper * (y - 0.5)) - slant * v;
    return { x: u * cos - v * sin, y: u * sin + v * cos };
  };
}

/** The pen trembles a little and is not pressed evenly; `length` is the stroke's. */
function addPenNoise(
  random: Random,
  { x, y }: { x: number[]; y: number[] },
  length: number,
): Stroke {
  const wave = (amplitude: number) => {
    const size = Math.abs(random.normal(0, amplitude));
    const cycles = length * random.uniform(0.6, 2);
    const phase = random.uniform(0, 2 * Math.PI);
    return (t: number) => size * Math.sin(phase + 2 * Math.PI * cycles * t);
  };
  const [waveX, waveY, wavePressure] = [wave(0.007), wave(0.007), wave(0.12)];
  const trend = random.normal(0, 0.12);
  const last = x.length - 1;
  return {
    x: Float64Array.from(x, (value, i) => value + waveX(i / last)),
    y: Float64Array.from(y, (value, i) => value + waveY(i / last)),
    pressure: Float64Array.from(x, (_, i) => {
      const t = i / last;
      return Math.max(0.5, 1 + wavePressure(t) + trend * (t - 0.5));
    }),
  };
}

/** Draws a curve through the points that is smooth but at sharp ones. */
function flatten(points: Point[], steps: number): { x: number[]; y: number[] } {
  const [x, y] = [[points[0].x], [points[0].y]];
  for (let i = 0; i + 1 < points.length; i++) {
    const [p1, p2] = [points[i], points[i + 1]];
    // Where the curve ends or turns sharply it runs on as it came, hence the mirrored neighbour.
    const p0 = i === 0 || p1.sharp ? mirror(p2, p1) : points[i - 1];
    const p3 = i + 2 === points.length || p2.sharp ? mirror(p1, p2) : points[i + 2];
    const [d1, d2, d3] = [knot(p0, p1), knot(p1, p2), knot(p2, p3)];
    const mx1 = tangent(p0.x, p1.x, p2.x, d1, d2) * d2;
    const my1 = tangent(p0.y, p1.y, p2.y, d1, d2) * d2;
    const mx2 = tangent(p1.x, p2.x, p3.x, d2, d3) * d2;
    const my2 = tangent(p1.y, p2.y, p3.y, d2, d3) * d2;
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      x.push(hermite(p1.x, mx1, p2.x, mx2, t));
      y.push(hermite(p1.y, my1, p2.y, my2, t));
    }
  }
  return { x, y };
}

function chordLength(points: Point[]): number {
  let length = 0;
  for (let i = 1; i < points.length; i++) {
    length += Math.hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
  }
  return length;
}

function mirror(point: Point, at: Point): Point {
  return { x: 2 * at.x - point.x, y: 2 * at.y - point.y, sharp: false };
}

/** The centripetal spline's knots lie the square root of the points' distance apart. */
function knot(a: Point, b: Point): number {
  return Math.max(1e-3, Math.sqrt(Math.hypot(b.x - a.x, b.y - a.y)));
}

/** The derivative at `b` of the parabola through three points, `d1` and `d2` apart. */
function tangent(a: number, b: number, c: number, d1: number, d2: number): number {
  return (b - a) / d1 - (c - a) / (d1 + d2) + (c - b) / d2;
}

function hermite(p1: number, m1: number, p2: number, m2: number, t: number): number {
  const [t2, t3] = [t * t, t * t * t];
  return p1 * (2 * t3 - 3 * t2 + 1) + m1 * (t3 - 2 * t2 + t) + p2 * (3 * t2 - 2 * t3) +
    m2 * (t3 - t2);
}

function pickWeighted<T extends { weight: number }>(random: Random, choices: readonly T[]): T {
  let rest = random.uniform(0, choices.reduce((sum, { weight }) => sum + weight, 0));
  return choices.find(({ weight }) => (rest -= weight) < 0) ?? choices[choices.length - 1];
}
