import { assert, assertEquals } from "@std/assert";
import { drawings, faces, letters, signs, unseenLetters } from "../../lib/data/signs.ts";
import { parseShapes, writeShape } from "../../lib/data/strokes.ts";
import { Random } from "../../lib/random.ts";

Deno.test("the signs lie in a box of one by one, in strokes of two points and more", () => {
  for (const shapes of [letters, unseenLetters, signs, drawings, faces].flat()) {
    for (const { weight, strokes } of shapes) {
      assert(weight > 0);
      assert(strokes.every((points) => points.length >= 2));
      for (const { x, y } of strokes.flat()) {
        assert(x >= 0 && x <= 1 && y >= 0 && y <= 1, `A point is at ${x}, ${y}`);
      }
    }
  }
});

Deno.test("the letters held out of training are none of the others", () => {
  assertEquals(unseenLetters.length, 6);
  const seen = new Set(letters.map((shapes) => JSON.stringify(shapes)));
  assertEquals(seen.size, letters.length);
  assert(unseenLetters.every((shapes) => !seen.has(JSON.stringify(shapes))));
});

Deno.test("writeShape() slants as much and rounds corners as often as it is told", () => {
  const corner = parseShapes([[1, "0,0 0,100! 100,100"]]);
  const write = (rounding: number) => {
    const random = new Random(1);
    return Array.from({ length: 40 }, () => writeShape(random, corner, 8, { rounding })[0]);
  };
  // Rounded, the curve runs past the straight lines between its points.
  const bulge = ({ x, y }: { x: Float64Array; y: Float64Array }) => {
    const across = (i: number) => (x[i] - x[0]) * (y[8] - y[0]) - (y[i] - y[0]) * (x[8] - x[0]);
    return Math.abs(across(4)) / Math.hypot(x[8] - x[0], y[8] - y[0]);
  };
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  assert(mean(write(1).map(bulge)) > 3 * mean(write(0).map(bulge)));

  const line = parseShapes([[1, "50,0 50,100"]]);
  const spread = (slant: number) => {
    const random = new Random(2);
    const leans = Array.from({ length: 200 }, () => {
      const [{ x }] = writeShape(random, line, 1, { slant });
      return x[0] - x[1];
    });
    return Math.sqrt(mean(leans.map((lean) => (lean - mean(leans)) ** 2)));
  };
  assert(spread(0.5) > 2 * spread(0.1));
});
