import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { openTensorFlow } from "../../lib/backend/tensorflow.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { softmax } from "../../lib/model/evaluate.ts";
import {
  decodeFloats,
  decodeModel,
  encodeFloats,
  encodeModel,
  type Model,
  roundToFloat16,
  WEIGHTS_FILE,
  weightsHash,
  withWeightsHash,
} from "../../lib/model/format.ts";
import {
  type Architecture,
  classCount,
  initialWeights,
  type Weight,
} from "../../lib/model/layers.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { Random } from "../../lib/random.ts";

/** Opened first, so that tf.loadLayersModel() works on it too. */
const backend = await openTensorFlow("wasm", "wasm");

const CLASSES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Every layer that no recipe needs to have, and two batch normalisations of the same shape. */
const REGULAR: Architecture = {
  inputShape: [28, 28, 1],
  layers: [
    {
      type: "conv2d",
      filters: 6,
      kernelSize: 3,
      padding: "valid",
      activation: "linear",
      useBias: false,
    },
    { type: "batchNormalization", momentum: 0.9, epsilon: 0.01 },
    { type: "relu" },
    { type: "maxPooling2d", poolSize: 2 },
    { type: "dropout", rate: 0.3 },
    { type: "globalAveragePooling2d" },
    { type: "dense", units: 6, activation: "linear", useBias: false },
    { type: "batchNormalization", momentum: 0.99, epsilon: 0.001 },
    { type: "relu" },
    { type: "dense", units: 10, activation: "softmax" },
  ],
};

const ARCHITECTURES: Record<string, Architecture> = { ...RECIPES, regular: REGULAR };

function model(name: string): Model {
  const { inputShape, layers } = ARCHITECTURES[name];
  const architecture = { inputShape, layers };
  const random = new Random(1);
  // Training starts with many that are the same: here none can take another's place unnoticed.
  const weights = initialWeights(architecture, random).map((weight) => ({
    ...weight,
    data: weight.shape.length > 1
      ? weight.data
      : weight.data.map((value) => value + random.uniform(0.01, 0.2)),
  }));
  return { name, architecture, weights, classes: CLASSES.slice(0, classCount(architecture)) };
}

/** What tf.loadLayersModel() makes of model.json and weights.bin. */
async function load({ json, weights }: ReturnType<typeof encodeModel>): Promise<tf.LayersModel> {
  const { modelTopology, weightsManifest } = JSON.parse(json);
  return await tf.loadLayersModel(tf.io.fromMemory({
    modelTopology,
    weightSpecs: weightsManifest[0].weights,
    weightData: weights.buffer,
  }));
}

/** That `loaded` gives on some pictures the probabilities that our own network gives. */
async function assertSamePredictions(loaded: tf.LayersModel, expected: Model): Promise<void> {
  const network = backend.createNetwork(expected.architecture, expected.weights);
  const { images } = syntheticDigits({ count: 20, seed: 1 });
  const logits = await network.logits(images);
  network.dispose();
  const input = tf.tensor(Float32Array.from(images, (byte) => byte / 255), [20, 28, 28, 1]);
  const output = loaded.predict(input) as tf.Tensor;
  const probabilities = await output.data();
  const classes = expected.classes.length;
  for (let i = 0; i < 20; i++) {
    const row = logits.subarray(classes * i, classes * (i + 1));
    for (const [k, value] of softmax(row).entries()) {
      assert(Math.abs(probabilities[classes * i + k] - value) < 1e-5);
    }
  }
  tf.dispose([input, output]);
}

Deno.test("TensorFlow.js reads a model.json with its weights' hash, and saves it without", async () => {
  const { json, weights } = encodeModel(model("dense"));
  const hashed = withWeightsHash(json, "0123");
  assertEquals([weightsHash(json), weightsHash(hashed)], [undefined, "0123"]);
  assertEquals(decodeModel(hashed, weights), model("dense"));
  const files: Record<string, BodyInit> = { "model.json": hashed, [WEIGHTS_FILE]: weights };
  const loaded = await tf.loadLayersModel(tf.io.http("http://127.0.0.1/model.json", {
    fetchFunc: (path) => Promise.resolve(new Response(files[String(path).split("/").at(-1)!])),
  }));
  await assertSamePredictions(loaded, model("dense"));
  await loaded.save(tf.io.withSaveHandler((artifacts) => {
    assertEquals(JSON.stringify({ ...artifacts, weightData: [] }).includes("0123"), false);
    return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
  }));
  loaded.dispose();
});

Deno.test("weightsHash() knows of none in what is no model.json", () => {
  for (const json of ["", "{", "{}", "null"]) assertEquals(weightsHash(json), undefined);
});

for (const name of Object.keys(ARCHITECTURES)) {
  Deno.test(`decodeModel() gives back what encodeModel() was given (${name})`, () => {
    const { json, weights } = encodeModel(model(name));
    assertEquals(decodeModel(json, weights), model(name));
  });

  Deno.test(`tf.loadLayersModel() reads what encodeModel() writes (${name})`, async () => {
    const loaded = await load(encodeModel(model(name)));
    assertEquals(loaded.countParams(), model(name).weights.reduce((n, w) => n + w.data.length, 0));
    await assertSamePredictions(loaded, model(name));
    loaded.dispose();
  });

  Deno.test(`decodeModel() reads what tf.LayersModel.save() writes (${name})`, async () => {
    const loaded = await load(encodeModel(model(name)));
    let saved: tf.io.ModelArtifacts | undefined;
    await loaded.save(tf.io.withSaveHandler((artifacts) => {
      saved = artifacts;
      return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
    }));
    loaded.dispose();
    const { modelTopology, weightSpecs, weightData } = saved!;
    const json = JSON.stringify({ modelTopology, weightsManifest: [{ weights: weightSpecs }] });
    const decoded = decodeModel(json, new Uint8Array(weightData as ArrayBuffer));
    assertEquals(decoded, model(name));
  });

  Deno.test(`tf.loadLayersModel() reads float16 as decodeModel() does (${name})`, async () => {
    const encoded = encodeModel(model(name), { float16: true });
    const rounded = { ...model(name), weights: roundToFloat16(model(name).weights) };
    assertEquals(encoded.weights.length, encodeModel(model(name)).weights.length / 2);
    assertEquals(decodeModel(encoded.json, encoded.weights), rounded);
    const loaded = await load(encoded);
    const isMoving = ({ name }: Weight) => name.includes("/moving_");
    const trainableFirst = [
      ...rounded.weights.filter((weight) => !isMoving(weight)),
      ...rounded.weights.filter(isMoving),
    ];
    for (const [i, tensor] of loaded.getWeights().entries()) {
      assertEquals(await tensor.data(), trainableFirst[i].data);
    }
    await assertSamePredictions(loaded, rounded);
    loaded.dispose();
  });
}

Deno.test("roundToFloat16() keeps three digits and refuses what is beyond the range", () => {
  const weight = (...values: number[]) => [{
    name: "dense/kernel",
    shape: [values.length],
    data: Float32Array.from(values),
  }];
  // 1.001 lies between 1 and 1 + 2^-10, 2049 halfway between 2048 and 2050.
  assertEquals(
    roundToFloat16(weight(1.001, -0.1, 2049, 65504)),
    weight(1 + 2 ** -10, -0.0999755859375, 2048, 65504),
  );
  for (const value of [65505, -1e6, Infinity]) {
    assertThrows(
      () => roundToFloat16(weight(0, value)),
      RangeError,
      `Weight dense/kernel holds ${value}, and float16 goes no further than 65504`,
    );
  }
  const { weights, ...rest } = model("dense");
  weights[3].data[0] = 1e5;
  encodeModel({ ...rest, weights });
  assertThrows(
    () => encodeModel({ ...rest, weights }, { float16: true }),
    RangeError,
    "Weight dense_1/bias holds 100000",
  );
});

Deno.test("decodeModel() names the weight that it cannot read", () => {
  const { json, weights } = encodeModel(model("dense"), { float16: true });
  assertThrows(
    () => decodeModel(json.replace('"dtype": "float16"', '"dtype": "uint8"'), weights),
    SyntaxError,
    "Weight dense/kernel is quantised to uint8; only float16 can be read",
  );
  assertThrows(
    () => decodeModel(json, weights.subarray(0, -1)),
    SyntaxError,
    "The weights are 236563 bytes, and the model describes 236564",
  );
});

/** A model.json with one change. */
function changed(
  change: (layers: { class_name: string; config: Record<string, unknown> }[]) => void,
  name = "cnn",
) {
  const { json, weights } = encodeModel(model(name));
  const parsed = JSON.parse(json);
  change(parsed.modelTopology.config.layers);
  return () => decodeModel(JSON.stringify(parsed), weights);
}

Deno.test("decodeModel() names the layer that it cannot run", () => {
  assertThrows(
    changed((layers) => layers[0].class_name = "LSTM"),
    SyntaxError,
    "Layer conv2d is a LSTM",
  );
  assertThrows(
    changed((layers) => layers[2].config.strides = [2, 2]),
    SyntaxError,
    "Layer conv2d_1 (Conv2D) has strides [2,2]; only [1,1] can be run",
  );
  assertThrows(
    changed((layers) => layers[5].config.activation = "gelu"),
    SyntaxError,
    "Layer dense (Dense) has an unknown activation, gelu",
  );
  assertThrows(
    changed((layers) => layers[5].config.units = 64),
    SyntaxError,
    "Weight 4 is dense/kernel [1600, 128], expected dense/kernel [1600, 64]",
  );
});

Deno.test("decodeModel() names the setting that it cannot run", () => {
  const wrong: [number, string, unknown, string][] = [
    [0, "use_bias", 1, "Layer conv2d (Conv2D) has use_bias 1;"],
    [1, "axis", 1, "Layer batch_normalization (BatchNormalization) has axis 1;"],
    [1, "center", false, "Layer batch_normalization (BatchNormalization) has center false;"],
    [1, "scale", false, "Layer batch_normalization (BatchNormalization) has scale false;"],
    [1, "epsilon", -1, "Layer batch_normalization has epsilon -1,"],
    [2, "max_value", 6, "Layer re_lu (ReLU) has max_value 6;"],
    [2, "negative_slope", 0.1, "Layer re_lu (ReLU) has negative_slope 0.1;"],
    [2, "threshold", 1, "Layer re_lu (ReLU) has threshold 1;"],
    [4, "rate", 1, "Layer dropout has rate 1,"],
    [4, "noise_shape", [1, 28, 28, 1], "Layer dropout (Dropout) has noise_shape [1,28,28,1];"],
    [5, "keepdims", true, "(GlobalAveragePooling2D) has keepdims true; only false"],
    [5, "data_format", "channels_first", '(GlobalAveragePooling2D) has data_format "channels_f'],
  ];
  for (const [layer, key, value, message] of wrong) {
    const decode = changed((layers) => layers[layer].config[key] = value, "regular");
    assertThrows(decode, SyntaxError, message);
  }
});

Deno.test("decodeModel() takes what is not said for Keras' default", () => {
  const decoded = changed((layers) => {
    for (const key of ["axis", "momentum", "epsilon", "center", "scale"]) {
      delete layers[1].config[key];
    }
    layers[2].config = { name: "re_lu" };
  }, "regular")();
  const layers = [...REGULAR.layers];
  layers[1] = { type: "batchNormalization", momentum: 0.99, epsilon: 0.001 };
  assertEquals(decoded.architecture.layers, layers);
});

Deno.test("decodeModel() accepts an InputLayer in front", () => {
  const { json, weights } = encodeModel(model("dense"));
  const parsed = JSON.parse(json);
  const layers = parsed.modelTopology.config.layers;
  layers.unshift({
    class_name: "InputLayer",
    config: { name: "input", batch_input_shape: [null, 28, 28, 1] },
  });
  assertEquals(decodeModel(JSON.stringify(parsed), weights), model("dense"));
});

Deno.test("decodeFloats() reads numbers wherever they begin", () => {
  const data = Float32Array.of(1.5, -0, 1e-40, NaN, Infinity);
  const encoded = encodeFloats([{ data }]);
  for (let start = 0; start < 8; start++) {
    const bytes = new Uint8Array(start + encoded.length + 3);
    bytes.set(encoded, start);
    assertEquals(decodeFloats(bytes, start, data.length), data);
    assertEquals(decodeFloats(bytes.subarray(start), 0, data.length), data);
    assertThrows(() => decodeFloats(bytes, start, data.length + 1), RangeError);
  }
});

Deno.test("decodeModel() rejects weights that are cut off", () => {
  const { json, weights } = encodeModel(model("dense"));
  assertThrows(
    () => decodeModel(json, weights.subarray(0, 1000)),
    SyntaxError,
    "The weights are 1000 bytes, and the model describes 473128",
  );
});

Deno.test("decodeModel() rejects what is no model", () => {
  assertThrows(
    () => decodeModel("{}", new Uint8Array()),
    SyntaxError,
    "no TensorFlow.js layers model",
  );
  assertThrows(() => decodeModel("<html>", new Uint8Array()), SyntaxError);
  assertThrows(
    () => decodeModel('{"modelTopology": {"class_name": "Model"}}', new Uint8Array()),
    SyntaxError,
    "The model is Model; only Sequential",
  );
});

Deno.test("encodeModel() refuses weights of another network", () => {
  assertThrows(
    () => encodeModel({ ...model("cnn"), weights: model("dense").weights }),
    TypeError,
    "conv2d/kernel",
  );
});
