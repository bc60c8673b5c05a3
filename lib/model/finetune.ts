// Fine-tuning: a trained network learns from a few pictures more, at a low rate, among those that it
// was trained on, so that it forgets nothing.

import { joinDatasets } from "../data/assemble.ts";
import type { Augmentation } from "../data/augment.ts";
import { type Dataset, DATASETS } from "../data/dataset.ts";
import { drop, type Examples, join, select, split, take } from "../data/examples.ts";
import { MNIST } from "../data/sources.ts";
import { Random } from "../random.ts";
import type { Model } from "./format.ts";
import type { Layer, Weight } from "./layers.ts";
import type { Metrics } from "./metrics.ts";
import { ADAM, type Recipe, RECIPES } from "./recipes.ts";
import { SPLIT_STREAM } from "./training.ts";

/** A trained model, to go on from or to be measured. */
export interface Base {
  /** As it was asked for. */
  name: string;
  model: Model;
  /** How it was trained, where that is known. */
  metrics?: Metrics;
}

/** What a fine-tuning begins with. */
export interface Start {
  /** The model that it goes on from, as it was asked for, */
  from: string;
  /** the recipe that this one was trained with, where it was one of ours, */
  trainedWith?: string;
  /** and its weights: those of classes that it does not know are zeros. */
  weights: Weight[];
  /** What its logits are divided by. */
  temperature: number;
  /** How it goes on. */
  recipe: Recipe;
}

// Chosen for the cnn and best with ten digits, one of each, from MNIST's training pictures, corrupted
// as in data/corruptions.ts: they were to help read a part of the validation split that was corrupted
// alike, and to leave as it was how the rest is read. The known pictures are many rather than few
// that come again, for networks learn those by heart.
export const FINE_TUNING: Pick<Recipe, "epochs" | "batchSize" | "learningRate"> = {
  epochs: 1,
  batchSize: 64,
  learningRate: { start: 0, peak: 0.001, end: 0, warmUp: 0.1 },
};
/** Pictures of one's own in an epoch: fewer come again and again, each time augmented anew. */
const OWN = 5000;
/** Pictures among them that the network was trained on, for each. */
const KNOWN_SHARE = 3;
/** With fewer pictures than this all are trained on: a fifth of them would not measure anything. */
const FEWEST_TO_TEST = 50;

/** For networks whose recipe has none, or is not known. */
const AUGMENTATION: Augmentation = { shift: 1.5, rotationDeg: 10, zoom: 0.1, shear: 0.1 };

/** Streams of the seed; those of training.ts are others. */
const MIX_STREAM = 4;

/** The data sets that a model was trained on, of those that this program has by name. */
export function trainedOn({ model, metrics }: Base): string[] {
  if (metrics) return metrics.dataset.name.split("+").filter((name) => DATASETS.includes(name));
  return model.classes.join() === MNIST.classes.join() ? [MNIST.name] : [];
}

/**
 * Prepares a fine-tuning.
 *
 * @param own The pictures to learn from. Classes that the model does not know become outputs behind
 * those that it has.
 * @param known What the model was trained on, where that can be had: mixed in, three pictures for each
 * of one's own, and what its training held back is the validation split.
 * @param options The name that the model gets, and the seed of the mixture.
 */
export function fineTune(
  { name: from, model, metrics }: Base,
  own: Dataset,
  known: Dataset | undefined,
  { name, seed }: { name: string; seed: number },
): { start: Start; data: Dataset } {
  const trainedWith = [metrics?.recipe, metrics?.from?.recipe]
    .find((name) => name !== undefined && Object.hasOwn(RECIPES, name));
  const recipe = trainedWith === undefined ? undefined : RECIPES[trainedWith];
  // Where nothing is known, there is nothing else to test on.
  const sets = known ? [known, withoutFewToTest(own)] : [own];
  const joined = joinDatasets(sets, model.classes);
  const { inputShape, layers } = model.architecture;
  const last = layers.at(-1) as Layer & { type: "dense" }; // placeLayers() takes no other
  const start: Start = {
    from,
    trainedWith,
    weights: extend(model.weights, joined.classes.length - model.classes.length),
    temperature: model.temperature ?? 1,
    recipe: {
      name,
      summary: `${from}, fine-tuned`,
      inputShape,
      layers: [...layers.slice(0, -1), { ...last, units: joined.classes.length }],
      loss: "sparse_categorical_crossentropy",
      labelSmoothing: recipe?.labelSmoothing ?? 0.1,
      optimizer: recipe?.optimizer ?? { ...ADAM, beta2: 0.99 },
      augmentation: recipe?.augmentation ?? AUGMENTATION,
      unaugmented: 0.1,
      ...FINE_TUNING,
      validationSplit: recipe?.validationSplit ?? 0.05,
    },
  };
  const count = known?.train.count ?? 0;
  const parts = split(
    take(joined.train, count),
    start.recipe.validationSplit,
    // As its training split them: what was held back then has not been seen.
    new Random(metrics?.seeds?.first ?? metrics?.seed ?? seed, SPLIT_STREAM),
  );
  const train = mix(drop(joined.train, count), parts.train, new Random(seed, MIX_STREAM));
  return { start, data: { ...joined, train, validation: parts.validation } };
}

/** All pictures to train on, where there are too few to measure on a part of them. */
function withoutFewToTest(own: Dataset): Dataset {
  if (own.train.count + own.test.count >= FEWEST_TO_TEST) return own;
  return { ...own, train: join(own.train, own.test), test: take(own.test, 0), testFiles: [] };
}

/** An epoch's pictures: all of one's own, often enough, and a random part of the known ones. */
function mix(own: Examples, known: Examples, random: Random): Examples {
  const count = Math.max(OWN, own.count);
  const mine = select(own, Array.from({ length: count }, (_, i) => i % own.count));
  const others = random.permutation(known.count).subarray(0, KNOWN_SHARE * count);
  return join(mine, select(known, others));
}

/**
 * The last layer's kernel [in, K] and bias [K] with `more` outputs that begin at zero, less than what
 * is likely and more than what is not: training does the rest.
 */
function extend(weights: readonly Weight[], more: number): Weight[] {
  if (more === 0) return [...weights];
  const layer = weights.at(-1)!.name.split("/")[0];
  return weights.map((weight) => {
    if (weight.name.split("/")[0] !== layer) return weight;
    const { name, shape, data } = weight;
    const [before, after] = [shape.at(-1)!, shape.at(-1)! + more];
    const rows = data.length / before;
    const extended = new Float32Array(rows * after);
    for (let row = 0; row < rows; row++) {
      extended.set(data.subarray(row * before, (row + 1) * before), row * after);
    }
    return { name, shape: [...shape.slice(0, -1), after], data: extended };
  });
}
