// Digits laid out as people write them: in lines that are none too straight.

import type { Random } from "../../../lib/random.ts";
import { breakInk, type Cover, emptyCover, type Hand, stamp, turn } from "./glyph.ts";

/** [x, y, width, height] in pixels. */
export type Box = readonly [x: number, y: number, width: number, height: number];

/** Ink on a page, and what it says. */
export interface Writing extends Cover {
  text: string;
  /** Where each digit's ink is, in reading order. */
  boxes: Box[];
  /** Where each line of digits is, without its surroundings. */
  lines: Box[];
  /** How high its digits are about, in pixels. */
  size: number;
}

export interface Layout {
  /** How high digits are about, in pixels. */
  size: number;
  /** The pen's width as a share of that; the hand's own unless given. */
  pen?: number;
  /** Standard deviation of the digits' heights, as a share. */
  spread?: number;
  /** Paper between the boxes of neighbours, as a share of the size. */
  gap?: number;
  /** Paper between the ink of neighbours instead, whatever their boxes; negative where they meet. */
  snug?: number;
  /** Distance from one digit's middle to the next one's instead. */
  pitch?: number;
  /** Standard deviation of heights above the line. */
  ragged?: number;
  /** From line to line. */
  lineGap?: number;
  /** Paper around everything: left, top, right, bottom, as shares of the size. */
  margin?: number | readonly [number, number, number, number];
  /** The page's sides in pixels, on which everything lies anywhere, in place of margins. */
  page?: readonly [width: number, height: number];
  /** By how many degrees everything is turned clockwise. */
  angle?: number;
  /** By which share of its height each digit leans to the right. */
  lean?: number;
  broken?: boolean;
}

interface Placed {
  ink: Cover;
  x: number;
  y: number;
  line: number;
}

/** Writes text, each of its lines on a line of its own. */
export function write(random: Random, hand: Hand, text: string, layout: Layout): Writing {
  const { size, lineGap = 0.5, angle = 0 } = layout;
  const placed = text.split("\n").flatMap((line, row) =>
    writeLine(random, hand, line, layout).map((digit) => ({
      ...digit,
      y: digit.y + Math.round(row * size * (1 + lineGap)),
      line: row,
    }))
  );
  if (angle !== 0) placed.forEach((digit) => turnPlace(digit, angle));
  const whole = around(placed.map(boxOf));
  const { left, top, width, height } = place(random, whole, layout);
  const cover = emptyCover(width, height);
  for (const digit of placed) {
    digit.x += left - whole[0];
    digit.y += top - whole[1];
    stamp(cover, digit.ink, digit.x, digit.y);
  }
  const rows = text.split("\n").map((_, row) => placed.filter(({ line }) => line === row));
  return {
    ...cover,
    text,
    boxes: placed.map(boxOf),
    lines: rows.map((digits) => around(digits.map(boxOf))),
    size,
  };
}

/** Where the upper left corner of everything goes on the page, and how large that is. */
function place(random: Random, [, , width, height]: Box, { size, margin, page }: Layout) {
  if (page) {
    const [left, top] = [page[0] - width, page[1] - height].map((room) =>
      random.integer(Math.max(0, room) + 1)
    );
    return { left, top, width: page[0], height: page[1] };
  }
  const shares = margin ?? random.uniform(0.3, 0.8);
  const [left, top, right, bottom] = (typeof shares === "number" ? Array(4).fill(shares) : shares)
    .map((share) => Math.round(share * size));
  return { left, top, width: left + width + right, height: top + height + bottom };
}

/** An empty page. */
export function blank(width: number, height: number): Writing {
  return { ...emptyCover(width, height), text: "", boxes: [], lines: [], size: height / 3 };
}

/** The digits of a line that stands on y = 0. */
function writeLine(
  random: Random,
  hand: Hand,
  line: string,
  layout: Layout,
): Omit<Placed, "line">[] {
  const { size, pen, spread = 0, ragged = 0, angle = 0, lean = 0, broken = false } = layout;
  const placed: Omit<Placed, "line">[] = [];
  for (const digit of line) {
    const height = Math.max(8, Math.round(size * Math.exp(random.normal(0, spread))));
    let ink = hand(random, Number(digit), height, pen && pen * size);
    if (broken) ink = breakInk(random, ink);
    ink = turn(ink, angle, lean);
    const y = Math.round(random.normal(0, ragged) * size) - ink.height;
    placed.push({ ink, x: nextPlace(placed, ink, y, layout), y });
  }
  return placed;
}

/** Where the next digit of a line goes. */
function nextPlace(
  placed: Omit<Placed, "line">[],
  ink: Cover,
  y: number,
  { size, gap = 0.3, snug, pitch }: Layout,
): number {
  if (pitch !== undefined) {
    return Math.round(placed.length * pitch * size - ink.width / 2);
  }
  const last = placed.at(-1);
  if (!last) return 0;
  const boxed = last.x + last.ink.width;
  if (snug === undefined) return Math.round(boxed + gap * size);
  return Math.min(boxed, besides(last, ink, y)) + Math.round(snug * size);
}

/** The place furthest to the left where ink does not run into what was written before. */
function besides(last: Omit<Placed, "line">, ink: Cover, y: number): number {
  const INK = 0.5;
  let x = -Infinity;
  for (let row = 0; row < ink.height; row++) {
    const other = y + row - last.y;
    if (other < 0 || other >= last.ink.height) continue;
    const first = ink.data.subarray(row * ink.width, (row + 1) * ink.width)
      .findIndex((value) => value > INK);
    const end = last.ink.data.subarray(other * last.ink.width, (other + 1) * last.ink.width)
      .findLastIndex((value) => value > INK);
    if (first >= 0 && end >= 0) x = Math.max(x, last.x + end + 1 - first);
  }
  return x;
}

/** Turns a digit's place about the origin. */
function turnPlace(digit: Placed, degrees: number): void {
  const [sin, cos] = [Math.sin(degrees * Math.PI / 180), Math.cos(degrees * Math.PI / 180)];
  const [halfWidth, halfHeight] = [digit.ink.width / 2, digit.ink.height / 2];
  const [x, y] = [digit.x + halfWidth, digit.y + halfHeight];
  digit.x = Math.round(x * cos - y * sin - halfWidth);
  digit.y = Math.round(x * sin + y * cos - halfHeight);
}

function boxOf({ ink, x, y }: Pick<Placed, "ink" | "x" | "y">): Box {
  return [x, y, ink.width, ink.height];
}

/** The smallest box around boxes. */
function around(boxes: Box[]): Box {
  const left = Math.min(...boxes.map(([x]) => x));
  const top = Math.min(...boxes.map(([, y]) => y));
  const right = Math.max(...boxes.map(([x, , width]) => x + width));
  const bottom = Math.max(...boxes.map(([, y, , height]) => y + height));
  return [left, top, right - left, bottom - top];
}
