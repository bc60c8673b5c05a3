import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../lib/errors.ts";
import {
  type Checkpoint,
  checkpointPath,
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
  removeCheckpoint,
  type RunOptions,
  saveCheckpoint,
} from "../../lib/model/checkpoint.ts";
import { initialWeights } from "../../lib/model/layers.ts";
import { type Model, roundToFloat16 } from "../../lib/model/format.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { type Metrics, seedStatistics } from "../../lib/model/metrics.ts";
import { loadMetrics, loadModel, saveModel } from "../../lib/model/store.ts";
import { Random } from "../../lib/random.ts";
import { namesIn, testWithFolder } from "../parts.ts";

const { inputShape, layers } = RECIPES.dense;
const weights = (seed: number) => initialWeights({ inputShape, layers }, new Random(seed));

const MODEL: Model = {
  name: "dense",
  architecture: { inputShape, layers },
  weights: weights(1),
  classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
};

const METRICS: Metrics = {
  recipe: "dense",
  classic: false,
  parameters: 118_282,
  seed: 1,
  epochs: 3,
  batchSize: 32,
  backend: "wasm",
  versions: {},
  dataset: {
    name: "synthetic",
    source: "",
    sha256: {},
    train: 3,
    drawn: 0,
    validation: 0,
    test: 1,
  },
  classes: MODEL.classes,
  history: [],
  temperature: 1,
  test: { loss: 0.5, accuracy: 0.25 },
};

const RUN: RunOptions = {
  model: "dense",
  dataset: "mnist",
  epochs: 3,
  batch: 32,
  seed: 1,
  seeds: 1,
  limit: null,
  classic: false,
  float16: true,
};

const CHECKPOINT: Checkpoint = {
  run: RUN,
  next: [{ ...RUN, model: "cnn", epochs: 5, batch: 64, float16: false }],
  position: { history: [], batch: 7, lossSum: 0.1 + 0.2, correct: 3, seconds: 1.5 },
  state: {
    weights: weights(1),
    firstMoments: weights(2),
    secondMoments: weights(3),
    step: 7,
  },
};

testWithFolder("loadModel() and loadMetrics() give back what saveModel() saved", async (folder) => {
  await saveModel(`${folder}/a/dense`, MODEL, METRICS);
  assertEquals(await loadModel(`${folder}/a/dense`), MODEL);
  assertEquals(await loadMetrics(`${folder}/a/dense`), METRICS);
  assertEquals(await namesIn(`${folder}/a/dense`), ["metrics.json", "model.json", "weights.bin"]);
});

testWithFolder("saveModel() stores weights in half the bytes", async (folder) => {
  await saveModel(folder, MODEL, METRICS, { float16: true });
  assertEquals((await Deno.stat(`${folder}/weights.bin`)).size, 2 * 118_282);
  assertEquals(await loadModel(folder), { ...MODEL, weights: roundToFloat16(MODEL.weights) });
});

testWithFolder(
  "saveModel() says so when a file stands where the folder should be",
  async (folder) => {
    await Deno.writeTextFile(`${folder}/models`, "");
    await assertRejects(
      () => saveModel(`${folder}/models/dense`, MODEL, METRICS),
      UserError,
      "Could not make the folder",
    );
  },
);

testWithFolder("loadModel() says what is missing or damaged, and what to do", async (folder) => {
  await assertRejects(() => loadModel(folder), UserError, "Train the model with: deno task train");
  await saveModel(folder, MODEL, METRICS);
  await Deno.truncate(`${folder}/weights.bin`, 100);
  await assertRejects(
    () => loadModel(folder),
    UserError,
    `The model in ${folder} cannot be used: The weights are 100 bytes`,
  );
  await Deno.writeTextFile(`${folder}/metrics.json`, "{");
  await assertRejects(() => loadMetrics(folder), UserError, "metrics.json is damaged");
});

testWithFolder("a checkpoint comes back as it was saved, and can be removed", async (folder) => {
  assertEquals(await loadCheckpoint(folder), undefined);
  await removeCheckpoint(folder); // nothing there: nothing to do
  await saveCheckpoint(folder, CHECKPOINT);
  assertEquals(await loadCheckpoint(folder), CHECKPOINT);
  await removeCheckpoint(folder);
  assertEquals(await namesIn(folder), []);
});

testWithFolder("a damaged checkpoint is an error that names the file", async (folder) => {
  await saveCheckpoint(folder, CHECKPOINT);
  const path = checkpointPath(folder);
  await Deno.truncate(path, (await Deno.stat(path)).size - 1);
  await assertRejects(() => loadCheckpoint(folder), UserError, `${path} is damaged: It is cut off`);
});

Deno.test("decodeCheckpoint() rejects what is no checkpoint", () => {
  const bytes = encodeCheckpoint(CHECKPOINT);
  assertEquals(decodeCheckpoint(bytes), CHECKPOINT);
  for (const length of [0, 7, 8, 1000]) {
    assertThrows(() => decodeCheckpoint(bytes.subarray(0, length)), SyntaxError);
  }
  const foreign = new TextEncoder().encode("\x02\0\0\0\0\0\0\0{}");
  assertThrows(() => decodeCheckpoint(foreign), SyntaxError, "not written by this program");
});

Deno.test("a checkpoint of before there were float16 and classic goes on without", () => {
  const { float16: _, classic: __, ...run } = RUN;
  const old = encodeCheckpoint({
    ...CHECKPOINT,
    run: run as RunOptions,
    next: [run as RunOptions],
  });
  const decoded = decodeCheckpoint(old);
  assertEquals([decoded.run, ...decoded.next], [1, 2].map(() => ({ ...RUN, float16: false })));
});

Deno.test("encodeCheckpoint() writes safetensors: a length, a header, the numbers", () => {
  const bytes = encodeCheckpoint(CHECKPOINT);
  const view = new DataView(bytes.buffer);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const { dtype, shape, data_offsets } = header["firstMoments/dense_1/kernel"];
  assertEquals([dtype, shape], ["F32", [128, 128]]);
  const moments = CHECKPOINT.state.firstMoments[2].data;
  assertEquals(data_offsets[1] - data_offsets[0], moments.byteLength);
  assertEquals(view.getFloat32(8 + length + data_offsets[0] + 4, true), moments[1]);
  assertEquals(
    Math.max(
      ...Object.values(header).map((entry) =>
        (entry as { data_offsets?: number[] }).data_offsets?.[1] ?? 0
      ),
    ),
    bytes.length - 8 - length,
  );
});

Deno.test("seedStatistics() gives mean and sample standard deviation", () => {
  const { n, mean, std } = seedStatistics(1, [0.97, 0.98, 0.99], [null, null, null]);
  assertEquals(n, 3);
  assert(Math.abs(mean - 0.98) < 1e-12 && Math.abs(std - 0.01) < 1e-12);
});
