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
  const total = logSumExp(logits);
  return Array.from(logits, (logit) => Math.exp(logit - total));
}

/** log(sum(exp(x))), by way of the maximum so that nothing overflows. */
function logSumExp(logits: ArrayLike<number>): number {
  const values = Array.from(logits);
  const max = Math.max(...values);
  return max + Math.log(values.reduce((sum, value) => sum + Math.exp(value - max), 0));
}
