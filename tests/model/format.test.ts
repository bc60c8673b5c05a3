import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { chooseBackend } from "../../lib/backend/choose.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { softmax } from "../../lib/model/evaluate.ts";
import { decodeModel, encodeModel, type Model } from "../../lib/model/format.ts";
import { initialWeights } from "../../lib/model/layers.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { Random } from "../../lib/random.ts";

const CLASSES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

function model(name: string): Model {
  const { inputShape, layers } = RECIPES[name];
  const architecture = { inputShape, layers };
  return {
    name,
    architecture,
    weights: initialWeights(architecture, new Random(1)),
    classes: CLASSES,
  };
}

for (const name of Object.keys(RECIPES)) {
  Deno.test(`decodeModel() gives back what encodeModel() was given (${name})`, () => {
    const { json, weights } = encodeModel(model(name));
    assertEquals(decodeModel(json, weights), model(name));
  });

  Deno.test(`tf.loadLayersModel() reads what encodeModel() writes (${name})`, async () => {
    const { backend } = await chooseBackend("wasm", "predict");
    const network = backend.createNetwork(model(name).architecture, model(name).weights);
    const { images } = syntheticDigits({ count: 20, seed: 1 });
    const logits = await network.logits(images);
    network.dispose();

    const { json, weights } = encodeModel(model(name));
    const { modelTopology, weightsManifest } = JSON.parse(json);
    const loaded = await tf.loadLayersModel(tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest[0].weights,
      weightData: weights.buffer,
    }));
    assertEquals(loaded.countParams(), model(name).weights.reduce((n, w) => n + w.data.length, 0));
    const input = tf.tensor(Float32Array.from(images, (byte) => byte / 255), [20, 28, 28, 1]);
    const output = loaded.predict(input) as tf.Tensor;
    const probabilities = await output.data();
    for (let i = 0; i < 20; i++) {
      for (const [k, expected] of softmax(logits.subarray(10 * i, 10 * i + 10)).entries()) {
        assert(Math.abs(probabilities[10 * i + k] - expected) < 1e-5);
      }
    }
    tf.dispose([input, output]);
    loaded.dispose();
  });
}

/** The cnn's model.json with one change. */
function changed(
  change: (layers: { class_name: string; config: Record<string, unknown> }[]) => void,
) {
  const { json, weights } = encodeModel(model("cnn"));
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
