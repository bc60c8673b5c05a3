// Published data sets of their files, in the forms that differ from MNIST's.

import { assertEquals } from "@std/assert";
import { publishedDataset } from "../../lib/data/assemble.ts";
import { encodeImages } from "../../lib/data/idx.ts";
import { MNIST } from "../../lib/data/sources.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { hashOf } from "../../lib/data/verify.ts";
import { files, PLAIN } from "./mirrors.ts";

Deno.test("publishedDataset() turns pictures upright that are published with rows for columns", async () => {
  const count = 3;
  const { images } = syntheticDigits({ count, seed: 1, stream: 1 });
  const turned = images.map((_, i) => {
    const [picture, y, x] = [Math.floor(i / 784), Math.floor(i / 28) % 28, i % 28];
    return images[picture * 784 + x * 28 + y];
  });
  const encode = (pixels: Uint8Array) => encodeImages({ count, rows: 28, columns: 28, pixels });
  const source = { ...MNIST, files };
  const published = { ...PLAIN, testImages: encode(turned) };
  const upright = await publishedDataset({ ...source, isTransposed: true }, published);
  assertEquals(upright.test.images, images);
  const asTheyAre = await publishedDataset(source, { ...PLAIN, testImages: encode(images) });
  assertEquals(asTheyAre.test.images, images);
});

Deno.test("publishedDataset() tells the SHA-256 of decompressed files, whatever was checked", async () => {
  const testLabels = { ...files.testLabels, sha256: "of the .gz", isHashedAsGzip: true as const };
  const source = { ...MNIST, files: { ...files, testLabels } };
  const { files: hashes } = await publishedDataset(source, PLAIN);
  assertEquals(hashes[testLabels.name], await hashOf(PLAIN.testLabels));
  assertEquals(hashes[files.trainImages.name], files.trainImages.sha256);
});
