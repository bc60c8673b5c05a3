import { assertEquals } from "@std/assert";
import { loadDataset } from "../../lib/data/dataset.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { mnistPixels, pixelsOnBlack } from "../../lib/image/mnist_form.ts";
import { normalise } from "../../lib/image/normalise.ts";
import type { Picture } from "../../lib/image/picture.ts";
import { testWith } from "../parts.ts";
import { FIVE, type Lines, paint, pen } from "./draw.ts";

/** (28, 28) ink as light grey on black. */
function toPicture(pixels: Uint8Array): Picture {
  return paint(28, 28, (x, y) => {
    const ink = pixels[28 * y + x];
    return [ink, ink, ink, 255];
  });
}

/** How many of some pictures in MNIST's form are taken for other ones, or come out changed. */
function countChanged(images: Uint8Array): number {
  let changed = 0;
  for (let start = 0; start < images.length; start += 784) {
    const pixels = images.subarray(start, start + 784);
    const found = mnistPixels(toPicture(pixels));
    if (!found?.every((ink, i) => ink === pixels[i])) changed++;
  }
  return changed;
}

const directory = Deno.env.get("DIGITS_DATA");

testWith("mnist", directory !== undefined, "mnistPixels() takes MNIST as it is", async () => {
  const { train, test } = await loadDataset("mnist", { directory: directory! });
  assertEquals(countChanged(train.images), 0);
  assertEquals(countChanged(test.images), 0);
});

Deno.test("mnistPixels() takes what normalise() gave as it is", () => {
  const shapes: Lines[] = [
    FIVE,
    [[[0, 0], [0, 1]]],
    [[[0, 0], [1, 0]]],
    [[[0, 0], [1, 1]]],
    // The centre of mass far to one side, and far down.
    [[[0, 0], [0, 1]], [[0, 0], [0, 1], [0.1, 0], [0.1, 1], [1, 0.5]]],
    [[[0, 1], [1, 1], [1, 0.8], [0, 0.8]], [[0.5, 1], [0.5, 0]]],
  ];
  const images = shapes.flatMap((shape) =>
    [2, 6, 14].map((width) => {
      const ink = pen(shape, [20, 20], 60, width);
      const picture = paint(100, 100, (x, y) => {
        const tone = 255 * (1 - ink(x, y));
        return [tone, tone, tone, 255];
      });
      return normalise(picture)!.pixels;
    })
  );
  assertEquals(countChanged(Uint8Array.from(images.flatMap((pixels) => [...pixels]))), 0);
});

const digit = syntheticDigits({ count: 1, seed: 1, stream: 1 }).images;
const moved = new Uint8Array(784);
moved.set(digit.subarray(0, 784 - 28 - 1), 28 + 1);
const OTHERS: Record<string, Picture> = {
  "a digit that is off the centre": toPicture(moved),
  "a digit that is smaller": toPicture(digit.map((ink, i) => i < 14 * 28 ? ink : 0)),
  "dark ink": toPicture(digit.map((ink) => 255 - ink)),
  "a digit on grey": toPicture(digit.map((ink) => Math.max(1, ink))),
  "nothing": toPicture(new Uint8Array(784)),
  "colours": { ...toPicture(digit), data: toPicture(digit).data.fill(9, 0, 1) },
  "transparent paper": { ...toPicture(digit), data: toPicture(digit).data.fill(0, 0, 4) },
  "another size": paint(29, 28, () => [0, 0, 0, 255]),
};
for (const [name, picture] of Object.entries(OTHERS)) {
  Deno.test(`mnistPixels() leaves ${name} to others`, () => {
    assertEquals(mnistPixels(picture), undefined);
  });
}

Deno.test("pixelsOnBlack() takes what is no digit wherever it is, of any size", () => {
  const filling = Uint8Array.from({ length: 784 }, (_, i) => i % 28 > 12 ? 255 - i % 50 : 0);
  for (const pixels of [filling, moved, digit]) {
    assertEquals(pixelsOnBlack(toPicture(pixels)), pixels);
  }
  const { colours, nothing, "dark ink": dark, "a digit on grey": grey, ...rest } = OTHERS;
  for (const picture of [colours, nothing, dark, grey, rest["another size"]]) {
    assertEquals(pixelsOnBlack(picture), undefined);
  }
});
