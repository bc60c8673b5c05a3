// How fast a backend trains a recipe, or classifies pictures, found out by doing it for a moment.

import { syntheticDigits } from "../data/synthetic.ts";
import { initialWeights } from "../model/layers.ts";
import type { Recipe } from "../model/recipes.ts";
import { holdExamples } from "../model/trainer.ts";
import { Random } from "../random.ts";
import type { Backend, Network } from "./backend.ts";

/** Steps before the clock starts: a GPU compiles its shaders, a CPU's compiler warms up. */
const WARM_UP_STEPS = 5;
const TRIAL_MS = 300;
/**
 * Steps between two looks at the clock, twice as many each time until they take so long: of a GPU that is
 * waited for all the time, the way there and back is all that one sees.
 */
const STEPS = 5;
const ROUND_MS = 50;

/**
 * Trains a network that nobody will use, as the recipe says, on digits drawn for the purpose.
 *
 * @param trialMs How long at least; a backend that takes longer for a step does one, after another
 * to warm up.
 */
export async function samplesPerSecond(
  backend: Backend,
  recipe: Recipe,
  trialMs = TRIAL_MS,
): Promise<number> {
  const { batchSize: count, augmentation } = recipe;
  const digits = syntheticDigits({ count, seed: 1 });
  return count * await stepsPerSecond(backend, recipe, trialMs, (network) => {
    const examples = holdExamples(network, digits, { augmentation, seed: 1 });
    examples.startEpoch(1, Uint32Array.from({ length: count }, (_, i) => i));
    const batch = { first: 0, count, isAugmented: augmentation !== undefined };
    return async (steps) => {
      for (let i = 0; i < steps; i++) await examples.trainBatch(batch, 1e-3);
      await network.takeResults();
    };
  });
}

/** The same for classifying, a batch of the recipe's at a time. */
export async function picturesPerSecond(
  backend: Backend,
  recipe: Recipe,
  trialMs = TRIAL_MS,
): Promise<number> {
  const { images } = syntheticDigits({ count: recipe.batchSize, seed: 1 });
  return recipe.batchSize *
    await stepsPerSecond(backend, recipe, trialMs, (network) => async (steps) => {
      for (let i = 0; i < steps; i++) await network.logits(images);
    });
}

/** @param prepare Gives what does a number of steps and waits until they are done. */
async function stepsPerSecond(
  backend: Backend,
  recipe: Recipe,
  trialMs: number,
  prepare: (network: Network) => (count: number) => Promise<void>,
): Promise<number> {
  const network = backend.createNetwork(recipe, initialWeights(recipe, new Random(1)), recipe);
  try {
    const steps = prepare(network);
    const begun = performance.now();
    let warmUp = 0;
    for (; warmUp < WARM_UP_STEPS && performance.now() - begun < trialMs; warmUp++) {
      await steps(1);
    }
    let round = warmUp < WARM_UP_STEPS ? 1 : STEPS;
    const started = performance.now();
    let done = 0;
    let passedMs = 0;
    do {
      const beforeMs = passedMs;
      await steps(round);
      done += round;
      passedMs = performance.now() - started;
      if (passedMs - beforeMs < ROUND_MS) round *= 2;
    } while (passedMs < trialMs);
    return done / passedMs * 1000;
  } finally {
    network.dispose();
  }
}
