import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { chooseDigit, type Component, connectedComponents } from "../../lib/image/components.ts";
import { distanceTo } from "../../lib/image/distance.ts";
import { fit, Plane } from "../../lib/image/plane.ts";
import { quantile, select } from "../../lib/image/select.ts";
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
    const expected = Float64Array.from(mask, (_, i) =>
      Math.min(...set.map((j) => {
        const dx = i % width - j % width;
        const dy = Math.floor(i / width) - Math.floor(j / width);
        return Math.hypot(dx, dy);
      })));
    const found = distanceTo(mask, width, height);
    found.forEach((distance, i) => assertAlmostEquals(distance, expected[i], 1e-9));
    // With a limit, what is nearer is right, and the rest is no nearer than that.
    distanceTo(mask, width, height, 2.5).forEach((distance, i) => {
      if (expected[i] < 2.5) assertEquals(distance, found[i]);
      else assert(distance >= 2.5);
    });
  }
});

Deno.test("distanceTo() an empty mask is infinite", () => {
  assertEquals(distanceTo(new Uint8Array(6), 3, 2), new Float64Array(6).fill(Infinity));
});

/** 1 where there is a #. */
function drawn(...lines: string[]): Plane {
  return planeOf(lines[0].length, lines.length, (x, y) => lines[y][x] === "#" ? 1 : 0);
}

Deno.test("connectedComponents() joins diagonal neighbours and parts that meet late", () => {
  const { components, labels } = connectedComponents(
    drawn(
      "#.#...",
      "#.#..#",
      ".#....",
      "....##",
    ),
    0.5,
  );
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

Deno.test("connectedComponents() tells the largest value of each", () => {
  const plane = new Plane(5, 1, Float64Array.of(3, 7, 2, 4, 2));
  assertEquals(connectedComponents(plane, 2).components.map(({ peak }) => peak), [7, 4]);
});

Deno.test("connectedComponents() finds nothing that is not above the threshold", () => {
  assertEquals(connectedComponents(planeOf(2, 2, () => 3), 3).components, []);
});

Deno.test("chooseDigit() keeps a digit that alone runs along the edge", () => {
  const { components } = connectedComponents(
    drawn(
      "##....",
      "##....",
      "##....",
      "##....",
    ),
    0.5,
  );
  assertEquals(chooseDigit(components), components);
});

/** Makes a plane of what `value` gives for each pixel. */
function planeOf(width: number, height: number, value: (x: number, y: number) => number): Plane {
  const pixels = Array.from(
    { length: width * height },
    (_, i) => [i % width, Math.floor(i / width)],
  );
  return new Plane(width, height, Float64Array.from(pixels, ([x, y]) => value(x, y)));
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
  const mean = (data: Float64Array) => data.reduce((sum, value) => sum + value, 0) / data.length;
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

Deno.test("select() gives what sorting would", () => {
  const random = new Random(5);
  for (const levels of [1, 2, 10, 1e9]) {
    const values = Float64Array.from({ length: 50 }, () => Math.floor(random.uniform(0, levels)));
    const sorted = values.toSorted();
    for (let k = 0; k < values.length; k++) assertEquals(select(values.slice(), k), sorted[k]);
  }
});

Deno.test("quantile() is the least value that has the share up to it", () => {
  const values = Float64Array.of(40, 10, 30, 20);
  const shares = [0, 0.25, 0.26, 0.5, 0.9, 1];
  assertEquals(shares.map((share) => quantile(values, share)), [10, 10, 20, 20, 40, 40]);
});
