// The course of a training while it goes on: what curves are drawn of.

import type { EpochResult, TrainingProgress } from "../../../model/trainer.ts";

/** Pieces that a training is cut into: each is a point of the curves. */
const PIECES = 100;

/** A mean over a piece of the training. */
export interface Point {
  /** The piece's end, in epochs. */
  at: number;
  loss: number;
  accuracy: number;
}

/** How far a training was when it was last heard of; sums are over the epoch so far. */
interface Reached {
  epoch: number;
  /** Examples of the epoch. */
  done: number;
  lossSum: number;
  correct: number;
}

const START: Reached = { epoch: 1, done: 0, lossSum: 0, correct: 0 };

export class Course {
  /** Of a piece each; epochs that are over end one. */
  training: readonly Point[] = [];
  /** On the validation split, after each epoch that is over. */
  validation: readonly Point[] = [];
  readonly #epochs: number;
  /** Where the piece begins that is not full yet. */
  #begin = START;

  constructor(epochs: number) {
    this.#epochs = epochs;
  }

  /** Takes what training tells ten times a second: means over the epoch so far. */
  addProgress({ epoch, done, total, loss, accuracy }: TrainingProgress): void {
    const reached: Reached = { epoch, done, lossSum: loss * done, correct: accuracy * done };
    if (epoch !== this.#begin.epoch) this.#begin = { ...START, epoch };
    const examples = done - this.#begin.done;
    if (examples < this.#epochs * total / PIECES && done < total) return;
    const point = {
      at: epoch - 1 + done / total,
      loss: (reached.lossSum - this.#begin.lossSum) / examples,
      accuracy: (reached.correct - this.#begin.correct) / examples,
    };
    this.training = [...this.training, point];
    this.#begin = reached;
  }

  addEpoch({ epoch, valLoss, valAccuracy }: EpochResult): void {
    if (valLoss === null || valAccuracy === null) return;
    const point = { at: epoch, loss: valLoss, accuracy: valAccuracy };
    this.validation = [...this.validation, point];
  }

  /** Forgets what came after an epoch: training goes on from there once more. */
  goBackTo(epoch: number): void {
    this.training = this.training.filter(({ at }) => at <= epoch);
    this.validation = this.validation.filter(({ at }) => at <= epoch);
    this.#begin = { ...START, epoch: epoch + 1 };
  }
}
