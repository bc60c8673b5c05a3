import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  beside,
  inkOf,
  keepLeft,
  mirror,
  noise,
  overlay,
  paint,
  slimness,
  transpose,
  trim,
  wear,
} from "../../lib/data/canvas.ts";
import type { Plane } from "../../lib/image/plane.ts";
import { Random } from "../../lib/random.ts";

/** A plane from rows of text: full ink where there is a `#`. */
function plane(...rows: string[]): Plane {
  return paint(rows[0].length, rows.length, (x, y) => rows[y][x] === "#" ? 255 : 0);
}

function rows({ width, height, data }: Plane): string[] {
  return Array.from(
    { length: height },
    (_, y) =>
      Array.from(data.subarray(y * width, (y + 1) * width), (v) => v > 127 ? "#" : ".")
        .join(""),
  );
}

Deno.test("paint() keeps to what ink can be", () => {
  assertEquals([...paint(3, 1, (x) => 200 * (x - 1)).data], [0, 0, 200]);
  assertEquals([...paint(1, 2, (_, y) => 300 + y).data], [255, 255]);
});

Deno.test("trim() takes blank paper off, and what is as faint", () => {
  assertEquals(rows(trim(plane("....", ".#..", "..#."))!), ["#.", ".#"]);
  assertEquals(trim(paint(3, 3, () => 10)), undefined);
});

Deno.test("transpose() and mirror() move every pixel", () => {
  const flag = plane("##.", "#..");
  assertEquals(rows(transpose(flag)), ["##", "#.", ".."]);
  assertEquals(rows(mirror(flag)), [".##", "..#"]);
});

Deno.test("overlay() makes room on all sides", () => {
  assertEquals(rows(overlay(plane("#"), plane("#.#"), -1, 1)), [".#.", "#.#"]);
  assertEquals(rows(overlay(plane("#..", "..."), plane("#"), 2, -1)), ["..#", "#..", "..."]);
});

Deno.test("beside() leaves the gap between the ink where it is closest", () => {
  const slanted = plane("..#", ".#.", "#..");
  assertEquals(rows(beside(slanted, slanted, 1, 0)), ["..#.#", ".#.#.", "#.#.."]);
  assertEquals(rows(beside(plane("##"), plane("##"), 0, 0)), ["####"]);
  assertEquals(rows(beside(plane("##"), plane("##"), -1, 0)), ["###"]);
  assertEquals(rows(beside(plane("#", "."), plane("#"), 2, 1)), ["#..", "..#"]);
});

Deno.test("keepLeft() keeps the share of the ink that is asked for, at the left", () => {
  const random = new Random(2);
  const full = paint(60, 60, () => 255);
  for (const share of [0.3, 0.5, 0.7]) {
    for (let i = 0; i < 10; i++) {
      const left = keepLeft(random, full, share);
      assertAlmostEquals(inkOf(left) / inkOf(full), share, 0.03);
      const middle = left.data.reduce((sum, value, i) => sum + value * (i % 60), 0) / inkOf(left) /
        255;
      assert(middle < 28, `The ink is at ${middle}`);
    }
  }
});

Deno.test("slimness() is small for a straight stroke alone, however it lies", () => {
  for (const slant of [-1, 0, 0.7]) {
    const stroke = paint(80, 80, (x, y) => Math.abs(x - 40 - slant * (y - 40)) < 4 ? 255 : 0);
    assert(slimness(stroke) < 0.15, `${slimness(stroke)}`);
    assertAlmostEquals(slimness(transpose(stroke)), slimness(stroke), 1e-9);
  }
  const arc = paint(80, 80, (x, y) => Math.abs(Math.hypot(x, y - 40) - 36) < 4 ? 255 : 0);
  assert(slimness(arc) > 0.3, `${slimness(arc)}`);
});

Deno.test("noise() is smooth and spreads from -1 to 1", () => {
  const value = noise(new Random(1), 100, 100, 10);
  let [lowest, highest, step] = [0, 0, 0];
  for (let x = 0; x < 99; x++) {
    for (let y = 0; y < 99; y++) {
      lowest = Math.min(lowest, value(x, y));
      highest = Math.max(highest, value(x, y));
      step = Math.max(step, Math.abs(value(x + 1, y) - value(x, y)));
    }
  }
  assert(lowest < -0.8 && lowest >= -1 && highest > 0.8 && highest <= 1);
  assert(step <= 0.2 + 1e-9, `${step}`); // from -1 to 1 in a cell
});

Deno.test("wear() changes ink in many ways, leaves most of it and keeps to the paper's range", () => {
  const ring = paint(64, 64, (x, y) => {
    return 255 * (4 - Math.abs(Math.hypot(x - 31.5, y - 31.5) - 24));
  });
  const sizes = new Set<number>();
  for (let seed = 0; seed < 60; seed++) {
    const worn = wear(new Random(seed), ring, 64);
    sizes.add(worn.width);
    assert(worn.data.every((value) => value >= 0 && value < 255.001)); // but for rounding
    // Coarse ones have other pixels: compared as shares of the canvas.
    const share = inkOf(worn) / worn.data.length / (inkOf(ring) / ring.data.length);
    assert(share > 0.6 && share < 1.6, `Seed ${seed} leaves ${share} of the ink`);
    assertEquals(worn.data[0] < 128, true);
  }
  assert(sizes.size > 5);
});
