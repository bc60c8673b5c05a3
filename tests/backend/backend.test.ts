// One test body for every backend that is present; TensorFlow.js on cpu is the oracle.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import {
  type Backend,
  TRAINING,
  type Training,
  type TrainingState,
} from "../../lib/backend/backend.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import {
  type Architecture,
  classCount,
  initialWeights,
  type Weight,
} from "../../lib/model/layers.ts";
import { ADAM, RECIPES } from "../../lib/model/recipes.ts";
import { loadModel } from "../../lib/model/store.ts";
import { Random } from "../../lib/random.ts";
import { assertNear } from "../parts.ts";
import { BACKENDS, openBackend } from "./backends.ts";

/** What the recipes do not have: padding, 5x5 filters, pools that leave a row over, no activation. */
const ODD: Architecture = {
  inputShape: [28, 28, 1],
  layers: [
    { type: "conv2d", filters: 3, kernelSize: 5, padding: "same", activation: "relu" },
    { type: "maxPooling2d", poolSize: 3 },
    { type: "conv2d", filters: 5, kernelSize: 3, padding: "same", activation: "linear" },
    { type: "maxPooling2d", poolSize: 2 },
    { type: "flatten" },
    { type: "dense", units: 10, activation: "softmax" },
  ],
};

/** Whatever regularises: each layer of that kind after a convolution and after a dense layer. */
const REGULAR: Architecture = {
  inputShape: [28, 28, 1],
  layers: [
    {
      type: "conv2d",
      filters: 6,
      kernelSize: 3,
      padding: "valid",
      activation: "linear",
      useBias: false,
    },
    { type: "batchNormalization", momentum: 0.9, epsilon: 1e-3 },
    { type: "relu" },
    { type: "maxPooling2d", poolSize: 2 },
    { type: "dropout", rate: 0.3 },
    { type: "conv2d", filters: 4, kernelSize: 5, padding: "same", activation: "relu" },
    { type: "globalAveragePooling2d" },
    { type: "dense", units: 12, activation: "linear", useBias: false },
    { type: "batchNormalization", momentum: 0.8, epsilon: 1e-3 },
    { type: "relu" },
    { type: "dropout", rate: 0.5 },
    { type: "dense", units: 10, activation: "softmax" },
  ],
};

/** 3x3 convolutions between which nothing is pooled: odd sizes, channels that are padded. */
const TILED: Architecture = {
  inputShape: [28, 28, 1],
  layers: [
    {
      type: "conv2d",
      filters: 16,
      kernelSize: 3,
      padding: "valid",
      activation: "linear",
      useBias: false,
    },
    { type: "maxPooling2d", poolSize: 2 },
    { type: "batchNormalization", momentum: 0.9, epsilon: 1e-3 },
    { type: "relu" },
    {
      type: "conv2d",
      filters: 22,
      kernelSize: 3,
      padding: "same",
      activation: "linear",
      useBias: false,
    },
    { type: "batchNormalization", momentum: 0.9, epsilon: 1e-3 },
    { type: "relu" },
    { type: "conv2d", filters: 30, kernelSize: 3, padding: "valid", activation: "relu" },
    { type: "maxPooling2d", poolSize: 3 },
    {
      type: "conv2d",
      filters: 24,
      kernelSize: 3,
      padding: "same",
      activation: "linear",
      useBias: false,
    },
    { type: "batchNormalization", momentum: 0.9, epsilon: 1e-3 },
    { type: "relu" },
    { type: "globalAveragePooling2d" },
    { type: "dense", units: 10, activation: "softmax" },
  ],
};

/** Other numbers of classes than ten, behind each kind of layer that the recipes have before the last. */
const CLASSES: Record<string, Architecture> = {
  "two classes": {
    inputShape: [28, 28, 1],
    layers: [
      { type: "conv2d", filters: 4, kernelSize: 3, padding: "valid", activation: "relu" },
      { type: "globalAveragePooling2d" },
      { type: "dense", units: 2, activation: "softmax" },
    ],
  },
  "26 classes": {
    inputShape: [28, 28, 1],
    layers: [
      { type: "flatten" },
      { type: "dense", units: 16, activation: "relu" },
      { type: "dense", units: 26, activation: "softmax" },
    ],
  },
  "62 classes": {
    inputShape: [28, 28, 1],
    layers: [
      { type: "conv2d", filters: 4, kernelSize: 3, padding: "valid", activation: "relu" },
      { type: "maxPooling2d", poolSize: 2 },
      { type: "flatten" },
      { type: "dense", units: 62, activation: "softmax" },
    ],
  },
};

const REGULARISED: Partial<Training> = {
  optimizer: { ...ADAM, weightDecay: 0.01 },
  labelSmoothing: 0.1,
  seed: 3,
};

interface Described {
  architecture: Architecture;
  training?: Partial<Training>;
}

const NETWORKS: Record<string, Described> = {
  ...Object.fromEntries(
    Object.entries(RECIPES).map(([name, recipe]) => {
      const { optimizer, labelSmoothing } = recipe;
      return [name, { architecture: recipe, training: { optimizer, labelSmoothing } }];
    }),
  ),
  odd: { architecture: ODD },
  regular: { architecture: REGULAR, training: REGULARISED },
  tiled: { architecture: TILED },
  ...Object.fromEntries(
    Object.entries(CLASSES).map(([name, architecture]) => [
      name,
      { architecture, training: { labelSmoothing: 0.1 } },
    ]),
  ),
};

/** Agreement with the oracle, relative to the largest number of each weight. */
const TOLERANCE = 1e-4;

/** What sums of some thousand numbers in single precision differ by, relative. */
const ROUNDING = 1e-6;

function start(
  backend: Backend,
  architecture: Architecture,
  training?: Partial<Training>,
  seed = 1,
) {
  const weights = initialWeights(architecture, new Random(seed));
  return backend.createNetwork(architecture, weights, training);
}

/** @param trained Only what belongs to weights that are trained is other than zero. */
function assertClose(
  actual: Weight[],
  expected: Weight[],
  what: string,
  { trained = false } = {},
): void {
  assertEquals(actual.map((w) => w.name), expected.map((w) => w.name));
  for (const [i, { name, data }] of expected.entries()) {
    const isZero = trained && name.includes("/moving_");
    assertEquals(data.every((value) => value === 0), isZero, `${what}: ${name}`);
    assertNear(actual[i].data, data, TOLERANCE, `${what}: ${name}`);
  }
}

/** What the oracle finds takes seconds: found when it is first asked for. */
function once<T>(find: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const found = new Map<string, Promise<T>>();
  return (name) => {
    if (!found.has(name)) found.set(name, find(name));
    return found.get(name)!;
  };
}

/** The batches of the steps that are compared; their sizes divide by nothing. */
const BATCHES = Array.from(
  { length: 3 },
  (_, i) => syntheticDigits({ count: i === 0 ? 7 : 3, seed: 5 + i }),
);

/** The batches, with classes from the first to the last of the network's outputs. */
function batchesFor(architecture: Architecture) {
  const outputs = classCount(architecture);
  return BATCHES.map(({ images, labels }) => ({
    images,
    labels: labels.map((label) => Math.round(label * (outputs - 1) / 9)),
  }));
}

const RATE = 1e-3;

/** Gradients at the initial weights, some training steps, and what they lead to. */
async function study(backend: Backend, { architecture, training }: Described) {
  const network = start(backend, architecture, training);
  const batches = batchesFor(architecture);
  const [{ images, labels }] = batches;
  const gradients = await network.gradients(images, labels);
  const states = [await network.state()];
  for (const { images, labels } of batches) {
    await network.trainBatch(images, labels, RATE);
    states.push(await network.state());
  }
  const losses = await network.takeResults();
  const logits = await network.logits(images);
  network.dispose();
  return { gradients, states, losses, logits };
}

const studied = once(async (name) => await study(await openBackend("cpu"), NETWORKS[name]));

/** Gradients and logits at the weights of `models/`. */
const examined = once(async (model) => {
  const trained = await loadModel(new URL(`../../models/${model}`, import.meta.url).pathname);
  const { images, labels: right } = syntheticDigits({ count: 6, seed: 11 });
  const outputs = classCount(trained.architecture);
  // Some of them wrong: of a trained network's right answers rounding is all there is to see.
  const labels = right.map((label, i) => (i % 3 === 0 ? label + 1 : label) % outputs);
  const network = (await openBackend("cpu")).createNetwork(trained.architecture, trained.weights);
  const gradients = await network.gradients(images, labels);
  const logits = await network.logits(images);
  network.dispose();
  return { trained, images, labels, gradients, logits };
});

/**
 * Asserts something of a network's weights, or of weights that are the same but for rounding: where
 * an activation is as good as zero, or as good as its neighbour in a pool, rounding decides which way
 * the gradient goes, and one picture of three that goes the other way changes it by as much as 1 %.
 *
 * @param check Is to reject unless it is so, each time in the same words.
 */
async function nearby(
  weights: Weight[],
  check: (weights: Weight[]) => Promise<void>,
): Promise<void> {
  try {
    return await check(weights);
  } catch (error) {
    // What a race makes wrong is not wrong twice in the same way, and another attempt may be right.
    const again = await assertRejects(() => check(weights), Error);
    assertEquals(again.message, (error as Error).message);
    const random = new Random(4);
    const shake = (w: number) => w * (1 + random.uniform(-ROUNDING, ROUNDING));
    for (let attempt = 0; attempt < 8; attempt++) {
      try {
        return await check(weights.map((w) => ({ ...w, data: w.data.map(shake) })));
      } catch { /* what is wrong with the weights themselves says more */ }
    }
    throw error;
  }
}

/**
 * The weights after one of Adam's steps by the moments that the backend itself arrived at: it divides
 * one by the other, so that those of two backends would show, above all in the first steps, nothing
 * but how each rounds what should be zero.
 */
function plainStep({ training }: Described, before: TrainingState, after: TrainingState): Weight[] {
  const { beta1, beta2, epsilon, weightDecay } = { ...TRAINING, ...training }.optimizer;
  return before.weights.map(({ name, shape, data }, i) => {
    const decay = shape.length > 1 ? weightDecay : 0;
    const [m, v] = [after.firstMoments[i].data, after.secondMoments[i].data];
    return {
      name,
      shape,
      data: data.map((w, k) => {
        const mean = m[k] / (1 - beta1 ** after.step);
        const square = v[k] / (1 - beta2 ** after.step);
        return w - RATE * (mean / (Math.sqrt(square) + epsilon) + decay * w);
      }),
    };
  });
}

for (const { name, open, test, runs } of BACKENDS) {
  for (const [network, description] of Object.entries(NETWORKS)) {
    if (name === "cpu" || !runs(network)) continue;
    test(`agrees with cpu on gradients, losses and weights of ${network}`, async () => {
      const expected = await studied(network);
      const { architecture, training } = description;
      const actual = start(await open(), architecture, training);
      // Each step from where the oracle was before it: whichever way rounding made one of two runs
      // go, they never meet again.
      for (const [i, { images, labels }] of batchesFor(architecture).entries()) {
        const [before, after] = [expected.states[i], expected.states[i + 1]];
        await nearby(before.weights, async (weights) => {
          actual.setState({ ...before, weights });
          const assertTrained = (actual: Weight[], expected: Weight[], what: string) =>
            assertClose(actual, expected, `${what} of step ${i + 1}`, { trained: true });
          if (i === 0) {
            assertTrained(await actual.gradients(images, labels), expected.gradients, "gradient");
          }
          await actual.trainBatch(images, labels, RATE);
          const [{ loss, correct }, ...more] = await actual.takeResults();
          assertEquals([correct, more], [expected.losses[i].correct, []]);
          assertNear([loss], [expected.losses[i].loss], TOLERANCE, `loss of step ${i + 1}`);
          const state = await actual.state();
          assertEquals(state.step, i + 1);
          assertTrained(state.firstMoments, after.firstMoments, "first moment");
          assertTrained(state.secondMoments, after.secondMoments, "second moment");
          const moved = plainStep(description, before, state).map((weight, k) =>
            weight.name.includes("/moving_") ? after.weights[k] : weight // no moments move it
          );
          assertClose(state.weights, moved, `weight of step ${i + 1}`);
        });
      }
      actual.setState(expected.states[BATCHES.length]);
      const logits = await actual.logits(BATCHES[0].images);
      assertNear(logits, expected.logits, TOLERANCE, "logits");
      actual.dispose();
    });
  }

  for (const model of Object.keys(RECIPES)) {
    if (name === "cpu" || !runs(model)) continue;
    test(`agrees with cpu on gradients and logits of the trained ${model}`, async () => {
      const { trained, images, labels, ...expected } = await examined(model);
      const { architecture, weights } = trained;
      const network = (await open()).createNetwork(architecture, weights);
      const state = await network.state();
      await nearby(weights, async (weights) => {
        network.setState({ ...state, weights });
        const gradients = await network.gradients(images, labels);
        assertClose(gradients, expected.gradients, "gradient", { trained: true });
        assertNear(await network.logits(images), expected.logits, TOLERANCE, "logits");
      });
      network.dispose();
    });
  }

  test("gives the same run for the same seed, bit by bit", async () => {
    const backend = await open();
    const [first, second] = [
      await study(backend, NETWORKS.regular),
      await study(backend, NETWORKS.regular),
    ];
    assertEquals(first, second);
  });

  for (const [network, { architecture, training }] of Object.entries(NETWORKS)) {
    if (name === "cpu" && network in RECIPES) continue; // takes minutes
    if (!runs(network)) continue;
    test(`goes on with ${network} from a saved state as if it had never stopped`, async () => {
      const backend = await open();
      const tensors = tf.memory().numTensors;
      const [through, stopped, resumed] = [1, 1, 2].map((seed) =>
        start(backend, architecture, training, seed)
      );
      const held = tf.memory().numTensors;
      const [{ images, labels }] = batchesFor(architecture);
      for (const network of [through, stopped]) await network.trainBatch(images, labels, 1e-3);
      resumed.setState(await stopped.state());
      for (const network of [through, resumed]) await network.trainBatch(images, labels, 1e-3);
      assertEquals(await resumed.state(), await through.state());
      for (const network of [through, stopped, resumed]) {
        await network.gradients(images, labels);
        await network.logits(images);
        await network.takeResults();
      }
      assertEquals(tf.memory().numTensors, held);
      for (const network of [through, stopped, resumed]) network.dispose();
      assertEquals(tf.memory().numTensors, tensors);
    });
  }

  test("learns a batch by heart and keeps no tensor", async () => {
    const backend = await open();
    const tensors = tf.memory().numTensors;
    const network = start(backend, ODD);
    const held = tf.memory().numTensors;
    const { images, labels } = syntheticDigits({ count: 8, seed: 4 });
    for (let step = 0; step < 40; step++) await network.trainBatch(images, labels, 0.01);
    const results = await network.takeResults();
    assertEquals(results.length, 40);
    assert(
      results[39].loss < results[0].loss / 3,
      `from ${results[0].loss} to ${results[39].loss}`,
    );
    assertEquals(await network.takeResults(), []);
    await network.gradients(images, labels);
    await network.logits(images);
    assertEquals(tf.memory().numTensors, held);
    network.dispose();
    assertEquals(tf.memory().numTensors, tensors);
  });
}

Deno.test("the oracle's gradients are the slope of its loss", async () => {
  const network = start(await openBackend("cpu"), REGULAR, REGULARISED);
  const { images, labels } = syntheticDigits({ count: 7, seed: 5 });
  const state = await network.state();
  const gradients = await network.gradients(images, labels);
  /** The loss of the first step with weight `i` moved by `distance` along its gradient. */
  const lossAt = async (i: number, distance: number): Promise<number> => {
    const weights = state.weights.map(({ data, ...weight }, k) => ({
      ...weight,
      data: k === i ? data.map((w, j) => w + distance * gradients[i].data[j]) : data,
    }));
    network.setState({ ...state, weights });
    await network.trainBatch(images, labels, 0);
    return (await network.takeResults())[0].loss;
  };
  for (const [i, { name, data }] of gradients.entries()) {
    if (name.includes("/moving_")) continue;
    const squaredNorm = data.reduce((sum, value) => sum + value * value, 0);
    // The loss, 2 and a bit, changes by 0.0004 each way: float32 tells that to one part in a thousand.
    const distance = 0.0004 / squaredNorm;
    const slope = (await lossAt(i, distance) - await lossAt(i, -distance)) / (2 * distance);
    assert(Math.abs(slope / squaredNorm - 1) < 0.05, `${name}: ${slope}, not ${squaredNorm}`);
  }
  network.dispose();
});

Deno.test("a network rejects pictures and labels that do not fit", async () => {
  const network = start(await openBackend("wasm"), RECIPES.dense);
  assertThrows(
    () => network.trainBatch(new Uint8Array(785), new Uint8Array(1), 1e-3),
    TypeError,
    "785",
  );
  assertThrows(
    () => network.trainBatch(new Uint8Array(784), new Uint8Array(2), 1e-3),
    TypeError,
    "1 pictures come with 2 labels",
  );
  network.dispose();
});

Deno.test("createNetwork() rejects weights of another architecture", async () => {
  const backend = await openBackend("wasm");
  const weights = initialWeights(RECIPES.dense, new Random(1));
  assertThrows(() => backend.createNetwork(RECIPES.cnn, weights), TypeError, "conv2d/kernel");
});
