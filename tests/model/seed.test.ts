// What becomes of training whose device fails.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Backend, DeviceError, type Network } from "../../lib/backend/backend.ts";
import { openSimd } from "../../lib/backend/simd/simd.ts";
import { openWebGpu } from "../../lib/backend/webgpu/webgpu.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { UserError } from "../../lib/errors.ts";
import { loadCheckpoint } from "../../lib/model/checkpoint.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { runRecipe } from "../../lib/model/run.ts";
import type { SeedCheckpoint } from "../../lib/model/seed.ts";
import { loadMetrics } from "../../lib/model/store.ts";
import { type TrainingContext, trainRecipe } from "../../lib/model/training.ts";
import { testOnGpu } from "../backend/webgpu/harness.ts";
import { testWithFolder } from "../parts.ts";

const PLAN = { epochs: 3, batch: 32, seed: 1, seeds: 1, classic: false, float16: false };
const DATA: Dataset = {
  name: "synthetic",
  source: "",
  files: {},
  classes: [..."0123456789"],
  train: syntheticDigits({ count: 200, seed: 1 }),
  test: syntheticDigits({ count: 50, seed: 2 }),
};
const BATCHES = 6; // an epoch, of the nineteen in twenty pictures that are not held back

const simd = await openSimd({ threads: 1 });

/**
 * A backend that arrives at other weights than simd, for it takes larger steps. Its device is lost when
 * it is asked for something for the time of that number.
 */
function device(lost: { method?: "trainBatch" | "logits" | "state"; time?: number } = {}) {
  let [networks, times] = [0, 0];
  const backend: Backend = {
    name: "webgpu",
    description: "webgpu on Some GPU",
    versions: { gpu: "1" },
    createNetwork(...args) {
      networks++;
      const network = simd.createNetwork(...args);
      const meet = (method: keyof Network) => {
        if (method === lost.method && ++times === lost.time) throw new DeviceError("It was lost");
      };
      return Object.assign(Object.create(network), {
        async trainBatch(images: Uint8Array, labels: Uint8Array, rate: number) {
          await meet("trainBatch");
          await network.trainBatch(images, labels, 2 * rate);
        },
        async logits(images: Uint8Array) {
          await meet("logits");
          return await network.logits(images);
        },
        async state() {
          await meet("state");
          return await network.state();
        },
        takeResults: () => network.takeResults(),
        setState: (state: SeedCheckpoint["state"]) => network.setState(state),
        dispose: () => network.dispose(),
      });
    },
  };
  return { backend, count: () => networks };
}

const fallback = () => Promise.resolve(simd);

/** All events but those of progress. */
async function train(context: Partial<TrainingContext> & { backend: Backend }, plan = PLAN) {
  const events = await Array.fromAsync(
    trainRecipe(RECIPES.dense, plan, { data: DATA, ...context }),
  );
  return events.filter((event) => event.type !== "progress");
}

type Events = Awaited<ReturnType<typeof train>>;

/** What does not depend on the time that it took. */
function outcome(events: Events) {
  const { model, metrics } = events.find((event) => event.type === "trained")!;
  const history = metrics.history.map(({ loss, valLoss, epoch }) => ({ loss, valLoss, epoch }));
  return { model, history, test: metrics.test, temperature: metrics.temperature };
}

/** What comes of so many epochs on the device, and the others on simd. */
async function expected(epochs: number) {
  const reached: (SeedCheckpoint | undefined)[] = [undefined];
  await train({
    backend: device().backend,
    saveCheckpoint: (checkpoint) => Promise.resolve(void reached.push(checkpoint)),
  });
  return outcome(await train({ backend: simd, checkpoint: reached[epochs] }));
}

const LOSSES = [
  { title: "at the first step", method: "trainBatch", time: 1, epoch: 0 },
  { title: "within an epoch", method: "trainBatch", time: BATCHES + 3, epoch: 1 },
  { title: "in validation", method: "logits", time: 2, epoch: 1 },
  { title: "as the checkpoint is made", method: "state", time: 2, epoch: 1 },
  { title: "after the last epoch", method: "logits", time: PLAN.epochs + 1, epoch: PLAN.epochs },
] as const;

for (const { title, epoch, ...lost } of LOSSES) {
  Deno.test(`a device lost ${title}: the fallback goes on from the last checkpoint`, async () => {
    const events = await train({ backend: device(lost).backend, fallback });
    const epochs = Array(PLAN.epochs).fill("epoch");
    assertEquals(
      events.map(({ type }) => type),
      [...epochs.slice(0, epoch), "fallback", ...epochs.slice(epoch), "trained"],
    );
    assertEquals(events[epoch], {
      ...{ type: "fallback", reason: "It was lost", backend: "simd, 1 thread", epoch },
    });
    assertEquals(outcome(events), await expected(epoch));
  });
}

Deno.test("a lost device trains no further seeds, and the metrics name who did the work", async () => {
  const gpu = device({ method: "trainBatch", time: BATCHES * PLAN.epochs + 1 }); // the second seed's
  const events = await train({ backend: gpu.backend, fallback }, { ...PLAN, seeds: 3 });
  assertEquals(gpu.count(), 2);
  const trained = events.filter((event) => event.type === "trained");
  assertEquals(trained[0].metrics.backend, "webgpu on Some GPU");
  const names = ["webgpu on Some GPU", "webgpu on Some GPU, then simd, 1 thread", "simd, 1 thread"];
  let kept = 0;
  for (const [i, { isKept, metrics }] of trained.entries()) {
    if (isKept) kept = i;
    assertEquals(metrics.backend, names[kept]);
    assertEquals("gpu" in metrics.versions, kept < 2);
  }
});

testOnGpu("a GPU lost between two epochs: simd goes on", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const backend = await openWebGpu(adapter!);
  const types: string[] = [];
  const context = { backend, fallback, data: DATA };
  for await (const event of trainRecipe(RECIPES.dense, PLAN, context)) {
    if (event.type === "progress") continue;
    types.push(event.type);
    if (types.length === 1) backend.device.destroy();
    if (event.type === "fallback") {
      assertMatch(event.reason, / was lost: /);
      assertEquals([event.backend, event.epoch], ["simd, 1 thread", 1]);
    }
    if (event.type === "trained") {
      assertEquals(event.metrics.backend, `${backend.description}, then simd, 1 thread`);
      assertEquals(event.metrics.history.map(({ epoch }) => epoch), [1, 2, 3]);
    }
  }
  assertEquals(types, ["epoch", "fallback", "epoch", "epoch", "trained"]);
});

testWithFolder("a lost device without a fallback: the run can be resumed", async (folder) => {
  const { backend } = device({ method: "trainBatch", time: 2 * BATCHES + 1 });
  const run = { ...PLAN, model: "dense", dataset: "synthetic", limit: null };
  const context = { data: DATA, directory: `${folder}/dense` };
  await assertRejects(
    () => Array.fromAsync(runRecipe(run, { ...context, backend })),
    DeviceError,
    "It was lost",
  );
  const checkpoint = await loadCheckpoint(context.directory);
  assertEquals(checkpoint!.position.history.length, 2);
  await Array.fromAsync(runRecipe(run, { ...context, backend: simd, checkpoint }));
  const { test } = await loadMetrics(context.directory);
  assertEquals(test, (await expected(2)).test);
});

Deno.test("where the fallback does not start either, the error says both", async () => {
  const { backend } = device({ method: "trainBatch", time: 1 });
  const error = await assertRejects(
    () =>
      train({
        backend,
        fallback: () => Promise.reject(new UserError("There is no SIMD here: use --backend wasm")),
      }),
    UserError,
  );
  assertEquals(
    error.message,
    "It was lost, and no other backend can take over: There is no SIMD here: use --backend wasm",
  );
});

Deno.test("errors that no other backend would mend are no reason for a fallback", async () => {
  const broken: Backend = {
    ...simd,
    createNetwork: () => {
      throw new TypeError("Weight 0 is missing");
    },
  };
  await assertRejects(() => train({ backend: broken, fallback }), TypeError, "Weight 0 is missing");
});
