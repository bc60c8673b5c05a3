import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Backend,
  TRAINING,
  type Training,
  type TrainingState,
} from "../../lib/backend/backend.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { UserError } from "../../lib/errors.ts";
import type { RunOptions } from "../../lib/model/checkpoint.ts";
import { loadCheckpoint } from "../../lib/model/checkpoint.ts";
import { roundToFloat16 } from "../../lib/model/format.ts";
import type { Weight } from "../../lib/model/layers.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { runRecipe } from "../../lib/model/run.ts";
import { loadMetrics, loadModel } from "../../lib/model/store.ts";
import { testWithFolder } from "../parts.ts";

const RUN: RunOptions = {
  model: "dense",
  dataset: "synthetic",
  epochs: 1,
  batch: 8,
  seed: 6,
  seeds: 1,
  limit: null,
  classic: true, // without a validation split
  float16: true,
};

const EXAMPLES = syntheticDigits({ count: 16, seed: 1 });
const DATA: Dataset = {
  name: "synthetic",
  source: "",
  files: {},
  classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  train: EXAMPLES,
  test: EXAMPLES,
};

/** A backend whose networks learn nothing and write down with which weights they are asked.
 * They answer every picture with one class, by the seed. */
function recorder({ first = 0.1, answer = (_seed: number): number => 0 } = {}) {
  const asked: { weights: Weight[]; training: Training }[] = [];
  const batches: Uint8Array[] = [];
  const backend: Backend = {
    name: "cpu",
    description: "recorder",
    versions: {},
    createNetwork(_, weights, training) {
      const zeros = weights.map((w) => ({ ...w, data: new Float32Array(w.data.length) }));
      let state: TrainingState = {
        weights: weights.map((weight) => ({ ...weight })),
        firstMoments: zeros,
        secondMoments: zeros,
        step: 0,
      };
      state.weights[0].data[0] = first;
      let steps = 0;
      return {
        trainBatch: (_, labels) => {
          batches.push(labels.slice());
          steps++;
        },
        takeResults: () =>
          Promise.resolve(Array.from({ length: steps }, () => ({ loss: 1, correct: 0 }))),
        gradients: () => Promise.reject(new Error("A run has no need of this")),
        logits: (images) => {
          asked.push({ weights: state.weights, training: { ...TRAINING, ...training } });
          const logits = new Float32Array(10 * images.length / 784);
          const sure = answer(training?.seed ?? 0);
          for (let i = sure; i < logits.length; i += 10) logits[i] = 1;
          return Promise.resolve(logits);
        },
        state: () => Promise.resolve(state),
        setState: (next) => state = next,
        dispose: () => {},
      };
    },
  };
  return { backend, asked, batches };
}

testWithFolder("runRecipe() tests the weights that it stores", async (folder) => {
  const { backend, asked } = recorder();
  const directory = `${folder}/dense`;
  await Array.fromAsync(runRecipe(RUN, { backend, data: DATA, directory }));
  assertEquals(asked.length, 1);
  const { weights } = await loadModel(directory);
  assertEquals(weights, asked[0].weights);
  assertEquals(weights, roundToFloat16(weights));
  assert(weights[0].data[0] !== Math.fround(0.1));
});

testWithFolder("runRecipe() trains as the recipe says, with the run's seed", async (folder) => {
  const { backend, asked } = recorder();
  const directory = `${folder}/dense`;
  const run = { ...RUN, float16: false, seeds: 2 };
  await Array.fromAsync(runRecipe(run, { backend, data: DATA, directory }));
  assertEquals(asked.map(({ training }) => training), [
    { ...TRAINING, seed: 6 },
    { ...TRAINING, seed: 7 },
  ]);
  assertEquals((await loadModel(directory)).weights[0].data[0], Math.fround(0.1));
});

testWithFolder("runRecipe() writes down what the test pictures were taken for", async (folder) => {
  const { backend } = recorder({ answer: () => 3 });
  const directory = `${folder}/dense`;
  await Array.fromAsync(runRecipe(RUN, { backend, data: DATA, directory }));
  const { test } = await loadMetrics(directory);
  assertEquals(
    test.confusionMatrix,
    DATA.classes.map((_, label) => {
      const count = EXAMPLES.labels.filter((other) => other === label).length;
      return DATA.classes.map((_, predicted) => predicted === 3 ? count : 0);
    }),
  );
  assertEquals(test.confusionMatrix![3][3] / EXAMPLES.count, test.accuracy);
});

testWithFolder("runRecipe() passes on what the recipe has beside", async (folder) => {
  const { backend, asked } = recorder();
  const run = { ...RUN, classic: false };
  await Array.fromAsync(runRecipe(run, { backend, data: DATA, directory: `${folder}/dense` }));
  const { optimizer, labelSmoothing } = RECIPES.dense;
  assert(labelSmoothing > 0);
  assertEquals(asked[0].training, { optimizer, labelSmoothing, seed: 6 });
});

testWithFolder(
  "runRecipe() keeps the model of the seed that validation prefers",
  async (folder) => {
    // A validation split of one tenth of the pictures: the class of most of them is seed 8's answer.
    const images = new Uint8Array(100 * 784);
    const labels = Uint8Array.from({ length: 100 }, (_, i) => i % 10 < 7 ? 3 : 4);
    const data = { ...DATA, train: { images, labels, count: 100 } };
    const directory = `${folder}/cnn`;
    const { backend } = recorder({ answer: (seed) => seed === 8 ? 3 : 4 });
    const run = { ...RUN, model: "cnn", float16: false, seeds: 4 };
    const events = await Array.fromAsync(runRecipe(run, { backend, data, directory }));
    assertEquals(
      events.filter((event) => event.type === "seed").map(({ seed, isKept }) => [seed, isKept]),
      [[7, false], [8, true], [9, false]],
    );
    const metrics = await loadMetrics(directory);
    assertEquals(metrics.seed, 8);
    assertEquals(metrics.test.accuracy, metrics.seeds!.values[2]);
    const [first, , third] = metrics.seeds!.validation as number[];
    assert(third > first);
    assertEquals(metrics.seeds!.validation, [first, first, third, first]);
    assertEquals(metrics.history.at(-1)!.valAccuracy, third);
  },
);

testWithFolder("runRecipe() adds drawn digits to digits, and to nothing else", async (folder) => {
  const { drawn } = RECIPES.best;
  assert(drawn! > 0);
  for (const [classes, expected] of [[DATA.classes, 1], [[..."abcdefghij"], 0]] as const) {
    const { backend, batches } = recorder();
    const run = { ...RUN, model: "best", classic: false, float16: false };
    const directory = `${folder}/${classes[0]}`;
    const data = {
      ...DATA,
      classes,
      train: syntheticDigits({ count: 100, seed: 1 }),
    };
    await Array.fromAsync(runRecipe(run, { backend, data, directory }));
    const { dataset } = await loadMetrics(directory);
    assertEquals(dataset.train + dataset.validation, 100);
    assertEquals(dataset.drawn, expected * Math.round(drawn! * dataset.train));
    const shown = batches.reduce((sum, { length }) => sum + length, 0);
    assertEquals(shown, dataset.train + dataset.drawn);
  }
});

testWithFolder("runRecipe() says which weight float16 cannot hold", async (folder) => {
  const { backend } = recorder({ first: 70_000 });
  const directory = `${folder}/dense`;
  const error = await assertRejects(
    () => Array.fromAsync(runRecipe(RUN, { backend, data: DATA, directory })),
    UserError,
  );
  assertEquals(
    error.message,
    "Weight dense/kernel holds 70000, and float16 goes no further than 65504. " +
      "Train anew without --float16",
  );
  // In full precision, so that nothing is lost.
  assertEquals((await loadCheckpoint(directory))!.state.weights[0].data[0], 70_000);
});

testWithFolder("runRecipe() goes on with the data set of the checkpoint only", async (folder) => {
  const { backend } = recorder();
  const files = { "train-images": "1", "test-images": "2" };
  const run = { ...RUN, epochs: 2 };
  const controller = new AbortController();
  const begin = runRecipe(run, {
    backend,
    data: { ...DATA, files },
    directory: folder,
    signal: controller.signal,
  });
  for await (const event of begin) if (event.type === "epoch") controller.abort();
  const checkpoint = (await loadCheckpoint(folder))!;
  assertEquals(checkpoint.files, files);

  const resume = (change: Record<string, string>, older?: "older") =>
    Array.fromAsync(runRecipe(run, {
      backend,
      data: { ...DATA, files: { ...files, ...change } },
      directory: folder,
      checkpoint: older ? { ...checkpoint, files: undefined } : checkpoint,
    }));
  await assertRejects(
    () => resume({ "train-images": "3" }),
    UserError,
    "The data set synthetic is not the one that the interrupted run of dense began with: " +
      "train-images changed. Restore it, or train anew without --resume",
  );
  assertEquals((await loadCheckpoint(folder))!.position, checkpoint.position);
  for (const older of [undefined, "older"] as const) {
    const events = await resume(older ? { "train-images": "3" } : {}, older);
    assertEquals(events.at(-1)!.type, "saved");
  }
});
