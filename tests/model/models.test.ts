// The models in the repository: that they are what their metrics.json says.

import { assert, assertEquals } from "@std/assert";
import { chooseBackend } from "../../lib/backend/choose.ts";
import { loadDataset } from "../../lib/data/dataset.ts";
import { evaluate } from "../../lib/model/evaluate.ts";
import { parameterCount } from "../../lib/model/layers.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { loadMetrics, loadModel } from "../../lib/model/store.ts";
import { testWith } from "../parts.ts";

const DATA = Deno.env.get("DIGITS_DATA");
const ROOT = `${import.meta.dirname}/../..`;

for (const [name, recipe] of Object.entries(RECIPES)) {
  Deno.test(`models/${name} was trained with the recipe as it stands`, async () => {
    const metrics = await loadMetrics(`${ROOT}/models/${name}`);
    const model = await loadModel(`${ROOT}/models/${name}`);
    assertEquals(model.architecture.layers, recipe.layers);
    assertEquals(metrics.parameters, parameterCount(recipe));
    assertEquals(metrics.epochs, recipe.epochs);
    assertEquals(metrics.batchSize, recipe.batchSize);
    assertEquals(metrics.history.length, recipe.epochs);
    assertEquals(metrics.dataset.name, "mnist");
    assertEquals(metrics.dataset.train + metrics.dataset.validation, 60_000);
    const { n, mean, values } = metrics.seeds!;
    assertEquals(values.length, n);
    assert(n >= 5 && values[0] === metrics.test.accuracy);
    assert(Math.abs(values.reduce((a, b) => a + b) / n - mean) < 1e-12);
  });

  testWith(
    "mnist",
    DATA !== undefined,
    `models/${name} has on MNIST's test set the accuracy that it claims`,
    async () => {
      const { test } = await loadDataset("mnist", { directory: DATA! });
      const model = await loadModel(`${ROOT}/models/${name}`);
      const { backend } = await chooseBackend("wasm", "predict");
      const network = backend.createNetwork(model.architecture, model.weights);
      const { accuracy, loss } = await evaluate(network, test);
      network.dispose();
      const claimed = (await loadMetrics(`${ROOT}/models/${name}`)).test;
      assertEquals(test.count, 10_000);
      // Another CPU may round otherwise: one picture in 10,000 may change sides.
      assert(Math.abs(accuracy - claimed.accuracy) <= 1e-4, `${accuracy}, not ${claimed.accuracy}`);
      assert(Math.abs(loss - claimed.loss) <= 1e-3, `${loss}, not ${claimed.loss}`);
    },
  );
}
