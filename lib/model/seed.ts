// One seed of a recipe, from initial weights to tested ones. Where a device fails, another backend goes
// on from the last checkpoint.

import { type Backend, DeviceError, type Network, type TrainingState } from "../backend/backend.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Examples } from "../data/examples.ts";
import { UserError } from "../errors.ts";
import { Random } from "../random.ts";
import { fitTemperature } from "./calibration.ts";
import { confusionMatrix } from "./confusion.ts";
import { logitsOf, measure, predictionsOf } from "./evaluate.ts";
import type { Start } from "./finetune.ts";
import { roundToFloat16 } from "./format.ts";
import { initialWeights, type Weight } from "./layers.ts";
import type { Metrics } from "./metrics.ts";
import type { Recipe } from "./recipes.ts";
import { type Rejection, rejections as rejectionsOf } from "./rejection.ts";
import { type EpochResult, type Position, type TrainingEvent, trainNetwork } from "./trainer.ts";

/** Where a seed goes on. */
export interface SeedCheckpoint {
  position: Position;
  state: TrainingState;
}

/** A device failed, and another backend takes over from the last checkpoint on. */
export interface Fallback {
  /** What tells it from other events. */
  type: "fallback";
  /** What the device failed with. */
  reason: string;
  /** What does the work from here on, for people. */
  backend: string;
  /** The last epoch that was done; 0 before the first. */
  epoch: number;
}

export interface SeedContext {
  recipe: Recipe;
  plan: { epochs: number; batch: number; float16: boolean };
  parts: { train: Examples; validation: Examples };
  data: Pick<Dataset, "test" | "testKinds" | "parts">;
  /** Where a trained model is to go on, in place of random weights. */
  start?: Start;
  backend: Backend;
  /** Opens the backend that takes over where that one's device fails. */
  fallback?: () => Promise<Backend>;
  /** Where to go on. */
  checkpoint?: SeedCheckpoint;
  /** Saves where the seed stands: after each epoch, and when it is interrupted. */
  saveCheckpoint?: (checkpoint: SeedCheckpoint) => Promise<void>;
  /** Asks to stop after the current step. */
  signal?: AbortSignal;
}

/** What training with one seed came to. */
export interface Trained {
  seed: number;
  history: EpochResult[];
  temperature: number;
  test: Metrics["test"];
  /** Where the data set has kinds of test pictures and there is a validation split. */
  rejections?: Rejection[];
  weights: Weight[];
  /** Who did the work, one after the other: several where a device failed. */
  backends: Backend[];
}

/** Stream of the seed; those of training.ts are others. */
const WEIGHTS_STREAM = 1;

/**
 * Trains and tests with one seed; gives nothing when it was interrupted.
 *
 * @throws {UserError} when a weight cannot be stored in float16, or a device failed and no other
 * backend can take over.
 */
export async function* trainSeed(
  seed: number,
  context: SeedContext,
): AsyncGenerator<TrainingEvent | Fallback, Trained | undefined> {
  const { backend, fallback, saveCheckpoint } = context;
  let { checkpoint } = context;
  const keep = async (reached: SeedCheckpoint) => {
    checkpoint = reached;
    await saveCheckpoint?.(reached);
  };
  try {
    return yield* trainAndTest(seed, { ...context, saveCheckpoint: keep });
  } catch (error) {
    if (!(error instanceof DeviceError) || !fallback) throw error;
    const { message: reason } = error;
    const other = await open(fallback, error);
    const epoch = checkpoint?.position.history.length ?? 0;
    yield { type: "fallback", reason, backend: other.description, epoch };
    const trained = yield* trainAndTest(seed, { ...context, backend: other, checkpoint });
    return trained && { ...trained, backends: [backend, ...trained.backends] };
  }
}

async function open(fallback: () => Promise<Backend>, failed: DeviceError): Promise<Backend> {
  try {
    return await fallback();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${failed.message}, and no other backend can take over: ${error.message}`,
      { cause: failed },
    );
  }
}

async function* trainAndTest(
  seed: number,
  { recipe, plan, parts, data, start, backend, checkpoint, saveCheckpoint, signal }: SeedContext,
): AsyncGenerator<TrainingEvent, Trained | undefined> {
  const initial = start?.weights ?? initialWeights(recipe, new Random(seed, WEIGHTS_STREAM));
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
      if (event.type !== "progress") {
        await saveCheckpoint?.({ position: event.position, state: await network.state() });
      }
      yield event;
      if (event.type === "interrupted") return undefined;
      if (event.type === "epoch") history.push(event.result);
    }
    if (plan.float16) await storeInFloat16(network);
    const { validation } = parts;
    const logits = validation.count > 0 ? await logitsOf(network, validation) : undefined;
    const temperature = logits ? calibrate(logits, validation) : start?.temperature ?? 1;
    const { test, testKinds } = data;
    const tested = await logitsOf(network, test);
    const rejections = testKinds && logits &&
      rejectionsOf({ logits, labels: validation.labels }, tested, testKinds, temperature);
    const result = testResult(tested, data, temperature);
    const { weights } = await network.state();
    const backends = [backend];
    const trained = { seed, history, temperature, test: result, weights, backends };
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
export function testResult(
  logits: Float32Array,
  { test: { labels, count }, parts }: SeedContext["data"],
  temperature: number,
): Metrics["test"] {
  const classes = logits.length / count;
  const predictions = predictionsOf(logits, count);
  let end = 0;
  const ofParts = parts?.flatMap(({ name, test: count }) => {
    const start = end;
    end += count;
    if (count === 0) return [];
    const rows = logits.subarray(start * classes, end * classes);
    return [{ name, count, ...measure(rows, labels.subarray(start, end), temperature) }];
  });
  return {
    ...measure(logits, labels, temperature),
    ...(ofParts ? { parts: ofParts } : {}),
    confusionMatrix: confusionMatrix(labels, predictions, classes),
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
