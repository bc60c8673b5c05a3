// What tests of imported models compare: what networks give for some pictures.

import { assert } from "@std/assert";
import type { Backend } from "../../lib/backend/backend.ts";
import { chooseBackend } from "../../lib/backend/choose.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { softmax } from "../../lib/model/evaluate.ts";
import type { Model } from "../../lib/model/format.ts";
import { type Architecture, initialWeights, type Layer } from "../../lib/model/layers.ts";
import { Random } from "../../lib/random.ts";
import { assertNear } from "../parts.ts";

/** Of one channel, 28x28. */
export const PICTURES = 20;
export const { images } = syntheticDigits({ count: PICTURES, seed: 1 });

export type Network = Pick<Model, "architecture" | "weights">;

/** A network with weights at random, none like another. */
export function randomNetwork(layers: Layer[], seed = 1): Network {
  const architecture: Architecture = { inputShape: [28, 28, 1], layers };
  const random = new Random(seed);
  const weights = initialWeights(architecture, random);
  for (const { name, shape, data } of weights) {
    if (shape.length > 1) continue;
    const isPositive = name.endsWith("moving_variance") || name.endsWith("gamma");
    data.forEach((_, i) => data[i] = isPositive ? random.uniform(0.5, 2) : random.uniform(-1, 1));
  }
  return { architecture, weights };
}

export async function logitsOf(
  { architecture, weights }: Network,
  backend?: Backend,
): Promise<Float32Array> {
  backend ??= (await chooseBackend("simd", { threads: 1 })).backend;
  const network = backend.createNetwork(architecture, weights);
  try {
    return await network.logits(images);
  } finally {
    network.dispose();
  }
}

/** [N, classes] */
export function probabilitiesOf(logits: Float32Array, temperature = 1): number[][] {
  const classes = logits.length / PICTURES;
  return Array.from(
    { length: PICTURES },
    (_, i) => softmax(logits.subarray(i * classes, (i + 1) * classes), temperature),
  );
}

/** That both give the same logits, but for rounding. */
export async function assertSameLogits(actual: Network, expected: Network, what = "logits") {
  const logits = await logitsOf(expected);
  assert(new Set(logits).size > PICTURES, "All pictures look the same to it");
  assertNear(await logitsOf(actual), logits, 1e-5, what);
}
