import { assertEquals, assertThrows } from "@std/assert";
import { augmentBatch } from "../../lib/data/augment.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { previewSheet, type Sheet } from "../../lib/report/sheet.ts";

const examples = syntheticDigits({ count: 30, seed: 1 });
const RECIPE = { rotationDeg: 10, shift: 2, cutout: 6 };

/** The picture [28, 28] in a row and column of the sheet, shrunk back; asserts that it is there. */
function pictureAt({ pixels, width }: Sheet, row: number, column: number): Uint8Array {
  // White begins where the pictures do: their edges are paper.
  const startsOf = (line: Uint8Array) =>
    [...line.keys()].filter((i) => line[i] === 255 && line[i - 1] === 208);
  const first = pixels.indexOf(255);
  const down = Uint8Array.from(
    { length: pixels.length / width },
    (_, y) => pixels[y * width + first % width],
  );
  const top = startsOf(down)[row];
  const left = startsOf(pixels.subarray(top * width, (top + 1) * width))[column];
  for (let y = 0; y < 84; y++) {
    for (let x = 0; x < 84; x++) {
      const corner = (top + y - y % 3) * width + left + x - x % 3;
      assertEquals(pixels[(top + y) * width + left + x], pixels[corner]);
    }
  }
  return Uint8Array.from(
    { length: 784 },
    (_, i) => 255 - pixels[(top + 3 * Math.floor(i / 28)) * width + left + 3 * (i % 28)],
  );
}

Deno.test("previewSheet() shows each operation, then all of them on each label", () => {
  const sheet = previewSheet(examples, RECIPE, { seed: 7 });
  assertEquals(sheet.rows.map((row) => row.split(":")[0]), [
    ...["rotationDeg 10", "shift 2", "cutout 6"],
    ...new Array(10).fill("all of it"),
  ]);
  assertEquals(sheet.pixels.length, sheet.width * sheet.height);

  const rows = [{ rotationDeg: 10 }, { shift: 2 }, { cutout: 6 }, ...new Array(10).fill(RECIPE)];
  rows.forEach((augmentation, row) => {
    const place = examples.labels.indexOf(row < 3 ? row : row - 3);
    const original = examples.images.subarray(place * 784, (place + 1) * 784);
    assertEquals(pictureAt(sheet, row, 0), original);
    for (const epoch of [1, 9]) {
      assertEquals(
        pictureAt(sheet, row, epoch),
        augmentBatch(original, [place], augmentation, { seed: 7, epoch }),
      );
    }
  });
});

Deno.test("previewSheet() shows a single operation, or none, once", () => {
  for (const augmentation of [{ rotationDeg: 10 }, {}]) {
    const { rows } = previewSheet(examples, augmentation, { seed: 7 });
    assertEquals(rows, new Array(10).fill("all of it"));
  }
});

Deno.test("previewSheet() makes do with few labels, but not with none", () => {
  const few = { images: examples.images.subarray(0, 784), labels: Uint8Array.of(4), count: 1 };
  assertEquals(previewSheet(few, RECIPE, { seed: 7 }).rows.length, 4);
  const none = { images: new Uint8Array(), labels: new Uint8Array(), count: 0 };
  assertThrows(() => previewSheet(none, RECIPE, { seed: 7 }), RangeError, "no examples");
});
