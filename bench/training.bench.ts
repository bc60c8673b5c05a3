// One training step (forward, backward, update) on every backend that is present:
// samples/s = batch size / time. The summary's ratios are what holds from machine to machine.

import type { BackendName } from "../lib/backend/backend.ts";
import { chooseBackend, findAdapter } from "../lib/backend/choose.ts";
import { syntheticDigits } from "../lib/data/synthetic.ts";
import { initialWeights } from "../lib/model/layers.ts";
import { RECIPES } from "../lib/model/recipes.ts";
import { Random } from "../lib/random.ts";

/** Timed steps: as many as take some seconds. The oracle is measured, but not at length. */
const STEPS: Record<BackendName, Record<string, number>> = {
  wasm: { dense: 300, cnn: 40 },
  webgpu: { dense: 100, cnn: 20 },
  cpu: { dense: 20, cnn: 2 },
};

const backends: BackendName[] = ["wasm", "cpu"];
if (await findAdapter()) backends.push("webgpu");

for (const [name, recipe] of Object.entries(RECIPES)) {
  const { images, labels } = syntheticDigits({ count: recipe.batchSize, seed: 1 });
  for (const wanted of backends) {
    const { backend } = await chooseBackend(wanted, "train");
    const network = backend.createNetwork(recipe, initialWeights(recipe, new Random(1)));
    Deno.bench({
      name: `${name}, batch ${recipe.batchSize}, ${backend.description}`,
      group: name,
      baseline: wanted === "wasm",
      n: STEPS[wanted][name],
      warmup: 1,
      async fn(b) {
        b.start();
        await network.trainBatch(images, labels, 0.001);
        // A GPU is done only when it can be read from.
        await network.takeResults();
        b.end();
      },
    });
  }
}
