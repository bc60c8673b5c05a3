// What a network is worth: loss and accuracy on examples that it was not trained on.

import type { Network } from "../backend/backend.ts";
import type { Examples } from "../data/dataset.ts";

export interface Evaluation {
  /** Mean cross-entropy, in nats. */
  loss: number;
  /** Fraction of the examples whose most probable class is the right one. */
  accuracy: number;
}

/** Large enough to keep a backend busy, small enough for its memory. */
const BATCH_SIZE = 256;

/**
 * Measures `network` on all `examples`.
 *
 * @throws {RangeError} when there are no examples.
 */
export async function evaluate(network: Network, examples: Examples): Promise<Evaluation> {
  if (examples.count === 0) throw new RangeError("There are no examples to evaluate on");
  const pixels = examples.images.length / examples.count;
  let loss = 0;
  let correct = 0;
  for (let start = 0; start < examples.count; start += BATCH_SIZE) {
    const end = Math.min(start + BATCH_SIZE, examples.count);
    const logits = await network.logits(examples.images.subarray(start * pixels, end * pixels));
    const classes = logits.length / (end - start);
    for (let i = start; i < end; i++) {
      const row = logits.subarray((i - start) * classes, (i - start + 1) * classes);
      const label = examples.labels[i];
      loss += logSumExp(row) - row[label];
      if (row.indexOf(Math.max(...row)) === label) correct++;
    }
  }
  return { loss: loss / examples.count, accuracy: correct / examples.count };
}

/** Probabilities of one row of logits. */
export function softmax(logits: ArrayLike<number>): number[] {
  const { max, sum } = exponentials(logits);
  return Array.from(logits, (logit) => Math.exp(logit - max) / sum);
}

function logSumExp(logits: ArrayLike<number>): number {
  const { max, sum } = exponentials(logits);
  return max + Math.log(sum);
}

/** sum(exp(x - max)): with the largest taken off, nothing overflows. */
function exponentials(logits: ArrayLike<number>): { max: number; sum: number } {
  let max = -Infinity;
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i]);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - max);
  return { max, sum };
}
