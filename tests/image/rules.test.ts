import { assert, assertEquals } from "@std/assert";
import { distanceTo } from "../../lib/image/distance.ts";
import { eraseRules } from "../../lib/image/rules.ts";
import { EIGHT, FIVE, pen, SEVEN } from "./draw.ts";
import { maskOf } from "./planes.ts";

type Shape = (x: number, y: number) => boolean;

const [WIDTH, HEIGHT] = [240, 180];

/** A horizontal line of that thickness through the middle of the left edge, climbing by `slope`. */
function level(y0: number, thickness: number, slope = 0): Shape {
  return (x, y) => Math.abs(y - y0 + slope * x) < thickness / 2;
}

function upright(x0: number, thickness: number, slope = 0): Shape {
  return (x, y) => level(x0, thickness, slope)(y, x);
}

function anyOf(...shapes: Shape[]): Shape {
  return (x, y) => shapes.some((shape) => shape(x, y));
}

// Where a line meets a stroke at a slant, a wedge between them belongs to both.
const WEDGE = 6;

/** Asserts that of rules and strokes just the strokes are left, but for `share` of these. */
function assertLeaves(strokes: Shape, rules: Shape, share = 0, name = ""): void {
  const mask = maskOf(WIDTH, HEIGHT, anyOf(strokes, rules));
  assertEquals(eraseRules(mask, WIDTH, HEIGHT), true, name);
  const expected = maskOf(WIDTH, HEIGHT, strokes);
  const beside = distanceTo(expected, WIDTH, HEIGHT);
  const added = mask.filter((value, i) => value > 0 && beside[i] > WEDGE).length;
  const lost = mask.filter((value, i) => value < expected[i]).length;
  const ink = expected.filter((value) => value > 0).length;
  assertEquals(added, 0, `${name}: pixels of the rules are left`);
  assert(lost <= share * ink, `${name}: ${lost} of ${ink} pixels of the strokes are gone`);
}

const NOTHING: Shape = () => false;
const TWO_DEGREES = Math.tan(2 * Math.PI / 180);

Deno.test("eraseRules() takes lines out, level, upright and 2 degrees off", () => {
  for (const slope of [0, TWO_DEGREES, -TWO_DEGREES]) {
    for (const thickness of [1, 2, 3]) {
      const name = `${thickness} pixels, slope ${slope}`;
      assertLeaves(NOTHING, level(90, thickness, slope), 0, `level, ${name}`);
      assertLeaves(NOTHING, upright(120, thickness, slope), 0, `upright, ${name}`);
    }
  }
});

Deno.test("eraseRules() takes all lines of writing paper and of a grid out", () => {
  const lines = anyOf(...[20, 50, 80, 110, 140, 170].map((y) => level(y, 2, TWO_DEGREES / 2)));
  assertLeaves(NOTHING, lines);
  const columns = anyOf(...[15, 55, 95, 135, 175, 215].map((x) => upright(x, 2)));
  assertLeaves(NOTHING, anyOf(lines, columns));
});

Deno.test("eraseRules() follows a line over its gaps", () => {
  const line = level(90, 2);
  assertLeaves(NOTHING, (x, y) => line(x, y) && x % 60 > 5);
});

Deno.test("eraseRules() follows a line behind ink that hides much of it", () => {
  const block: Shape = (x, y) => x >= 70 && x < 180 && y >= 60 && y < 120;
  assertLeaves(block, level(90, 2));
});

Deno.test("eraseRules() leaves strokes whole that cross a line", () => {
  const stroke: Shape = (x, y) => x >= 100 && x < 112 && y >= 30 && y < 150;
  const diagonal: Shape = (x, y) => Math.abs(x - y - 20) < 9 && y >= 30 && y < 150;
  for (const slope of [0, TWO_DEGREES]) {
    assertLeaves(stroke, level(90, 3, slope), 0, `upright stroke, slope ${slope}`);
    assertLeaves(diagonal, level(90, 3, slope), 0.01, `diagonal stroke, slope ${slope}`);
  }
});

Deno.test("eraseRules() leaves digits whole that stand on a line and are crossed by others", () => {
  for (const [name, lines] of Object.entries({ FIVE, SEVEN, EIGHT })) {
    const ink = pen(lines, [70, 35], 110, 12);
    const digit: Shape = (x, y) => ink(x, y) > 0.5;
    assertLeaves(digit, anyOf(level(70, 2), level(110, 2), level(149, 2)), 0.03, name);
  }
});

Deno.test("eraseRules() leaves a digit's own bar and a lone one", () => {
  const bar: Shape = (x, y) => x >= 60 && x < 140 && y >= 40 && y < 44;
  const seven = anyOf(bar, (x, y) => Math.abs(x - 136 + (y - 40) / 2) < 2 && y >= 40 && y < 150);
  const one: Shape = (x, y) => x >= 118 && x < 122 && y >= 40 && y < 130;
  for (const [name, shape] of Object.entries({ seven, one })) {
    const mask = maskOf(WIDTH, HEIGHT, shape);
    assertEquals(eraseRules(mask, WIDTH, HEIGHT), false, name);
    assertEquals(mask, maskOf(WIDTH, HEIGHT, shape), name);
  }
});

Deno.test("eraseRules() takes a row of bars or dots for no line", () => {
  const bars: Shape = (x, y) => x % 48 >= 12 && x % 48 < 36 && y >= 40 && y < 44;
  const dots: Shape = (x, y) => x % 15 < 4 && y >= 40 && y < 44;
  for (const shape of [bars, dots]) {
    const mask = maskOf(WIDTH, HEIGHT, shape);
    assertEquals(eraseRules(mask, WIDTH, HEIGHT), false);
    assertEquals(mask, maskOf(WIDTH, HEIGHT, shape));
  }
});

Deno.test("eraseRules() does to rows what it does to columns", () => {
  const ink = pen(FIVE, [30, 30], 110, 12);
  const shape: Shape = (x, y) => ink(x, y) > 0.5 || level(60, 3, TWO_DEGREES)(x, y);
  const mask = maskOf(180, 180, shape);
  const turned = maskOf(180, 180, (x, y) => shape(y, x));
  assertEquals(eraseRules(mask, 180, 180), true);
  assertEquals(eraseRules(turned, 180, 180), true);
  assertEquals(maskOf(180, 180, (x, y) => turned[x * 180 + y] > 0), mask);
});

Deno.test("eraseRules() finds nothing where nothing is", () => {
  for (const [width, height] of [[1, 1], [1, 30], [40, 30]]) {
    assertEquals(eraseRules(new Uint8Array(width * height), width, height), false);
  }
});
