// A recipe from initial weights to a tested model, with one or several seeds. It knows no files:
// run.ts saves what comes of it, and who embeds the program takes it as it is.

import type { Backend } from "../backend/backend.ts";
import type { Dataset } from "../data/dataset.ts";
import { type Examples, join, split } from "../data/examples.ts";
import { syntheticDigits } from "../data/synthetic.ts";
import { Random } from "../random.ts";
import { versions } from "../versions.ts";
import { logitsOf } from "./evaluate.ts";
import type { Start } from "./finetune.ts";
import type { Model } from "./format.ts";
import { parameterCount } from "./layers.ts";
import { type Metrics, seedStatistics } from "./metrics.ts";
import type { Recipe } from "./recipes.ts";
import { type Fallback, type SeedCheckpoint, testResult, type Trained, trainSeed } from "./seed.ts";
import type { TrainingEvent } from "./trainer.ts";

/** How often and how long a recipe is trained. */
export interface TrainingPlan {
  epochs: number;
  /** Pictures a step. */
  batch: number;
  /** The first seed. */
  seed: number;
  /** How many seeds: `seed`, `seed` + 1, ... */
  seeds: number;
  /** Whether the recipe has the original program's settings. */
  classic: boolean;
  /** Whether the model is to be stored in half precision; checkpoints are not. */
  float16: boolean;
}

export interface TrainingContext {
  backend: Backend;
  /** Opens the backend that takes over where that one's device fails. */
  fallback?: () => Promise<Backend>;
  data: Dataset;
  /** What a fine-tuning begins with. */
  start?: Start;
  /** Where the first seed goes on. */
  checkpoint?: SeedCheckpoint;
  /** Saves where the first seed stands: after each epoch, and when it is interrupted. */
  saveCheckpoint?: (checkpoint: SeedCheckpoint) => Promise<void>;
  /** Asks to stop after the current step. */
  signal?: AbortSignal;
}

/** A seed's model is trained and tested. */
export interface TrainedModel {
  /** What tells it from other events. */
  type: "trained";
  /** The seed. */
  seed: number;
  /** Whether its model is the one to keep so far: the first, or one that validation prefers. */
  isKept: boolean;
  /** The model to keep, */
  model: Model;
  /** and what is known of it; after several seeds also of their mean. */
  metrics: Metrics;
}

/** Streams of the seed, so that the split does not depend on how many numbers others took. */
export const SPLIT_STREAM = 2;
/** Another than those of the synthetic data set, so that its test set stays unseen. */
const DRAWN_STREAM = 3;

/**
 * Trains a recipe, or goes on with a model's weights. The test set is touched once a seed, after the last epoch, with the weights as
 * they are stored.
 *
 * With several seeds each is trained on the same split, the model kept is that of the seed with the
 * highest accuracy on the validation split (without one the first), and the metrics tell of all.
 *
 * An event of type `interrupted` is the last one. After one of type `fallback` the other backend does
 * the work, of further seeds too.
 *
 * @throws {UserError} when a weight cannot be stored in float16, or a device failed and no other
 * backend can take over.
 */
export async function* trainRecipe(
  recipe: Recipe,
  plan: TrainingPlan,
  { backend, data, start, checkpoint, saveCheckpoint, ...context }: TrainingContext,
): AsyncGenerator<TrainingEvent | Fallback | TrainedModel> {
  const { drawn, ...parts } = partsOf(plan, recipe, data);
  const shared = {
    recipe: recipe.name,
    classic: plan.classic,
    parameters: parameterCount(recipe),
    epochs: plan.epochs,
    batchSize: plan.batch,
    dataset: {
      name: data.name,
      source: data.source,
      sha256: data.files,
      train: parts.train.count - drawn,
      drawn,
      validation: parts.validation.count,
      test: data.test.count,
      ...(data.parts ? { parts: data.parts } : {}),
    },
    classes: data.classes,
  };
  let kept: Trained | undefined;
  let from: Metrics["from"];
  // Numbers only, so that the weights of seeds that are not kept can go.
  const accuracies: number[] = [];
  const validations: (number | null)[] = [];
  for (let seed = plan.seed; seed < plan.seed + plan.seeds; seed++) {
    const trained: Trained | undefined = yield* trainSeed(seed, {
      ...{ ...context, recipe, plan, parts, data, start, backend },
      ...(seed === plan.seed ? { checkpoint, saveCheckpoint } : {}),
    });
    if (!trained) return;
    backend = trained.backends.at(-1)!;
    accuracies.push(trained.test.accuracy);
    validations.push(validationOf(trained));
    const isKept = kept === undefined || isPreferred(trained, kept);
    if (isKept) kept = trained;
    const { weights, backends, ...results } = kept!;
    const { temperature } = results;
    const seeds = accuracies.length > 1
      ? { seeds: seedStatistics(plan.seed, [...accuracies], [...validations]) }
      : {};
    from ??= start && await resultBefore(start, data, backend);
    yield {
      type: "trained",
      seed,
      isKept,
      model: {
        name: recipe.name,
        architecture: { inputShape: recipe.inputShape, layers: recipe.layers },
        weights,
        classes: data.classes,
        temperature,
      },
      metrics: { ...shared, ...(from ? { from } : {}), ...whoDid(backends), ...results, ...seeds },
    };
  }
}

/** How good the model was that is fine-tuned. */
async function resultBefore(
  { from, trainedWith, weights, temperature, recipe }: Start,
  data: Dataset,
  backend: Backend,
): Promise<Metrics["from"]> {
  const network = backend.createNetwork(recipe, weights);
  try {
    const { confusionMatrix: _, ...test } = testResult(
      await logitsOf(network, data.test),
      data,
      temperature,
    );
    return { model: from, ...(trainedWith ? { recipe: trainedWith } : {}), test };
  } finally {
    network.dispose();
  }
}

/** Backends that did the work one after the other, for the record. */
function whoDid(backends: readonly Backend[]): Pick<Metrics, "backend" | "versions"> {
  return {
    backend: backends.map(({ description }) => description).join(", then "),
    versions: Object.assign(versions(), ...backends.map(({ versions }) => versions)),
  };
}

/**
 * What a run trains and validates on: the same for all its seeds.
 *
 * @returns `drawn` is how many of the training examples, the last ones, the random pen drew.
 */
export function partsOf(
  { seed }: Pick<TrainingPlan, "seed">,
  { validationSplit, drawn: share = 0 }: Recipe,
  data: Dataset,
): { train: Examples; validation: Examples; drawn: number } {
  if (data.validation) return { train: data.train, validation: data.validation, drawn: 0 };
  const { train, validation } = split(data.train, validationSplit, new Random(seed, SPLIT_STREAM));
  const areDigits = data.classes.join("") === "0123456789";
  const drawn = areDigits ? Math.round(share * train.count) : 0;
  if (drawn === 0) return { train, validation, drawn };
  const digits = syntheticDigits({ count: drawn, seed, stream: DRAWN_STREAM });
  return { train: join(train, digits), validation, drawn };
}

/** Accuracy on the validation split after the last epoch; null without one. */
function validationOf({ history }: Trained): number | null {
  return history.at(-1)!.valAccuracy;
}

/** Whether the validation split speaks for `a` rather than `b`, the earlier one. */
function isPreferred(a: Trained, b: Trained): boolean {
  return (validationOf(a) ?? 0) > (validationOf(b) ?? 0);
}
