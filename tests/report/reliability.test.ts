import { assertAlmostEquals, assertEquals } from "@std/assert";
import { expectedCalibrationError, reliability } from "../../lib/report/reliability.ts";

Deno.test("reliability() sorts by confidence, the upper end of a bin included", () => {
  const bins = reliability(
    [0, 0.25, 0.26, 0.5, 1, 0.76],
    [true, false, true, true, true, false],
    4,
  );
  assertEquals(bins.map(({ count }) => count), [2, 2, 0, 2]);
  assertEquals(bins.map(({ accuracy }) => accuracy), [0.5, 1, 0, 0.5]);
  assertEquals(bins.map(({ confidence }) => confidence), [0.125, 0.38, 0, 0.88]);
  assertEquals(bins.map(({ from, to }) => [from, to]).flat(), [
    0,
    0.25,
    0.25,
    0.5,
    0.5,
    0.75,
    0.75,
    1,
  ]);
});

Deno.test("reliability() has fifteen bins", () => {
  assertEquals(reliability([0.5], [true]).length, 15);
});

Deno.test("expectedCalibrationError() weighs each bin's gap with its predictions", () => {
  // Three at 0.9 of which one is right, and one at 0.4 that is right:
  // 3/4 |0.9 - 1/3| + 1/4 |0.4 - 1| = 0.425 + 0.15.
  const bins = reliability([0.9, 0.9, 0.9, 0.4], [true, false, false, true]);
  assertAlmostEquals(expectedCalibrationError(bins), 0.575, 1e-12);
  const honest = reliability([0.5, 0.5], [true, false]);
  assertEquals(expectedCalibrationError(honest), 0);
  assertEquals(expectedCalibrationError(reliability([], [])), 0);
});
