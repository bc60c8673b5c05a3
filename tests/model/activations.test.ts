import { assertEquals, assertThrows } from "@std/assert";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { activations } from "../../lib/model/activations.ts";
import { type Architecture, placeLayers, type Weight } from "../../lib/model/layers.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { loadModel } from "../../lib/model/store.ts";
import { openBackend } from "../backend/backends.ts";
import { assertNear } from "../parts.ts";

const MODELS = `${import.meta.dirname}/../../models`;
const COUNT = 3;

/** Between sums in another order, of the largest number. */
const TOLERANCE = 1e-4;

for (const name of Object.keys(RECIPES)) {
  Deno.test(`activations() of ${name} end in the logits of the backends`, async () => {
    const model = await loadModel(`${MODELS}/${name}`);
    const { images } = syntheticDigits({ count: COUNT, seed: 1 });
    const last = Array.from({ length: COUNT }, (_, i) => {
      const layers = activations(model, images.subarray(i * 784, (i + 1) * 784));
      assertEquals(
        layers.map(({ name, shape }) => ({ name, outputShape: shape })),
        placeLayers(model.architecture).map(({ name, outputShape }) => ({ name, outputShape })),
      );
      return [...layers.at(-1)!.values];
    }).flat();
    for (const backendName of ["simd", "cpu"] as const) {
      const backend = await openBackend(backendName, backendName === "simd" ? 1 : undefined);
      const network = backend.createNetwork(model.architecture, model.weights);
      assertNear(last, await network.logits(images), TOLERANCE, `${name} on ${backendName}`);
      network.dispose();
    }
  });
}

const weight = (name: string, shape: number[], data: number[]): Weight => ({
  name,
  shape,
  data: Float32Array.from(data),
});

/** All kinds of layers, on a picture of 3x3 pixels. */
const NETWORK = {
  architecture: {
    inputShape: [3, 3, 1],
    layers: [
      { type: "conv2d", filters: 1, kernelSize: 2, padding: "same", activation: "linear" },
      { type: "batchNormalization", momentum: 0.9, epsilon: 1 },
      { type: "relu" },
      { type: "maxPooling2d", poolSize: 2 },
      { type: "globalAveragePooling2d" },
      { type: "dropout", rate: 0.5 },
      { type: "dense", units: 2, activation: "relu" },
      { type: "dense", units: 2, activation: "softmax", useBias: false },
    ],
  } satisfies Architecture,
  weights: [
    // The pixel itself, less the one below on the right; and 1.
    weight("conv2d/kernel", [2, 2, 1, 1], [1, 0, 0, -1]),
    weight("conv2d/bias", [1], [1]),
    // Twice the distance from 1, less a half: the variance and epsilon come to 1.
    weight("batch_normalization/gamma", [1], [2]),
    weight("batch_normalization/beta", [1], [-0.5]),
    weight("batch_normalization/moving_mean", [1], [1]),
    weight("batch_normalization/moving_variance", [1], [0]),
    weight("dense/kernel", [1, 2], [2, -2]),
    weight("dense/bias", [2], [1, 1]),
    weight("dense_1/kernel", [2, 2], [3, 5, 7, 11]),
  ],
};

Deno.test("activations() are what is worked out by hand", () => {
  const outputs = activations(NETWORK, Uint8Array.of(0, 255, 0, 0, 255, 0, 0, 0, 255));
  assertEquals(outputs.map(({ name, values }) => [name, ...values]), [
    // Beyond the right and the lower border there are zeros: Keras pads there first.
    ["conv2d", 0, 2, 1, 1, 1, 1, 1, 1, 2],
    ["batch_normalization", -2.5, 1.5, -0.5, -0.5, -0.5, -0.5, -0.5, -0.5, 1.5],
    ["re_lu", 0, 1.5, 0, 0, 0, 0, 0, 0, 1.5],
    ["max_pooling2d", 1.5], // the third row and column are left over
    ["global_average_pooling2d", 1.5],
    ["dropout", 1.5],
    ["dense", 4, 0],
    ["dense_1", 12, 20], // logits
  ]);
});

Deno.test("activations() takes no picture and no weights of another size", () => {
  assertThrows(
    () => activations(NETWORK, new Uint8Array(784)),
    TypeError,
    "Expected 3x3x1 = 9 pixels, found 784",
  );
  const { architecture, weights } = NETWORK;
  assertThrows(
    () => activations({ architecture, weights: weights.slice(1) }, new Uint8Array(9)),
    TypeError,
    "Weight 0 is",
  );
});
