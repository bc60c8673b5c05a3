// The training story: epochs over shuffled batches, told as a stream of events. It prints nothing
// and saves nothing, so that the command line, a test or a page can each do so in its own way.

import type { HeldExamples, Network } from "../backend/backend.ts";
import { type Augmentation, augmentBatch } from "../data/augment.ts";
import { type Examples, select } from "../data/examples.ts";
import { Random } from "../random.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { learningRateAt, type Schedule } from "./recipes.ts";

/** What one epoch came to. */
export interface EpochResult extends Evaluation {
  /** Counted from 1. */
  epoch: number;
  /** On the validation split; null where there is none. */
  valLoss: number | null;
  /** On the validation split; null where there is none. */
  valAccuracy: number | null;
  /** Time spent training, without the validation. */
  seconds: number;
  /** Training examples, without the validation. */
  samplesPerSecond: number;
}

/** Where a run stands between two steps: all that is needed to go on, beside the network's state. */
export interface Position {
  /** The epochs done. */
  history: EpochResult[];
  /** Batches done of the epoch after those, and what they summed up. */
  batch: number;
  lossSum: number;
  correct: number;
  seconds: number;
}

export const START: Position = { history: [], batch: 0, lossSum: 0, correct: 0, seconds: 0 };

/** How far training is; told ten times a second. */
export interface TrainingProgress {
  /** What tells it from other events. */
  type: "progress";
  /** Counted from 1. */
  epoch: number;
  /** Training examples of this epoch done. */
  done: number;
  /** Training examples of an epoch. */
  total: number;
  /** Mean over the epoch so far. */
  loss: number;
  /** Mean over the epoch so far. */
  accuracy: number;
  /** Training examples of this epoch. */
  samplesPerSecond: number;
  /** Estimated for all epochs that are left, without validation. */
  secondsLeft: number;
}

/** An epoch is done. */
export interface TrainedEpoch {
  /** What tells it from other events. */
  type: "epoch";
  /** What it came to. */
  result: EpochResult;
}

export type TrainingEvent =
  | TrainingProgress
  | TrainedEpoch & { position: Position }
  | { type: "interrupted"; position: Position };

export interface TrainOptions {
  epochs: number;
  batchSize: number;
  learningRate: Schedule;
  augmentation?: Augmentation;
  /** Share of all steps, the last ones, without augmentation. */
  unaugmented?: number;
  seed: number;
  /** Where to start; the network has to be in the state that belongs to it. */
  position?: Position;
  /** Asks to stop after the current step. */
  signal?: AbortSignal;
}

/** Between two progress events; also how long Ctrl-C may have to wait beyond the current step. */
const PROGRESS_MS = 100;

/** Streams of a seed from here on shuffle the epochs: the order depends on seed and epoch alone. */
const SHUFFLE_STREAM = 1000;

/**
 * Trains `network` on `train`, and measures it on `validation` after each epoch. The same seed and
 * data give the same batches on every backend, also when a run is interrupted and goes on later.
 *
 * @param validation No examples: no validation.
 * @throws {RangeError} when there is nothing to train on.
 */
export async function* trainNetwork(
  network: Network,
  { train, validation }: { train: Examples; validation: Examples },
  {
    epochs,
    batchSize,
    learningRate,
    augmentation,
    unaugmented = 0,
    seed,
    position = START,
    signal,
  }: TrainOptions,
): AsyncGenerator<TrainingEvent> {
  if (train.count === 0) throw new RangeError("There are no examples to train on");
  const examples = holdExamples(network, train, { augmentation, seed });
  const batches = Math.ceil(train.count / batchSize);
  const history = [...position.history];
  let { batch, lossSum, correct, seconds } = position;

  while (history.length < epochs) {
    const epoch = history.length + 1;
    const order = new Random(seed, SHUFFLE_STREAM + epoch).permutation(train.count);
    examples.startEpoch(epoch, order);
    let reported = performance.now();
    const sizes: number[] = [];
    while (batch < batches) {
      const first = batch * batchSize;
      const count = Math.min(batchSize, train.count - first);
      const progress = (history.length * batches + batch) / (epochs * batches);
      const isAugmented = augmentation !== undefined && progress < 1 - unaugmented;
      const rate = learningRateAt(learningRate, progress);
      await examples.trainBatch({ first, count, isAugmented }, rate);
      sizes.push(count);
      batch++;

      if (performance.now() - reported < PROGRESS_MS && batch < batches) continue;
      for (const [i, result] of (await network.takeResults()).entries()) {
        // Summed in double precision one batch at a time, so that the curve does not depend on
        // when the clock asked for it.
        lossSum += result.loss * sizes[i];
        correct += result.correct;
      }
      sizes.length = 0;
      const now = performance.now();
      seconds += (now - reported) / 1000;
      reported = now;
      const done = Math.min(batch * batchSize, train.count);
      const samplesPerSecond = done / seconds;
      yield {
        type: "progress",
        epoch,
        done,
        total: train.count,
        loss: lossSum / done,
        accuracy: correct / done,
        samplesPerSecond,
        secondsLeft: ((epochs - epoch + 1) * train.count - done) / samplesPerSecond,
      };
      // Signals and timers get their turn only when the event loop does.
      await new Promise((resolve) => setTimeout(resolve));
      if (signal?.aborted && batch < batches) {
        yield { type: "interrupted", position: { history, batch, lossSum, correct, seconds } };
        return;
      }
    }

    const measured = validation.count > 0 ? await evaluate(network, validation) : undefined;
    const result: EpochResult = {
      epoch,
      loss: lossSum / train.count,
      accuracy: correct / train.count,
      valLoss: measured?.loss ?? null,
      valAccuracy: measured?.accuracy ?? null,
      seconds,
      samplesPerSecond: train.count / seconds,
    };
    history.push(result);
    ({ batch, lossSum, correct, seconds } = START);
    const reached = { ...START, history: [...history] };
    yield { type: "epoch", result, position: reached };
    if (signal?.aborted && history.length < epochs) {
      yield { type: "interrupted", position: reached };
      return;
    }
  }
}

/** Examples to train on: held by the network or, where it cannot, handed to it batch by batch. */
export function holdExamples(
  network: Network,
  examples: Examples,
  options: Pick<TrainOptions, "augmentation" | "seed">,
): HeldExamples {
  return network.hold?.(examples, options) ?? handOver(network, examples, options);
}

/** Examples that stay here, where the CPU augments them. */
function handOver(
  network: Network,
  examples: Examples,
  { augmentation, seed }: Pick<TrainOptions, "augmentation" | "seed">,
): HeldExamples {
  let epoch = 0;
  let order = new Uint32Array() as Uint32Array;
  return {
    startEpoch(number, of) {
      [epoch, order] = [number, of];
    },
    async trainBatch({ first, count, isAugmented }, learningRate) {
      const indices = order.subarray(first, first + count);
      const { images, labels } = select(examples, indices);
      // In place: they are a copy.
      if (augmentation && isAugmented) {
        augmentBatch(images, indices, augmentation, { seed, epoch }, images);
      }
      await network.trainBatch(images, labels, learningRate);
    },
  };
}
