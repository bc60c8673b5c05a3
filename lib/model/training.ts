// A recipe from initial weights to a tested model, with one or several seeds. It knows no files:
// run.ts saves what comes of it, and who embeds the program takes it as it is.

import type { Backend, Network, TrainingState } from "../backend/backend.ts";
import type { Dataset, MadeKinds } from "../data/dataset.ts";
import { type Examples, join, split } from "../data/examples.ts";
import { syntheticDigits } from "../data/synthetic.ts";
import { UserError } from "../errors.ts";
import { Random } from "../random.ts";
import { versions } from "../versions.ts";
import { fitTemperature } from "./calibration.ts";
import { confusionMatrix } from "./confusion.ts";
import { logitsOf, measure, predictionsOf } from "./evaluate.ts";
import { type Model, roundToFloat16 } from "./format.ts";
import { initialWeights, parameterCount, type Weight } from "./layers.ts";
import { type Metrics, seedStatistics } from "./metrics.ts";
import type { Recipe } from "./recipes.ts";
import { type Rejection, rejections as rejectionsOf } from "./rejection.ts";
import { type EpochResult, type Position, type TrainingEvent, trainNetwork } from "./trainer.ts";

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
  data: Dataset;
  /** Where the first seed goes on. */
  checkpoint?: { position: Position; state: TrainingState };
  /** Saves where the first seed stands: after each epoch, and when it is interrupted. */
  saveCheckpoint?: (position: Position, network: Network) => Promise<void>;
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

/** Streams of the seed, so that weights and split do not depend on how many numbers the other took. */
const WEIGHTS_STREAM = 1;
const SPLIT_STREAM = 2;
/** Another than those of the synthetic data set, so that its test set stays unseen. */
const DRAWN_STREAM = 3;

/**
 * Trains a recipe. The test set is touched once a seed, after the last epoch, with the weights as
 * they are stored.
 *
 * With several seeds each is trained on the same split, the model kept is that of the seed with the
 * highest accuracy on the validation split (without one the first), and the metrics tell of all.
 *
 * An event of type `interrupted` is the last one.
 *
 * @throws {UserError} when a weight cannot be stored in float16.
 */
export async function* trainRecipe(
  recipe: Recipe,
  plan: TrainingPlan,
  { backend, data, checkpoint, saveCheckpoint, signal }: TrainingContext,
): AsyncGenerator<TrainingEvent | TrainedModel> {
  const { drawn, ...parts } = partsOf(plan, recipe, data);
  const { test, testKinds } = data;
  const context = { plan, recipe, backend, parts, test, testKinds, signal };
  const shared = {
    recipe: recipe.name,
    classic: plan.classic,
    parameters: parameterCount(recipe),
    epochs: plan.epochs,
    batchSize: plan.batch,
    backend: backend.description,
    versions: { ...versions(), ...backend.versions },
    dataset: {
      name: data.name,
      source: data.source,
      sha256: data.files,
      train: parts.train.count - drawn,
      drawn,
      validation: parts.validation.count,
      test: test.count,
    },
    classes: data.classes,
  };
  let kept: Trained | undefined;
  // Numbers only, so that the weights of seeds that are not kept can go.
  const accuracies: number[] = [];
  const validations: (number | null)[] = [];
  for (let seed = plan.seed; seed < plan.seed + plan.seeds; seed++) {
    const trained: Trained | undefined = yield* trainSeed(
      seed,
      context,
      seed === plan.seed ? { checkpoint, saveCheckpoint } : {},
    );
    if (!trained) return;
    accuracies.push(trained.test.accuracy);
    validations.push(validationOf(trained));
    const isKept = kept === undefined || isPreferred(trained, kept);
    if (isKept) kept = trained;
    const { weights, ...results } = kept!;
    const { temperature } = results;
    const seeds = accuracies.length > 1
      ? { seeds: seedStatistics(plan.seed, [...accuracies], [...validations]) }
      : {};
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
      metrics: { ...shared, ...results, ...seeds },
    };
  }
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
  const { train, validation } = split(data.train, validationSplit, new Random(seed, SPLIT_STREAM));
  const areDigits = data.classes.join("") === "0123456789";
  const drawn = areDigits ? Math.round(share * train.count) : 0;
  if (drawn === 0) return { train, validation, drawn };
  const digits = syntheticDigits({ count: drawn, seed, stream: DRAWN_STREAM });
  return { train: join(train, digits), validation, drawn };
}

/** What training with one seed came to. */
interface Trained {
  seed: number;
  history: EpochResult[];
  temperature: number;
  test: Metrics["test"];
  /** Where the data set has kinds of test pictures and there is a validation split. */
  rejections?: Rejection[];
  weights: Weight[];
}

/** Accuracy on the validation split after the last epoch; null without one. */
function validationOf({ history }: Trained): number | null {
  return history.at(-1)!.valAccuracy;
}

/** Whether the validation split speaks for `a` rather than `b`, the earlier one. */
function isPreferred(a: Trained, b: Trained): boolean {
  return (validationOf(a) ?? 0) > (validationOf(b) ?? 0);
}

interface SeedContext {
  plan: TrainingPlan;
  recipe: Recipe;
  backend: Backend;
  parts: { train: Examples; validation: Examples };
  test: Examples;
  testKinds?: MadeKinds;
  signal?: AbortSignal;
}

/** Trains and tests with one seed; gives nothing when it was interrupted. */
async function* trainSeed(
  seed: number,
  { plan, recipe, backend, parts, test, testKinds, signal }: SeedContext,
  { checkpoint, saveCheckpoint }: Pick<TrainingContext, "checkpoint" | "saveCheckpoint">,
): AsyncGenerator<TrainingEvent, Trained | undefined> {
  const initial = initialWeights(recipe, new Random(seed, WEIGHTS_STREAM));
  const { optimizer, labelSmoothing, learningRate, augmentation, unaugmented } = recipe;
  const network = backend.createNetwork(recipe, initial, { optimizer, labelSmoothing, seed });
  try {
    if (checkpoint) network.setState(checkpoint.state);
    const history = [...checkpoint?.position.history ?? []];
    const events = trainNetwork(network, parts, {
      epochs: plan.epochs,
      batchSize: plan.batch,
      learningRate,
      augmentation,
      unaugmented,
      seed,
      position: checkpoint?.position,
      signal,
    });
    for await (const event of events) {
      // Saved before it is told, so that who hears of it can rely on it.
      if (event.type !== "progress") await saveCheckpoint?.(event.position, network);
      yield event;
      if (event.type === "interrupted") return undefined;
      if (event.type === "epoch") history.push(event.result);
    }
    if (plan.float16) await storeInFloat16(network);
    const { validation } = parts;
    const logits = validation.count > 0 ? await logitsOf(network, validation) : undefined;
    const temperature = logits ? calibrate(logits, validation) : 1;
    const tested = await logitsOf(network, test);
    const rejections = testKinds && logits &&
      rejectionsOf({ logits, labels: validation.labels }, tested, testKinds, temperature);
    const result = testResult(tested, test, temperature);
    const { weights } = await network.state();
    const trained = { seed, history, temperature, test: result, weights };
    return rejections ? { ...trained, rejections } : trained;
  } finally {
    network.dispose();
  }
}

/** The temperature that suits the examples with these logits. */
function calibrate(logits: Float32Array, { labels, count }: Examples): number {
  return fitTemperature(logits, labels, logits.length / count);
}

/** What the test set's logits come to. */
function testResult(
  logits: Float32Array,
  { labels, count }: Examples,
  temperature: number,
): Metrics["test"] {
  const predictions = predictionsOf(logits, count);
  return {
    ...measure(logits, labels, temperature),
    confusionMatrix: confusionMatrix(labels, predictions, logits.length / count),
  };
}

/** Gives the network the weights that the file will hold. */
async function storeInFloat16(network: Network): Promise<void> {
  const state = await network.state();
  try {
    network.setState({ ...state, weights: roundToFloat16(state.weights) });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`${error.message}. Train anew without --float16`, { cause: error });
  }
}
