import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { chooseDigit, type Component, connectedComponents } from "../../lib/image/components.ts";
import { distanceTo } from "../../lib/image/distance.ts";
import { fit, type Plane } from "../../lib/image/plane.ts";
import { Random } from "../../lib/random.ts";

Deno.test("distanceTo() agrees with measuring every pair of pixels", () => {
  const random = new Random(3);
  for (const [width, height, share] of [[1, 1, 1], [17, 1, 0.2], [13, 19, 0.05], [20, 15, 0.6]]) {
    const mask = Uint8Array.from(
      { length: width * height },
      () => random.uniform() < share ? 1 : 0,
    );
    mask[0] = 1;
    const set = [...mask.keys()].filter((i) => mask[i]);
    const expected = Float32Array.from(mask, (_, i) =>
      Math.min(...set.map((j) => {
        const dx = i % width - j % width;
        const dy = Math.floor(i / width) - Math.floor(j / width);
        return Math.hypot(dx, dy);
      })));
    assertEquals(distanceTo(mask, width, height), expected);
  }
});

Deno.test("distanceTo() an empty mask is infinite", () => {
  assertEquals(distanceTo(new Uint8Array(6), 3, 2), new Float32Array(6).fill(Infinity));
});

function mask(...lines: string[]): [Uint8Array, number, number] {
  const pixels = Uint8Array.from(lines.join(""), (char) => char === "#" ? 1 : 0);
  return [pixels, lines[0].length, lines.length];
}

Deno.test("connectedComponents() joins diagonal neighbours and parts that meet late", () => {
  const { components, labels } = connectedComponents(...mask(
    "#.#...",
    "#.#..#",
    ".#....",
    "....##",
  ));
  const area = (it: Component) => [it.left, it.top, it.right, it.bottom, it.area, it.edge];
  assertEquals(components.map(area), [
    [0, 0, 2, 2, 5, 3],
    [5, 1, 5, 1, 1, 1],
    [4, 3, 5, 3, 2, 2],
  ]);
  assertEquals(Array.from(labels), [
    ...[1, 0, 1, 0, 0, 0],
    ...[1, 0, 1, 0, 0, 2],
    ...[0, 1, 0, 0, 0, 0],
    ...[0, 0, 0, 0, 3, 3],
  ]);
});

Deno.test("connectedComponents() finds nothing in an empty mask", () => {
  assertEquals(connectedComponents(new Uint8Array(4), 2, 2).components, []);
});

Deno.test("chooseDigit() keeps a digit that alone runs along the edge", () => {
  const { components } = connectedComponents(...mask(
    "##....",
    "##....",
    "##....",
    "##....",
  ));
  assertEquals(chooseDigit(components), components);
});

/** Makes a plane of what `value` gives for each pixel. */
function planeOf(width: number, height: number, value: (x: number, y: number) => number): Plane {
  const data = Float32Array.from(
    { length: width * height },
    (_, i) => value(i % width, Math.floor(i / width)),
  );
  return { width, height, data };
}

Deno.test("fit() averages areas when it reduces", () => {
  const plane = planeOf(6, 3, (x, y) => 10 * x + 100 * y);
  const half = fit(plane, 3);
  assertEquals([half.width, half.height], [3, 2]);
  // Rows 0 to 1.5 and 1.5 to 3, columns two by two.
  const rows = [(0 + 0.5 * 100) / 1.5, (0.5 * 100 + 200) / 1.5];
  const expected = rows.flatMap((row) => [row + 5, row + 25, row + 45]);
  expected.forEach((value, i) => assertAlmostEquals(half.data[i], value, 1e-3));
});

Deno.test("fit() keeps the mean at every size that it reduces to", () => {
  const random = new Random(4);
  const plane = planeOf(53, 53, () => random.uniform(0, 255));
  const mean = (data: Float32Array) => data.reduce((sum, value) => sum + value, 0) / data.length;
  for (let side = 1; side <= 53; side++) {
    assertAlmostEquals(mean(fit(plane, side).data), mean(plane.data), 1e-3);
  }
});

Deno.test("fit() keeps pictures of the same size", () => {
  const plane = planeOf(5, 7, (x, y) => x * y);
  assertEquals(fit(plane, 7), plane);
});

Deno.test("fit() interpolates when it enlarges", () => {
  const large = fit(planeOf(2, 1, (x) => 100 * x), 4);
  assertEquals([large.width, large.height], [4, 2]);
  assertEquals(Array.from(large.data), [0, 25, 75, 100, 0, 25, 75, 100]);
});

Deno.test("fit() keeps at least one pixel of the shorter side", () => {
  const thin = fit(planeOf(1, 200, () => 7), 20);
  assertEquals([thin.width, thin.height], [1, 20]);
  assert(thin.data.every((value) => Math.abs(value - 7) < 1e-5));
});
