// Models as TensorFlow.js itself makes and saves them, against what they give there.

import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { openTensorFlow } from "../../lib/backend/tensorflow.ts";
import { UserError } from "../../lib/errors.ts";
import { importModel } from "../../lib/import/import.ts";
import type { Model } from "../../lib/model/format.ts";
import { toHalfBits } from "../../lib/model/half.ts";
import { loadModel } from "../../lib/model/store.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { ROOT } from "../commands.ts";
import { assertNear, testWithFolder } from "../parts.ts";
import { images, logitsOf, PICTURES, probabilitiesOf } from "./compare.ts";

await openTensorFlow("cpu", "cpu");

/** Starts that no weights share: zeros and ones would hide one that is in another's place. */
function start(seed: number) {
  return tf.initializers.randomUniform({ minval: 0.1, maxval: 0.9, seed });
}

function conv(filters: number, more: object = {}, seed = 1) {
  return tf.layers.conv2d({
    filters,
    kernelSize: 3,
    kernelInitializer: tf.initializers.randomNormal({ stddev: 0.3, seed }),
    biasInitializer: start(seed),
    ...more,
  });
}

function dense(units: number, more: object = {}, seed = 2) {
  return tf.layers.dense({
    units,
    kernelInitializer: tf.initializers.randomNormal({ stddev: 0.2, seed }),
    biasInitializer: start(seed),
    ...more,
  });
}

function normalisation(seed = 3, more: object = {}) {
  return tf.layers.batchNormalization({
    gammaInitializer: start(seed),
    betaInitializer: start(seed + 1),
    movingMeanInitializer: start(seed + 2),
    movingVarianceInitializer: start(seed + 3),
    ...more,
  });
}

/** The folder that TensorFlow.js would save; `change` is done to model.json. */
async function save(
  folder: string,
  model: tf.LayersModel,
  // deno-lint-ignore no-explicit-any -- whatever a file could hold
  change: (json: any, weights: Uint8Array) => Uint8Array | void = () => {},
): Promise<void> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
  }));
  const { modelTopology, weightSpecs, weightData } = saved!;
  const json = JSON.parse(JSON.stringify({
    format: "layers-model",
    modelTopology,
    weightsManifest: [{ paths: ["weights.bin"], weights: weightSpecs }],
  }));
  let weights: Uint8Array = new Uint8Array(weightData as ArrayBuffer);
  weights = change(json, weights) ?? weights;
  for (const { paths } of json.weightsManifest) {
    // In as many files, of about the same size.
    const size = Math.ceil(weights.length / paths.length);
    for (const [i, path] of paths.entries()) {
      await Deno.writeFile(`${folder}/${path}`, weights.slice(i * size, (i + 1) * size));
    }
  }
  await Deno.writeTextFile(`${folder}/model.json`, JSON.stringify(json));
}

/** That the imported model gives the probabilities that TensorFlow.js gives. */
async function assertSame(
  imported: Model,
  original: tf.LayersModel,
  { shape = [28, 28, 1], tolerance = 1e-5, scale = 1 } = {},
): Promise<void> {
  const input = tf.tensor(
    Float32Array.from(images, (byte) => scale * byte / 255),
    [PICTURES, ...shape],
  );
  const output = original.predict(input) as tf.Tensor;
  const probabilities = Array.from(await output.data());
  assert(new Set(probabilities).size > PICTURES, "All pictures look the same to it");
  const logits = await logitsOf(imported);
  assertNear(probabilitiesOf(logits).flat(), probabilities, tolerance, "probabilities");
  tf.dispose([input, output]);
}

/** The predecessors' usual network, with all layers that one may meet in it. */
function usual(): tf.Sequential {
  return tf.sequential({
    name: "usual",
    layers: [
      conv(4, { inputShape: [28, 28, 1], activation: "relu", padding: "same" }),
      normalisation(),
      conv(5, { useBias: false }, 7),
      tf.layers.activation({ activation: "relu" }),
      tf.layers.maxPooling2d({ poolSize: 2, padding: "same" }),
      tf.layers.dropout({ rate: 0.25 }),
      tf.layers.flatten(),
      dense(12, { activation: "relu" }),
      normalisation(9, { scale: false }),
      dense(10, {}, 5),
      tf.layers.softmax(),
    ],
  });
}

testWithFolder("a Sequential gives what it gives in TensorFlow.js", async (folder) => {
  const model = usual();
  await save(folder, model);
  for (const path of [folder, `${folder}/`, `${folder}/model.json`]) {
    const imported = await importModel(path);
    assertEquals([imported.name, imported.classes.length], [path, 10]);
    await assertSame(imported, model);
  }
});

testWithFolder("a functional model of one layer after the other is read", async (folder) => {
  const input = tf.input({ shape: [28, 28] });
  let x = tf.layers.reshape({ targetShape: [28, 28, 1] }).apply(input) as tf.SymbolicTensor;
  for (
    const layer of [
      conv(6),
      tf.layers.reLU(),
      tf.layers.globalMaxPooling2d({ dataFormat: "channelsLast" }),
      dense(3, { activation: "softmax" }),
    ]
  ) x = layer.apply(x) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: x });
  await save(folder, model);
  const imported = await importModel(folder);
  assertEquals(imported.classes, ["0", "1", "2"]);
  await assertSame(imported, model, { shape: [28, 28] });

  // As Keras 3 has it.
  await save(folder, model, (json) => {
    for (const layer of json.modelTopology.config.layers) {
      if (layer.config.batch_input_shape) {
        layer.config.batch_shape = layer.config.batch_input_shape;
        delete layer.config.batch_input_shape;
      }
      layer.inbound_nodes = layer.inbound_nodes.map(([[name]]: [[string]]) => ({
        args: [{ class_name: "__keras_tensor__", config: { keras_history: [name, 0, 0] } }],
        kwargs: {},
      }));
    }
  });
  await assertSame(await importModel(folder), model, { shape: [28, 28] });
});

testWithFolder("784 numbers, and a mean over the whole picture, are read", async (folder) => {
  const model = tf.sequential({
    layers: [
      tf.layers.reshape({ inputShape: [784], targetShape: [28, 28, 1] }),
      conv(6, { kernelSize: 5 }),
      tf.layers.averagePooling2d({ poolSize: 24 }),
      tf.layers.flatten(),
      dense(10, { activation: "softmax" }),
    ],
  });
  await save(folder, model);
  await assertSame(await importModel(folder), model, { shape: [784] });
});

testWithFolder("a Rescaling at the input says that it is 0 to 255", async (folder) => {
  const model = usual();
  await save(folder, model, (json) => {
    json.modelTopology.config.layers.splice(1, 0); // keeps the first, which says the shape
    const [first] = json.modelTopology.config.layers;
    json.modelTopology.config.layers.unshift({
      class_name: "Rescaling",
      config: {
        name: "rescaling",
        scale: 1 / 255,
        offset: 0,
        batch_input_shape: first.config.batch_input_shape,
      },
    });
  });
  await assertSame(await importModel(folder), model);
});

testWithFolder("weights in several files, with names of their own, are read", async (folder) => {
  const model = usual();
  await save(folder, model, (json) => {
    json.weightsManifest[0].paths = ["group1-shard1of3.bin", "group1-shard2of3.bin", "3.bin"];
    for (const weight of json.weightsManifest[0].weights) weight.name = `usual/${weight.name}`;
  });
  await assertSame(await importModel(folder), model);
  // The names say nothing: the order does, in which TensorFlow.js has a layer's own together.
  const plain = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [28, 28, 1] }),
      dense(8, { activation: "relu" }),
      dense(10, { activation: "softmax" }, 5),
    ],
  });
  await save(folder, plain, (json) => {
    const names = ["a/kernel", "a/bias", "b/kernel", "b/bias"];
    json.weightsManifest[0].weights.forEach((weight: { name: string }, i: number) =>
      weight.name = names[i]
    );
  });
  await assertSame(await importModel(folder), plain);
});

for (const [dtype, tolerance] of [["float16", 3e-3], ["uint8", 0.2], ["uint16", 2e-3]] as const) {
  testWithFolder(`weights that are quantised to ${dtype} are read`, async (folder) => {
    const model = usual();
    await save(folder, model, (json, weights) => quantise(json, weights, dtype));
    await assertSame(await importModel(folder), model, { tolerance });
  });
}

/** What tensorflowjs_converter --quantize_... makes of the weights. */
function quantise(
  json: { weightsManifest: { weights: { shape: number[]; quantization?: object }[] }[] },
  bytes: Uint8Array,
  dtype: "float16" | "uint8" | "uint16",
): Uint8Array {
  const floats = new Float32Array(bytes.slice().buffer);
  const size = dtype === "uint8" ? 1 : 2;
  const out = new DataView(new ArrayBuffer(size * floats.length));
  let at = 0;
  for (const entry of json.weightsManifest[0].weights) {
    const values = floats.subarray(at, at += entry.shape.reduce((a, b) => a * b, 1));
    const min = Math.min(...values);
    const scale = (Math.max(...values) - min) / (2 ** (8 * size) - 1) || 1;
    entry.quantization = dtype === "float16"
      ? { dtype, original_dtype: "float32" }
      : { dtype, min, scale, original_dtype: "float32" };
    for (const [i, value] of values.entries()) {
      const place = size * (at - values.length + i);
      const steps = Math.round((value - min) / scale);
      if (dtype === "uint8") out.setUint8(place, steps);
      else out.setUint16(place, dtype === "float16" ? toHalfBits(value) : steps, true);
    }
  }
  return new Uint8Array(out.buffer);
}

Deno.test("a folder of our own comes back, with classes and temperature", async () => {
  for (const name of Object.keys(RECIPES)) {
    const folder = new URL(`models/${name}`, ROOT).pathname;
    const [imported, own] = [await importModel(folder), await loadModel(folder)];
    assertEquals(await logitsOf(imported), await logitsOf(own));
    assertEquals(imported.classes, own.classes);
    assertEquals(imported.temperature, own.temperature);
  }
});

testWithFolder("what cannot be run is an error that names file and layer", async (folder) => {
  const refuse = async (
    message: string,
    // deno-lint-ignore no-explicit-any -- whatever a file could hold
    change: (layers: any[], json: any) => void,
  ) => {
    await save(folder, usual(), (json) => void change(json.modelTopology.config.layers, json));
    const error = await assertRejects(() => importModel(folder), UserError);
    assert(
      error.message.startsWith(`The model ${folder}/model.json cannot be used: `),
      error.message,
    );
    assert(error.message.includes(message), `${error.message}\nlacks: ${message}`);
  };
  await refuse(
    "has strides [2,2]; only [1,1] can be run",
    ([conv]) => conv.config.strides = [2, 2],
  );
  await refuse("has an unknown activation, tanh", ([conv]) => conv.config.activation = "tanh");
  await refuse(
    "(LSTM): it cannot be run; only these can: Conv2D,",
    (layers) => layers[1].class_name = "LSTM",
  );
  await refuse(
    'data_format "channels_first"',
    ([conv]) => conv.config.data_format = "channels_first",
  );
  await refuse("its groups is 2; only 1 can be run", ([conv]) => conv.config.groups = 2);
  await refuse("the input is [32, 32, 3]; only [28, 28, 1]", ([conv]) => {
    conv.config.batch_input_shape = [null, 32, 32, 3];
  });
  await refuse("needs a picture, and gets 12 numbers", (layers) => {
    const [, , , , pool] = layers;
    layers.splice(8, 0, { ...pool, config: { ...pool.config, padding: "valid" } });
  });
  await refuse(
    "This is a TensorFlow.js graph model; convert",
    (_, json) => json.format = "graph-model",
  );
  await refuse("This is no TensorFlow.js layers model", (_, json) => delete json.modelTopology);
  await refuse("no weightsManifest", (_, json) => json.weightsManifest[0].paths = ["../secret"]);
  await refuse("are not enough for weight", (_, json) => {
    json.weightsManifest[0].weights[0].shape = [30_000, 3];
  });
  await refuse("names as classes", (_, json) => json.userDefinedMetadata = { classes: ["a"] });
});

testWithFolder(
  "what is not there, or needs a conversion, is an error that says so",
  async (folder) => {
    const refuse = async (path: string, message: string) => {
      const error = await assertRejects(() => importModel(path), UserError);
      assert(error.message.includes(message), error.message);
    };
    await refuse(`${folder}/none.onnx`, "There is no file");
    await refuse(folder, "There is no file");
    await refuse("/dev/null", "There is no file /dev/null");
    await Deno.writeTextFile(`${folder}/mnist.h5`, "");
    await refuse(`${folder}/mnist.h5`, "Convert it first, with: tensorflowjs_converter");
    await Deno.writeTextFile(`${folder}/x.onnx`, "");
    await refuse(`${folder}/x.onnx`, "This is no ONNX file");
    await Deno.truncate(`${folder}/x.onnx`, 300e6);
    await refuse(`${folder}/x.onnx`, "it has 300 MB, and 256 MB in all are read at most");
    await Deno.writeTextFile(`${folder}/model.json`, "[");
    await refuse(folder, `The model ${folder}/model.json cannot be used: `);
  },
);
