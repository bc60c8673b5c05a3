// What browser.test.ts has done in Deno and in a web page, for which it is bundled.

import type { Backend } from "../../../lib/backend/backend.ts";
import { openWebGpu } from "../../../lib/backend/webgpu/webgpu.ts";
import { syntheticDigits } from "../../../lib/data/synthetic.ts";
import { type Architecture, initialWeights, type Layer } from "../../../lib/model/layers.ts";
import { RECIPES } from "../../../lib/model/recipes.ts";
import { Random } from "../../../lib/random.ts";
import { holdExamples } from "../../../lib/model/trainer.ts";

function convolution(filters: number, kernelSize: number, relu = true): Layer {
  return {
    type: "conv2d",
    filters,
    kernelSize,
    padding: "same",
    activation: relu ? "relu" : "linear",
    useBias: relu,
  };
}

/** Each kernel that there is, with numbers of channels that are multiples of four and that are not. */
const ALL: Architecture = {
  inputShape: [28, 28, 1],
  layers: [
    convolution(8, 3, false),
    { type: "batchNormalization", momentum: 0.9, epsilon: 0.001 },
    { type: "relu" },
    { type: "maxPooling2d", poolSize: 2 },
    { type: "dropout", rate: 0.2 },
    convolution(12, 5),
    { type: "maxPooling2d", poolSize: 2 },
    convolution(6, 3),
    { type: "maxPooling2d", poolSize: 2 },
    convolution(8, 3),
    { type: "globalAveragePooling2d" },
    { type: "dense", units: 300, activation: "linear" },
    { type: "relu" },
    { type: "dense", units: 10, activation: "softmax" },
  ],
};

const COUNT = 5;

/** Numbers that came of it. */
export interface Outcome {
  description: string;
  /** Of each weight by the first batch. */
  gradients: number[][];
  /** Of two steps on augmented pictures. */
  losses: number[];
  /** After those. */
  logits: number[];
}

/** Trains a network a little. */
export async function trainALittle(backend: Backend): Promise<Outcome> {
  const network = backend.createNetwork(ALL, initialWeights(ALL, new Random(1)), { seed: 1 });
  const digits = syntheticDigits({ count: 2 * COUNT, seed: 1 });
  const images = digits.images.subarray(0, COUNT * 28 * 28);
  const gradients = await network.gradients(images, digits.labels.subarray(0, COUNT));
  const { augmentation } = RECIPES.best;
  const examples = holdExamples(network, digits, { augmentation, seed: 1 });
  examples.startEpoch(1, Uint32Array.from({ length: 2 * COUNT }, (_, i) => 2 * COUNT - 1 - i));
  for (const first of [0, COUNT]) {
    await examples.trainBatch({ first, count: COUNT, isAugmented: true }, 1e-3);
  }
  const losses = (await network.takeResults()).map(({ loss }) => loss);
  const logits = [...await network.logits(images)];
  network.dispose();
  return {
    description: backend.description,
    gradients: gradients.map(({ data }) => [...data]),
    losses,
    logits,
  };
}

/** The same on the GPU that the page has. */
export async function trainOnGpu(): Promise<Outcome> {
  return await trainALittle(await openWebGpu((await navigator.gpu.requestAdapter())!));
}
