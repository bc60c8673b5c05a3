import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Architecture,
  checkWeights,
  classCount,
  initialWeights,
  type Layer,
  multiplyAdds,
  parameterCount,
  placeLayers,
} from "../../lib/model/layers.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { Random } from "../../lib/random.ts";

const network = (...layers: Layer[]): Architecture => ({ inputShape: [28, 28, 1], layers });
const softmax: Layer = { type: "dense", units: 10, activation: "softmax" };

Deno.test("the recipes have as many parameters as the originals in Keras", () => {
  assertEquals(parameterCount(RECIPES.dense), 118_282);
  assertEquals(parameterCount(RECIPES.cnn), 225_034);
  assertEquals(classCount(RECIPES.cnn), 10);
});

Deno.test("multiplyAdds() counts each weight once for every position of its kernel", () => {
  // 784*128 + 128*128 + 128*10, and backwards twice that but for the pictures' own gradient.
  const dense = 100_352 + 16_384 + 1_280;
  assertEquals(multiplyAdds(RECIPES.dense), { forward: dense, training: 3 * dense - 100_352 });
  const cnn = 26 * 26 * 9 * 32 + 11 * 11 * 9 * 32 * 64 + 1600 * 128 + 1280;
  assertEquals(multiplyAdds(RECIPES.cnn).forward, cnn);
});

Deno.test("placeLayers() names and shapes layers as Keras does", () => {
  const placed = placeLayers(RECIPES.cnn);
  assertEquals(placed.map(({ name, outputShape }) => [name, outputShape.join("x")]), [
    ["conv2d", "26x26x32"],
    ["max_pooling2d", "13x13x32"],
    ["conv2d_1", "11x11x64"],
    ["max_pooling2d_1", "5x5x64"],
    ["flatten", "1600"],
    ["dense", "128"],
    ["dense_1", "10"],
  ]);
  assertEquals(placed[2].weights, [
    { name: "conv2d_1/kernel", shape: [3, 3, 32, 64], trainable: true },
    { name: "conv2d_1/bias", shape: [64], trainable: true },
  ]);
});

/** Each layer that the recipes may do without. */
const REGULAR = network(
  {
    type: "conv2d",
    filters: 6,
    kernelSize: 3,
    padding: "valid",
    activation: "linear",
    useBias: false,
  },
  { type: "batchNormalization", momentum: 0.9, epsilon: 1e-3 },
  { type: "relu" },
  { type: "dropout", rate: 0.3 },
  { type: "globalAveragePooling2d" },
  { type: "dense", units: 12, activation: "linear", useBias: false },
  { type: "batchNormalization", momentum: 0.9, epsilon: 1e-3 },
  { type: "relu" },
  { type: "dropout", rate: 0 },
  softmax,
);

Deno.test("placeLayers() names and shapes what regularises as Keras does", () => {
  const placed = placeLayers(REGULAR);
  assertEquals(placed.map(({ name, outputShape }) => [name, outputShape.join("x")]), [
    ["conv2d", "26x26x6"],
    ["batch_normalization", "26x26x6"],
    ["re_lu", "26x26x6"],
    ["dropout", "26x26x6"],
    ["global_average_pooling2d", "6"],
    ["dense", "12"],
    ["batch_normalization_1", "12"],
    ["re_lu_1", "12"],
    ["dropout_1", "12"],
    ["dense_1", "10"],
  ]);
  assertEquals(placed[0].weights, [
    { name: "conv2d/kernel", shape: [3, 3, 1, 6], trainable: true },
  ]);
  assertEquals(placed[5].weights, [{ name: "dense/kernel", shape: [6, 12], trainable: true }]);
  assertEquals(placed[6].weights, [
    { name: "batch_normalization_1/gamma", shape: [12], trainable: true },
    { name: "batch_normalization_1/beta", shape: [12], trainable: true },
    { name: "batch_normalization_1/moving_mean", shape: [12], trainable: false },
    { name: "batch_normalization_1/moving_variance", shape: [12], trainable: false },
  ]);
});

Deno.test("parameterCount() leaves out what is not trained", () => {
  // Kernels, gammas and betas, and the last layer's bias.
  assertEquals(parameterCount(REGULAR), 9 * 6 + 2 * 6 + 6 * 12 + 2 * 12 + 12 * 10 + 10);
});

Deno.test("initialWeights() begins with batch normalisations that change nothing", () => {
  const weights = initialWeights(REGULAR, new Random(1));
  checkWeights(REGULAR, weights);
  const values = Object.fromEntries(weights.map(({ name, data }) => [name, [...new Set(data)]]));
  assertEquals(values["batch_normalization_1/gamma"], [1]);
  assertEquals(values["batch_normalization_1/beta"], [0]);
  assertEquals(values["batch_normalization_1/moving_mean"], [0]);
  assertEquals(values["batch_normalization_1/moving_variance"], [1]);
  assertEquals(values["dense/kernel"].length, 6 * 12);
});

Deno.test("checkWeights() checks what is not trained too", () => {
  const weights = initialWeights(REGULAR, new Random(1));
  assertThrows(
    () => checkWeights(REGULAR, weights.filter(({ name }) => !name.includes("moving"))),
    TypeError,
    "Weight 3 is dense/kernel [6, 12], expected batch_normalization/moving_mean [6]",
  );
});

Deno.test("placeLayers() names the layer whose setting makes no sense", () => {
  const wrong: [Layer, string][] = [
    [{ type: "dropout", rate: 1 }, "Layer dropout has rate 1,"],
    [{ type: "dropout", rate: -0.1 }, "Layer dropout has rate -0.1,"],
    [{ type: "dropout", rate: NaN }, "Layer dropout has rate NaN,"],
    [
      { type: "batchNormalization", momentum: 1.1, epsilon: 1e-3 },
      "Layer batch_normalization has momentum 1.1,",
    ],
    [
      { type: "batchNormalization", momentum: 0.9, epsilon: 0 },
      "Layer batch_normalization has epsilon 0,",
    ],
  ];
  for (const [layer, message] of wrong) {
    assertThrows(
      () => placeLayers(network(layer, { type: "flatten" }, softmax)),
      RangeError,
      message,
    );
  }
});

Deno.test("placeLayers() names the layer that does not fit", () => {
  const wrong: [Architecture, string][] = [
    [network(softmax), "Layer dense takes input of 1 dimensions, but gets [28, 28, 1]"],
    [
      network({ type: "flatten" }, { type: "globalAveragePooling2d" }, softmax),
      "Layer global_average_pooling2d takes input of 3 dimensions, but gets [784]",
    ],
    [network({ type: "flatten" }), "has to end in a dense layer with softmax"],
    [
      network({ type: "maxPooling2d", poolSize: 29 }, { type: "flatten" }, softmax),
      "Layer max_pooling2d: input of 28x28 is smaller than its pool",
    ],
    [
      network(
        { type: "conv2d", filters: 1, kernelSize: 29, padding: "valid", activation: "relu" },
        { type: "flatten" },
        softmax,
      ),
      "Layer conv2d: input of 28x28 is smaller than its 29x29 filters",
    ],
    [
      network({ type: "flatten" }, softmax, { type: "dense", units: 10, activation: "softmax" }),
      "Layer dense: softmax is only possible in the last layer",
    ],
  ];
  for (const [architecture, message] of wrong) {
    assertThrows(() => placeLayers(architecture), TypeError, message);
  }
});

Deno.test("initialWeights() draws Glorot uniform kernels and zero biases from the seed", () => {
  const weights = initialWeights(RECIPES.cnn, new Random(3));
  assertEquals(weights, initialWeights(RECIPES.cnn, new Random(3)));
  assert(
    weights[0].data.some((value, i) =>
      value !== initialWeights(RECIPES.cnn, new Random(4))[0].data[i]
    ),
  );
  const kernel = weights[2]; // 3x3x32x64
  const limit = Math.sqrt(6 / (9 * (32 + 64)));
  const largest = kernel.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  assert(largest <= limit && largest > 0.99 * limit, `${largest} for a limit of ${limit}`);
  const variance = kernel.data.reduce((sum, value) => sum + value * value, 0) / kernel.data.length;
  assert(Math.abs(variance / (limit ** 2 / 3) - 1) < 0.05, `variance ${variance}`);
  assert(weights[3].data.every((value) => value === 0));
});

Deno.test("checkWeights() names the weight that is missing or of another shape", () => {
  const weights = initialWeights(RECIPES.dense, new Random(1));
  checkWeights(RECIPES.dense, weights);
  assertThrows(
    () => checkWeights(RECIPES.dense, weights.slice(1)),
    TypeError,
    "Weight 0 is dense/bias [128], expected dense/kernel [784, 128]",
  );
  assertThrows(
    () => checkWeights(RECIPES.dense, weights.slice(0, -1)),
    TypeError,
    "Weight 5 is missing, expected dense_2/bias [10]",
  );
  const short = [{ ...weights[0], data: new Float32Array(5) }, ...weights.slice(1)];
  assertThrows(() => checkWeights(RECIPES.dense, short), TypeError, "holds 5 numbers, not 100352");
});
