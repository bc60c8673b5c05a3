// How fast a backend trains a recipe, or classifies pictures, found out by doing it for a moment.

import { syntheticDigits } from "../data/synthetic.ts";
import { initialWeights } from "../model/layers.ts";
import type { Recipe } from "../model/recipes.ts";
import { Random } from "../random.ts";
import type { Backend, Network } from "./backend.ts";

/** Steps before the clock starts: a GPU compiles its shaders, a CPU's compiler warms up. */
const WARM_UP_STEPS = 5;
const TRIAL_MS = 300;
/** Steps between two looks at the clock; a GPU works through them without being waited for. */
const STEPS = 5;

/**
 * Trains a network that nobody will use on digits drawn for the purpose.
 *
 * @param trialMs How long at least; a backend that takes longer for a step does one, after another
 * to warm up.
 */
export async function samplesPerSecond(
  backend: Backend,
  recipe: Recipe,
  trialMs = TRIAL_MS,
): Promise<number> {
  const { images, labels } = syntheticDigits({ count: recipe.batchSize, seed: 1 });
  return recipe.batchSize * await stepsPerSecond(backend, recipe, trialMs, async (network, n) => {
    for (let i = 0; i < n; i++) await network.trainBatch(images, labels, 1e-3);
    await network.takeResults();
  });
}

/** The same for classifying, a batch of the recipe's at a time. */
export async function picturesPerSecond(
  backend: Backend,
  recipe: Recipe,
  trialMs = TRIAL_MS,
): Promise<number> {
  const { images } = syntheticDigits({ count: recipe.batchSize, seed: 1 });
  return recipe.batchSize * await stepsPerSecond(backend, recipe, trialMs, async (network, n) => {
    for (let i = 0; i < n; i++) await network.logits(images);
  });
}

/** @param steps Does a number of steps and waits until they are done. */
async function stepsPerSecond(
  backend: Backend,
  recipe: Recipe,
  trialMs: number,
  steps: (network: Network, count: number) => Promise<void>,
): Promise<number> {
  const network = backend.createNetwork(recipe, initialWeights(recipe, new Random(1)), recipe);
  try {
    const begun = performance.now();
    let warmUp = 0;
    for (; warmUp < WARM_UP_STEPS && performance.now() - begun < trialMs; warmUp++) {
      await steps(network, 1);
    }
    const atATime = warmUp < WARM_UP_STEPS ? 1 : STEPS;
    const started = performance.now();
    let done = 0;
    let passedMs;
    do {
      await steps(network, atATime);
      done += atATime;
      passedMs = performance.now() - started;
    } while (passedMs < trialMs);
    return done / passedMs * 1000;
  } finally {
    network.dispose();
  }
}
