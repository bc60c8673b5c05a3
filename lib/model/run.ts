// A training run from start to files on disk: one recipe, one or several seeds, checkpoints on the
// way. Like the trainer it tells what happens as a stream of events, and prints nothing.

import config from "../../deno.json" with { type: "json" };
import type { Backend, Network } from "../backend/backend.ts";
import { type Dataset, type Examples, join, type MadeKinds, split } from "../data/dataset.ts";
import { syntheticDigits } from "../data/synthetic.ts";
import { UserError } from "../errors.ts";
import { Random } from "../random.ts";
import { fitTemperature } from "./calibration.ts";
import {
  type Checkpoint,
  removeCheckpoint,
  type RunOptions,
  saveCheckpoint,
} from "./checkpoint.ts";
import { confusionMatrix } from "./confusion.ts";
import { logitsOf, measure, predictionsOf } from "./evaluate.ts";
import { roundToFloat16 } from "./format.ts";
import { initialWeights, parameterCount, type Weight } from "./layers.ts";
import { findRecipe, type Recipe } from "./recipes.ts";
import { type Rejection, rejections as rejectionsOf } from "./rejection.ts";
import { type Metrics, saveMetrics, saveModel, seedStatistics } from "./store.ts";
import { type EpochResult, type Position, type TrainingEvent, trainNetwork } from "./trainer.ts";

export type RunEvent =
  | TrainingEvent
  /** The first seed's model is trained, tested and on disk. */
  | { type: "saved"; metrics: Metrics }
  /** A further seed is done; the metrics on disk count it. */
  | { type: "seed"; seed: number; isKept: boolean; metrics: Metrics };

export interface RunContext {
  backend: Backend;
  data: Dataset;
  /** The model's own folder: `models/cnn`. */
  directory: string;
  /** Where to go on; it has to be one of the same run. */
  checkpoint?: Checkpoint;
  /** Runs that are to follow: a checkpoint remembers them. */
  next?: RunOptions[];
  /** Asks to stop after the current step; a checkpoint is saved then. */
  signal?: AbortSignal;
}

/** Streams of the seed, so that weights and split do not depend on how many numbers the other took. */
const WEIGHTS_STREAM = 1;
const SPLIT_STREAM = 2;
/** Another than those of the synthetic data set, so that its test set stays unseen. */
const DRAWN_STREAM = 3;

/**
 * Trains a recipe and saves model and metrics in `directory`; a checkpoint is there after each
 * epoch, and no more once the model is saved. The test set is touched once a seed, after the last
 * epoch, with the weights as they are stored.
 *
 * With several seeds each is trained on the same split, the model kept is that of the seed with the
 * highest accuracy on the validation split (without one the first), and the metrics tell of all.
 * There is no checkpoint for the later seeds.
 *
 * An event of type `interrupted` is the last one.
 *
 * @throws {UserError} when a file cannot be written, or a weight not be stored in float16.
 */
export async function* runRecipe(
  run: RunOptions,
  { backend, data, directory, checkpoint, next = [], signal }: RunContext,
): AsyncGenerator<RunEvent> {
  const recipe = findRecipe(run.model, run);
  const { drawn, ...parts } = partsOf(run, recipe, data);
  const { test, testKinds } = data;
  const context = { run, recipe, backend, parts, test, testKinds, signal };
  const save = async (trained: Trained, metrics: Metrics) => {
    const { weights, temperature } = trained;
    const model = {
      name: run.model,
      architecture: recipe,
      weights,
      classes: data.classes,
      temperature,
    };
    await saveModel(directory, model, metrics, { float16: run.float16 });
  };

  let kept = yield* trainSeed(run.seed, context, {
    checkpoint,
    save: async (position, network) =>
      await saveCheckpoint(directory, { run, next, position, state: await network.state() }),
  });
  if (!kept) return;
  const shared = {
    recipe: run.model,
    classic: run.classic,
    parameters: parameterCount(recipe),
    epochs: run.epochs,
    batchSize: run.batch,
    backend: backend.description,
    versions: { digits: config.version, deno: Deno.version.deno, ...backend.versions },
    dataset: {
      name: data.name,
      source: data.source,
      sha256: data.files,
      train: parts.train.count - drawn,
      drawn,
      validation: parts.validation.count,
      test: data.test.count,
    },
    classes: data.classes,
  };
  const describe = ({ seed, history, temperature, test, rejections }: Trained): Metrics => (
    { ...shared, seed, history, temperature, test, ...(rejections ? { rejections } : {}) }
  );
  await save(kept, describe(kept));
  await removeCheckpoint(directory);
  yield { type: "saved", metrics: describe(kept) };

  // Numbers only, so that the weights of seeds that are not kept can go.
  const accuracies = [kept.test.accuracy];
  const validations = [validationOf(kept)];
  for (let seed = run.seed + 1; seed < run.seed + run.seeds; seed++) {
    const trained = yield* trainSeed(seed, context);
    if (!trained) return;
    accuracies.push(trained.test.accuracy);
    validations.push(validationOf(trained));
    const isKept = isPreferred(trained, kept);
    if (isKept) kept = trained;
    const seeds = seedStatistics(run.seed, [...accuracies], [...validations]);
    const metrics = { ...describe(kept), seeds };
    if (isKept) await save(kept, metrics);
    else await saveMetrics(directory, metrics);
    yield { type: "seed", seed, isKept, metrics };
  }
}

/**
 * What a run trains and validates on: the same for all its seeds.
 *
 * @returns `drawn` is how many of the training examples, the last ones, the random pen drew.
 */
export function partsOf(
  { seed }: Pick<RunOptions, "seed">,
  { validationSplit, drawn: share = 0 }: Recipe,
  data: Dataset,
): { train: Examples; validation: Examples; drawn: number } {
  const { train, validation } = split(data.train, validationSplit, new Random(seed, SPLIT_STREAM));
  const areDigits = data.classes.join("") === "0123456789";
  const drawn = areDigits ? Math.round(share * train.count) : 0;
  if (drawn === 0) return { train, validation, drawn };
  const { images, labels } = syntheticDigits({ count: drawn, seed, stream: DRAWN_STREAM });
  return { train: join(train, { images, labels, count: drawn }), validation, drawn };
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
  run: RunOptions;
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
  { run, recipe, backend, parts, test, testKinds, signal }: SeedContext,
  { checkpoint, save }: {
    checkpoint?: Checkpoint;
    save?: (position: Position, network: Network) => Promise<void>;
  } = {},
): AsyncGenerator<TrainingEvent, Trained | undefined> {
  const initial = initialWeights(recipe, new Random(seed, WEIGHTS_STREAM));
  const { optimizer, labelSmoothing, learningRate, augmentation, unaugmented } = recipe;
  const network = backend.createNetwork(recipe, initial, { optimizer, labelSmoothing, seed });
  try {
    if (checkpoint) network.setState(checkpoint.state);
    const history = [...checkpoint?.position.history ?? []];
    const events = trainNetwork(network, parts, {
      epochs: run.epochs,
      batchSize: run.batch,
      learningRate,
      augmentation,
      unaugmented,
      seed,
      position: checkpoint?.position,
      signal,
    });
    for await (const event of events) {
      // Saved before it is told, so that who hears of it can rely on it.
      if (event.type !== "progress") await save?.(event.position, network);
      yield event;
      if (event.type === "interrupted") return undefined;
      if (event.type === "epoch") history.push(event.result);
    }
    if (run.float16) await storeInFloat16(network);
    const { validation } = parts;
    const logits = validation.count > 0 ? await logitsOf(network, validation) : undefined;
    const temperature = logits ? calibrate(logits, validation) : 1;
    const tested = await logitsOf(network, test);
    const rejections = testKinds && logits &&
      rejectionsOf({ logits, labels: validation.labels }, tested, testKinds, temperature);
    const result = testResult(tested, test, temperature);
    const { weights } = await network.state();
    return { seed, history, temperature, test: result, rejections, weights };
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
