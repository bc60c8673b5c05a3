// The test vectors of docs/test-vectors: that they are what this program does, and that its tolerances
// are none too large.

import { assert, assertEquals } from "@std/assert";
import { roundToInt8 } from "../lib/export/c/int8.ts";
import { predictionsOf } from "../lib/model/evaluate.ts";
import type { Model } from "../lib/model/format.ts";
import { REJECT_MODEL } from "../lib/model/format.ts";
import { loadModel } from "../lib/model/store.ts";
import { Random } from "../lib/random.ts";
import {
  type DigitVector,
  FILE,
  format,
  makeVectors,
  type Vectors,
} from "../tools/make_vectors.ts";
import { ROOT } from "./commands.ts";
import { farthest, ourLogits, PIXELS, probabilitiesOf } from "./export/networks.ts";

const text = await Deno.readTextFile(FILE);
const vectors: Vectors = JSON.parse(text);
const digits = vectors.pictures.flatMap((picture) => picture.digits);
const images = Uint8Array.fromHex(digits.flatMap(({ pixels }) => pixels).join(""));
const names = Object.keys(vectors.networks);

function load(name: string): Promise<Model> {
  return loadModel(new URL(`models/${name}`, ROOT).pathname);
}

function outputs(name: string, kind: keyof DigitVector["outputs"][string]): number[] {
  return digits.flatMap((digit) => digit.outputs[name][kind]);
}

/** The classes that a model takes pictures for. */
async function answers(model: Model, images: Uint8Array): Promise<string[]> {
  const logits = await ourLogits(model, images);
  return predictionsOf(logits, images.length / PIXELS).map((place) => model.classes[place]);
}

Deno.test("the test vectors are what the program makes of the sample pictures", async () => {
  assertEquals(text, format(await makeVectors()), "make them anew: deno task vectors");
});

Deno.test("the test vectors are of the digits that the pictures show", () => {
  const read = vectors.pictures.map(({ file, text }) => [file, text]);
  const numbered = Array.from({ length: 10 }, (_, i) => [`images/${i + 1}.png`, `${(i + 1) % 10}`]);
  assertEquals(read.slice(0, 10), numbered);
  for (const { text, digits } of vectors.pictures) {
    assertEquals(digits.map(({ digit }) => digit).join(""), text);
  }
  assertEquals(new Set(digits.map(({ digit }) => digit)).size, 10);
});

// What docs/test-vectors/README.md allows.
const TOLERANCE = { pixels: 8, probabilities: 1e-5 };

for (const name of names) {
  Deno.test(`${name} on the test vectors gives the same probabilities on every backend`, async () => {
    const model = await load(name);
    const logits = await ourLogits(model, images);
    const apart = farthest(probabilitiesOf(model, logits), outputs(name, "probabilities"));
    assert(apart <= TOLERANCE.probabilities, `${apart} apart`);
  });

  Deno.test(`${name} with kernels of int8 answers the same on the test vectors`, async () => {
    const model = await load(name);
    assertEquals(await answers(roundToInt8(model), images), await answers(model, images));
  });
}

Deno.test("pixels that are off by the tolerance do not change what digits are taken for", async () => {
  const random = new Random(1);
  const expected = digits.map(({ digit }) => digit);
  for (const name of names.filter((name) => name !== REJECT_MODEL)) {
    const model = await load(name);
    for (let round = 0; round < 10; round++) {
      const near = images.map((pixel) => {
        const error = random.integer(2 * TOLERANCE.pixels + 1) - TOLERANCE.pixels;
        return Math.min(255, Math.max(0, pixel + error));
      });
      assertEquals(await answers(model, near), expected, name);
    }
  }
});
