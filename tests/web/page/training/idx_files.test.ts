// Files that a visitor hands in to train with.

import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { gzipSync } from "fflate";
import { encodeImages, encodeLabels } from "../../../../lib/data/idx.ts";
import { syntheticDigits } from "../../../../lib/data/synthetic.ts";
import { hashOf } from "../../../../lib/data/verify.ts";
import {
  datasetOf,
  type IdxFile,
  missingFrom,
  readIdxFile,
} from "../../../../lib/web/page/training/idx_files.ts";

const { images: pixels, labels, count } = syntheticDigits({ count: 50, seed: 1 });
const IMAGES = encodeImages({ count, rows: 28, columns: 28, pixels });
const LABELS = encodeLabels(labels);

/** Files by their parts. */
async function read(files: Record<string, Uint8Array<ArrayBuffer>>) {
  const read = await Promise.all(
    Object.entries(files).map(([name, bytes]) => readIdxFile(name, bytes)),
  );
  return Object.fromEntries(read.map((file) => [file.part, file] as [string, IdxFile]));
}

Deno.test("readIdxFile() tells which file it is, compressed or not", async () => {
  const files = await read({
    "train-images-idx3-ubyte.gz": gzipSync(IMAGES),
    "labels": gzipSync(LABELS), // whatever its name says of compression
    "t10k-images-idx3-ubyte": IMAGES,
    "my-TEST-labels.gz": LABELS,
  });
  assertEquals(Object.keys(files).sort(), [
    "testImages",
    "testLabels",
    "trainImages",
    "trainLabels",
  ]);
  for (const { count, isMnist } of Object.values(files)) {
    assertEquals([count, isMnist], [50, false]);
  }
  assertEquals(files.trainImages.sha256, await hashOf(IMAGES));
  assertEquals(files.trainImages.values, pixels);
  assertEquals(files.testLabels.values, labels);
});

Deno.test("readIdxFile() names a wrong file, and says what is wrong with it", async () => {
  const text = new TextEncoder().encode("not a picture");
  const wrong: [bytes: Uint8Array<ArrayBuffer>, message: RegExp][] = [
    [text, /^it\.gz is no file of MNIST's format \(IDX\)\. Expected files like train-images/],
    [new Uint8Array(), /^it\.gz is no file of MNIST's format/],
    [new TextEncoder().encode("<!doctype html>"), /^it\.gz cannot be used: it is an HTML page$/],
    [gzipSync(IMAGES).subarray(0, 300), /^it\.gz .* 300 bytes of gzip are damaged or cut/],
    [IMAGES.subarray(0, 1000), /^it\.gz .* 50 images of 28x28, 39216 bytes.* found 1000/],
    [
      encodeImages({ count: 50, rows: 56, columns: 14, pixels }),
      /^it\.gz cannot be used: Its pictures have 14x56 pixels, expected 28x28$/,
    ],
    [encodeLabels(Uint8Array.of(3, 26)), /^it\.gz .* is 26, expected 0 to 9$/],
  ];
  for (const [bytes, message] of wrong) {
    const error = await assertRejects(() => readIdxFile("it.gz", bytes), SyntaxError);
    assertMatch(error.message, message);
  }
});

Deno.test("datasetOf() takes what is given, and tests with a fifth of it where nothing is for that", async () => {
  const train = await read({ "train-images": IMAGES, "train-labels": LABELS });
  const held = datasetOf(train, 1);
  assertEquals([held.train.count, held.test.count], [40, 10]);
  assertEquals(Object.values(held.files), [await hashOf(IMAGES), await hashOf(LABELS)]);
  const test = await read({ "t10k-images": IMAGES, "t10k-labels": LABELS });
  const all = datasetOf({ ...train, ...test }, 1);
  assertEquals([all.train.count, all.test.count, all.name], [50, 50, "own files"]);
});

Deno.test("missingFrom() says which files are still needed", async () => {
  const train = await read({ "train-images": IMAGES, "train-labels": LABELS });
  const { testLabels } = await read({ "t10k-labels": LABELS });
  assertEquals(missingFrom({}), "pictures and labels to train on");
  assertEquals(missingFrom({ trainLabels: train.trainLabels }), "the pictures to train on");
  assertEquals(missingFrom({ trainImages: train.trainImages }), "the labels to train on");
  assertEquals(missingFrom({ ...train, testLabels }), "the pictures to test with");
  assertEquals(missingFrom(train), undefined);
});

Deno.test("datasetOf() refuses pictures and labels that are not as many, or none", async () => {
  const few = await read({ "train-images": IMAGES, "few-labels": encodeLabels(labels.slice(1)) });
  const error = assertThrows(() => datasetOf(few, 1), TypeError);
  assertEquals(
    error.message,
    "train-images has 50 pictures and few-labels 49 labels, expected as many of both",
  );
  const none = await read({
    "train-images": encodeImages({ count: 0, rows: 28, columns: 28, pixels: new Uint8Array() }),
    "train-labels": encodeLabels(new Uint8Array()),
  });
  assertThrows(() => datasetOf(none, 1), RangeError, "at least one picture");
});
