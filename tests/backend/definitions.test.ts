// Every backend beside the definitions of layers, loss and optimizer, in plain TypeScript.

import { assertEquals } from "@std/assert";
import type { Training } from "../../lib/backend/backend.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { dropoutKey, dropoutMask } from "../../lib/model/dropout.ts";
import { softmax } from "../../lib/model/evaluate.ts";
import { type Architecture, initialWeights, type Weight } from "../../lib/model/layers.ts";
import { ADAM } from "../../lib/model/recipes.ts";
import { Random } from "../../lib/random.ts";
import { assertNear } from "../parts.ts";
import { BACKENDS } from "./backends.ts";

/** A batch normalisation and a dropout, small enough for plain TypeScript in double precision. */
const PLAIN = (() => {
  const architecture: Architecture = {
    inputShape: [28, 28, 1],
    layers: [
      { type: "flatten" },
      { type: "batchNormalization", momentum: 0.9, epsilon: 0.02 },
      { type: "dropout", rate: 0.4 },
      { type: "dense", units: 10, activation: "softmax" },
    ],
  };
  const training: Training = {
    optimizer: { ...ADAM, weightDecay: 0.5 },
    labelSmoothing: 0.2,
    seed: 2 ** 32 + 5,
  };
  const random = new Random(8);
  // None at a value where a mistake would not show; variances have to be positive.
  const weights = initialWeights(architecture, random).map((weight) => ({
    ...weight,
    data: weight.data.map((value) => Math.abs(value + random.uniform(0, 0.2))),
  }));
  return { architecture, training, weights, ...syntheticDigits({ count: 4, seed: 9 }) };
})();

/** Where its weights are. */
const [GAMMA, BETA, MOVING_MEAN, MOVING_VARIANCE, KERNEL, BIAS] = [0, 1, 2, 3, 4, 5];

/** The logits [4, 10] of inputs [4, 784] that are normalised already. */
function plainDense(inputs: number[][], weights: Weight[]): number[][] {
  const [kernel, bias] = [weights[KERNEL], weights[BIAS]];
  return inputs.map((input) =>
    Array.from(
      bias.data,
      (b, k) => input.reduce((sum, x, j) => sum + x * kernel.data[10 * j + k], b),
    )
  );
}

/** The pictures, each pixel normalised by the given statistics. */
function plainNormalise(weights: Weight[], mean: ArrayLike<number>, variance: ArrayLike<number>) {
  const [gamma, beta] = [weights[GAMMA], weights[BETA]];
  return Array.from({ length: 4 }, (_, n) =>
    Array.from({ length: 784 }, (_, i) => {
      const x = PLAIN.images[784 * n + i] / 255;
      return gamma.data[i] * (x - mean[i]) / Math.sqrt(variance[i] + 0.02) + beta.data[i];
    }));
}

function plainInference(weights: Weight[]): number[] {
  return plainDense(
    plainNormalise(weights, weights[MOVING_MEAN].data, weights[MOVING_VARIANCE].data),
    weights,
  ).flat();
}

function plainTraining(weights: Weight[], step: number) {
  const pixels = (i: number) => [0, 1, 2, 3].map((n) => PLAIN.images[784 * n + i] / 255);
  const average = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  const mean = Array.from({ length: 784 }, (_, i) => average(pixels(i)));
  const variance = mean.map((m, i) => average(pixels(i).map((x) => (x - m) ** 2)));
  const mask = dropoutMask(dropoutKey(5, step, 2), 0.4, 4 * 784);
  const kept = plainNormalise(weights, mean, variance)
    .map((row, n) => row.map((x, i) => x * mask[784 * n + i]));
  const logits = plainDense(kept, weights);
  const losses = logits.map((row, n) =>
    softmax(row).reduce((sum, p, k) => {
      const target = 0.8 * (k === PLAIN.labels[n] ? 1 : 0) + 0.2 / 10;
      return sum - target * Math.log(p);
    }, 0)
  );
  const correct = logits.filter((row, n) => row.indexOf(Math.max(...row)) === PLAIN.labels[n]);
  return { mean, variance, loss: average(losses), correct: correct.length };
}

for (const { open, test } of BACKENDS) {
  test("does in training and inference what the layers' definitions say", async () => {
    const { architecture, training, weights, images, labels } = PLAIN;
    const network = (await open()).createNetwork(architecture, weights, training);
    const before = await network.logits(images);
    const gradients = await network.gradients(images, labels);
    assertEquals((await network.state()).weights, weights);
    const rate = 0.01;
    await network.trainBatch(images, labels, rate);
    const first = await network.state();
    await network.trainBatch(images, labels, 0);
    const { weights: second, ...moments } = await network.state();
    const results = await network.takeResults();
    const after = await network.logits(images);
    network.dispose();

    assertNear(before, plainInference(weights), 1e-4, "logits");
    assertNear(after, plainInference(second), 1e-4, "logits by the statistics that have moved");
    for (const [step, used] of [[1, weights], [2, first.weights]] as const) {
      const { loss, correct } = plainTraining(used, step);
      assertNear([results[step - 1].loss], [loss], 1e-4, `loss of step ${step}`);
      assertEquals(results[step - 1].correct, correct);
    }

    const { mean, variance } = plainTraining(weights, 1);
    const moved = (old: Float32Array, batch: number[]) =>
      batch.map((b, i) => 0.9 * old[i] + 0.1 * b);
    assertNear(
      first.weights[MOVING_MEAN].data,
      moved(weights[MOVING_MEAN].data, mean),
      1e-5,
      "moving mean",
    );
    assertNear(
      first.weights[MOVING_VARIANCE].data,
      moved(weights[MOVING_VARIANCE].data, variance),
      1e-5,
      "moving variance",
    );
    // Adam's first step is one of the whole learning rate, whatever the gradient's size.
    for (const [i, decay] of [[GAMMA, 0], [BETA, 0], [KERNEL, 0.5], [BIAS, 0]]) {
      const expected = weights[i].data.map((w, k) => {
        const gradient = gradients[i].data[k];
        return w - rate * gradient / (Math.abs(gradient) + 1e-7) - rate * decay * w;
      });
      assertNear(first.weights[i].data, expected, 1e-5, `${weights[i].name} after a step`);
    }
    for (const set of [gradients, moments.firstMoments, moments.secondMoments]) {
      for (const i of [MOVING_MEAN, MOVING_VARIANCE]) {
        assertEquals(set[i].data, new Float32Array(784));
      }
    }
  });
}
