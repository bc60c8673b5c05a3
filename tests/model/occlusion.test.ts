import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { argMax, softmax } from "../../lib/model/evaluate.ts";
import { explain } from "../../lib/model/explanation.ts";
import type { Architecture } from "../../lib/model/layers.ts";
import { occlusionMap } from "../../lib/model/occlusion.ts";
import { loadModel } from "../../lib/model/store.ts";
import { openBackend } from "../backend/backends.ts";

const MODELS = `${import.meta.dirname}/../../models`;

/** Squares of 4x4 pixels, by their upper left corners, far enough from each other. */
const INK_FOR = { x: 4, y: 4 };
const INK_AGAINST = { x: 20, y: 4 };
const PAPER_FOR = { x: 4, y: 20 };
const PAPER_AGAINST = { x: 20, y: 20 };

const at = ({ x, y }: { x: number; y: number }, dx: number, dy: number) => 28 * (y + dy) + x + dx;

function square(corner: { x: number; y: number }): number[] {
  return Array.from({ length: 16 }, (_, i) => at(corner, i % 4, Math.floor(i / 4)));
}

/** A picture with ink in two of the squares. */
function picture(): Uint8Array {
  const pixels = new Uint8Array(784);
  for (const i of [...square(INK_FOR), ...square(INK_AGAINST)]) pixels[i] = 255;
  return pixels;
}

/** One dense layer of two classes, in which ink counts for the first or against it by square. */
const ARCHITECTURE: Architecture = {
  inputShape: [28, 28, 1],
  layers: [{ type: "flatten" }, { type: "dense", units: 2, activation: "softmax", useBias: false }],
};

async function openLinear() {
  const data = new Float32Array(2 * 784);
  for (const i of [...square(INK_FOR), ...square(PAPER_AGAINST)]) data[2 * i] = 1;
  for (const i of [...square(INK_AGAINST), ...square(PAPER_FOR)]) data[2 * i] = -1;
  const backend = await openBackend("simd", 1);
  return backend.createNetwork(ARCHITECTURE, [{ name: "dense/kernel", shape: [784, 2], data }]);
}

Deno.test("occlusionMap() has the sign and the place of what counts", async () => {
  const network = await openLinear();
  const map = await occlusionMap(picture(), 0, { network });
  // Each pixel of a square is under four patches, that cover 16, 8, 8 and 4 of its 16 pixels.
  const all = (corner: { x: number; y: number }) => square(corner).map((i) => map[i]);
  assertEquals(all(INK_FOR), Array(16).fill(9));
  assertEquals(all(INK_AGAINST), Array(16).fill(-9));
  assertEquals(all(PAPER_FOR), Array(16).fill(9));
  assertEquals(all(PAPER_AGAINST), Array(16).fill(-9));
  // Paper beside ink: more ink on the ink would change nothing.
  assertEquals([map[at(INK_FOR, -1, 0)], map[at(INK_FOR, 4, 3)]], [0, 0]);
  assertEquals([map[0], map[at({ x: 13, y: 13 }, 0, 0)], map[783]], [0, 0, 0]);

  const other = await occlusionMap(picture(), 1, { network });
  other.forEach((value, i) => assertAlmostEquals(value, -map[i], 1e-5));
  const calm = await occlusionMap(picture(), 0, { network, temperature: 2 });
  calm.forEach((value, i) => assertAlmostEquals(value, map[i] / 2, 1e-5));
  network.dispose();
});

Deno.test("occlusionMap() counts a grey pixel as part ink, part paper", async () => {
  const network = await openLinear();
  const grey = picture().map((value) => value === 255 ? 51 : 0);
  const map = await occlusionMap(grey, 0, { network });
  // Paper takes away a fifth, which counts for a fifth; ink adds four, which count as much.
  assertAlmostEquals(map[at(INK_FOR, 1, 1)], 9 * (0.2 * 0.2 - 0.8 * 0.8), 1e-5);
  network.dispose();
});

Deno.test("occlusionMap() also tells where the probability rounds to 1", async () => {
  const logits = (images: Uint8Array) =>
    Promise.resolve(
      Float32Array.from({ length: images.length / 392 }, (_, i) => i % 2 ? -1e4 : images[392 * i]),
    );
  const pixels = new Uint8Array(784).fill(255, 0, 1);
  const map = await occlusionMap(pixels, 0, { network: { logits } });
  assertEquals(map[0], 255);
});

Deno.test("occlusionMap() finds the part of a digit that its class hangs on", async () => {
  const model = await loadModel(`${MODELS}/best`);
  const backend = await openBackend("simd", 1);
  const network = backend.createNetwork(model.architecture, model.weights);
  const { temperature } = model;
  const { images } = syntheticDigits({ count: 20, seed: 1 });
  for (let i = 0; i < 20; i++) {
    const pixels = images.slice(i * 784, (i + 1) * 784);
    const classIndex = argMax(await network.logits(pixels));
    const map = await occlusionMap(pixels, classIndex, { network, temperature });
    const ink = [...map.keys()].filter((k) => pixels[k] > 127)
      .sort((a, b) => map[a] - map[b]);
    /** The class's probability without the ink around a pixel. */
    const without = async (k: number) => {
      const rest = pixels.map((value, j) =>
        Math.abs(j % 28 - k % 28) <= 2 && Math.abs(Math.floor(j / 28) - Math.floor(k / 28)) <= 2
          ? 0
          : value
      );
      return softmax(await network.logits(rest), temperature)[classIndex];
    };
    const [most, least] = [await without(ink.at(-1)!), await without(ink[0])];
    assert(most < least, `digit ${i}: ${most} without what says most, ${least} without the least`);
  }
  network.dispose();
});

Deno.test("occlusionMap() takes 784 pixels and a class that there is", async () => {
  const network = await openLinear();
  await assertRejects(
    () => occlusionMap(new Uint8Array(100), 0, { network }),
    TypeError,
    "Expected 28x28 = 784 pixels, found 100",
  );
  await assertRejects(
    () => occlusionMap(picture(), 2, { network }),
    RangeError,
    "There is no class 2 of 2",
  );
  network.dispose();
});

Deno.test("explain() gives plain data, with the model's own confidences", async () => {
  const model = await loadModel(`${MODELS}/tiny`);
  const backend = await openBackend("simd", 1);
  const network = backend.createNetwork(model.architecture, model.weights);
  const { temperature } = model;
  const { images, labels } = syntheticDigits({ count: 1, seed: 1 });
  const explanation = await explain(model, network, images, labels[0]);
  assertEquals(structuredClone(explanation), explanation);
  const expected = softmax(await network.logits(images), temperature);
  assertEquals(explanation.classes, [..."0123456789"]);
  explanation.probabilities.forEach((p, k) => assertAlmostEquals(p, expected[k], 1e-4));
  assertEquals(
    explanation.occlusion,
    await occlusionMap(images, labels[0], { network, temperature }),
  );
  network.dispose();
});
