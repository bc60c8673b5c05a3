// The trained models and pictures to compare them on, with what this program makes of them.

import { chooseBackend } from "../../lib/backend/choose.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import type { Exported } from "../../lib/export/contract.ts";
import { softmax } from "../../lib/model/evaluate.ts";
import type { Model } from "../../lib/model/format.ts";
import { type Architecture, initialWeights, type Layer } from "../../lib/model/layers.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { loadMetrics, loadModel } from "../../lib/model/store.ts";
import { Random } from "../../lib/random.ts";
import { ROOT } from "../commands.ts";

export const NAMES: readonly string[] = Object.keys(RECIPES);

export const PIXELS = 28 * 28;
/** Digits, then digits with noise, then nothing but noise. */
const KINDS = { digits: 1000, noisy: 200, noise: 200 };
/** How many of the pictures are plain digits: the first ones. */
export const DIGITS = KINDS.digits;

/** Two networks that nobody would train, of what the recipes lack: as far as C can have it, */
export const ODD = "odd";
/** and as only ONNX can. */
export const ODDER = "odder";

function oddLayers(name: string): Layer[] {
  const normalisation: Layer = { type: "batchNormalization", momentum: 0.9, epsilon: 0.01 };
  const relu = "relu";
  return [
    {
      type: "conv2d",
      filters: 5,
      kernelSize: 4,
      padding: "same",
      activation: "linear",
      useBias: false,
    },
    { type: "maxPooling2d", poolSize: 3 },
    normalisation,
    { type: "conv2d", filters: 3, kernelSize: 2, padding: "valid", activation: relu },
    { type: "flatten" },
    { type: "dropout", rate: 0.5 },
    ...(name === ODDER ? [normalisation, { type: "relu" } as const] : []),
    { type: "dense", units: 7, activation: relu, useBias: false },
    { type: "dense", units: 4, activation: "softmax", useBias: false },
  ];
}

function makeOdd(name: string): Exported {
  const architecture: Architecture = { inputShape: [28, 28, 1], layers: oddLayers(name) };
  const random = new Random(3);
  const weights = initialWeights(architecture, random);
  for (const { name, shape, data } of weights) {
    if (shape.length > 1) continue; // at random already
    const isVariance = name.endsWith("moving_variance");
    data.forEach((_, i) => data[i] = isVariance ? random.uniform(0.5, 2) : random.normal());
  }
  const classes = ["Ankle boot", "T-shirt/top", 'a \\ "b" ??/ */ \n', "おa"];
  const model = { name, architecture, weights, classes, temperature: 2 };
  return { model, version: "1.2.3" };
}

/** A trained model, or one of the odd ones. */
export async function loadExported(name: string): Promise<Exported> {
  if (name === ODD || name === ODDER) return makeOdd(name);
  const folder = new URL(`models/${name}`, ROOT).pathname;
  const [model, metrics] = await Promise.all([loadModel(folder), loadMetrics(folder)]);
  return { model, metrics, version: "1.2.3" };
}

/** Bytes [N, 28, 28]: digits of the random pen, and what is harder to tell. */
export function testPictures(): Uint8Array<ArrayBuffer> {
  const { digits, noisy, noise } = KINDS;
  const drawn = syntheticDigits({ count: digits + noisy, seed: 7 }).images;
  const images = new Uint8Array((digits + noisy + noise) * PIXELS);
  images.set(drawn);
  const random = new Random(7);
  for (let i = digits * PIXELS; i < drawn.length; i++) {
    images[i] = Math.min(255, images[i] + random.integer(64));
  }
  for (let i = drawn.length; i < images.length; i++) images[i] = random.integer(256);
  return images;
}

/** What this program's own kernels give: [N, classes]. */
export async function ourLogits(
  { architecture, weights }: Model,
  images: Uint8Array,
): Promise<Float32Array> {
  const { backend } = await chooseBackend("simd");
  const network = backend.createNetwork(architecture, weights);
  try {
    return await network.logits(images);
  } finally {
    network.dispose();
  }
}

/** The calibrated probabilities of logits [N, classes]. */
export function probabilitiesOf({ classes, temperature }: Model, logits: Float32Array): number[] {
  return Array.from(
    { length: logits.length / classes.length },
    (_, i) => softmax(logits.subarray(i * classes.length, (i + 1) * classes.length), temperature),
  ).flat();
}

/** The largest difference between numbers that belong together. */
export function farthest(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(actual[i] - expected[i]);
    // Written so that NaN, from numbers that are missing, is the farthest.
    if (!(apart <= most)) most = apart;
  }
  return actual.length === expected.length ? most : NaN;
}

/** Pictures as networks elsewhere are given them: 0 paper to 1 ink. */
export function toFloats(images: Uint8Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(images, (byte) => byte / 255);
}
