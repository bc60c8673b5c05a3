import { assert, assertEquals } from "@std/assert";
import type { Backend } from "../../lib/backend/backend.ts";
import { openSimd } from "../../lib/backend/simd/simd.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { loadModel } from "../../lib/model/store.ts";
import { recognise } from "../../lib/recognise.ts";
import { encodePng } from "../../lib/report/png.ts";
import { readingJson } from "../../lib/report/reading.ts";
import { Engine } from "../../lib/web/engine.ts";
import { type Answer, isFailure, type PictureJob } from "../../lib/web/job.ts";
import { ROOT } from "../commands.ts";
import { openReader } from "../reader.ts";

const load = (name: string) => loadModel(new URL(`models/${name}`, ROOT).pathname);
const readImage = (name: string) => Deno.readFile(new URL(`images/${name}`, ROOT));

/** An engine, and how many pictures its networks are given with each call. */
async function openEngine() {
  const [simd, best, dense, reject] = await Promise.all([
    openSimd({ threads: 1 }),
    ...["best", "dense", "reject"].map(load),
  ]);
  const calls: number[] = [];
  const backend: Backend = {
    ...simd,
    createNetwork: (...args) => {
      const network = simd.createNetwork(...args);
      const logits = network.logits.bind(network);
      network.logits = (images) => {
        calls.push(images.length / 784);
        return logits(images);
      };
      return network;
    },
  };
  const models = new Map([["best", best], ["dense", dense]]);
  return { engine: new Engine(backend, { models, defaultModel: "best", reject }), calls };
}

function textOf(answer: Answer): string | undefined {
  return "json" in answer ? JSON.parse(answer.json).text : undefined;
}

/** A digit in MNIST's format, but for the ink, which is dark. */
async function tinyPicture(): Promise<Uint8Array> {
  const { images } = syntheticDigits({ count: 1, seed: 7 });
  return await encodePng(images.map((value) => 255 - value), 28, 28);
}

for (
  const [count, kind, bytes] of [
    [4, "", await readImage("2.png")],
    [16, "tiny ", await tinyPicture()],
  ] as const
) {
  Deno.test(`Engine asks the networks as often for ${count} ${kind}pictures as for one`, async () => {
    const { engine, calls } = await openEngine();
    const job: PictureJob = { name: "2.png", bytes, settings: { model: "best" } };
    const alone = await engine.answer(job);
    const callsAlone = calls.splice(0);
    const together = await Promise.all(Array.from({ length: count }, () => engine.answer(job)));
    assertEquals(calls, callsAlone.map((pictures) => count * pictures));
    assertEquals(engine.takeBatches(), [...callsAlone, ...calls]);
    assertEquals(engine.takeBatches(), []);
    assertEquals(together.map(textOf), new Array(count).fill(textOf(alone)));
  });
}

Deno.test("Engine reads as recognise() does, whatever is read at the same time", async () => {
  const { engine } = await openEngine();
  const reader = await openReader();
  const files = await Promise.all(
    ["1.png", "number.jpg", "phone.jpg", ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map((i) => `${i}.png`)]
      .map(readImage),
  );
  const jobs = files.map((bytes, i): PictureJob => ({
    name: `${i}`,
    bytes: i === 3 ? bytes.subarray(0, 500) : bytes,
    settings: { model: i % 4 === 1 ? "dense" : "best", threshold: 0.9 },
  }));
  const answers = await Promise.all(jobs.map((job) => engine.answer(job)));
  for (const [i, answer] of answers.entries()) {
    if (i === 3) assert(isFailure(answer) && answer.status === 422);
    else if (i % 4 === 1) assertEquals(textOf(answer)?.length, i === 1 ? 7 : 1);
    else {
      const reading = await recognise(files[i], { ...reader, threshold: 0.9 });
      const json = JSON.stringify(readingJson(`${i}`, reading, "best"));
      assertEquals(answer, { json, digits: reading.digits.length });
    }
  }
});

Deno.test("Engine gives the network's logits for tensors", async () => {
  const { engine, calls } = await openEngine();
  const images = Uint8Array.from({ length: 3 * 784 }, (_, i) => i * i % 256);
  const answers = await Promise.all([
    engine.answer({ images: images.subarray(0, 784), model: "best" }),
    engine.answer({ images: images.subarray(784), model: "best" }),
  ]);
  assertEquals(calls, [3]);
  const { network } = await openReader();
  const expected = await network.logits(images);
  assertEquals(answers, [expected.slice(0, 10), expected.slice(10)]);
});

Deno.test("Engine says what is wrong with a picture", async () => {
  const { engine } = await openEngine();
  const huge = await readImage("2.png");
  new DataView(huge.buffer).setUint32(16, 60_000); // the width
  new DataView(huge.buffer).setUint32(20, 60_000);
  const settings = { model: "best" };
  const ask = (bytes: Uint8Array) => engine.answer({ name: "-", bytes, settings });
  await ask(await readImage("phone.jpg"));
  assert(!engine.isBloated);
  assertEquals(await ask(new Uint8Array()), {
    status: 422,
    error: "The file is empty, expected a picture",
  });
  assertEquals(await ask(huge), {
    status: 413,
    error: "The picture is too large: 60000x60000 = 3600 megapixels, expected at most 64",
  });
  assert(engine.isBloated);
});
