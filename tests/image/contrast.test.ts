import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  contrastWith,
  darkThreshold,
  faintThreshold,
  inkThreshold,
  localGround,
} from "../../lib/image/contrast.ts";
import type { Plane } from "../../lib/image/plane.ts";
import { Random } from "../../lib/random.ts";
import { planeOf } from "./planes.ts";

Deno.test("contrastWith() is a share of what there is between the paper and full ink", () => {
  const scale = planeOf(50, 2, (x) => [155, 255, 55, 40, 56][x % 5]);
  const { plane } = contrastWith(scale, planeOf(50, 2, () => 55));
  assertEquals([...plane.data.subarray(0, 5)], [127.5, 255, 0, 0, 0]);
  // The same in the shadow, where there is half of the light.
  const shadow = contrastWith(planeOf(50, 2, () => 205), planeOf(50, 2, () => 155));
  assertEquals(shadow.plane.data[0], 127.5);
});

Deno.test("contrastWith() measures the paper's noise beside the ink, and leaves it out", () => {
  const random = new Random(1);
  for (const deviation of [3, 6, 12]) {
    const isInk = (x: number) => x % 20 < 4;
    const scale = planeOf(200, 200, (x) => isInk(x) ? 220 : 55 + random.normal(0, deviation));
    const { plane, noise } = contrastWith(scale, planeOf(200, 200, () => 55));
    const expected = deviation * 255 / 200;
    assert(Math.abs(noise / expected - 1) < 0.1, `${noise}, not ${expected}`);
    const left = plane.data.filter((value, i) => value > 0 && !isInk(i % 200)).length;
    assert(left < 20, `${left} pixels of noise`);
  }
});

/** Spots of paper and of inks as dark as `levels`, as many of each. */
function inks(random: Random, levels: readonly number[], deviation: number): Plane {
  return planeOf(60, 60, () => {
    const level = random.pick([0, ...levels]);
    return level === 0 ? 0 : Math.min(255, Math.max(0, level + random.normal(0, deviation)));
  });
}

/** The variance within the two classes that a threshold makes, of those values above `least`. */
function varianceWithin(data: Float64Array, threshold: number, least = -1): number {
  const values = [...data].filter((value) => value > least).map(Math.round);
  return [values.filter((v) => v < threshold), values.filter((v) => v >= threshold)]
    .map((part) => {
      const mean = part.reduce((sum, v) => sum + v, 0) / Math.max(1, part.length);
      return part.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    }).reduce((sum, v) => sum + v) / values.length;
}

Deno.test("inkThreshold() has the least variance within paper and ink", () => {
  const random = new Random(2);
  for (const [levels, deviation] of [[[200], 20], [[90], 10], [[60, 200], 15]] as const) {
    const plane = inks(random, levels, deviation);
    const threshold = inkThreshold(contrastWith(plane, planeOf(60, 60, () => 0)));
    const { data } = contrastWith(plane, planeOf(60, 60, () => 0)).plane;
    const all = Array.from({ length: 255 }, (_, i) => varianceWithin(data, i + 1));
    assertAlmostEquals(varianceWithin(data, threshold), Math.min(...all), 1e-6);
  }
});

Deno.test("darkThreshold() divides what is above another threshold likewise", () => {
  const plane = inks(new Random(3), [140, 225], 10);
  const contrast = contrastWith(plane, planeOf(60, 60, () => 0));
  const threshold = darkThreshold(contrast, 30);
  const { data } = contrast.plane;
  const all = Array.from({ length: 255 }, (_, i) => varianceWithin(data, i + 1, 30));
  assertAlmostEquals(varianceWithin(data, threshold, 30), Math.min(...all), 1e-6);
  assert(threshold > 160 && threshold < 210, `${threshold}`);
});

Deno.test("inkThreshold() finds nothing on plain paper", () => {
  const plain = planeOf(40, 40, () => 20);
  assertEquals(inkThreshold(contrastWith(plain, plain)), 0);
});

Deno.test("faintThreshold() takes in what is faint beside something darker", () => {
  const plane = planeOf(100, 100, (x) => x < 6 ? 250 : x > 50 && x < 54 ? 50 : 0);
  const contrast = contrastWith(plane, planeOf(100, 100, () => 0));
  assert(inkThreshold(contrast) > 50, `${inkThreshold(contrast)}`);
  const faint = faintThreshold(contrast);
  assert(faint > 0 && faint < 50, `${faint}`);
});

// A hard shadow's edge and strokes on both sides of it, wherever they are: the running minima and
// maxima are found by blocks, and each place is at another one's beginning.
Deno.test("localGround() follows a hard edge and goes on under strokes, wherever they are", () => {
  const [width, height] = [67, 48];
  const paper = planeOf(width, height, () => 40);
  for (let edge = 20; edge < width - 20; edge++) {
    const ground = (x: number) => x < edge ? 40 : 130;
    const isStroke = (x: number) => Math.abs(x - edge + 10) < 2 || Math.abs(x - edge - 12) < 2;
    const found = localGround(planeOf(width, height, (x) => isStroke(x) ? 240 : ground(x)), paper);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (Math.abs(x - edge) <= 6) continue; // it is soft
        const value = found.data[y * width + x];
        assert(Math.abs(value - ground(x)) < 2, `${value} at ${x}, ${y}, edge at ${edge}`);
      }
    }
  }
});

Deno.test("localGround() follows edges up and down as those from left to right", () => {
  const random = new Random(4);
  const scale = planeOf(50, 50, (x, y) => {
    return (x + y > 50 ? 150 : 30) + (x % 17 < 3 ? 90 : 0) + random.normal(0, 2);
  });
  const paper = planeOf(50, 50, () => 30);
  const turn = (plane: Plane) => planeOf(50, 50, (x, y) => plane.data[x * 50 + y]);
  const turned = turn(localGround(turn(scale), paper));
  localGround(scale, paper).data.forEach((value, i) => {
    assertAlmostEquals(value, turned.data[i], 1e-9);
  });
});

Deno.test("localGround() leaves even paper as it is", () => {
  const lamp = planeOf(80, 60, (x, y) => 30 + x / 2 + y / 3);
  localGround(lamp, lamp).data.forEach((value, i) => assertAlmostEquals(value, lamp.data[i], 1e-9));
});
