// What browser.test.ts has done in Deno, in a web page and in a page's worker: it is bundled for the
// latter two.

import { type Features, probeFeatures } from "../../../lib/backend/simd/module.ts";
import { openSimd } from "../../../lib/backend/simd/simd.ts";
import { syntheticDigits } from "../../../lib/data/synthetic.ts";
import { decodeModel, WEIGHTS_FILE } from "../../../lib/model/format.ts";
import { initialWeights } from "../../../lib/model/layers.ts";
import { RECIPES } from "../../../lib/model/recipes.ts";
import { Random } from "../../../lib/random.ts";

const STEPS = 10;

/** What came of it; the numbers are float32 and float64, as they were. */
export interface Outcome {
  features: Features;
  /** The backend's. */
  description: string;
  /** Of the stored cnn, `[100, 10]`. */
  logits: number[];
  /** Of the first steps of the dense recipe. */
  losses: number[];
}

/**
 * Reads digits with a stored model, and trains another.
 *
 * @param model The URL of its folder.
 */
export async function readAndTrain(model: string, threads: number): Promise<Outcome> {
  const backend = await openSimd({ threads });

  const json = await fetch(new URL("model.json", model));
  const bytes = await fetch(new URL(WEIGHTS_FILE, model));
  const { architecture, weights } = decodeModel(await json.text(), await bytes.bytes());
  const reader = backend.createNetwork(architecture, weights);
  const logits = await reader.logits(syntheticDigits({ count: 100, seed: 1 }).images);
  reader.dispose();

  const recipe = RECIPES.dense;
  const learner = backend.createNetwork(recipe, initialWeights(recipe, new Random(1)));
  for (let step = 0; step < STEPS; step++) {
    const { images, labels } = syntheticDigits({ count: recipe.batchSize, seed: 2, stream: step });
    await learner.trainBatch(images, labels, recipe.learningRate.start);
  }
  const losses = (await learner.takeResults()).map(({ loss }) => loss);
  learner.dispose();

  return {
    features: probeFeatures(),
    description: backend.description,
    logits: [...logits],
    losses,
  };
}
