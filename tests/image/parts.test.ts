import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  boundingBox,
  chooseDigit,
  type Component,
  connectedComponents,
  holdsSquare,
  withoutEdges,
  withoutFrames,
  withoutSpecks,
} from "../../lib/image/components.ts";
import { distanceTo } from "../../lib/image/distance.ts";
import { Box, fit, Plane } from "../../lib/image/plane.ts";
import { quantile, select } from "../../lib/image/select.ts";
import { Random } from "../../lib/random.ts";
import { maskOf, planeOf } from "./planes.ts";

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

/** The components of what is a # in the drawing. */
function componentsOf(...lines: string[]) {
  const mask = Uint8Array.from(lines.join(""), (char) => char === "#" ? 1 : 0);
  return connectedComponents(mask, planeOf(lines[0].length, lines.length, () => 1));
}

function boxOf({ left, top, right, bottom }: Component): number[] {
  return [left, top, right, bottom];
}

Deno.test("connectedComponents() joins diagonal neighbours and parts that meet late", () => {
  const { components, labels } = componentsOf(
    "#.#...",
    "#.#..#",
    ".#....",
    "....##",
  );
  assertEquals(components.map((it) => [...boxOf(it), it.area, it.edge]), [
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
  const plane = new Plane(5, 1, Float64Array.of(3, 7, 9, 4, 2));
  const { components } = connectedComponents(Uint8Array.of(1, 1, 0, 1, 1), plane);
  assertEquals(components.map(({ peak }) => peak), [7, 4]);
});

Deno.test("connectedComponents() finds nothing in an empty mask", () => {
  const { components, labels } = componentsOf("..", "..");
  assertEquals(components, []);
  assertEquals(Array.from(labels), [0, 0, 0, 0]);
});

Deno.test("connectedComponents() labels each pixel as its component, in noise", () => {
  const random = new Random(7);
  const [width, height] = [31, 23];
  const mask = Uint8Array.from({ length: width * height }, () => random.uniform() < 0.4 ? 1 : 0);
  const { components, labels } = connectedComponents(mask, planeOf(width, height, () => 1));
  // Neighbours have the same label; as many pixels as its area have each, and no more components
  // than the pixels that another way of spreading leaves apart.
  const least = [...mask.keys()];
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 0; i < mask.length; i++) {
      for (const j of [i - width - 1, i - width, i - width + 1, i - 1]) {
        const isNeighbour = mask[i] && mask[j] && Math.abs(i % width - j % width) <= 1;
        if (!isNeighbour || least[i] === least[j]) continue;
        least[i] = least[j] = Math.min(least[i], least[j]);
        changed = true;
      }
    }
  }
  const groups = Map.groupBy([...mask.keys()].filter((i) => mask[i]), (i) => least[i]);
  assertEquals(components.length, groups.size);
  for (const pixels of groups.values()) {
    const label = labels[pixels[0]];
    assertEquals(new Set(pixels.map((i) => labels[i])), new Set([label]));
    assertEquals(components[label - 1].area, pixels.length);
  }
});

Deno.test("holdsSquare() tells what is as thick as a square from strokes of the same length", () => {
  const stroke = (width: number) => {
    const lines = Array.from({ length: 40 }, () => "#".repeat(width).padEnd(40, "."));
    const found = componentsOf(...lines);
    return holdsSquare(found, found.components[0], 16, 40);
  };
  assertEquals([4, 12, 24, 40].map(stroke), [false, false, true, true]);
});

Deno.test("withoutEdges() leaves out what runs along the edge, unless there is nothing better", () => {
  const { components } = componentsOf(
    "#.......",
    "#...#...",
    "#..#....",
    "#....#..",
    "#.......",
    "#.......",
  );
  assertEquals(withoutEdges(components, false).map(boxOf), [[3, 1, 4, 2], [5, 3, 5, 3]]);
  const alone = components.slice(0, 1);
  assertEquals(withoutEdges(alone, false), alone);
  assertEquals(withoutEdges(alone, true), []);
});

Deno.test("withoutEdges() keeps what crosses the edge", () => {
  const { components } = componentsOf(
    "...#...",
    "...#...",
    "..##...",
    ".......",
  );
  assertEquals(withoutEdges(components, true), components);
});

Deno.test("withoutFrames() leaves out what frames something, and keeps the counters of digits", () => {
  const frame = componentsOf(
    "##########",
    "#........#",
    "#...##...#",
    "#...##...#",
    "#...##...#",
    "#...##...#",
    "#...##...#",
    "#........#",
    "##########",
  ).components;
  assertEquals(withoutFrames(frame).map(boxOf), [[4, 2, 5, 6]]);
  const dotted = componentsOf(
    "##########",
    "#........#",
    "#........#",
    "#...##...#",
    "#...##...#",
    "#........#",
    "#........#",
    "##########",
  ).components;
  assertEquals(withoutFrames(dotted), dotted);
  assertEquals(withoutFrames([]), []);
});

Deno.test("withoutSpecks() leaves out what is tiny beside the ink, be it ever so much", () => {
  const size = 120;
  const digit = (x: number, y: number) => x > 50 && x < 60 && y > 5 && y < 115;
  const speck = (x: number, y: number) => x % 10 === 0 && y % 10 === 0;
  const mask = maskOf(size, size, (x, y) => digit(x, y) || speck(x, y));
  const { components } = connectedComponents(mask, planeOf(size, size, () => 1));
  assert(components.length > 100);
  // The specks beside the digit touch it.
  assertEquals(withoutSpecks(components).map(boxOf), [[50, 6, 60, 114]]);
  assertEquals(withoutSpecks([]), []);
});

Deno.test("chooseDigit() takes the largest and what came off it, but no specks and no neighbour", () => {
  const { components } = componentsOf(
    "....................",
    "..####..............",
    "..####............##",
    "..####............##",
    "..####..............",
    "..####..............",
    "..####..............",
    "..####..............",
    "....................",
    "..####..............",
    "....................",
    "..#.................",
  );
  assertEquals(chooseDigit(components).map(boxOf), [[2, 1, 5, 7], [2, 9, 5, 9]]);
  assertEquals(chooseDigit([]), []);
});

Deno.test("boundingBox() is the least box around all", () => {
  const { components } = componentsOf("....", ".#..", "...#", "....");
  assertEquals(boundingBox(components), new Box(1, 1, 3, 2));
  assertEquals(boundingBox(componentsOf("...#", ".#..").components), new Box(1, 0, 3, 2));
  assertEquals(boundingBox([]), new Box(0, 0, 0, 0));
});

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
