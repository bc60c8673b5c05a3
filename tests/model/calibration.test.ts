import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Network } from "../../lib/backend/backend.ts";
import { fitTemperature } from "../../lib/model/calibration.ts";
import { measure, softmax } from "../../lib/model/evaluate.ts";
import { decodeModel, encodeModel, type Model } from "../../lib/model/format.ts";
import { type Architecture, initialWeights } from "../../lib/model/layers.ts";
import { Random } from "../../lib/random.ts";
import { recognise } from "../../lib/recognise.ts";

/** Logits [count, 5], and labels drawn with the probabilities that they stand for. */
function drawn(count: number, seed: number) {
  const random = new Random(seed);
  const logits = Float32Array.from({ length: 5 * count }, () => random.normal(0, 2));
  const labels = Uint8Array.from({ length: count }, (_, i) => {
    const probabilities = softmax(logits.subarray(5 * i, 5 * i + 5));
    let rest = random.uniform();
    const label = probabilities.findIndex((probability) => (rest -= probability) < 0);
    return label < 0 ? 4 : label;
  });
  return { logits, labels };
}

Deno.test("fitTemperature() makes the confidence the share that is right", () => {
  // Always the same logits, right three times of four: 1 / (1 + exp(-2 / T)) = 3/4, T = 2 / ln 3.
  const logits = Float32Array.of(2, 0, 2, 0, 2, 0, 2, 0);
  const temperature = fitTemperature(logits, Uint8Array.of(0, 0, 1, 0), 2);
  assertAlmostEquals(temperature, 2 / Math.log(3), 1e-6);
  assertAlmostEquals(softmax([2, 0], temperature)[0], 0.75, 1e-6);
});

Deno.test("fitTemperature() finds by how much logits were exaggerated", () => {
  const { logits, labels } = drawn(5000, 1);
  const plain = fitTemperature(logits, labels, 5);
  assertAlmostEquals(plain, 1, 0.05);
  for (const factor of [0.2, 3, 7]) {
    const temperature = fitTemperature(logits.map((logit) => factor * logit), labels, 5);
    assertAlmostEquals(temperature / (factor * plain), 1, 1e-5);
  }
});

Deno.test("fitTemperature() gives the least loss", () => {
  const { logits, labels } = drawn(300, 2);
  const exaggerated = logits.map((logit) => 2 * logit);
  const temperature = fitTemperature(exaggerated, labels, 5);
  const { loss } = measure(exaggerated, labels, temperature);
  for (const other of [0.5, 0.99, 1.01, 2]) {
    assert(measure(exaggerated, labels, other * temperature).loss > loss);
  }
});

Deno.test("fitTemperature() stands large logits, and does not mind what is added to a row", () => {
  const logits = Float32Array.of(2000, 1998, 2000, 1998, -500, -502, 2, 0);
  assertAlmostEquals(fitTemperature(logits, Uint8Array.of(0, 0, 1, 0), 2), 2 / Math.log(3), 1e-6);
});

Deno.test("fitTemperature() gives 1 where there is no best temperature", () => {
  const logits = Float32Array.of(2, 0, 0, 2);
  assertEquals(fitTemperature(logits, Uint8Array.of(0, 1), 2), 1); // no mistake
  assertEquals(fitTemperature(logits, Uint8Array.of(1, 0), 2), 1); // nothing else
  assertEquals(fitTemperature(new Float32Array(4), Uint8Array.of(0, 1), 2), 1); // no opinion
});

Deno.test("fitTemperature() takes nothing that does not fit together", () => {
  assertThrows(() => fitTemperature(new Float32Array(), new Uint8Array(), 2), RangeError);
  assertThrows(
    () => fitTemperature(new Float32Array(5), new Uint8Array(2), 2),
    TypeError,
    "5 logits are not those of 2 examples and 2 classes",
  );
});

const ARCHITECTURE: Architecture = {
  inputShape: [28, 28, 1],
  layers: [{ type: "flatten" }, { type: "dense", units: 3, activation: "softmax" }],
};

function model(temperature?: number): Model {
  const weights = initialWeights(ARCHITECTURE, new Random(1));
  const model: Model = { name: "m", architecture: ARCHITECTURE, weights, classes: ["a", "b", "c"] };
  return temperature === undefined ? model : { ...model, temperature };
}

Deno.test("a model's temperature is stored with its classes, where it has one", () => {
  for (const temperature of [undefined, 0.5, 1.7320508]) {
    const { json, weights } = encodeModel(model(temperature));
    assertEquals(decodeModel(json, weights), model(temperature));
    assertEquals(JSON.parse(json).userDefinedMetadata.temperature, temperature);
  }
});

Deno.test("a temperature that logits cannot be divided by is refused", () => {
  const { json, weights } = encodeModel(model(2));
  for (const wrong of [0, -1, null, "2", [2]]) {
    const text = json.replace(/"temperature": 2/, `"temperature": ${JSON.stringify(wrong)}`);
    const message = `The temperature is ${JSON.stringify(wrong)}, and has to be a number over 0`;
    assertThrows(() => decodeModel(text, weights), SyntaxError, message);
  }
  for (const wrong of [0, -1, NaN, Infinity]) {
    assertThrows(() => encodeModel(model(wrong)), RangeError, "has to be a number over 0");
  }
});

Deno.test("recognise() divides by the temperature before softmax", async () => {
  const network = {
    logits: () => Promise.resolve(Float32Array.of(2, 0, -1)),
  } as Partial<Network> as Network;
  const bytes = await Deno.readFile(new URL("../../images/1.png", import.meta.url));
  const { classes } = model();
  const confidence = async (temperature?: number) =>
    (await recognise(bytes, { network, classes, temperature })).digits[0].confidence;
  assertEquals(await confidence(), softmax([2, 0, -1])[0]);
  assertEquals(await confidence(2), softmax([1, 0, -0.5])[0]);
});
