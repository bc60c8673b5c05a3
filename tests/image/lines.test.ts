import { assert, assertEquals } from "@std/assert";
import { findLines } from "../../lib/image/lines.ts";
import {
  enclose,
  heightOf,
  type Piece,
  sizeOf,
  sum,
  typicalHeight,
  widthOf,
} from "../../lib/image/pieces.ts";
import { Random } from "../../lib/random.ts";

/** A digit of 20x30 pixels unless told otherwise, whose upper left corner is there. */
function digit(left: number, top: number, width = 20, height = 30): Piece {
  return { left, top, right: left + width - 1, bottom: top + height - 1, area: width * height / 3 };
}

/** Asserts that so many lines are found, of spots given line by line, in whatever order they come. */
function assertLines(lines: Piece[][]): void {
  const spots = lines.flat();
  const random = new Random(1);
  for (let round = 0; round < 5; round++) {
    const order = [...random.permutation(spots.length)];
    const found = findLines(order.map((i) => spots[i])).map((line) => line.map((i) => order[i]));
    assertEquals(found.map((line) => line.map((i) => spots[i])), lines);
  }
}

/** Digits at a pitch of 30 pixels, as far down as `top` says. */
function line(count: number, top: (i: number) => number): Piece[] {
  return Array.from({ length: count }, (_, i) => digit(10 + 30 * i, top(i)));
}

Deno.test("findLines() reads one line from left to right", () => {
  assertLines([line(7, () => 40)]);
  assertLines([line(1, () => 40)]);
  assertEquals(findLines([]), []);
});

Deno.test("findLines() reads several lines from top to bottom", () => {
  assertLines([line(5, () => 10), line(3, () => 55), line(6, () => 100)]);
});

Deno.test("findLines() keeps a ragged line together", () => {
  assertLines([line(8, (i) => 40 + [0, 9, -6, 4, -9, 3, 8, -2][i])]);
});

Deno.test("findLines() follows lines that climb or fall until their ends share no row", () => {
  for (const slope of [6, -6]) {
    assertLines([line(10, (i) => 100 + slope * i), line(10, (i) => 160 + slope * i)]);
  }
});

Deno.test("findLines() reads a column digit by digit", () => {
  assertLines([0, 1, 2, 3].map((i) => [digit(40 + [0, 6, -5, 2][i], 10 + 40 * i)]));
});

Deno.test("findLines() reads a table row by row", () => {
  const table = [0, 1, 2].map((row) => line(5, (i) => 20 + 50 * row + [0, 3, -2, 4, 1][i]));
  assertLines(table);
});

Deno.test("findLines() takes small digits and dots into the line they stand in", () => {
  assertLines([[digit(10, 40), digit(40, 62, 6, 6), digit(60, 44, 12, 18), digit(90, 38, 25, 36)]]);
});

Deno.test("findLines() reads lines of which one begins further left and is longer", () => {
  assertLines([line(2, () => 10).map(({ top }, i) => digit(100 + 30 * i, top)), line(9, () => 60)]);
});

Deno.test("pieces have a width, a height and a size", () => {
  const piece = digit(5, 7, 16, 25);
  assertEquals([widthOf(piece), heightOf(piece), sizeOf(piece)], [16, 25, 20]);
});

Deno.test("enclose() is the rectangle around all, with all their ink", () => {
  const one = { left: 3, top: 9, right: 5, bottom: 12, area: 7 };
  assertEquals(enclose([one]), one);
  const other = { left: 4, top: 2, right: 8, bottom: 10, area: 11 };
  assertEquals(enclose([one, other]), { left: 3, top: 2, right: 8, bottom: 12, area: 18 });
});

Deno.test("typicalHeight() is that of the digits, whatever specks there are", () => {
  const digits = [28, 30, 31, 60].map((height) => digit(0, 0, 20, height));
  const specks = Array.from({ length: 50 }, (_, i) => digit(10 * i, 0, 2, 2));
  const height = typicalHeight([...specks, ...digits]);
  assert(height === 30 || height === 31, `${height}`);
  assertEquals(typicalHeight(digits.slice(0, 1)), 28);
});

Deno.test("sum() adds up", () => {
  assertEquals([sum([1, 2, 4.5]), sum([])], [7.5, 0]);
});
