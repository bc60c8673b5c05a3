// Convolutions and dense layers on WebGPU, forward and backward, against the plain references.

import { assertEquals } from "@std/assert";
import {
  convolution as plain,
  convolutionFilterBackward,
  convolutionInputBackward,
  type Sizes,
} from "../../../lib/backend/simd/kernels/convolution.reference.ts";
import {
  addBias,
  biasBackward,
  reluBackward,
} from "../../../lib/backend/simd/kernels/elementwise.reference.ts";
import { maxPool, maxPoolBackward } from "../../../lib/backend/simd/kernels/pooling.reference.ts";
import {
  backwardInput,
  backwardWeights,
  type Convolution,
  finish,
  forward,
  forwardParts,
  gradientParts,
  weightCount,
} from "../../../lib/backend/webgpu/kernels/convolution.ts";
import { samePadding } from "../../../lib/model/layers.ts";
import { Random } from "../../../lib/random.ts";
import { assertNear } from "../../parts.ts";
import { eachPicture, runKernels, testOnGpu } from "./harness.ts";

/** Where weights and gradients begin: not at the beginning. */
const [WEIGHTS_AT, GRADIENTS_AT] = [256, 64];

/** Sums of some thousand products in single precision, relative to the largest. */
const TOLERANCE = 2e-6;

interface Case {
  height: number;
  width?: number;
  channels: number;
  filters: number;
  size?: number;
  same?: boolean;
  isPooled?: boolean;
  hasBias?: boolean;
  relu?: boolean;
  count: number;
}

/** Those of the recipes, and sizes that divide by nothing. */
const CASES: Record<string, Case> = {
  "the first convolution of cnn": {
    height: 28,
    channels: 1,
    filters: 32,
    size: 3,
    isPooled: true,
    hasBias: true,
    relu: true,
    count: 3,
  },
  "the second convolution of cnn": {
    height: 13,
    channels: 32,
    filters: 64,
    size: 3,
    isPooled: true,
    hasBias: true,
    relu: true,
    count: 3,
  },
  "a padded convolution": { height: 13, channels: 32, filters: 64, size: 3, same: true, count: 2 },
  "a padded convolution of odd numbers": {
    height: 9,
    width: 12,
    channels: 3,
    filters: 5,
    size: 5,
    same: true,
    hasBias: true,
    relu: true,
    count: 3,
  },
  "a convolution with an even kernel": {
    height: 8,
    width: 7,
    channels: 6,
    filters: 8,
    size: 4,
    same: true,
    hasBias: true,
    count: 2,
  },
  "a pool that leaves rows over": {
    height: 11,
    width: 10,
    channels: 8,
    filters: 18,
    size: 4,
    isPooled: true,
    count: 2,
  },
  "a dense layer of few sums": {
    height: 1,
    channels: 1600,
    filters: 128,
    hasBias: true,
    relu: true,
    count: 5,
  },
  "a dense layer of classes": { height: 1, channels: 130, filters: 10, hasBias: true, count: 65 },
  "a dense layer without bias": { height: 1, channels: 7, filters: 9, count: 17 },
};

for (const [name, example] of Object.entries(CASES)) {
  testOnGpu(`${name} goes forward and backward on WebGPU`, async () => {
    const convolution = describe(example);
    const { count } = example;
    const random = new Random(count);
    const numbers = (length: number) => Float32Array.from({ length }, () => random.uniform(-1, 1));
    const { height, width, channels } = convolution;
    // Many zeros, as a ReLU leaves them.
    const x = numbers(count * height * width * channels).map((value) => Math.max(0, value));
    const weights = numbers(WEIGHTS_AT + weightCount(convolution));

    const expected = goForward(convolution, x, weights, count);
    const y = new Float32Array(expected.y.length);
    const index = new Uint32Array(y.length);
    const parts = forwardParts(convolution);
    const partials = new Float32Array(parts * y.length);
    await runKernels(
      [forward(convolution), ...(parts > 1 ? [finish(convolution)] : [])],
      { x, weights, y, index, partials },
      { count },
    );
    assertNear(y, expected.y, TOLERANCE, "y");
    assertEquals(index, Uint32Array.from(expected.index));

    const dy = numbers(y.length);
    const gradients = goBackward(convolution, x, weights, dy, expected.index, count);
    const dx = new Float32Array(x.length);
    const sum = gradientParts(convolution).of(count);
    const found = new Float32Array(GRADIENTS_AT + sum * weightCount(convolution));
    await runKernels(
      [backwardInput(convolution, true), backwardWeights(convolution, GRADIENTS_AT)],
      { x, dy, index, weights, dx, gradients: found },
      { count },
    );
    assertNear(dx, gradients.dx, TOLERANCE, "dx");
    assertNear(addParts(found.subarray(GRADIENTS_AT), sum), gradients.dw, TOLERANCE, "dw");
  });
}

function describe(example: Case): Convolution {
  const { height, width = height, size = 1, same, channels, filters } = example;
  const loss = same ? 0 : size - 1;
  return {
    height,
    width,
    channels,
    filters,
    size,
    pad: same ? samePadding(size)[0] : 0,
    outputHeight: height - loss,
    outputWidth: width - loss,
    isPooled: !!example.isPooled,
    hasBias: !!example.hasBias,
    relu: !!example.relu,
    weightsAt: WEIGHTS_AT,
  };
}

/** The sizes of the same convolution on padded pictures. */
function padded(
  { outputHeight, outputWidth, channels, filters, size }: Convolution,
  n: number,
): Sizes {
  const [h, w] = [outputHeight + size - 1, outputWidth + size - 1];
  return { n, h, w, ci: channels, co: filters, k: size };
}

/** Copies pictures into the middle of padded ones, or out of there. */
function eachPadded(
  { height, width, channels, pad }: Convolution,
  { n, h, w }: Sizes,
  visit: (from: number, padded: number) => void,
): void {
  for (let i = 0; i < n * height * width * channels; i++) {
    const pixel = Math.floor(i / channels);
    const [image, row, column] = [
      Math.floor(pixel / height / width),
      Math.floor(pixel / width) % height,
      pixel % width,
    ];
    visit(i, ((image * h + row + pad) * w + column + pad) * channels + i % channels);
  }
}

function kernelOf({ size, channels, filters }: Convolution, weights: Float32Array): Float32Array {
  return weights.subarray(WEIGHTS_AT, WEIGHTS_AT + size * size * channels * filters);
}

function padInput(convolution: Convolution, x: Float32Array, sizes: Sizes): Float32Array {
  const wide = new Float32Array(sizes.n * sizes.h * sizes.w * sizes.ci);
  eachPadded(convolution, sizes, (from, to) => wide[to] = x[from]);
  return wide;
}

function goForward(
  convolution: Convolution,
  x: Float32Array,
  weights: Float32Array,
  count: number,
): { y: Float32Array; index: Int32Array } {
  const { filters, outputHeight, outputWidth, isPooled, hasBias, relu } = convolution;
  const sizes = padded(convolution, count);
  const kernel = kernelOf(convolution, weights);
  const sums = plain(padInput(convolution, x, sizes), kernel, sizes);
  const size = isPooled ? 2 : 1;
  const [rows, columns] = [outputHeight, outputWidth].map((side) => Math.floor(side / size));
  const y = new Float32Array(count * rows * columns * filters);
  const index = new Int32Array(y.length);
  eachPicture(count, (part) => {
    maxPool(part(sums), part(y), part(index), outputHeight, outputWidth, filters, size);
  });
  const bias = hasBias ? weights.subarray(WEIGHTS_AT + kernel.length) : new Float32Array(filters);
  addBias(y, bias, y.length / filters, filters, relu ? 1 : 0);
  return { y, index };
}

function goBackward(
  convolution: Convolution,
  x: Float32Array,
  weights: Float32Array,
  dy: Float32Array,
  index: Int32Array,
  count: number,
): { dx: Float32Array; dw: Float32Array } {
  const { filters, outputHeight, outputWidth, isPooled, hasBias } = convolution;
  const sizes = padded(convolution, count);
  const spread = new Float32Array(count * outputHeight * outputWidth * filters);
  const size = isPooled ? 2 : 1;
  eachPicture(count, (part) => {
    maxPoolBackward(part(dy), part(index), part(spread), outputHeight, outputWidth, filters, size);
  });
  const wide = padInput(convolution, x, sizes);
  const dWide = new Float32Array(wide.length);
  const kernel = kernelOf(convolution, weights);
  convolutionInputBackward(spread, kernel, dWide, sizes);
  const dx = new Float32Array(x.length);
  eachPadded(convolution, sizes, (to, from) => dx[to] = dWide[from]);
  reluBackward(dx, x, dx.length);
  const dw = new Float32Array(weightCount(convolution));
  convolutionFilterBackward(wide, spread, dw.subarray(0, kernel.length), sizes);
  if (hasBias) biasBackward(dy, dw.subarray(kernel.length), dy.length / filters, filters, 0);
  return { dx, dw };
}

/** The sum of so many parts that follow one another. */
function addParts(all: Float32Array, parts: number): Float32Array {
  const length = all.length / parts;
  const sums = new Float32Array(length);
  for (let i = 0; i < all.length; i++) sums[i % length] += all[i];
  return sums;
}
