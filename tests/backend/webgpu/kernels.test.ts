// The small kernels for WebGPU, against the plain references.

import { assertEquals } from "@std/assert";
import * as elementwise from "../../../lib/backend/simd/kernels/elementwise.reference.ts";
import * as pooling from "../../../lib/backend/simd/kernels/pooling.reference.ts";
import { eachItem, type Kernel, workgroupsFor } from "../../../lib/backend/webgpu/kernel.ts";
import { dropout, relu } from "../../../lib/backend/webgpu/kernels/elementwise.ts";
import { input } from "../../../lib/backend/webgpu/kernels/input.ts";
import { globalAveragePooling, maxPooling } from "../../../lib/backend/webgpu/kernels/pooling.ts";
import { MIX, RANDOM } from "../../../lib/backend/webgpu/kernels/random.ts";
import { dropoutKey, dropoutMask } from "../../../lib/model/dropout.ts";
import { Random } from "../../../lib/random.ts";
import { assertNear } from "../../parts.ts";
import { eachPicture, runKernels, testOnGpu } from "./harness.ts";

const COUNT = 3;

/** Numbers of both signs, many of them equal. */
function integers(length: number): Float32Array<ArrayBuffer> {
  const random = new Random(length);
  return Float32Array.from({ length }, () => random.integer(7) - 3);
}

/** Pools that leave rows or columns over, that are one window, and that are nothing but pixels. */
const POOLS = [
  { height: 26, width: 26, channels: 32, poolSize: 2 },
  { height: 7, width: 9, channels: 5, poolSize: 2 },
  { height: 5, width: 4, channels: 3, poolSize: 3 },
  { height: 2, width: 2, channels: 1, poolSize: 2 },
  { height: 3, width: 2, channels: 4, poolSize: 1 },
];

testOnGpu("max-pooling finds the first of a window's largest numbers on WebGPU", async () => {
  for (const options of POOLS) {
    const { height: h, width: w, channels: c, poolSize: p } = options;
    const pooled = COUNT * Math.floor(h / p) * Math.floor(w / p) * c;
    const x = integers(COUNT * h * w * c);
    const [y, index] = [new Float32Array(pooled), new Uint32Array(pooled)];
    await runKernels([maxPooling(options).forward], { x, y, index }, { count: COUNT });

    const [values, places] = [new Float32Array(pooled), new Int32Array(pooled)];
    eachPicture(COUNT, (part) => {
      pooling.maxPool(part(x), part(values), part(places), h, w, c, p);
    });
    assertEquals(y, values);
    assertEquals(index, Uint32Array.from(places));
  }
});

testOnGpu(
  "max-pooling gives gradients to the largest numbers, 0 to all others on WebGPU",
  async () => {
    for (const options of POOLS) {
      const { height: h, width: w, channels: c, poolSize: p } = options;
      const pooled = COUNT * Math.floor(h / p) * Math.floor(w / p) * c;
      const random = new Random(pooled);
      const index = Uint32Array.from({ length: pooled }, () => random.integer(p * p));
      const dy = integers(pooled);
      const dx = new Float32Array(COUNT * h * w * c).fill(NaN);
      await runKernels([maxPooling(options).backward], { dy, index, dx }, { count: COUNT });

      const expected = new Float32Array(dx.length);
      eachPicture(COUNT, (part) => {
        const places = Int32Array.from(part(index));
        pooling.maxPoolBackward(part(dy), places, part(expected), h, w, c, p);
      });
      assertEquals(dx, expected);
    }
  },
);

testOnGpu("global average pooling agrees with its reference both ways on WebGPU", async () => {
  for (const [pixels, channels] of [[1, 1], [9, 64], [49, 5], [121, 33]]) {
    const { forward, backward } = globalAveragePooling({ pixels, channels });
    const [x, y] = [integers(COUNT * pixels * channels), new Float32Array(COUNT * channels)];
    const [dy, dx] = [integers(y.length), new Float32Array(x.length)];
    await runKernels([forward, backward], { x, y, dy, dx }, { count: COUNT });

    const [means, gradient] = [new Float32Array(y.length), new Float32Array(x.length)];
    eachPicture(COUNT, (part) => {
      pooling.averagePool(part(x), part(means), pixels, channels);
      pooling.averagePoolBackward(part(dy), part(gradient), pixels, channels);
    });
    assertNear(y, means, 1e-6, "y");
    assertNear(dx, gradient, 1e-6, "dx");
  }
});

testOnGpu("ReLU agrees with its reference both ways on WebGPU", async () => {
  const size = 1001;
  const [x, dy] = [integers(COUNT * size), integers(COUNT * size).map((number) => number + 9)];
  const [y, dx] = [x.slice(), dy.slice()];
  elementwise.reluForward(y, y.length);
  elementwise.reluBackward(dx, y, dx.length);
  const { forward, backward } = relu({ size });
  await runKernels([forward, backward], { x, y: y.slice(), dy }, { count: COUNT });
  assertEquals(x, y);
  assertEquals(dy, dx);
});

testOnGpu("dropout drops what each step's mask says on WebGPU", async () => {
  const size = 100;
  for (
    const [rate, seed, layer, number] of [[0.5, 1, 4, 1], [0.25, 2 ** 32 - 1, 0, 999], [0, 7, 2, 3]]
  ) {
    const kernel = dropout({ size, rate, seed, layer });
    const x = integers(COUNT * size);
    const mask = dropoutMask(dropoutKey(seed, number, layer), rate, x.length);
    const expected = x.map((value, i) => value * mask[i]);
    await runKernels([kernel], { x }, { count: COUNT, number });
    assertNear(x, expected, 0, `x of rate ${rate}`);
  }
});

testOnGpu("input gives every byte's 255th as the nearest float32 on WebGPU", async () => {
  const pixels = 85; // 3 * 85 = 255: the last word is not full
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
  const x = new Float32Array(COUNT * pixels + 1).fill(-1);
  await runKernels([input({ pixels })], { images: new Uint32Array(bytes.buffer), x }, {
    count: COUNT,
  });
  const expected = Float32Array.from(bytes, (byte) => byte / 255);
  expected[255] = -1; // beyond the batch
  assertEquals(x, expected);
});

testOnGpu("random numbers are those of lib/random.ts on WebGPU", async () => {
  const [streams, draws] = [50, 90];
  const drawing = (seed: number): Kernel => ({
    label: "drawing",
    arrays: { drawn: "read_write u32" },
    code: `${MIX}${RANDOM}${
      eachItem(
        "step.count",
        `    var random = randomOf(${seed >>> 0}u, i << 22);
    for (var place = 0u; place < ${draws}; place++) {
      drawn[i * ${draws} + place] = draw(&random);
    }`,
      )
    }`,
    workgroups: workgroupsFor,
  });
  for (const seed of [0, 1, 2 ** 32 - 1]) {
    const drawn = new Uint32Array(streams * draws);
    await runKernels([drawing(seed)], { drawn }, { count: streams });
    const expected = Array.from({ length: streams }, (_, stream) => {
      const random = new Random(seed, stream << 22);
      return Array.from({ length: draws }, () => random.uniform() * 2 ** 32);
    });
    assertEquals([...drawn], expected.flat());
  }
});
