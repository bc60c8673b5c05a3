// How fast a backend trains a recipe, found out by doing it for a moment.

import { syntheticDigits } from "../data/synthetic.ts";
import { initialWeights } from "../model/layers.ts";
import type { Recipe } from "../model/recipes.ts";
import { Random } from "../random.ts";
import type { Backend } from "./backend.ts";

/** Steps before the clock starts: a GPU compiles its shaders, a CPU's compiler warms up. */
const WARM_UP_STEPS = 5;
const TRIAL_MS = 300;
/** Steps between two looks at the clock; a GPU works through them without being waited for. */
const STEPS = 5;

/** Trains a network that nobody will use on digits drawn for the purpose. */
export async function samplesPerSecond(backend: Backend, recipe: Recipe): Promise<number> {
  const weights = initialWeights(recipe, new Random(1));
  const network = backend.createNetwork(recipe, weights, recipe);
  const { images, labels } = syntheticDigits({ count: recipe.batchSize, seed: 1 });
  const steps = async (count: number) => {
    for (let i = 0; i < count; i++) await network.trainBatch(images, labels, 1e-3);
    await network.takeResults();
  };
  try {
    await steps(WARM_UP_STEPS);
    const started = performance.now();
    let done = 0;
    let passedMs;
    do {
      await steps(STEPS);
      done += STEPS;
      passedMs = performance.now() - started;
    } while (passedMs < TRIAL_MS);
    return done * recipe.batchSize / passedMs * 1000;
  } finally {
    network.dispose();
  }
}
