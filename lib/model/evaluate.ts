// What a network is worth: loss and accuracy on examples that it was not trained on.

import type { Network } from "../backend/backend.ts";
import type { Examples } from "../data/examples.ts";

/** What a network is worth, in two numbers. */
export interface Evaluation {
  /** Mean cross-entropy, in nats. */
  loss: number;
  /** Fraction of the examples whose most probable class is the right one. */
  accuracy: number;
}

/** Large enough to keep a backend busy, small enough for its memory. */
const BATCH_SIZE = 256;

/** Pictures that are asked for at a time: a GPU's answers are long on their way. */
const AHEAD = 8 * BATCH_SIZE;

/**
 * Measures `network` on all `examples`.
 *
 * @throws {RangeError} when there are no examples.
 */
export async function evaluate(network: Network, examples: Examples): Promise<Evaluation> {
  return measure(await logitsOf(network, examples), examples.labels);
}

/**
 * What the network gives for all `examples` before softmax, [N, classes].
 *
 * @param onProgress Hears after each batch how many examples are done.
 * @throws {RangeError} when there are no examples.
 */
export async function logitsOf(
  network: Network,
  examples: Examples,
  { onProgress }: { onProgress?: (done: number) => void } = {},
): Promise<Float32Array> {
  const { images, count } = examples;
  if (count === 0) throw new RangeError("There are no examples to evaluate on");
  const pixels = images.length / count;
  let all = new Float32Array();
  const ask = async (start: number) => {
    const end = Math.min(start + BATCH_SIZE, count);
    const logits = await network.logits(images.subarray(start * pixels, end * pixels));
    const classes = logits.length / (end - start);
    if (all.length === 0) all = new Float32Array(count * classes);
    all.set(logits, start * classes);
    onProgress?.(end);
  };
  for (let first = 0; first < count; first += AHEAD) {
    const batches = Math.ceil(Math.min(AHEAD, count - first) / BATCH_SIZE);
    await Promise.all(Array.from({ length: batches }, (_, i) => ask(first + i * BATCH_SIZE)));
  }
  return all;
}

/**
 * Loss and accuracy of logits [N, classes] against labels [N].
 *
 * @param temperature What the logits are divided by (calibration.ts); it leaves the accuracy as it is.
 */
export function measure(
  logits: Float32Array,
  labels: Uint8Array,
  temperature = 1,
): Evaluation {
  const classes = logits.length / labels.length;
  let loss = 0;
  let correct = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    loss += logSumExp(row, temperature) - row[labels[i]] / temperature;
    if (argMax(row) === labels[i]) correct++;
  }
  return { loss: loss / labels.length, accuracy: correct / labels.length };
}

/** The most probable class of each of `count` examples, the first of equals, from logits [N, classes]. */
export function predictionsOf(logits: Float32Array, count: number): number[] {
  const classes = logits.length / count;
  return Array.from(
    { length: count },
    (_, i) => argMax(logits.subarray(i * classes, (i + 1) * classes)),
  );
}

/** The first of the largest numbers' places. */
export function argMax(row: Float32Array): number {
  return row.indexOf(Math.max(...row));
}

/**
 * Probabilities of one row of logits.
 *
 * @param temperature What the logits are divided by (calibration.ts).
 */
export function softmax(logits: ArrayLike<number>, temperature = 1): number[] {
  const { max, sum } = exponentials(logits, temperature);
  return Array.from(logits, (logit) => Math.exp((logit - max) / temperature) / sum);
}

/** log(sum(exp(x / temperature))). */
export function logSumExp(logits: ArrayLike<number>, temperature: number): number {
  const { max, sum } = exponentials(logits, temperature);
  return max / temperature + Math.log(sum);
}

/** sum(exp((x - max) / temperature)): with the largest taken off, nothing overflows. */
function exponentials(
  logits: ArrayLike<number>,
  temperature: number,
): { max: number; sum: number } {
  let max = -Infinity;
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i]);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] - max) / temperature);
  return { max, sum };
}
