// The backend on a real device: whole runs, what it takes and gives back, and how it fails.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Backend, DeviceError } from "../../../lib/backend/backend.ts";
import { Device } from "../../../lib/backend/webgpu/device.ts";
import { openWebGpu } from "../../../lib/backend/webgpu/webgpu.ts";
import { syntheticDigits } from "../../../lib/data/synthetic.ts";
import { initialWeights } from "../../../lib/model/layers.ts";
import { type Recipe, RECIPES } from "../../../lib/model/recipes.ts";
import { type EpochResult, trainNetwork } from "../../../lib/model/trainer.ts";
import { Random } from "../../../lib/random.ts";
import { assertNear } from "../../parts.ts";
import { openBackend } from "../backends.ts";
import { testOnGpu } from "./harness.ts";

async function findGpu(): Promise<GPUAdapter> {
  return (await navigator.gpu.requestAdapter())!;
}

function start(backend: Backend, recipe: Recipe) {
  return backend.createNetwork(recipe, initialWeights(recipe, new Random(1)), {
    optimizer: recipe.optimizer,
    labelSmoothing: recipe.labelSmoothing,
    seed: 1,
  });
}

/** Trains as the program does; gives each epoch's figures, and the weights. */
async function run(backend: Backend, recipe: Recipe, count: number, epochs: number) {
  const network = start(backend, recipe);
  const train = syntheticDigits({ count, seed: 1 });
  const validation = syntheticDigits({ count: 50, seed: 2 });
  const { batchSize, learningRate, augmentation, unaugmented } = recipe;
  const history: EpochResult[] = [];
  const events = trainNetwork(network, { train, validation }, {
    epochs,
    batchSize,
    learningRate,
    augmentation,
    unaugmented,
    seed: 1,
  });
  for await (const event of events) if (event.type === "epoch") history.push(event.result);
  const { weights } = await network.state();
  network.dispose();
  return { history, weights };
}

/** The recipes whose steps take a software GPU least, with what else they have to augment. */
const RUNS: [Recipe, count: number, epochs: number][] = [
  [{ ...RECIPES.dense, augmentation: RECIPES.best.augmentation, unaugmented: 0.2 }, 333, 3],
  [{ ...RECIPES.cnn, batchSize: 32 }, 203, 1],
];

for (const [recipe, count, epochs] of RUNS) {
  testOnGpu(`webgpu learns ${recipe.name} as simd does, epoch by epoch`, async () => {
    const webgpu = await run(await openBackend("webgpu"), recipe, count, epochs);
    const simd = await run(await openBackend("simd"), recipe, count, epochs);
    for (const name of ["loss", "valLoss"] as const) {
      const [found, expected] = [webgpu, simd].map(({ history }) => history.map((e) => e[name]!));
      // Pictures are augmented in single precision, and rounding grows from step to step.
      assertNear(found, expected, 1e-4, name);
    }
  });
}

testOnGpu("webgpu gives the same run for the same seed, bit by bit", async () => {
  const [recipe, count, epochs] = RUNS[0];
  const [first, second] = [
    await run(await openBackend("webgpu"), recipe, count, epochs),
    await run(await openBackend("webgpu"), recipe, count, epochs),
  ];
  assertEquals(first.weights, second.weights);
});

testOnGpu("webgpu augments elsewhere what the GPU cannot", async () => {
  const network = start(await openBackend("webgpu"), RECIPES.dense);
  const digits = syntheticDigits({ count: 4, seed: 1 });
  assert(network.hold!(digits, { augmentation: { shift: 1 }, seed: 1 }));
  assertEquals(network.hold!(digits, { augmentation: { blur: 0.5 }, seed: 1 }), undefined);
  network.dispose();
});

/** The limits of the specification that this backend could run into, and its adapter's others. */
const DEFAULTS = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };

testOnGpu("webgpu works within the specification's limits", async () => {
  const adapter = await findGpu();
  const small = new Proxy(adapter, {
    get(target, name) {
      if (name === "limits") return DEFAULTS;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const backend = await openWebGpu(small);
  const { limits } = backend.device;
  assertEquals(
    [limits.maxStorageBufferBindingSize, limits.maxComputeInvocationsPerWorkgroup],
    [2 ** 27, 256],
  );
  assertEquals(limits.maxComputeWorkgroupStorageSize, 16384);
  const network = start(backend, RECIPES.best);
  const { images, labels } = syntheticDigits({ count: 2, seed: 1 });
  await network.trainBatch(images, labels, 1e-3);
  assertEquals((await network.takeResults()).length, 1);
  // What does not fit is handed over batch by batch.
  const count = Math.floor(2 ** 27 / 784) + 1;
  const large = { images: new Uint8Array(784 * count), labels: new Uint8Array(count), count };
  assertEquals(network.hold!(large, { seed: 1 }), undefined);
  const most = 4000;
  await assertRejects(
    () =>
      network.trainBatch(
        large.images.subarray(0, 784 * most),
        new Uint8Array(most),
        1e-3,
      ) as Promise<void>,
    RangeError,
    "A batch of 4000 pictures is too large",
  );
  network.dispose();
  backend.device.destroy();
});

/** Counts what a device's buffers take, in bytes. */
function watchMemory(device: GPUDevice): () => number {
  const create = device.createBuffer.bind(device);
  let held = 0;
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    let size = descriptor.size;
    held += size;
    buffer.destroy = () => {
      held -= size;
      size = 0; // to destroy it again changes nothing
      destroy();
    };
    return buffer;
  };
  return () => held;
}

testOnGpu("webgpu takes no more memory over 1,000 steps and 100 predictions", async () => {
  const backend = await openWebGpu(await findGpu());
  const held = watchMemory(backend.device);
  const network = start(backend, RECIPES.dense);
  const digits = syntheticDigits({ count: 8, seed: 1 });
  const examples = network.hold!(digits, { augmentation: { shift: 1 }, seed: 1 })!;
  examples.startEpoch(1, Uint32Array.from({ length: 8 }, (_, i) => i));
  const work = async (steps: number, predictions: number) => {
    for (let i = 0; i < steps; i++) {
      await examples.trainBatch({ first: i % 4, count: 1 + i % 4, isAugmented: true }, 1e-3);
      if (i % 100 === 99) assertEquals((await network.takeResults()).length, 100);
    }
    for (let i = 0; i < predictions; i++) await network.logits(digits.images);
  };
  await work(200, 10);
  const [buffers, process] = [held(), Deno.memoryUsage().rss];
  assert(buffers > 0);
  await work(1000, 100);
  assertEquals(held(), buffers);
  const grown = (Deno.memoryUsage().rss - process) / 2 ** 20;
  assert(grown < 10, `${grown} MiB more`);
  network.dispose();
  await Promise.resolve();
  assertEquals(held(), 0);
  backend.device.destroy();
});

testOnGpu("webgpu keeps results until somebody asks for them", async () => {
  const layers = [RECIPES.dense.layers[0], RECIPES.dense.layers.at(-1)!];
  const network = start(await openBackend("webgpu"), { ...RECIPES.dense, layers });
  const examples = network.hold!(syntheticDigits({ count: 1, seed: 1 }), { seed: 1 })!;
  examples.startEpoch(1, Uint32Array.of(0));
  const batch = { first: 0, count: 1, isAugmented: false };
  const count = 4100; // more than the GPU keeps
  for (let i = 0; i < count; i++) await examples.trainBatch(batch, 1e-4);
  const results = await network.takeResults();
  assertEquals(results.length, count);
  assert(results.every(({ loss }, i) => loss > 0 && (i === 0 || loss <= results[0].loss)));
  network.dispose();
});

testOnGpu("webgpu fails with a DeviceError when its device is lost", async () => {
  const backend = await openWebGpu(await findGpu());
  const network = start(backend, RECIPES.dense);
  const { images, labels } = syntheticDigits({ count: 2, seed: 1 });
  await network.trainBatch(images, labels, 1e-3);
  const waiting = network.takeResults();
  backend.device.destroy();
  await waiting.catch((error) => assert(error instanceof DeviceError));
  await assertRejects(() => network.state(), DeviceError, "was lost");
  await assertRejects(() => network.logits(images), DeviceError, "was lost");
  const other = start(backend, RECIPES.dense);
  await assertRejects(async () => await other.trainBatch(images, labels, 1e-3), DeviceError);
  for (const each of [network, other]) each.dispose();
});

testOnGpu("webgpu fails with a DeviceError when examples do not fit into its memory", async () => {
  const backend = await openWebGpu(await findGpu());
  const network = start(backend, RECIPES.dense);
  const digits = syntheticDigits({ count: 2, seed: 1 });
  await network.trainBatch(digits.images, digits.labels, 1e-3);
  backend.device.popErrorScope = () => Promise.resolve({ message: "Not enough" } as GPUError);
  const examples = network.hold!(digits, { seed: 1 })!;
  examples.startEpoch(1, Uint32Array.of(0, 1));
  const step = () => examples.trainBatch({ first: 0, count: 2, isAugmented: false }, 1e-3);
  await assertRejects(step, DeviceError, "is full");
  await assertRejects(() => network.state(), DeviceError, "is full");
  network.dispose();
  backend.device.destroy();
});

testOnGpu("a device says which kernel it cannot compile", async () => {
  const device = new Device(await (await findGpu()).requestDevice(), "a GPU");
  const kernel = {
    label: "odd",
    arrays: {},
    code: "fn main() { 1 }",
    workgroups: () => [1] as const,
  };
  await assertRejects(
    () => device.compile(kernel),
    DeviceError,
    'a GPU cannot compile the kernel "odd"',
  );
  device.gpu.destroy();
});

testOnGpu("a device says when its memory is full, and keeps nothing of what it made", async () => {
  const gpu = await (await findGpu()).requestDevice();
  const held = watchMemory(gpu);
  // A software GPU has the machine's memory, which nobody wants to fill.
  gpu.popErrorScope = () => Promise.resolve({ message: "Not enough memory" } as GPUError);
  const device = new Device(gpu, "a GPU");
  const size = 2 ** 20;
  await assertRejects(
    () => device.createBuffers([1, 2].map(() => ({ size, usage: GPUBufferUsage.STORAGE }))),
    DeviceError,
    "The memory of a GPU is full: 3 MB were asked for",
  );
  assertEquals(held(), 0);
  gpu.destroy();
});
