import { assertEquals, assertRejects } from "@std/assert";
import { MAX_BYTES, readBytes, readStream } from "../../lib/batch/bytes.ts";
import { testWithFolder } from "../parts.ts";

Deno.test("readStream() puts the parts together", async () => {
  const parts = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];
  assertEquals([...await readStream(ReadableStream.from(parts))], [1, 2, 3]);
});

Deno.test("readStream() stops a stream that never ends", async () => {
  let ended = false;
  async function* endless() {
    try {
      for (;;) yield new Uint8Array(1000);
    } finally {
      ended = true;
    }
  }
  const reading = readStream(ReadableStream.from(endless()), 10_500);
  await assertRejects(() => reading, RangeError, "The file is too large for a picture");
  assertEquals(ended, true);
});

testWithFolder("readBytes() opens no file that is larger than any picture", async (folder) => {
  const file = `${folder}/huge.png`;
  await Deno.writeTextFile(file, "");
  await Deno.truncate(file, MAX_BYTES + 1); // sparse: takes no room on the disk
  await assertRejects(() => readBytes(file), RangeError, "expected at most 256 MB");
});
