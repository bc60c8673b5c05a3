import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  createRecogniser,
  decodeModel,
  encodeModel,
  evaluate,
  type Examples,
  RECIPES,
  syntheticDigits,
  train,
  type TrainEvent,
  UserError,
} from "../../mod.ts";
import { ROOT, run } from "../commands.ts";
import { testWithFolder } from "../parts.ts";

const CLASSES = ["even", "odd"];
const DATA = {
  train: syntheticDigits({ count: 600, seed: 3, stream: 1 }),
  test: syntheticDigits({ count: 200, seed: 3, stream: 2 }),
};

/** What training ends with. */
async function last(events: AsyncIterable<TrainEvent>) {
  const event = (await Array.fromAsync(events)).at(-1)!;
  if (event.type !== "trained") throw new Error(`The last event is ${event.type}`);
  return event;
}

Deno.test("train() ends with a model that reads, and with what is known of it", async () => {
  const { model, metrics } = await last(train("dense", DATA, { epochs: 2, threads: 1 }));
  assertEquals([metrics.recipe, metrics.epochs, metrics.history.length], ["dense", 2, 2]);
  assertEquals(metrics.dataset.train + metrics.dataset.validation, DATA.train.count);
  const { json, weights } = encodeModel(model);
  const decoded = decodeModel(json, weights);
  const { accuracy, confusionMatrix } = await evaluate(decoded, DATA.test, { threads: 1 });
  assertEquals([accuracy, confusionMatrix], [metrics.test.accuracy, metrics.test.confusionMatrix]);
  assert(accuracy > 0.5, `${accuracy}`);
  using recogniser = await createRecogniser({ model: decoded });
  const picture = await Deno.readFile(new URL("images/1.png", ROOT));
  assertEquals((await recogniser.read(picture)).model, "dense");
});

testWithFolder("train() gives the command's figures for the same data and seed", async (folder) => {
  const flags = [
    "--model=dense",
    "--dataset=synthetic",
    "--limit=500",
    "--epochs=1",
    "--threads=1",
  ];
  const { code, stderr } = await run("train", [...flags, `--out=${folder}`]);
  assertEquals(code, 0, stderr);
  const command = JSON.parse(await Deno.readTextFile(`${folder}/dense/metrics.json`));
  const data = {
    train: syntheticDigits({ count: 500, seed: 1, stream: 1 }),
    test: syntheticDigits({ count: 500, seed: 1, stream: 2 }),
  };
  const { metrics } = await last(train("dense", data, { epochs: 1, threads: 1 }));
  assertEquals(metrics.test, command.test);
  assertEquals(metrics.temperature, command.temperature);
  assertEquals(metrics.history[0].loss, command.history[0].loss);
});

Deno.test("train() fits recipes to the classes, and a recogniser reads these", async () => {
  const parity = ({ images, labels, count }: Examples): Examples => ({
    images,
    labels: labels.map((label) => label % 2),
    count,
  });
  const recipe = { ...RECIPES.dense, name: "parity" };
  const data = { train: parity(DATA.train), test: parity(DATA.test), classes: CLASSES };
  const { model, metrics } = await last(train(recipe, data, { epochs: 1, seeds: 2, threads: 1 }));
  assertEquals([model.name, model.classes, metrics.classes], ["parity", CLASSES, CLASSES]);
  assertEquals([metrics.seeds!.n, metrics.seeds!.first], [2, 1]);
  using recogniser = await createRecogniser({ model });
  const picture = await Deno.readFile(new URL("images/1.png", ROOT));
  const { digits: [one] } = await recogniser.read(picture, { single: true });
  assertEquals([one.digit, ...one.alternatives.map(({ digit }) => digit)].sort(), CLASSES);
  // Nobody was asked whether it is a digit: the two are all that it can be.
  assertAlmostEquals(one.confidence + one.alternatives[0].confidence, 1, 1e-6);
});

Deno.test("train() ends when the loop is left", async () => {
  const seen: string[] = [];
  for await (const { type } of train("dense", DATA, { epochs: 1000, threads: 1 })) {
    seen.push(type);
    if (type === "epoch") break;
  }
  assertEquals(seen.at(-1), "epoch");
});

Deno.test("train() and evaluate() refuse data that do not fit, before any work", async () => {
  const begin = async (recipe: string, data: Parameters<typeof train>[1], options = {}) => {
    await train(recipe, data, options).next();
  };
  await assertRejects(() => begin("nonesuch", DATA), UserError, 'no recipe "nonesuch"');
  await assertRejects(
    () => begin("dense", { ...DATA, classes: CLASSES }),
    RangeError,
    "Expected labels from 0 to 1, found",
  );
  await assertRejects(
    () => begin("dense", { ...DATA, classes: ["a", "b", "a"] }),
    RangeError,
    "Expected two or more classes, each once, found a, b, a",
  );
  await assertRejects(
    () => begin("reject", DATA),
    UserError,
    "reject tells 2 classes apart, and unnamed has 10: 0, 1",
  );
  const cut = { ...DATA.train, images: DATA.train.images.subarray(1) };
  await assertRejects(
    () => begin("dense", { ...DATA, train: cut }),
    TypeError,
    "found 600 and 599",
  );
  await assertRejects(() => begin("dense", DATA, { epochs: 0.5 }), RangeError, "found 0.5");
  const labels = DATA.test.labels.map((label) => label + 1);
  await assertRejects(
    () => evaluate("tiny", { ...DATA.test, labels }),
    RangeError,
    "Expected labels from 0 to 9, found 10",
  );
  const none = { images: new Uint8Array(), labels: new Uint8Array(), count: 0 };
  await assertRejects(() => evaluate("tiny", none), RangeError, "found none");
});
