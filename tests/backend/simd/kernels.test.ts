// Every kernel of the simd backend in every build that this machine runs: agreement with the plain
// references (comparisons.ts), and what else has to hold.

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  convolutionFilterBackward,
  convolutionInputBackward,
} from "../../../lib/backend/simd/kernels/convolution.reference.ts";
import { transpose } from "../../../lib/backend/simd/kernels/gemm.reference.ts";
import { maxPoolBackward } from "../../../lib/backend/simd/kernels/pooling.reference.ts";
import { type Build, BUILDS, type Kernels } from "../../../lib/backend/simd/module.ts";
import { dropoutKey, dropoutMask } from "../../../lib/model/dropout.ts";
import { blank, blankIntegers, call, Draw } from "./agreement.ts";
import { COMPARISONS, POOLED } from "./comparisons.ts";
import { GuardedMemory, START } from "./memory.ts";

const KERNELS = new URL("../../../lib/backend/simd/kernels/", import.meta.url);

/** 64 KiB each; enough for the lists of 65535 channels. */
const PAGES = 64;

for (const build of BUILDS) {
  const bytes = await Deno.readFile(new URL(build.file, KERNELS));
  const test = (name: string, body: (kernels: Kernels, memory: GuardedMemory) => void) =>
    Deno.test(
      `${name} (${build.file})`,
      { ignore: !WebAssembly.validate(bytes) },
      () => body(...load(build, bytes)),
    );

  test("the module leaves the memory from 64 KiB on to its caller", (kernels) => {
    assert(kernels.heapBase() <= START);
  });

  test("every kernel is compared with a reference", (kernels) => {
    const exported = Object.keys(kernels).filter((name) =>
      name !== "heapBase" && name !== "memory"
    );
    const compared: string[] = COMPARISONS.map(({ kernel }) => kernel);
    assertEquals(compared.sort(), exported.sort());
  });

  for (const { kernel, run } of COMPARISONS) {
    test(`${kernel}() agrees with its reference`, run);
  }

  test("moments() keeps the variance of numbers that are far from 0", momentsFarFromZero);
  test("dropout() of parts of a batch drops what the whole batch's mask says", dropoutInParts);
  test("adam() adds up partial gradients in their order", adamOfParts);
  test("maxPool() gives NaN only where it comes first in its window", maxPoolOfNaN);
  test("pooledLists() counts as many channels as 16 bits can", pooledListsOfManyChannels);
  test("the lists of sparse gradients give a convolution's gradients", gradientsThroughLists);
}

function load({ shared }: Build, bytes: BufferSource): [Kernels, GuardedMemory] {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared });
  const abort = () => {
    throw new Error("A kernel has aborted");
  };
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
  return [exports as unknown as Kernels, new GuardedMemory(memory)];
}

function momentsFarFromZero(kernels: Kernels, memory: GuardedMemory): void {
  const [r, c] = [50, 4];
  const x = memory.place(Float32Array.from({ length: r * c }, (_, i) => 1000 + (i >> 2) / 64));
  const mean = memory.place(blank(c));
  const squares = memory.place(blank(c));
  call(kernels, "moments", [x, mean, squares, r, c]);
  assertAlmostEquals(mean[0], 1000 + 24.5 / 64, 1e-3);
  // Of 0, 1, ..., r - 1: r (r^2 - 1) / 12.
  assertAlmostEquals(squares[0], r * (r ** 2 - 1) / 12 / 64 ** 2, 1e-3);
}

function dropoutInParts(kernels: Kernels, memory: GuardedMemory): void {
  const [r, c, p, rate] = [6, 10, 12, 0.4];
  const key = dropoutKey(1, 2, 3);
  const threshold = Math.round(rate * 2 ** 32);
  const x = memory.place(new Float32Array(r * p).fill(1));
  for (const [from, to] of [[0, 1], [1, 4], [4, 6]]) {
    const rows = x.subarray(from * p, to * p);
    call(kernels, "dropout", [rows, to - from, c, p, from * c, key, threshold, 1 / (1 - rate)]);
  }
  assertEquals(Float32Array.from(x.filter((_, i) => i % p < c)), dropoutMask(key, rate, r * c));
}

function adamOfParts(kernels: Kernels, memory: GuardedMemory): void {
  const [n, parts, stride] = [8, 3, 10];
  const draw = new Draw(1, "large", false); // so that another order would give another sum
  const start = [draw.numbers(n), draw.numbers(n), draw.positive(n)];
  const gradients = draw.numbers(parts * stride);
  const sums = gradients.subarray(0, n).map((number, i) =>
    Math.fround(number + gradients[stride + i]) + gradients[2 * stride + i]
  );
  const step = (gradient: Float32Array, parts: number) => {
    const weights = start.map((view) => memory.place(view));
    const scalars = [0.9, 0.1, 0.999, 0.001, 1e-7, 1e-3, 1, 1];
    const placed = memory.place(gradient);
    call(kernels, "adam", [...weights, placed, 4 * stride, parts, n, ...scalars]);
    return weights;
  };
  assertEquals(step(gradients, parts), step(sums, 1));
  memory.assertGuards();
}

function maxPoolOfNaN(kernels: Kernels, memory: GuardedMemory): void {
  const [p, c] = [2, 4];
  // (H,W,C): channel i has its NaN at pixel i, and its largest number at the last pixel or that before.
  const x = memory.place(Float32Array.from(
    { length: p * p * c },
    (_, i) => i % c === i >> 2 ? NaN : i >> 2,
  ));
  const y = memory.place(blank(c));
  const index = memory.place(blankIntegers(c));
  call(kernels, "maxPool", [x, y, index, p, p, c, p]);
  assertEquals([...y], [NaN, 3, 3, 2]);
  assertEquals([...index], [0, 3, 3, 2]);
}

function pooledListsOfManyChannels(kernels: Kernels, memory: GuardedMemory): void {
  const [co, ci, k] = [2 ** 16 - 1, 1, 1];
  for (const winner of [0, 3]) { // at either end of the counts
    memory.clear();
    const dy = memory.place(new Float32Array(co).fill(1));
    const index = memory.place(new Int32Array(co).fill(winner));
    const channels = memory.place(blankIntegers(2 * co));
    const channelCounts = memory.place(new Int32Array(co));
    const pixels = memory.place(blankIntegers(2 * 4 * co));
    const pixelCounts = memory.place(blankIntegers(4));
    // deno-fmt-ignore -- one kernel a line
    call(kernels, "pooledLists", [dy, index, 1, 1, 2, ci, co, k, 0, channels, 1, channelCounts, pixels, pixelCounts]);
    memory.assertGuards();
    assertEquals([...pixelCounts], [0, 1, 2, 3].map((pixel) => pixel === winner ? co : 0));
    const offsets = pixels.subarray(2 * winner * co).filter((_, i) => i % 2 === 0).subarray(0, co);
    assert(offsets.every((offset, i) => offset === 4 * i));
  }
}

/** Both gradients of batches of two pictures, as the engine works them out and without lists. */
function gradientsThroughLists(kernels: Kernels, memory: GuardedMemory): void {
  const n = 2;
  for (const [seed, { k, ci, co, ow, windows, h, w }] of POOLED.entries()) {
    memory.clear();
    const draw = new Draw(seed, "integers", false); // exact sums
    const picture = h * w * ci;
    const filter = k * k * ci;
    const pooled = windows * co;
    const capacity = n * windows; // the least that is always enough
    const x = memory.place(draw.numbers(n * picture));
    const filters = memory.place(draw.numbers(co * filter));
    const dy = memory.place(draw.sparse(n * pooled));
    const index = memory.place(draw.whole(n * pooled, 4));
    const dx = memory.place(new Float32Array(n * picture));
    const dw = memory.place(new Float32Array(co * filter));
    const channels = memory.place(blankIntegers(2 * co * capacity));
    const channelCounts = memory.place(new Int32Array(co));
    const pixels = memory.place(blankIntegers(2 * n * 4 * pooled));
    const pixelCounts = memory.place(blankIntegers(n * 4 * windows));
    // Where each channel's gradient begins in dw, and in dx what each pixel of each window reaches.
    const toFilter = memory.place(Int32Array.from({ length: co }, (_, o) => 4 * o * filter));
    const toPixel = memory.place(Int32Array.from({ length: n * 4 * windows }, (_, i) => {
      const [image, window] = [Math.floor(i / 4 / windows), (i >> 2) % windows];
      const y = 2 * Math.floor(window / ow) + (i >> 1 & 1);
      const x = 2 * (window % ow) + (i & 1);
      return 4 * (image * picture + (y * w + x) * ci);
    }));

    // What the pool passes on, (N,H-K+1,W-K+1,CO).
    const [gradientH, gradientW] = [h - k + 1, w - k + 1];
    const gradient = new Float32Array(n * gradientH * gradientW * co);

    for (let i = 0; i < n; i++) {
      const [dyOfOne, indexOfOne] = [dy.subarray(i * pooled), index.subarray(i * pooled)];
      const lists = pixels.subarray(2 * i * 4 * pooled);
      const counts = pixelCounts.subarray(i * 4 * windows);
      // deno-fmt-ignore -- one kernel a line
      call(kernels, "pooledLists", [dyOfOne, indexOfOne, windows, ow, w, ci, co, k, 4 * i * picture, channels, capacity, channelCounts, lists, counts]);
      const gradientOfOne = gradient.subarray(i * gradientH * gradientW * co);
      maxPoolBackward(dyOfOne, indexOfOne, gradientOfOne, gradientH, gradientW, co, 2);
    }
    for (let ky = 0; ky < k; ky++) {
      const row = ky * k * ci;
      const [xFrom, dwFrom] = [x.subarray(ky * w * ci), dw.subarray(row)];
      const [filtersFrom, dxFrom] = [filters.subarray(row), dx.subarray(ky * w * ci)];
      // deno-fmt-ignore -- likewise
      call(kernels, "sparseProduct", [dwFrom, toFilter, channels, capacity, channelCounts, xFrom, co, k * ci, 1]);
      // deno-fmt-ignore -- likewise
      call(kernels, "sparseProduct", [dxFrom, toPixel, pixels, co, pixelCounts, filtersFrom, n * 4 * windows, k * ci, 1]);
    }
    memory.assertGuards();

    const sizes = { n, h, w, ci, co, k };
    const keras = new Float32Array(co * filter); // (K,K,CI,CO), where the kernels have (CO,K,K,CI)
    transpose(co, filter, filters, filter, keras, co);
    const expectedDx = new Float32Array(n * picture);
    convolutionInputBackward(gradient, keras, expectedDx, sizes);
    keras.fill(0);
    convolutionFilterBackward(x, gradient, keras, sizes);
    const expectedDw = new Float32Array(co * filter);
    transpose(filter, co, keras, co, expectedDw, filter);
    assertEquals(dx.map(withoutSignOfZero), expectedDx.map(withoutSignOfZero));
    assertEquals(dw.map(withoutSignOfZero), expectedDw.map(withoutSignOfZero));
  }
}

function withoutSignOfZero(number: number): number {
  return number + 0;
}
