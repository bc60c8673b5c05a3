import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Backend, DeviceError, type Network } from "../../lib/backend/backend.ts";
import { openSimd } from "../../lib/backend/simd/simd.ts";
import { readAll } from "../../lib/batch/batch.ts";
import type { Job } from "../../lib/batch/reader.ts";
import { loadModel } from "../../lib/model/store.ts";
import { ROOT } from "../commands.ts";
import { testWithFolder } from "../parts.ts";

const IMAGES = new URL("images/", ROOT).pathname;
const MODELS = new URL("models/", ROOT).pathname;

/** What came of the jobs, by so many workers (1: by none, but the main thread). */
async function read(jobs: Job[], threads: number) {
  const backend = await openSimd({ threads });
  const settings = { model: await loadModel(`${MODELS}dense`) };
  return await Array.fromAsync(readAll(jobs, { backend, settings, threads, worthWorkersMs: 0 }));
}

testWithFolder(
  "readAll() gives the same by workers as without, broken files too",
  async (folder) => {
    const truncated = `${folder}/truncated.png`;
    const bytes = await Deno.readFile(`${IMAGES}5.png`);
    await Deno.writeFile(truncated, bytes.subarray(0, bytes.length / 2));
    const jobs: Job[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1].flatMap((i) => [
      { file: `${IMAGES}${i}.png` },
      { file: truncated },
      { file: `${folder}/missing.png` },
      { file: "scans/", error: "There are no pictures in the folder" },
    ]);
    const alone = await read(jobs, 1);
    const texts = alone.map((outcome) => "error" in outcome ? "failed" : outcome.text);
    assertEquals(texts.filter((text) => text !== "failed"), [..."12345678901"]);
    assertEquals(alone[3], { error: "There are no pictures in the folder" });
    assertEquals(alone[2], { error: "There is no such file" });
    assertEquals(await read(jobs, 3), alone);
  },
);

Deno.test("readAll() says of each picture that it was not read where workers do not start", async () => {
  const backend = await openSimd({ threads: 2 });
  const model = await loadModel(`${MODELS}dense`);
  const jobs = Array.from({ length: 12 }, () => ({ file: `${IMAGES}9.png` }));
  const outcomes = readAll(jobs, {
    backend,
    settings: { model },
    threads: 2,
    worthWorkersMs: 0,
  });
  const first = await outcomes.next(); // by the main thread
  assertEquals(first.value.text, "9");
  model.weights = []; // what the workers get
  const others = await Array.fromAsync(outcomes);
  assertEquals(others.length, 11);
  for (const outcome of others) {
    const error = "error" in outcome ? outcome.error : "none";
    assertStringIncludes(error, "A thread to read pictures did not start: Weight 0 is missing");
  }
});

Deno.test("readAll() ends where the device fails, for no picture could be read any more", async () => {
  const simd = await openSimd({ threads: 1 });
  let calls = 0;
  const backend: Backend = {
    ...simd,
    createNetwork(...args): Network {
      const network = simd.createNetwork(...args);
      return Object.assign(Object.create(network), {
        logits: (images: Uint8Array) =>
          ++calls > 1 ? Promise.reject(new DeviceError("It was lost")) : network.logits(images),
        dispose: () => network.dispose(),
      });
    },
  };
  const jobs = Array.from({ length: 3 }, () => ({ file: `${IMAGES}9.png` }));
  const settings = { model: await loadModel(`${MODELS}dense`) };
  const outcomes = readAll(jobs, { backend, settings, threads: 1 });
  assertEquals((await outcomes.next()).value.text, "9");
  await assertRejects(() => outcomes.next(), DeviceError, "It was lost");
});
