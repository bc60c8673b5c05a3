// The models in the repository: that they are what their metrics.json says.

import { assert, assertEquals } from "@std/assert";
import { chooseBackend } from "../../lib/backend/choose.ts";
import { loadDataset } from "../../lib/data/dataset.ts";
import { logitsOf, measure } from "../../lib/model/evaluate.ts";
import { multiplyAdds, parameterCount } from "../../lib/model/layers.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { type Metrics, seedStatistics } from "../../lib/model/metrics.ts";
import { loadMetrics, loadModel } from "../../lib/model/store.ts";
import { duration } from "../../lib/report/reading.ts";
import { testWith } from "../parts.ts";

/** The cells of the README's table that metrics.json accounts for. */
function readmeRow({ recipe, parameters, epochs, history, seeds, test }: Metrics): string {
  const percent = (value: number) => (100 * value).toFixed(2);
  const { n, mean, std } = seeds!;
  const millions = (multiplyAdds(RECIPES[recipe]).forward / 1e6).toFixed(2);
  const seconds = history.reduce((sum, epoch) => sum + epoch.seconds, 0);
  return `| \`${recipe}\` | ${parameters.toLocaleString("en")} | ${millions} M | ${epochs} | ` +
    `${duration(seconds)} | ${percent(mean)} ± ${percent(std)} % (n = ${n}) | ` +
    `${percent(test.accuracy)} % |`;
}

const DATA = Deno.env.get("DIGITS_DATA");
const ROOT = `${import.meta.dirname}/../..`;

for (const [name, recipe] of Object.entries(RECIPES)) {
  Deno.test(`models/${name} has the recipe's network, and metrics that add up`, async () => {
    const metrics = await loadMetrics(`${ROOT}/models/${name}`);
    const model = await loadModel(`${ROOT}/models/${name}`);
    assertEquals(model.architecture.layers, recipe.layers);
    assertEquals(model.classes, metrics.classes);
    assertEquals(metrics.parameters, parameterCount(recipe));
    assertEquals(metrics.history.length, metrics.epochs);
    const { accuracy, confusionMatrix } = metrics.test;
    assert(confusionMatrix || recipe.dataset, "Only models of made pictures are older than it");
    const right = confusionMatrix?.reduce((sum, row, k) => sum + row[k], 0);
    if (right !== undefined) assertEquals(right / metrics.dataset.test, accuracy);
    if (!metrics.seeds) return; // a user's own training
    const { first, values, validation } = metrics.seeds;
    assertEquals(seedStatistics(first, values, validation), metrics.seeds);
    // The first of those that validation prefers.
    const best = validation.indexOf(Math.max(...validation.map((accuracy) => accuracy ?? 0)));
    assertEquals([metrics.seed, metrics.test.accuracy], [first + best, values[best]]);
    assertEquals(model.temperature, metrics.temperature);
    if (recipe.dataset) return; // its accuracy is not one of the table's, on MNIST
    // Its cells are padded to columns.
    const readme = await Deno.readTextFile(`${ROOT}/README.md`);
    const row = readmeRow(metrics);
    assert(readme.replaceAll(/ +/g, " ").includes(row), `README.md lacks: ${row}`);
  });

  testWith(
    "mnist",
    DATA !== undefined,
    `models/${name} has on its test set the accuracy that it claims`,
    async () => {
      const { test } = await loadDataset(recipe.dataset ?? "mnist", {
        directory: DATA!,
        limit: 1, // the training pictures are of no use here
      });
      const model = await loadModel(`${ROOT}/models/${name}`);
      const { backend } = await chooseBackend("simd");
      const network = backend.createNetwork(model.architecture, model.weights);
      const logits = await logitsOf(network, test);
      network.dispose();
      const { accuracy, loss } = measure(logits, test.labels, model.temperature);
      const claimed = (await loadMetrics(`${ROOT}/models/${name}`)).test;
      assertEquals(test.count, 10_000);
      // Another CPU may round otherwise: one picture in 10,000 may change sides.
      assert(Math.abs(accuracy - claimed.accuracy) <= 1e-4, `${accuracy}, not ${claimed.accuracy}`);
      assert(Math.abs(loss - claimed.loss) <= 1e-3, `${loss}, not ${claimed.loss}`);
      for (const [k, row] of claimed.confusionMatrix?.entries() ?? []) {
        const support = test.labels.filter((label) => label === k).length;
        assertEquals(row.reduce((a, b) => a + b), support, `pictures of class ${k}`);
      }
    },
  );
}
