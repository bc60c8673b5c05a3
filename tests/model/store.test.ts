import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { hashOf } from "../../lib/data/verify.ts";
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
import { encodeModel, type Model, roundToFloat16 } from "../../lib/model/format.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { encodeMetrics, type Metrics, seedStatistics } from "../../lib/model/metrics.ts";
import { loadMetrics, loadModel, saveModel } from "../../lib/model/store.ts";
import { Random } from "../../lib/random.ts";
import { namesIn, testWithFolder, withFolder } from "../parts.ts";

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
  files: { "train-images": "0123" },
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
  const { weightsSha256, ...metrics } = await loadMetrics(`${folder}/a/dense`);
  assertEquals(metrics, METRICS);
  assertEquals(weightsSha256, await hashOf(await Deno.readFile(`${folder}/a/dense/weights.bin`)));
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
    `${folder}/weights.bin is damaged, or not the one that was saved with model.json`,
  );
  await Deno.writeTextFile(`${folder}/metrics.json`, "{");
  await assertRejects(() => loadMetrics(folder), UserError, "metrics.json is damaged");
});

/** Two models that nothing but their numbers tells apart, as two saves of a recipe are. */
const SAVES = [0, 1].map((i) => ({
  model: { ...MODEL, weights: weights(10 + i), temperature: 1 + i },
  metrics: { ...METRICS, temperature: 1 + i },
}));

/** Which of the saves is in a folder, as a reader finds it; -1 where it is made of both. */
async function found(folder: string): Promise<{ model: number; metrics: number }> {
  const { weights: [{ data }], temperature } = await loadModel(folder);
  const model = SAVES.findIndex(({ model }) =>
    model.temperature === temperature && model.weights[0].data[0] === data[0]
  );
  const metrics = await loadMetrics(folder);
  return {
    model,
    metrics: SAVES.findIndex((save) => save.metrics.temperature === metrics.temperature),
  };
}

/** Leaves in `folder` what a save is that was killed after so many renames. */
async function saveInPart(
  folder: string,
  { model, metrics }: typeof SAVES[number],
  { renames, suffix }: { renames: number; suffix: string },
): Promise<void> {
  await withFolder(async (other) => {
    await saveModel(other, model, metrics);
    const names = ["model.json", "weights.bin", "metrics.json"];
    for (const [i, name] of names.entries()) {
      await Deno.copyFile(`${other}/${name}`, `${folder}/${name}${i < renames ? "" : suffix}`);
    }
  });
}

testWithFolder(
  "a save that is killed at any moment leaves the old model or the new one",
  async (folder) => {
    for (const hasHash of [true, false]) {
      for (let renames = 0; renames <= 3; renames++) {
        const directory = `${folder}/${hasHash}-${renames}`;
        await saveModel(directory, SAVES[0].model, SAVES[0].metrics);
        if (!hasHash) { // as models of earlier versions are
          const { json } = encodeModel(SAVES[0].model);
          await Deno.writeTextFile(`${directory}/model.json`, json);
          await Deno.writeTextFile(`${directory}/metrics.json`, encodeMetrics(SAVES[0].metrics));
        }
        await Deno.writeTextFile(`${directory}/weights.bin.00000000.tmp`, "cut off");
        await Deno.writeTextFile(`${directory}/metrics.json.00000000.tmp`, "{");
        await saveInPart(directory, SAVES[1], { renames, suffix: ".11111111.tmp" });
        const expected = renames === 0 ? 0 : 1;
        const what = `killed after ${renames} renames`;
        assertEquals(await found(directory), { model: expected, metrics: expected }, what);

        // Killed once more as it saves the first model anew.
        await saveInPart(directory, SAVES[0], { renames: 1, suffix: ".22222222.tmp" });
        assertEquals(await found(directory), { model: 0, metrics: 0 }, what);
      }
    }
  },
);

testWithFolder(
  "saveModel() replaces model.json first, which says what else is new",
  async (folder) => {
    await Deno.mkdir(`${folder}/weights.bin/in-the-way`, { recursive: true });
    const { model, metrics } = SAVES[0];
    await assertRejects(
      () => saveModel(folder, model, metrics),
      UserError,
      `. ${folder}/model.json had been replaced; `,
    );
  },
);

testWithFolder("a first save that is killed leaves no model or the new one", async (folder) => {
  await saveInPart(folder, SAVES[1], { renames: 0, suffix: ".11111111.tmp" });
  await assertRejects(() => loadModel(folder), UserError, `There is no ${folder}/model.json`);
  await saveInPart(folder, SAVES[1], { renames: 1, suffix: ".11111111.tmp" });
  assertEquals(await found(folder), { model: 1, metrics: 1 });
});

testWithFolder("saveModel() removes what killed saves have left", async (folder) => {
  await saveInPart(folder, SAVES[0], { renames: 1, suffix: ".11111111.tmp" });
  await saveInPart(folder, SAVES[1], { renames: 0, suffix: ".22222222.tmp" });
  await saveModel(folder, SAVES[1].model, SAVES[1].metrics);
  assertEquals(await found(folder), { model: 1, metrics: 1 });
  assertEquals(await namesIn(folder), ["metrics.json", "model.json", "weights.bin"]);
});

testWithFolder("loadModel() and loadMetrics() say so where files are of two", async (folder) => {
  await saveModel(folder, SAVES[1].model, SAVES[1].metrics);
  await saveInPart(folder, SAVES[0], { renames: 1, suffix: ".11111111.tmp" });
  for (const name of ["weights.bin", "metrics.json"]) {
    await Deno.remove(`${folder}/${name}.11111111.tmp`);
    await assertRejects(
      () => name === "weights.bin" ? loadModel(folder) : loadMetrics(folder),
      UserError,
      `${folder}/${name} is damaged, or not the one that was saved with model.json. If training was ` +
        "interrupted, go on with: deno task train --resume --model ",
    );
  }
});

testWithFolder("a model can be loaded at any moment while it is saved", async (folder) => {
  await saveModel(folder, SAVES[0].model, SAVES[0].metrics);
  let isSaving = true;
  const saving = (async () => {
    for (let i = 1; i <= 30; i++) {
      await saveModel(folder, SAVES[i % 2].model, SAVES[i % 2].metrics);
    }
    isSaving = false;
  })();
  const seen = new Set<number>();
  while (isSaving) {
    const { model, metrics } = await found(folder); // one after the other: they may be of two saves
    assert(model >= 0 && metrics >= 0);
    seen.add(model);
  }
  await saving;
  assertEquals([...seen].sort(), [0, 1]);
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
