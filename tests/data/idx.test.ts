import { assertEquals, assertThrows } from "@std/assert";
import {
  encodeImages,
  encodeLabels,
  parseImages,
  parseLabels,
  recognise,
} from "../../lib/data/idx.ts";

// Written by hand, byte by byte, so that the reader is not only checked against our own writer.
const IMAGES = Uint8Array.of(
  ...[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3],
  ...[0, 1, 2, 3, 4, 5],
  ...[250, 251, 252, 253, 254, 255],
);
const LABELS = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9);

function rejects(body: () => unknown, message: string) {
  assertEquals(assertThrows(body, SyntaxError).message, message);
}

Deno.test("parseImages() reads dimensions and pixels", () => {
  const { count, rows, columns, pixels } = parseImages(IMAGES);
  assertEquals([count, rows, columns], [2, 2, 3]);
  assertEquals([...pixels], [0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255]);
});

Deno.test("parseImages() reads a view that starts inside its buffer", () => {
  const buffer = new Uint8Array(IMAGES.length + 5);
  buffer.set(IMAGES, 5);
  assertEquals(parseImages(buffer.subarray(5)), parseImages(IMAGES));
});

Deno.test("parseImages() reads a file of no images", () => {
  const empty = { count: 0, rows: 28, columns: 28, pixels: new Uint8Array() };
  assertEquals(parseImages(encodeImages(empty)), empty);
});

Deno.test("parseImages() rejects trailing bytes", () => {
  rejects(
    () => parseImages(Uint8Array.of(...IMAGES, 0, 0)),
    "The header announces 2 images of 2x3, 28 bytes in all; found 30: 2 too many",
  );
});

Deno.test("parseImages() rejects a file cut short", () => {
  rejects(
    () => parseImages(IMAGES.subarray(0, 20)),
    "The header announces 2 images of 2x3, 28 bytes in all; found 20: " +
      "8 too few, the file is cut short",
  );
});

Deno.test("parseImages() rejects dimensions too large for any file", () => {
  const huge = IMAGES.slice();
  huge.fill(0xff, 4, 16);
  assertThrows(() => parseImages(huge), SyntaxError, "the file is cut short");
});

Deno.test("parseImages() rejects a file cut inside the header", () => {
  rejects(
    () => parseImages(IMAGES.subarray(0, 10)),
    "Too short for an IDX file of images: found 10 bytes, expected a header of 16",
  );
});

Deno.test("parseImages() rejects an empty file", () => {
  rejects(
    () => parseImages(new Uint8Array()),
    "Too short for an IDX file of images: found 0 bytes, expected a header of 16",
  );
});

Deno.test("parseImages() rejects labels and says so", () => {
  rejects(
    () => parseImages(LABELS),
    "Not an IDX file of images: it starts with 0x00000801, expected 0x00000803: " +
      "it is a file of labels, were the two swapped?",
  );
});

Deno.test("parseImages() rejects a file still compressed and says so", async () => {
  const gzip = new Blob([IMAGES]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(gzip).arrayBuffer());
  const error = assertThrows(() => parseImages(bytes), SyntaxError, "starts with 0x1f8b");
  assertEquals(
    error.message.endsWith(": it is still compressed with gzip, decompress it first"),
    true,
  );
});

Deno.test("parseImages() rejects an HTML page and says so", () => {
  const page = new TextEncoder().encode("\n<!DOCTYPE html><title>Sign in</title>");
  rejects(
    () => parseImages(page),
    "Not an IDX file of images: it starts with 0x0a3c2144, expected 0x00000803: " +
      "it is an HTML page, probably an error or login page saved under the file's name",
  );
});

Deno.test("parseImages() rejects other bytes without a hint", () => {
  rejects(
    () => parseImages(new TextEncoder().encode("\x89PNG, 16 bytes or more")),
    "Not an IDX file of images: it starts with 0xc289504e, expected 0x00000803",
  );
});

Deno.test("parseLabels() reads labels", () => {
  assertEquals([...parseLabels(LABELS)], [7, 0, 9]);
});

Deno.test("parseLabels() rejects trailing bytes", () => {
  rejects(
    () => parseLabels(Uint8Array.of(...LABELS, 1)),
    "The header announces 3 labels, 11 bytes in all; found 12: 1 too many",
  );
});

Deno.test("parseLabels() rejects a file cut short", () => {
  rejects(
    () => parseLabels(LABELS.subarray(0, 9)),
    "The header announces 3 labels, 11 bytes in all; found 9: " +
      "2 too few, the file is cut short",
  );
});

Deno.test("parseLabels() rejects images and says so", () => {
  rejects(
    () => parseLabels(IMAGES),
    "Not an IDX file of labels: it starts with 0x00000803, expected 0x00000801: " +
      "it is a file of images, were the two swapped?",
  );
});

Deno.test("parseLabels() rejects a file cut inside the header", () => {
  rejects(
    () => parseLabels(LABELS.subarray(0, 7)),
    "Too short for an IDX file of labels: found 7 bytes, expected a header of 8",
  );
});

Deno.test("parseLabels() names the first label out of range", () => {
  rejects(
    () => parseLabels(encodeLabels(Uint8Array.of(3, 9, 10, 255))),
    "Label 2 (counted from 0) is 10, expected 0 to 9",
  );
});

Deno.test("parseLabels() takes another number of classes", () => {
  const letters = encodeLabels(Uint8Array.of(0, 46));
  assertEquals([...parseLabels(letters, { classes: 47 })], [0, 46]);
  rejects(
    () => parseLabels(letters, { classes: 46 }),
    "Label 1 (counted from 0) is 46, expected 0 to 45",
  );
});

// Two rows of three numbers, the first of each the label; QMNIST has eight.
const TABLE = Uint8Array.of(
  ...[0, 0, 12, 2, 0, 0, 0, 2, 0, 0, 0, 3],
  ...[0, 0, 0, 7, 0, 0, 0, 4, 0, 0, 8, 52],
  ...[0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 17],
);

Deno.test("parseLabels() reads the first column of a table", () => {
  assertEquals(parseLabels(TABLE), Uint8Array.of(7, 9));
});

Deno.test("parseLabels() refuses tables that are cut, too long, too wide, or of other labels", () => {
  const announced = "The header announces 2 rows of 3 numbers, 36 bytes in all; found ";
  rejects(
    () => parseLabels(TABLE.subarray(0, 35)),
    `${announced}35: 1 too few, the file is cut short`,
  );
  rejects(() => parseLabels(Uint8Array.of(...TABLE, 0)), `${announced}37: 1 too many`);
  rejects(
    () => parseLabels(TABLE.subarray(0, 9)),
    "Too short for an IDX file of labels: found 9 bytes, expected a header of 12",
  );
  rejects(
    () => parseLabels(TABLE.with(24, 1)),
    "Label 1 (counted from 0) is 16777225, expected 0 to 9",
  );
  rejects(
    () => parseLabels(TABLE.with(24, 255)),
    "Label 1 (counted from 0) is -16777207, expected 0 to 9",
  );
  rejects(
    () => parseLabels(TABLE.subarray(0, 12).with(7, 9).with(11, 0)),
    "The header announces rows of no numbers",
  );
});

Deno.test("encodeImages() writes what the format says", () => {
  assertEquals(encodeImages(parseImages(IMAGES)), IMAGES);
});

Deno.test("encodeImages() rejects pixels of another size", () => {
  assertThrows(
    () => encodeImages({ count: 2, rows: 2, columns: 3, pixels: new Uint8Array(11) }),
    TypeError,
    "Expected 2x2x3 = 12 pixels, found 11",
  );
});

Deno.test("encodeLabels() writes what the format says", () => {
  assertEquals(encodeLabels(Uint8Array.of(7, 0, 9)), LABELS);
});

Deno.test("recognise() names what it knows and nothing else", () => {
  assertEquals(recognise(IMAGES), "images");
  assertEquals(recognise(LABELS), "labels");
  assertEquals(recognise(TABLE), "labels");
  assertEquals(recognise(new TextEncoder().encode("<html lang=en>")), "html");
  assertEquals(recognise(Uint8Array.of(0x1f, 0x8b, 8)), "gzip");
  assertEquals(recognise(new TextEncoder().encode("index")), undefined);
  assertEquals(recognise(new Uint8Array()), undefined);
});
