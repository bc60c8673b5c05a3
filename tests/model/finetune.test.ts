import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { openSimd } from "../../lib/backend/simd/simd.ts";
import { corrupt } from "../../lib/data/corruptions.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { type Examples, split, take } from "../../lib/data/examples.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { hashOf } from "../../lib/data/verify.ts";
import { type Base, fineTune, trainedOn } from "../../lib/model/finetune.ts";
import type { Metrics } from "../../lib/model/metrics.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { type TrainedModel, trainRecipe } from "../../lib/model/training.ts";
import { Random } from "../../lib/random.ts";

const DIGITS = [..."0123456789"];
const OPTIONS = { name: "dense-mine", seed: 3 };
const PICTURE = 784;

function dataset(name: string, train: Examples, test: Examples, classes = DIGITS): Dataset {
  return { name, classes, train, test, files: { images: name }, source: name };
}

const KNOWN = dataset(
  "synthetic",
  syntheticDigits({ count: 2000, seed: 1, stream: 1 }),
  syntheticDigits({ count: 500, seed: 1, stream: 2 }),
);

/** Somebody who writes on striped paper: nothing of the kind is in what is known. */
function strange(count: number, stream: number): Examples {
  const examples = syntheticDigits({ count, seed: 2, stream });
  return { ...examples, images: corrupt(examples.images, "stripe") };
}

const BACKEND = await openSimd({ threads: 1 });
const PLAN = { epochs: 2, batch: 32, seed: 1, seeds: 1, classic: false, float16: false };

async function train(...args: Parameters<typeof trainRecipe>): Promise<TrainedModel> {
  for await (const event of trainRecipe(...args)) if (event.type === "trained") return event;
  throw new Error("It ended without a model");
}

const DENSE = await train(RECIPES.dense, PLAN, { backend: BACKEND, data: KNOWN });
const BASE: Base = { name: "dense", model: DENSE.model, metrics: DENSE.metrics };

/** Each picture's pixels, as one text. */
function texts({ images, count }: Examples): string[] {
  return Array.from(
    { length: count },
    (_, i) => images.subarray(i * PICTURE, (i + 1) * PICTURE).toHex(),
  );
}

Deno.test("fineTune() mixes three known pictures with each of one's own", () => {
  const own = dataset("mine/", strange(100, 1), strange(20, 2));
  const { data } = fineTune(BASE, own, KNOWN, OPTIONS);
  const { train, validation } = split(
    KNOWN.train,
    RECIPES.dense.validationSplit,
    new Random(1, 2), // the streams of training.ts
  );
  const [mine, known, held] = [own.train, train, validation].map((set) => new Set(texts(set)));
  const mixed = texts(data.train);
  const counts = new Map<string, number>();
  for (const text of mixed) counts.set(text, (counts.get(text) ?? 0) + 1);
  assert(mixed.every((text) => mine.has(text) || known.has(text)));
  assert([...mine].every((text) => counts.get(text) === 50), "5,000 of its own, all as often");
  // There are not three times as many: then all of them, once.
  assert([...known].every((text) => counts.get(text) === 1));
  assertEquals(new Set(texts(data.validation!)), held);
  assertEquals(data.name, "synthetic+mine/");
  assertEquals(data.parts, [
    { name: "synthetic", train: 2000, test: 500 },
    { name: "mine/", train: 100, test: 20 },
  ]);
  assertEquals(data.test.count, 520);
});

Deno.test("fineTune() mixes by the seed, and takes other known ones for another", async () => {
  const own = dataset("mine/", strange(8, 1), strange(2, 2));
  const count = 16_000; // more than are mixed in
  const images = new Uint8Array(count * PICTURE).map((_, i) => i >> (i % 3));
  const known = { ...KNOWN, train: { images, labels: new Uint8Array(count), count } };
  const mixed = async (seed: number) => {
    const { train, validation } = fineTune(BASE, own, known, { ...OPTIONS, seed }).data;
    assertEquals(train.count, 4 * 5000);
    const [bytes, held] = [train.images, validation!.images] as Uint8Array<ArrayBuffer>[];
    return [await hashOf(bytes), await hashOf(held)];
  };
  const [one, again, other] = [await mixed(1), await mixed(1), await mixed(2)];
  assertEquals(one, again);
  assertNotEquals(one[0], other[0]);
  assertEquals(one[1], other[1]);
});

Deno.test("fineTune() tests on a part of one's own only where there are enough", () => {
  const own = (train: number, test: number, known?: Dataset) => {
    const mine = dataset("mine/", strange(train, 1), strange(test, 2));
    return fineTune(BASE, mine, known, OPTIONS).data.parts!.at(-1);
  };
  assertEquals(own(39, 10, KNOWN), { name: "mine/", train: 49, test: 0 });
  assertEquals(own(40, 10, KNOWN), { name: "mine/", train: 40, test: 10 });
  // There is nothing else to test on.
  assertEquals(own(4, 1), { name: "mine/", train: 4, test: 1 });
});

Deno.test("fineTune() shows nothing but one's own where it is not known what the model knows", () => {
  const own = dataset("mine/", strange(4, 1), strange(1, 2));
  const { data } = fineTune(BASE, own, undefined, OPTIONS);
  assertEquals([data.train.count, data.validation!.count, data.test.count], [5000, 0, 1]);
  assertEquals(new Set(texts(data.train)), new Set(texts(own.train)));
});

Deno.test("fineTune() adds outputs for further classes, and leaves the others as they are", async () => {
  const examples = strange(60, 1);
  const letters: Examples = { ...examples, labels: examples.labels.map((_, i) => i % 2) };
  const own = dataset("letters/", letters, take(letters, 10), ["A", "7"]);
  const { start, data } = fineTune(BASE, own, KNOWN, OPTIONS);
  assertEquals(data.classes, [...DIGITS, "A"]);
  assertEquals([...data.test.labels.subarray(500, 504)], [10, 7, 10, 7]);
  const before = BACKEND.createNetwork(DENSE.model.architecture, DENSE.model.weights);
  const after = BACKEND.createNetwork(start.recipe, start.weights);
  const images = KNOWN.test.images.subarray(0, 20 * PICTURE);
  const [old, extended] = [await before.logits(images), await after.logits(images)];
  for (let i = 0; i < 20; i++) {
    assertEquals([...extended.subarray(i * 11, (i + 1) * 11)], [
      ...old.subarray(i * 10, (i + 1) * 10),
      0,
    ]);
  }
  before.dispose();
  after.dispose();
});

Deno.test("trainedOn() knows the data sets that have a name here", () => {
  const named = (name: string) =>
    trainedOn({ ...BASE, metrics: { dataset: { name } } as unknown as Metrics });
  assertEquals(named("mnist"), ["mnist"]);
  assertEquals(named("mnist+my-digits/+synthetic"), ["mnist", "synthetic"]);
  assertEquals(named("my-digits/"), []);
  // Another program's model: digits most probably are MNIST's.
  assertEquals(trainedOn({ name: "a.onnx", model: DENSE.model }), ["mnist"]);
  assertEquals(trainedOn({ name: "a.onnx", model: { ...DENSE.model, classes: ["A", "B"] } }), []);
});

Deno.test("fine-tuning with ten pictures helps to read others alike, and forgets nothing", async () => {
  const own = dataset("mine/", strange(9, 1), strange(1, 2));
  const { start, data } = fineTune(BASE, own, KNOWN, OPTIONS);
  const others = strange(300, 3);
  const measured = { ...data, test: others, parts: undefined };
  const plan = { ...PLAN, epochs: start.recipe.epochs, batch: start.recipe.batchSize };
  const context = { backend: BACKEND, start };
  const { metrics } = await train(start.recipe, plan, { ...context, data: measured });
  const before = metrics.from!;
  assertEquals([before.model, before.recipe], ["dense", "dense"]);
  assert(metrics.test.accuracy > before.test.accuracy + 0.2, `${metrics.test.accuracy}`);

  const { metrics: known } = await train(start.recipe, plan, { ...context, data });
  assertEquals(known.test.parts!.map(({ name, count }) => [name, count]), [["synthetic", 500]]);
  assertEquals(known.from!.test.parts![0].accuracy, DENSE.metrics.test.accuracy);
  assert(known.test.accuracy > DENSE.metrics.test.accuracy - 0.01, `${known.test.accuracy}`);
});
