// The compiled half of the picture code: that it does what its sources do. That it is compiled from
// them as they are, is tested with the kernels in tests/backend/simd/build.test.ts.

import { assertEquals } from "@std/assert";
import { findDigit } from "../../lib/image/digit.ts";
import { normalise } from "../../lib/image/normalise.ts";
import type { Picture } from "../../lib/image/picture.ts";
import { Random } from "../../lib/random.ts";
import { EIGHT, FIVE, paint, pen, SEVEN } from "./draw.ts";

const random = new Random(6);
const five = pen(FIVE, [90, 60], 120, 15);
const seven = pen(SEVEN, [10, 10], 60, 2);
const eight = pen(EIGHT, [300, 200], 400, 110);
const PICTURES: Record<string, Picture> = {
  "a noisy photo under a lamp": paint(300, 240, (x, y) => {
    return (240 - 170 * x / 300) * (1 - 0.6 * five(x, y)) + random.normal(0, 4);
  }),
  "chalk": paint(300, 240, (x, y) => 50 + y / 5 + 110 * five(x, y) + random.normal(0, 4)),
  "a thin pen": paint(80, 80, (x, y) => 250 - 200 * seven(x, y)),
  "a thick pen in a large picture": paint(1001, 803, (x, y) => {
    const ink = eight(x, y);
    return [250 - 230 * ink, 250 - 200 * ink, 240, 255];
  }),
  "a transparent ground": paint(80, 80, (x, y) => [200, 220, 240, 255 * seven(x, y)]),
  "28x28 pixels": paint(28, 28, (x, y) => x > 11 && x < 16 && y > 3 && y < 24 ? 255 : 0),
  "blank paper": paint(60, 40, () => 240),
  "one pixel": paint(1, 1, () => 0),
};

for (const [name, picture] of Object.entries(PICTURES)) {
  for (const [invert, inverted] of [["auto", -1], ["no", 0], ["yes", 1]] as const) {
    Deno.test(`normalise() finds what its sources find: ${name}, invert ${invert}`, () => {
      const { width, height, data } = picture;
      const rgba = new Uint32Array(data.buffer);
      const found = findDigit(rgba, width, height, inverted);
      const expected = found && {
        pixels: found.pixels,
        box: [found.box.x, found.box.y, found.box.width, found.box.height],
        inverted: found.inverted,
      };
      assertEquals(normalise(picture, { invert }) ?? null, expected);
    });
  }
}
