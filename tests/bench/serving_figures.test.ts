import { assertAlmostEquals, assertEquals } from "@std/assert";
import { lateGrowth, percentile } from "../../bench/serving_figures.ts";

Deno.test("percentile() gives the smallest value that so many percent do not exceed", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  assertEquals([50, 95, 99, 100].map((percent) => percentile(hundred, percent)), [50, 95, 99, 100]);
  assertEquals([0, 50, 51, 99].map((percent) => percentile([3, 8], percent)), [3, 3, 8, 8]);
  assertEquals(percentile(Float64Array.of(7), 99), 7);
});

Deno.test("lateGrowth() compares the last third with the one before it", () => {
  assertEquals(lateGrowth([1, 50, 100, 100, 100, 100]), 0);
  assertAlmostEquals(lateGrowth([1, 1, 1, 100, 104, 102, 107, 107, 900])!, 107 / 102 - 1);
});

Deno.test("lateGrowth() leaves out the start where there are no three equal parts", () => {
  assertEquals(lateGrowth([9, 9, 100, 200, 300, 400]), 350 / 150 - 1);
  assertEquals(lateGrowth([9, 1, 2, 3]), 0.5);
});

Deno.test("lateGrowth() has no answer for fewer values than parts", () => {
  assertEquals(lateGrowth([1, 2]), undefined);
});
