// What is particular to the simd backend: fast ways beside the plain one, threads, batches of any
// size, what happens when something fails. That it agrees with TensorFlow.js, is tested with the
// other backends in tests/backend/backend.test.ts.

import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { TRAINING } from "../../../lib/backend/backend.ts";
import { makePlan, memoryEnd } from "../../../lib/backend/simd/compile.ts";
import {
  BUILDS,
  chooseBuild,
  instantiate,
  loadModule,
  probeFeatures,
} from "../../../lib/backend/simd/module.ts";
import { Program } from "../../../lib/backend/simd/program.ts";
import { openSimd, type SimdOptions } from "../../../lib/backend/simd/simd.ts";
import { CONTROL_BYTES, Team } from "../../../lib/backend/simd/team.ts";
import { syntheticDigits } from "../../../lib/data/synthetic.ts";
import { UserError } from "../../../lib/errors.ts";
import { type Architecture, initialWeights, type Layer } from "../../../lib/model/layers.ts";
import { RECIPES } from "../../../lib/model/recipes.ts";
import { Random } from "../../../lib/random.ts";
import { ROOT } from "../../commands.ts";
import { assertNear } from "../../parts.ts";

const SOFTMAX: Layer = { type: "dense", units: 10, activation: "softmax" };
const POOL: Layer = { type: "maxPooling2d", poolSize: 2 };

function conv(filters: number, kernelSize = 3, padding: "valid" | "same" = "valid"): Layer {
  return { type: "conv2d", filters, kernelSize, padding, activation: "relu" };
}

function network(
  layers: Layer[],
  inputShape: Architecture["inputShape"] = [28, 28, 1],
): Architecture {
  return { inputShape, layers };
}

const NORM: Layer = { type: "batchNormalization", momentum: 0.9, epsilon: 1e-3 };

/** Networks by what is special about them. */
const NETWORKS: Record<string, Architecture> = {
  "the dense recipe": RECIPES.dense,
  "the cnn recipe": RECIPES.cnn,
  "a first convolution that pools away a row": network(
    [conv(8), POOL, { type: "flatten" }, SOFTMAX],
    [27, 13, 1],
  ),
  "a Winograd convolution on the smallest picture": network(
    [conv(16), POOL, conv(8), POOL, { type: "flatten" }, SOFTMAX],
    [10, 11, 1],
  ),
  "channels that are no multiple of four": network([
    conv(5),
    POOL,
    conv(7, 5, "same"),
    POOL,
    { type: "flatten" },
    { type: "dense", units: 13, activation: "relu" },
    { type: "dropout", rate: 0.25 },
    SOFTMAX,
  ]),
  "convolutions that nothing pools": network(
    [
      conv(18),
      conv(24, 3, "same"),
      NORM,
      { type: "relu" },
      conv(30),
      POOL,
      conv(16, 3, "same"),
      conv(37),
      NORM,
      { type: "relu" },
      { type: "globalAveragePooling2d" },
      SOFTMAX,
    ],
    [13, 16, 1],
  ),
  "three channels in": network(
    [conv(6, 3, "same"), POOL, { type: "flatten" }, SOFTMAX],
    [9, 8, 3],
  ),
  "filters of even size and of 1x1": network(
    [conv(4, 2, "same"), conv(6, 1), conv(3, 4, "same"), {
      type: "globalAveragePooling2d",
    }, SOFTMAX],
    [9, 8, 1],
  ),
  "pooling and normalisation before any matrix": network(
    [{ type: "maxPooling2d", poolSize: 3 }, NORM, { type: "relu" }, conv(4, 1), {
      type: "flatten",
    }, SOFTMAX],
    [13, 10, 3],
  ),
  "normalisation after flattening": network([
    // Without bias, which normalisation would take out again: its gradient would be rounding.
    {
      type: "conv2d",
      filters: 6,
      kernelSize: 3,
      padding: "valid",
      activation: "relu",
      useBias: false,
    },
    { type: "maxPooling2d", poolSize: 4 },
    { type: "flatten" },
    NORM,
    { type: "dropout", rate: 0.5 },
    { type: "dense", units: 9, activation: "relu", useBias: false },
    NORM,
    SOFTMAX,
  ]),
};

/** Pictures of the network's shape, mostly blank as digits are. */
function examples({ inputShape }: Architecture, count: number, seed = 1) {
  const random = new Random(seed);
  const size = inputShape[0] * inputShape[1] * inputShape[2];
  return {
    images: Uint8Array.from(
      { length: count * size },
      () => random.uniform(0, 1) < 0.3 ? random.integer(256) : 0,
    ),
    labels: Uint8Array.from({ length: count }, () => random.integer(10)),
  };
}

async function open(architecture: Architecture, options: SimdOptions, training = {}) {
  const backend = await openSimd(options);
  return backend.createNetwork(architecture, initialWeights(architecture, new Random(3)), training);
}

for (const [name, architecture] of Object.entries(NETWORKS)) {
  Deno.test(`simd computes ${name} the fast way as the plain way`, async () => {
    const [plain, ...fast] = await Promise.all([
      open(architecture, { threads: 1, reference: true }),
      open(architecture, { threads: 1 }),
      open(architecture, { threads: 2 }),
      open(architecture, { threads: 5 }),
    ]);
    // One, fewer than threads, no multiple of anything, more than a thread takes at a time.
    for (const count of [1, 3, 7, 75]) {
      const { images, labels } = examples(architecture, count, count);
      const expected = {
        gradients: await plain.gradients(images, labels),
        logits: await plain.logits(images),
      };
      for (const other of fast) {
        const gradients = await other.gradients(images, labels);
        for (const [i, { name, data }] of expected.gradients.entries()) {
          assertNear(gradients[i].data, data, 3e-5, name);
        }
        assertNear(await other.logits(images), expected.logits, 1e-5, "logits");
      }
      // On to other weights; from those of the plain way, so that nothing adds up.
      await plain.trainBatch(images, labels, 1e-2);
      for (const other of fast) other.setState(await plain.state());
    }
    for (const one of [plain, ...fast]) one.dispose();
  });
}

Deno.test("simd takes the fast ways where the shapes allow, and only there", () => {
  const methods = (architecture: Architecture, reference = false) => {
    const plan = makePlan({
      architecture,
      training: TRAINING,
      threads: 1,
      capacity: 1,
      batch: 1,
      reference,
      base: 0,
    });
    return new Program(plan, 0, undefined as never, new ArrayBuffer(memoryEnd(plan))).operations
      .map(({ method }) => method);
  };
  const [rectified, gemm] = ["gemm, sparse gradient", "gemm"];
  assertEquals(methods(RECIPES.cnn), ["input", "first convolution", "winograd", rectified, gemm]);
  assertEquals(methods(RECIPES.dense), ["sparse", rectified, gemm]);
  assertEquals(methods(NETWORKS["three channels in"]).slice(0, 3), [
    "input",
    "im2col",
    "max-pooling",
  ]);
  // 12 filters are no whole number of panels.
  const twelve = network([conv(12), POOL, conv(8), POOL, { type: "flatten" }, SOFTMAX]);
  assertEquals(methods(twelve), ["input", "im2col", "max-pooling", "winograd", "gemm"]);
  // Of 18 channels, with padding 20, there is no whole number of panels either.
  const [plain, norm] = ["plain winograd", "batch normalisation"];
  assertEquals(methods(NETWORKS["convolutions that nothing pools"]).slice(1, 11), [
    ...["im2col", "im2col", norm, "relu", "winograd"],
    ...[plain, plain, norm, "relu", "average-pooling"],
  ]);
  assertEquals(methods(RECIPES.cnn, true), [
    "input",
    "im2col",
    "max-pooling",
    "im2col",
    "max-pooling",
    "gemm",
    "gemm",
  ]);
});

for (const threads of [1, 2, 4]) {
  Deno.test(`simd with ${threads} threads trains to the same bits every time`, async () => {
    const runs = [];
    for (let run = 0; run < 2; run++) {
      const one = await open(RECIPES.cnn, { threads });
      for (let step = 0; step < 4; step++) {
        const { images, labels } = syntheticDigits({ count: 21 + step, seed: step });
        await one.trainBatch(images, labels, 1e-3);
      }
      runs.push({ results: await one.takeResults(), state: await one.state() });
      one.dispose();
    }
    assertEquals(runs[0], runs[1]);
  });
}

Deno.test("simd reads a picture to the same bits with any number of threads and pictures", async () => {
  const { images } = syntheticDigits({ count: 300, seed: 2 });
  const [one, three] = [
    await open(RECIPES.cnn, { threads: 1 }),
    await open(RECIPES.cnn, { threads: 3 }),
  ];
  const all = await three.logits(images);
  assertEquals(await one.logits(images), all);
  for (const i of [0, 1, 255, 299]) {
    const alone = await one.logits(images.subarray(784 * i, 784 * (i + 1)));
    assertEquals(alone, all.slice(10 * i, 10 * (i + 1)));
  }
  for (const each of [one, three]) each.dispose();
});

Deno.test("simd moves to a larger memory for a larger batch, and loses nothing", async () => {
  for (const architecture of [RECIPES.dense, NETWORKS["normalisation after flattening"]]) {
    const [small, large] = [
      await open(architecture, { threads: 2 }),
      await open(architecture, { threads: 2 }),
    ];
    const first = examples(architecture, 10, 1);
    const second = examples(architecture, 700, 2);
    await large.gradients(second.images, second.labels); // makes it large from the beginning
    for (const one of [small, large]) {
      await one.trainBatch(first.images, first.labels, 1e-3);
      await one.trainBatch(second.images, second.labels, 1e-3);
    }
    assertEquals(await small.state(), await large.state());
    assertEquals(await small.takeResults(), await large.takeResults());
    for (const one of [small, large]) one.dispose();
  }
});

Deno.test("simd lets calls that are not waited for take turns", async () => {
  const one = await open(RECIPES.dense, { threads: 2 });
  const other = await open(RECIPES.dense, { threads: 2 });
  const { images, labels } = syntheticDigits({ count: 64, seed: 1 });
  await Promise.all([
    one.trainBatch(images, labels, 1e-3),
    one.trainBatch(images, labels, 1e-3),
    one.logits(images),
  ]);
  for (let step = 0; step < 2; step++) await other.trainBatch(images, labels, 1e-3);
  assertEquals(await one.state(), await other.state());
  for (const each of [one, other]) each.dispose();
});

Deno.test("simd ends what is under way when its network is disposed of", async () => {
  const { images, labels } = syntheticDigits({ count: 64, seed: 1 });
  for (const steps of [0, 1]) {
    const one = await open(RECIPES.dense, { threads: 2 });
    for (let step = 0; step < steps; step++) await one.trainBatch(images, labels, 1e-3);
    const underWay = one.trainBatch(images, labels, 1e-3);
    // Without a step before, its workers are only starting: that takes longer than this.
    if (steps === 0) await new Promise((resolve) => setTimeout(resolve));
    one.dispose();
    await assertRejects(() => underWay, Error, "has been disposed of");
    await assertRejects(() => one.logits(images), Error, "has been disposed of");
  }
});

Deno.test("simd names a layer that it cannot do", async () => {
  const backend = await openSimd({ threads: 1 });
  // A layer that a later version might describe.
  const layers = [{ type: "flatten" }, {
    type: "dense",
    units: 10,
    activation: "softmax",
  }] as Layer[];
  const architecture = network(layers);
  const weights = initialWeights(architecture, new Random(1));
  Object.defineProperty(layers[0], "type", {
    get: () => new Error().stack?.includes("placeLayers") ? "flatten" : "attention",
  });
  assertThrows(
    () => backend.createNetwork(architecture, weights),
    TypeError,
    "Layer flatten is of type attention, which the simd backend cannot do",
  );
});

Deno.test("simd says so when a network does not fit into memory", async () => {
  const architecture = network([{ type: "flatten" }, {
    type: "dense",
    units: 100_000,
    activation: "relu",
  }, SOFTMAX]);
  const backend = await openSimd({ threads: 16 });
  const weights = initialWeights(network([{ type: "flatten" }, SOFTMAX]), new Random(1));
  const kernel = {
    name: "dense/kernel",
    shape: [784, 100_000],
    data: new Float32Array(78_400_000),
  };
  const bias = { name: "dense/bias", shape: [100_000], data: new Float32Array(100_000) };
  const last = { name: "dense_1/kernel", shape: [100_000, 10], data: new Float32Array(1_000_000) };
  assertThrows(
    () =>
      backend.createNetwork(architecture, [kernel, bias, last, {
        ...weights[1],
        name: "dense_1/bias",
      }]),
    RangeError,
    "with 16 threads and this batch size; WebAssembly has 4295 MB: use fewer threads",
  );
});

Deno.test("chooseBuild() takes the fastest build that the machine can run", () => {
  const features = { simd: true, relaxed: true, shared: true };
  assertEquals(chooseBuild(features).file, "kernels.relaxed.shared.wasm");
  assertEquals(chooseBuild({ ...features, shared: false }).file, "kernels.relaxed.wasm");
  assertEquals(chooseBuild({ ...features, relaxed: false }).file, "kernels.shared.wasm");
  assertEquals(
    chooseBuild({ simd: true, relaxed: false, shared: false }).file,
    "kernels.wasm",
  );
  assertThrows(
    () => chooseBuild({ simd: false, relaxed: false, shared: true }),
    UserError,
    "needs WebAssembly SIMD, which this machine or browser does not have: use --backend cpu",
  );
});

Deno.test("probeFeatures() finds what the builds of this machine need", async () => {
  const features = probeFeatures();
  for (const build of BUILDS) {
    const bytes = await Deno.readFile(new URL(`lib/backend/simd/kernels/${build.file}`, ROOT));
    assertEquals(
      WebAssembly.validate(bytes),
      features.simd && (features.relaxed || !build.relaxed),
      build.file,
    );
  }
});

Deno.test("simd falls back to one thread where memory cannot be shared", async () => {
  const { Memory } = WebAssembly;
  try {
    // As in a page that is not isolated.
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        if (descriptor.shared) throw new TypeError("no shared memory here");
        super(descriptor);
      }
    } as typeof Memory;
    assertEquals(probeFeatures().shared, false);
    const backend = await openSimd({ threads: 4 });
    assertEquals(backend.description, "simd, 1 thread");
    const one = backend.createNetwork(RECIPES.dense, initialWeights(RECIPES.dense, new Random(3)));
    const { images } = syntheticDigits({ count: 3, seed: 1 });
    assertEquals((await one.logits(images)).length, 30);
    one.dispose();
  } finally {
    WebAssembly.Memory = Memory;
  }
});

/** A team whose workers get another module than this thread. */
async function teamWith(module: WebAssembly.Module) {
  const base = 65536 + CONTROL_BYTES;
  const plan = makePlan({
    architecture: { inputShape: RECIPES.dense.inputShape, layers: RECIPES.dense.layers },
    training: TRAINING,
    threads: 3,
    capacity: 4,
    batch: 8,
    reference: false,
    base,
  });
  const pages = Math.ceil(memoryEnd(plan) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const kernels = instantiate(await loadModule(chooseBuild(probeFeatures())), memory);
  const program = new Program(plan, 0, kernels, memory.buffer);
  return { program, assignment: { plan, module, memory, control: 65536 } };
}

/** A module without kernels. */
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

Deno.test("a worker that fails in its work is an error, not a hang", async () => {
  const { program, assignment } = await teamWith(await WebAssembly.compile(EMPTY));
  const team = await Team.start(program, assignment);
  const command = { kind: "gradients", count: 8, step: 1 } as const;
  const error = await assertRejects(() => team.run(command), Error);
  // Any of the two may be the first.
  assertMatch(error.message, /^Thread [12] of the simd backend failed: .*not a function/);
  const again = await assertRejects(() => team.run(command), Error);
  assertEquals(again.message, error.message);
});

Deno.test("a worker that does not start is an error, not a hang", async () => {
  // It imports what nobody gives it.
  const importing = Uint8Array.of(...EMPTY, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x61, 1, 0x62, 0, 0);
  const { program, assignment } = await teamWith(await WebAssembly.compile(importing));
  const error = await assertRejects(() => Team.start(program, assignment), Error);
  assertMatch(error.message, /^Thread [12] of the simd backend failed: .*mport/);
});

for (const end of ["disposes of its network", "forgets it and throws", "is interrupted"]) {
  Deno.test(`no worker outlives a program that ${end}`, async () => {
    const script = `
      import { openSimd } from ${JSON.stringify(new URL("lib/backend/simd/simd.ts", ROOT).href)};
      import { initialWeights } from ${JSON.stringify(new URL("lib/model/layers.ts", ROOT).href)};
      import { RECIPES } from ${JSON.stringify(new URL("lib/model/recipes.ts", ROOT).href)};
      import { Random } from ${JSON.stringify(new URL("lib/random.ts", ROOT).href)};
      const backend = await openSimd({ threads: 3 });
      const network = backend.createNetwork(RECIPES.dense, initialWeights(RECIPES.dense, new Random(1)));
      await network.trainBatch(new Uint8Array(784 * 9), new Uint8Array(9), 1e-3);
      console.log("trained");
      ${
      {
        "disposes of its network": "network.dispose();",
        "forgets it and throws": "throw new Error('on purpose');",
        "is interrupted": "await new Promise((resolve) => setTimeout(resolve, 60_000));",
      }[end]
    }`;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-read",
        "--config",
        new URL("deno.json", ROOT).pathname,
        "--ext=ts",
        "-",
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(script));
    await writer.close();
    if (end === "is interrupted") {
      const reader = child.stdout.getReader();
      await reader.read(); // "trained"
      reader.releaseLock();
      child.kill("SIGINT");
    }
    // A worker that lives on would keep the process, and this test, waiting.
    const { code, signal } = await child.status;
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    const expected = { "disposes of its network": 0, "forgets it and throws": 1 }[end];
    if (expected === undefined) assertEquals(signal, "SIGINT");
    else assertEquals(code, expected);
  });
}
