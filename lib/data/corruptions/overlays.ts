// Things drawn over the digit. Source of shapes and strengths: MNIST-C, see ../corruptions.ts.

import type { Random } from "../../random.ts";
import { SIZE } from "./corruption.ts";
import { blur, gaussian } from "./gaussian.ts";

const SPATTER_MEAN = 0.65;
const SPATTER_DEVIATION = 0.3;
const SPATTER_LEVEL = 0.65; // above it the noise is mud
const SPATTER_DROPS = gaussian(1, "nearest");
const SPATTER_EDGES = gaussian(1.5, "nearest");
const SPATTER_COVER = 0.8; // mud that covers less is none
const MUD = 63 / 255; // of full ink

/** Mud on the lens: grey drops that hide what is behind them. */
export function spatter(picture: Float64Array, random: Random): Float64Array {
  const noise = picture.map(() => random.normal(SPATTER_MEAN, SPATTER_DEVIATION));
  const drops = blur(noise, SPATTER_DROPS).map((wet) => wet > SPATTER_LEVEL ? 1 : 0);
  const mud = blur(drops, SPATTER_EDGES).map((cover) => cover < SPATTER_COVER ? 0 : cover);
  return picture.map((ink, i) => (1 - mud[i]) * ink + mud[i] * MUD);
}

const LAST_ROW = 27; // a line's end is above it
const DASH = 2; // columns of line, and of gap

/** A dotted line from the left to the right border. */
export function dottedLine(picture: Float64Array, random: Random): Float64Array {
  const lined = picture.slice();
  const from = { x: 0, y: random.integer(LAST_ROW) };
  const to = { x: SIZE - 1, y: random.integer(LAST_ROW) };
  addLine(lined, from, to, (x) => Math.floor(x / DASH) % 2 === 1);
  return lined;
}

const ZIGZAG_FROM = 2; // columns
const ZIGZAG_TO = 25;
const ZIGZAG_RISE = 5; // rows, at most
const TOOTH = 2; // its height, and half its width, in pixels

/** A zigzag from the left to the right. */
export function zigzag(picture: Float64Array, random: Random): Float64Array {
  const lined = picture.slice();
  const y0 = random.integer(LAST_ROW);
  const rise = random.integer(2 * ZIGZAG_RISE) - ZIGZAG_RISE;
  const angle = Math.atan2(rise, ZIGZAG_TO - ZIGZAG_FROM);
  const points = zigzagPoints(Math.hypot(rise, ZIGZAG_TO - ZIGZAG_FROM)).map(({ x, y }) => ({
    x: ZIGZAG_FROM + Math.cos(angle) * x - Math.sin(angle) * y,
    y: y0 + Math.sin(angle) * x + Math.cos(angle) * y,
  }));
  for (let i = 1; i < points.length; i++) addLine(lined, points[i - 1], points[i]);
  return lined;
}

/** A point in pixels; pixel (0, 0) has its centre there. */
interface Point {
  x: number;
  y: number;
}

/** The corners of a zigzag along the x axis, which is cut off before its last tooth is complete. */
function zigzagPoints(length: number): Point[] {
  const points = [{ x: 0, y: 0 }];
  let y = TOOTH;
  for (let x = TOOTH; x <= length; x += 2 * TOOTH, y = -y) points.push({ x, y });
  points.push({ x: length, y: -y / (2 * (length % (2 * TOOTH))) });
  return points;
}

const FADE = 2.3; // pixels
const REACH = FADE * (1 - Math.exp(-1)); // where 1 + log(1 - distance / FADE) gets to 0

/**
 * Adds a soft line of full ink.
 *
 * @param to Right of `from`.
 * @param isDrawn Which columns have ink, of those that the line crosses.
 */
function addLine(
  picture: Float64Array,
  from: Point,
  to: Point,
  isDrawn: (x: number) => boolean = () => true,
): void {
  const slope = (to.y - from.y) / (to.x - from.x);
  for (let x = Math.floor(from.x); x < Math.ceil(to.x); x++) {
    if (!isDrawn(x)) continue;
    for (let y = 0; y < SIZE; y++) {
      // Up and down, so steep lines are thin.
      const distance = Math.abs(y - from.y - slope * (x - from.x));
      if (distance < REACH) picture[y * SIZE + x] += 1 + Math.log(1 - distance / FADE);
    }
  }
}
