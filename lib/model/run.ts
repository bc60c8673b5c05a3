// A training run from start to files on disk: one recipe, one or several seeds, checkpoints on the
// way. Like the trainer it tells what happens as a stream of events, and prints nothing.

import config from "../../deno.json" with { type: "json" };
import type { Backend, Network, TrainingState } from "../backend/backend.ts";
import { type Dataset, split } from "../data/dataset.ts";
import { UserError } from "../errors.ts";
import { Random } from "../random.ts";
import {
  type Checkpoint,
  removeCheckpoint,
  type RunOptions,
  saveCheckpoint,
} from "./checkpoint.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { roundToFloat16 } from "./format.ts";
import { initialWeights, parameterCount } from "./layers.ts";
import { RECIPES } from "./recipes.ts";
import { type Metrics, saveMetrics, saveModel, seedStatistics } from "./store.ts";
import { type EpochResult, type Position, type TrainingEvent, trainNetwork } from "./trainer.ts";

export type RunEvent =
  | TrainingEvent
  /** The first seed's model is trained, tested and on disk. */
  | { type: "saved"; metrics: Metrics }
  /** A further seed is done; the metrics on disk count it. */
  | { type: "seed"; seed: number; metrics: Metrics };

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

/**
 * Trains a recipe and saves model and metrics in `directory`; a checkpoint is there after each
 * epoch, and no more once the model is saved. With several seeds the first one's model is kept, and
 * the others, for which there is no checkpoint, only count in the metrics. The test set is touched
 * once a seed, after the last epoch, with the weights as they are stored.
 *
 * An event of type `interrupted` is the last one.
 *
 * @throws {UserError} when a file cannot be written, or a weight not be stored in float16.
 */
export async function* runRecipe(
  run: RunOptions,
  { backend, data, directory, checkpoint, next = [], signal }: RunContext,
): AsyncGenerator<RunEvent> {
  const recipe = RECIPES[run.model];
  const first = yield* trainSeed(run, run.seed, { backend, data, checkpoint, signal }, {
    save: async (position, network) =>
      await saveCheckpoint(directory, { run, next, position, state: await network.state() }),
  });
  if (!first) return;
  let metrics: Metrics = {
    recipe: run.model,
    parameters: parameterCount(recipe),
    seed: run.seed,
    epochs: run.epochs,
    batchSize: run.batch,
    backend: backend.description,
    versions: { digits: config.version, deno: Deno.version.deno, ...backend.versions },
    dataset: {
      name: data.name,
      source: data.source,
      sha256: data.files,
      train: first.trained,
      validation: first.validated,
      test: data.test.count,
    },
    classes: data.classes,
    history: first.history,
    test: first.test,
  };
  const { weights } = first.state;
  const { classes } = data;
  const model = { name: run.model, architecture: recipe, weights, classes };
  await saveModel(directory, model, metrics, { float16: run.float16 });
  await removeCheckpoint(directory);
  yield { type: "saved", metrics };

  const accuracies = [first.test.accuracy];
  for (let seed = run.seed + 1; seed < run.seed + run.seeds; seed++) {
    const again = yield* trainSeed(run, seed, { backend, data, signal });
    if (!again) return;
    accuracies.push(again.test.accuracy);
    metrics = { ...metrics, seeds: seedStatistics(accuracies) };
    await saveMetrics(directory, metrics);
    yield { type: "seed", seed, metrics };
  }
}

interface Trained {
  history: EpochResult[];
  test: Evaluation;
  state: TrainingState;
  /** Number of examples. */
  trained: number;
  validated: number;
}

/** Trains and tests with one seed; gives nothing when it was interrupted. */
async function* trainSeed(
  run: RunOptions,
  seed: number,
  { backend, data, checkpoint, signal }: Omit<RunContext, "directory" | "next">,
  { save }: { save?: (position: Position, network: Network) => Promise<void> } = {},
): AsyncGenerator<TrainingEvent, Trained | undefined> {
  const recipe = RECIPES[run.model];
  const parts = split(data.train, recipe.validationSplit, new Random(seed, SPLIT_STREAM));
  const weights = initialWeights(recipe, new Random(seed, WEIGHTS_STREAM));
  const { optimizer, labelSmoothing } = recipe;
  const network = backend.createNetwork(recipe, weights, { optimizer, labelSmoothing, seed });
  try {
    if (checkpoint) network.setState(checkpoint.state);
    const history = [...checkpoint?.position.history ?? []];
    const events = trainNetwork(network, parts, {
      epochs: run.epochs,
      batchSize: run.batch,
      learningRate: recipe.learningRate,
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
    return {
      history,
      test: await evaluate(network, data.test),
      state: await network.state(),
      trained: parts.train.count,
      validated: parts.validation.count,
    };
  } finally {
    network.dispose();
  }
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
