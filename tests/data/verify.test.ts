import { assertEquals, assertStringIncludes } from "@std/assert";
import { decompress } from "../../lib/data/verify.ts";
import { gzip, gzipped, PLAIN } from "./mirrors.ts";

Deno.test("decompress() gives what was compressed, or what was not as it is", async () => {
  for (const bytes of [...Object.values(PLAIN), new Uint8Array(), new Uint8Array(1_000_000)]) {
    assertEquals(await decompress(await gzip(bytes)), { bytes });
    assertEquals(await decompress(bytes), { bytes });
  }
  // A part of a larger buffer.
  const { trainLabels } = gzipped;
  const within = new Uint8Array(trainLabels.length + 20);
  within.set(trainLabels, 9);
  const found = await decompress(within.subarray(9, 9 + trainLabels.length));
  assertEquals(found, { bytes: PLAIN.trainLabels });
});

Deno.test("decompress() tells damage, wherever it is", async () => {
  const { length } = gzipped.trainImages;
  const damaged: [string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>][] = [
    ["cut in the head", (bytes) => bytes.slice(0, 3)],
    ["cut", (bytes) => bytes.slice(0, -100)],
    ["without the last byte", (bytes) => bytes.slice(0, -1)],
    ["another byte", (bytes) => bytes.with(length / 2 | 0, bytes[length / 2 | 0] ^ 1)],
    ["another checksum", (bytes) => bytes.with(length - 8, bytes[length - 8] ^ 1)],
    ["a smaller size", (bytes) => bytes.with(length - 3, bytes[length - 3] - 1)],
    ["a larger size", (bytes) => bytes.with(length - 3, bytes[length - 3] + 1)],
    ["a size that cannot be", (bytes) => bytes.with(length - 1, 255)],
  ];
  for (const [what, damage] of damaged) {
    const { problem } = await decompress(damage(gzipped.trainImages));
    assertStringIncludes(problem ?? "", "bytes of gzip are damaged or cut short", what);
  }
});
