// Batch normalisation on WebGPU, against the plain references of the simd backend's kernels.

import * as reference from "../../../lib/backend/simd/kernels/batch_normalization.reference.ts";
import {
  reluBackward,
  reluForward,
} from "../../../lib/backend/simd/kernels/elementwise.reference.ts";
import { batchNormalization } from "../../../lib/backend/webgpu/kernels/batch_normalization.ts";
import { Random } from "../../../lib/random.ts";
import { assertNear } from "../../parts.ts";
import { runKernels, testOnGpu } from "./harness.ts";

const TOLERANCE = 1e-5;
const MOMENTUM = 0.9;
const EPSILON = 0.001;

type Floats = Float32Array<ArrayBuffer>;

interface Sizes {
  count: number;
  pixels: number;
  channels: number;
}

/** Down to one row and one channel, up to several workgroups along each, and to those half in use. */
const SIZES: Sizes[] = [
  { count: 1, pixels: 1, channels: 1 },
  { count: 1, pixels: 1, channels: 96 },
  { count: 3, pixels: 169, channels: 32 },
  { count: 64, pixels: 1, channels: 128 },
  { count: 5, pixels: 49, channels: 65 },
  { count: 7, pixels: 4, channels: 512 },
  { count: 700, pixels: 9, channels: 3 },
  { count: 40, pixels: 169, channels: 24 },
];

/** The layer's weights and gradients lie behind others, and not in the order of their names. */
function kernelsOf({ pixels, channels }: Sizes, relu: boolean) {
  const at = (place: number) => 5 + place * channels;
  return batchNormalization({
    pixels,
    channels,
    momentum: MOMENTUM,
    epsilon: EPSILON,
    relu,
    weightsAt: { movingMean: at(0), beta: at(1), gamma: at(2), movingVariance: at(3) },
    gradientsAt: { gamma: at(1), beta: at(0) },
  });
}

function floats(length: number, draw: () => number = () => 0): Floats {
  return Float32Array.from({ length }, draw);
}

/** What a layer's kernels work on, drawn at random; the numbers of x lie around `mean`. */
function arraysOf({ count, pixels, channels }: Sizes, mean = 2) {
  const random = new Random(channels);
  const size = count * pixels * channels;
  const { statisticsLength, partialsLength } = kernelsOf({ count, pixels, channels }, true);
  return {
    x: floats(size, () => random.normal(mean)),
    y: floats(size),
    dy: floats(size, () => random.normal()),
    dx: floats(size),
    weights: floats(5 + 4 * channels, () => random.uniform(0.2, 2)),
    gradients: floats(5 + 2 * channels),
    statistics: floats(statisticsLength),
    partials: floats(partialsLength),
  };
}

/** The layer's part of an array, for the `place`th of its parameters there. */
function parameter(all: Floats, place: number, channels: number): Floats {
  return all.subarray(5 + place * channels, 5 + (place + 1) * channels);
}

function named(name: string, { count, pixels, channels }: Sizes): string {
  return `${name} of ${count} x ${pixels} rows of ${channels}`;
}

/** y = ReLU((x - mean) / sqrt(variance + epsilon) * gamma + beta), where there is a ReLU. */
function normalised(
  { x, weights }: { x: Floats; weights: Floats },
  { mean, variance }: { mean: Floats; variance: Floats },
  { count, pixels, channels }: Sizes,
  relu: boolean,
): Floats {
  const y = floats(x.length);
  const [beta, gamma] = [1, 2].map((place) => parameter(weights, place, channels));
  const scale = variance.map((number, i) => gamma[i] / Math.sqrt(number + EPSILON));
  reference.normalise(x, y, mean, scale, beta, count * pixels, channels);
  if (relu) reluForward(y, y.length);
  return y;
}

function momentsOf(x: Floats, { count, pixels, channels }: Sizes) {
  const [mean, squares] = [floats(channels), floats(channels)];
  reference.moments(x, mean, squares, count * pixels, channels);
  return { mean, variance: squares.map((sum) => sum / (count * pixels)) };
}

for (const relu of [false, true]) {
  const what = relu ? "batch normalisation with ReLU" : "batch normalisation";

  testOnGpu(`${what} normalises a batch by its own statistics on WebGPU`, async () => {
    for (const sizes of SIZES) {
      const arrays = arraysOf(sizes);
      const moments = momentsOf(arrays.x, sizes);
      const expected = normalised(arrays, moments, sizes, relu);
      await runKernels(kernelsOf(sizes, relu).forward, arrays, sizes);
      assertNear(arrays.y, expected, TOLERANCE, named("y", sizes));
    }
  });

  testOnGpu(`${what} normalises pictures by the moving statistics on WebGPU`, async () => {
    for (const sizes of SIZES) {
      const arrays = arraysOf(sizes);
      const [mean, variance] = [0, 3].map((at) => parameter(arrays.weights, at, sizes.channels));
      const expected = normalised(arrays, { mean, variance }, sizes, relu);
      await runKernels(kernelsOf(sizes, relu).inference, arrays, sizes);
      assertNear(arrays.y, expected, TOLERANCE, named("y", sizes));
    }
  });

  testOnGpu(`${what} gives the gradients of its input and weights on WebGPU`, async () => {
    for (const sizes of SIZES) {
      const { channels } = sizes;
      const rows = sizes.count * sizes.pixels;
      const arrays = arraysOf(sizes);
      const { forward, backward } = kernelsOf(sizes, relu);
      const weights = arrays.weights.slice();
      await runKernels([...forward, ...backward], arrays, sizes);

      const { mean, variance } = momentsOf(arrays.x, sizes);
      const inverse = variance.map((number) => 1 / Math.sqrt(number + EPSILON));
      const dy = arrays.dy.slice();
      if (relu) reluBackward(dy, arrays.y, dy.length);
      const [dBeta, dGamma, dx] = [floats(channels), floats(channels), floats(dy.length)];
      reference.normaliseSums(arrays.x, dy, mean, inverse, dBeta, dGamma, rows, channels);
      reference.normaliseBackward(
        arrays.x,
        dy,
        dx,
        mean,
        inverse,
        parameter(weights, 2, channels).map((gamma, i) => gamma * inverse[i]),
        dBeta.map((sum) => sum / rows),
        dGamma.map((sum) => sum / rows),
        rows,
        channels,
      );
      assertNear(arrays.dx, dx, TOLERANCE, named("dx", sizes));
      assertNear(parameter(arrays.gradients, 0, channels), dBeta, TOLERANCE, named("beta", sizes));
      assertNear(
        parameter(arrays.gradients, 1, channels),
        dGamma,
        TOLERANCE,
        named("gamma", sizes),
      );
      assertNear(arrays.gradients.subarray(0, 5), floats(5), 0, "gradients of other layers");
      assertNear(arrays.weights, weights, 0, "weights, without a step,");
    }
  });
}

testOnGpu("batch normalisation moves its moving statistics on WebGPU", async () => {
  for (const sizes of SIZES) {
    const { channels } = sizes;
    const arrays = arraysOf(sizes);
    const expected = arrays.weights.slice();
    const { mean, variance } = momentsOf(arrays.x, sizes);
    for (const [place, found] of [[0, mean], [3, variance]] as const) {
      const moving = parameter(expected, place, channels);
      moving.set(moving.map((number, i) => MOMENTUM * number + (1 - MOMENTUM) * found[i]));
    }
    const { forward, update } = kernelsOf(sizes, false);
    await runKernels([...forward, ...update], arrays, sizes);
    assertNear(arrays.weights, expected, TOLERANCE, named("weights", sizes));
  }
});

testOnGpu("batch normalisation keeps the variance of numbers far from 0 on WebGPU", async () => {
  const sizes = { count: 40, pixels: 169, channels: 24 };
  const arrays = arraysOf(sizes, 1e3);
  const { forward } = kernelsOf(sizes, false);
  await runKernels(forward, arrays, sizes);
  const { variance } = momentsOf(arrays.x, sizes);
  const found = arrays.statistics.subarray(2 * sizes.channels);
  assertNear(found, variance, TOLERANCE, "variance");
});
