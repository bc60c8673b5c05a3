import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Network } from "../../lib/backend/backend.ts";
import { chooseBackend } from "../../lib/backend/choose.ts";
import { augmentBatch } from "../../lib/data/augment.ts";
import { type Examples, select } from "../../lib/data/examples.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { evaluate, softmax } from "../../lib/model/evaluate.ts";
import { initialWeights } from "../../lib/model/layers.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import {
  type Position,
  type TrainingEvent,
  trainNetwork,
  type TrainOptions,
} from "../../lib/model/trainer.ts";
import { Random } from "../../lib/random.ts";

function examples(count: number, seed: number): Examples {
  return syntheticDigits({ count, seed });
}

const OPTIONS: TrainOptions = {
  epochs: 2,
  batchSize: 8,
  learningRate: { start: 0.01, peak: 0.01, end: 0, warmUp: 0 },
  seed: 1,
};

type OnBatch = (
  labels: Uint8Array,
  rate: number,
  images: Uint8Array,
) => void | Promise<void>;

/** A network that writes down what it is given, and answers that every picture is a 0. */
function recorder(onBatch: OnBatch): Network {
  let batches = 0;
  const unused = () => {
    throw new Error("The trainer has no need of this");
  };
  return {
    async trainBatch(images, labels, rate) {
      assertEquals(images.length, 784 * labels.length);
      batches++;
      await onBatch(labels, rate, images);
    },
    takeResults() {
      const taken = batches;
      batches = 0;
      return Promise.resolve(Array.from({ length: taken }, () => ({ loss: 2, correct: 1 })));
    },
    logits: (images) =>
      Promise.resolve(
        Float32Array.from({ length: 10 * images.length / 784 }, (_, i) => i % 10 === 0 ? 1 : 0),
      ),
    gradients: unused,
    state: unused,
    setState: unused,
    dispose: unused,
  };
}

/** The same of a network that holds its examples. */
function holder(onBatch: OnBatch): Network {
  const { trainBatch, ...network } = recorder(onBatch);
  return {
    ...network,
    trainBatch: () => Promise.reject(new Error("The examples are here already")),
    hold(examples, { augmentation = {}, seed }) {
      let [epoch, order] = [0, new Uint32Array() as Uint32Array];
      return {
        startEpoch(number, of) {
          [epoch, order] = [number, of];
        },
        async trainBatch({ first, count, isAugmented }, rate) {
          const indices = order.subarray(first, first + count);
          assertEquals(indices.length, count);
          const { images, labels } = select(examples, indices);
          if (isAugmented) augmentBatch(images, indices, augmentation, { seed, epoch }, images);
          await trainBatch(images, labels, rate);
        },
      };
    },
  };
}

/** Longer than the time between two progress events, so that the trainer takes notice. */
async function betweenProgressEvents(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 120));
}

async function collect(events: AsyncIterable<TrainingEvent>): Promise<TrainingEvent[]> {
  return await Array.fromAsync(events);
}

Deno.test("trainNetwork() shows every example once an epoch, in another order each", async () => {
  // 20 examples with labels of their own, so that the labels tell which one it is.
  const train: Examples = {
    images: new Uint8Array(20 * 784),
    labels: Uint8Array.from({ length: 20 }, (_, i) => i),
    count: 20,
  };
  const seen: number[][] = [];
  const rates: number[] = [];
  const network = recorder((labels, rate) => {
    seen.push([...labels]);
    rates.push(rate);
  });
  const validation = examples(30, 2);
  const events = await collect(trainNetwork(network, { train, validation }, OPTIONS));

  assertEquals(seen.map((labels) => labels.length), [8, 8, 4, 8, 8, 4]);
  const epochs = [seen.slice(0, 3).flat(), seen.slice(3).flat()];
  for (const epoch of epochs) assertEquals([...epoch].sort((a, b) => a - b), [...train.labels]);
  assert(epochs[0].join() !== epochs[1].join());
  assert(epochs[0].join() !== train.labels.join());
  for (const [i, rate] of rates.entries()) assert(Math.abs(rate - 0.01 * (1 - i / 6)) < 1e-12);

  const results = events.filter((event) => event.type === "epoch").map((event) => event.result);
  assertEquals(results.map(({ epoch, loss, accuracy }) => [epoch, loss, accuracy]), [
    [1, 2, 3 / 20],
    [2, 2, 3 / 20],
  ]);
  assertEquals(results[0].valAccuracy, 3 / 30);
  assert(
    Math.abs(
      results[0].valLoss! - (0.1 * -Math.log(softmax([1, 0, 0, 0, 0, 0, 0, 0, 0, 0])[0]) +
        0.9 * -Math.log(softmax([1, 0, 0, 0, 0, 0, 0, 0, 0, 0])[1])),
    ) < 1e-9,
  );
});

Deno.test("trainNetwork() leaves validation out where there are no examples for it", async () => {
  const none = examples(0, 1);
  const events = await collect(
    trainNetwork(recorder(() => {}), { train: examples(8, 1), validation: none }, OPTIONS),
  );
  const results = events.filter((event) => event.type === "epoch").map((event) => event.result);
  assertEquals(results.map(({ valLoss, valAccuracy }) => [valLoss, valAccuracy]), [
    [null, null],
    [null, null],
  ]);
});

Deno.test("trainNetwork() augments each picture anew in each epoch, whatever the batches", async () => {
  const train = { ...examples(20, 1), labels: Uint8Array.from({ length: 20 }, (_, i) => i) };
  const validation = examples(0, 1);
  const augmentation = { shift: 2, rotationDeg: 10 };
  const shown = async (options: Partial<TrainOptions>) => {
    const pictures: Uint8Array[][] = [[], []];
    let seen = 0;
    const network = recorder((labels, _, images) => {
      for (const [i, label] of labels.entries()) {
        pictures[Math.floor(seen++ / 20)][label] = images.slice(784 * i, 784 * (i + 1));
      }
    });
    await collect(trainNetwork(network, { train, validation }, { ...OPTIONS, ...options }));
    return pictures;
  };
  const plain = await shown({});
  assertEquals(plain[0][3], train.images.slice(3 * 784, 4 * 784));
  const augmented = await shown({ augmentation });
  assertEquals(await shown({ augmentation, batchSize: 7 }), augmented);
  for (let i = 0; i < 20; i++) {
    assert(augmented[0][i].join() !== plain[0][i].join());
    assert(augmented[0][i].join() !== augmented[1][i].join());
  }
  assert((await shown({ augmentation, seed: 2 }))[0][3].join() !== augmented[0][3].join());
  // The second of two epochs is the last half of all steps.
  assertEquals(await shown({ augmentation, unaugmented: 0.5 }), [augmented[0], plain[1]]);
});

Deno.test("trainNetwork() trains on held examples as on those that it hands over", async () => {
  const parts = { train: examples(20, 1), validation: examples(10, 2) };
  const options = { ...OPTIONS, augmentation: { shift: 2, noise: 0.1 }, unaugmented: 0.4, seed: 9 };
  // Interrupted after the second of three batches, in each of the two epochs.
  const train = async (make: typeof recorder) => {
    const batches: unknown[] = [];
    const stops: number[] = [];
    let position: Position | undefined;
    do {
      const controller = new AbortController();
      const network = make(async (...batch) => {
        if (batches.push(batch) % 3 !== 2) return;
        controller.abort();
        await betweenProgressEvents();
      });
      const { signal } = controller;
      const events = await collect(
        trainNetwork(network, parts, { ...options, position, signal }),
      );
      const last = events.at(-1)!;
      position = last.type === "interrupted" ? last.position : undefined;
      if (position) stops.push(position.batch);
    } while (position);
    return { batches, stops };
  };
  const held = await train(holder);
  assertEquals([held.batches.length, held.stops], [6, [2, 2]]);
  assertEquals(held, await train(recorder));
});

Deno.test("trainNetwork() hands its examples over where they cannot be held", async () => {
  const parts = { train: examples(20, 1), validation: examples(0, 1) };
  let batches = 0;
  const network: Network = { ...recorder(() => void batches++), hold: () => undefined };
  await collect(trainNetwork(network, parts, OPTIONS));
  assertEquals(batches, 6);
});

Deno.test("trainNetwork() refuses to train on nothing", async () => {
  const none = examples(0, 1);
  await assertRejects(
    () => collect(trainNetwork(recorder(() => {}), { train: none, validation: none }, OPTIONS)),
    RangeError,
    "no examples",
  );
});

Deno.test("trainNetwork() goes on after an interruption to the very same curve", async () => {
  const { backend } = await chooseBackend("simd");
  const recipe = RECIPES.dense;
  const create = () => backend.createNetwork(recipe, initialWeights(recipe, new Random(1)));
  const parts = { train: examples(300, 1), validation: examples(50, 2) };
  const curve = (events: TrainingEvent[]) =>
    events.filter((event) => event.type === "epoch")
      .map((
        { result: { loss, accuracy, valLoss, valAccuracy } },
      ) => [loss, accuracy, valLoss, valAccuracy]);

  const through = create();
  const expected = curve(await collect(trainNetwork(through, parts, OPTIONS)));
  assertEquals(expected.length, 2);

  // Interrupted after the 3rd and after the 50th of 76 steps, in different epochs.
  let network = create();
  let position: Position | undefined;
  const actual = [];
  for (const stopAt of [3, 47, Infinity]) {
    const controller = new AbortController();
    let steps = 0;
    const counted: Network = Object.assign(Object.create(network), {
      trainBatch: async (images: Uint8Array, labels: Uint8Array, rate: number) => {
        await network.trainBatch(images, labels, rate);
        if (++steps < stopAt) return;
        controller.abort();
        await betweenProgressEvents();
      },
      takeResults: () => network.takeResults(),
      logits: (images: Uint8Array) => network.logits(images),
    });
    const options = { ...OPTIONS, position, signal: controller.signal };
    const events = await collect(trainNetwork(counted, parts, options));
    actual.push(...curve(events));
    const last = events.at(-1)!;
    if (last.type !== "interrupted") break;
    position = last.position;
    assertEquals(steps, stopAt);

    const state = await network.state();
    network.dispose();
    network = create();
    network.setState(state);
  }
  assertEquals(actual, expected);
  assertEquals(await network.state(), await through.state());
  network.dispose();
  through.dispose();
});

Deno.test("evaluate() counts in batches as it would one by one", async () => {
  const { backend } = await chooseBackend("simd");
  const recipe = RECIPES.dense;
  const network = backend.createNetwork(recipe, initialWeights(recipe, new Random(1)));
  const all = examples(300, 3); // more than one batch, and no whole number of them
  const { loss, accuracy } = await evaluate(network, all);
  let [lossSum, correct] = [0, 0];
  for (let i = 0; i < all.count; i++) {
    const one = select(all, [i]);
    const probabilities = softmax(await network.logits(one.images));
    lossSum -= Math.log(probabilities[one.labels[0]]);
    if (probabilities.indexOf(Math.max(...probabilities)) === one.labels[0]) correct++;
  }
  network.dispose();
  assertEquals(accuracy, correct / 300);
  assert(Math.abs(loss - lossSum / 300) < 1e-5, `${loss}, one by one ${lossSum / 300}`);
});

Deno.test("softmax() stands large logits", () => {
  assertEquals(softmax([1000, 0]), [1, 0]);
  assertEquals(softmax([-1000, -1000]), [0.5, 0.5]);
});
