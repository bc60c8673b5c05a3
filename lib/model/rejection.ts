// How well a network that tells digits from what is none does so, kind by kind, where a threshold
// on its log-odds is put so that nearly all digits are kept.

import type { MadeKinds } from "../data/dataset.ts";

/** What a threshold comes to. */
export interface Rejection {
  /** The share of the validation split's digits that the threshold keeps. */
  keep: number;
  /** Log-odds, divided by the temperature: log(p / (1 - p)), where p is how probable a digit is. */
  threshold: number;
  /** By kind of test picture, the share that is rejected: the lower the better for digits. */
  rejected: Record<string, number>;
}

/** The shares of digits to be kept that thresholds are worked out for. */
const KEEP = [0.99, 0.995];

/** Log-odds of "digit" for each row of logits [N, 2]. */
export function logOdds(logits: Float32Array, temperature: number): Float64Array {
  return Float64Array.from(
    { length: logits.length / 2 },
    (_, i) => (logits[2 * i + 1] - logits[2 * i]) / temperature,
  );
}

/**
 * Works out thresholds on the validation split, and what they do to the test pictures.
 *
 * @param validation Logits [N, 2] and labels [N], 1 for a digit; at least one is.
 * @param test Logits [N, 2].
 * @param kinds The kinds of the test pictures.
 */
export function rejections(
  validation: { logits: Float32Array; labels: Uint8Array },
  test: Float32Array,
  { names, of }: MadeKinds,
  temperature: number,
): Rejection[] {
  const digits = logOdds(validation.logits, temperature)
    .filter((_, i) => validation.labels[i] === 1).sort();
  const odds = logOdds(test, temperature);
  return KEEP.map((keep) => {
    const threshold = digits[Math.floor((1 - keep) * digits.length)];
    const rejected: Record<string, number> = {};
    for (const [kind, name] of names.entries()) {
      const those = odds.filter((_, i) => of[i] === kind);
      if (those.length === 0) continue;
      rejected[name] = those.filter((odds) => odds < threshold).length / those.length;
    }
    return { keep, threshold, rejected };
  });
}
