// How right a reading is.

import { editDistance } from "../lib/cli.ts";

/** What a picture says, and what was read. */
export interface Outcome {
  /** A line break between lines. */
  expected: string;
  read: string;
  /** The reader itself was not sure, or could not say. */
  uncertain: boolean;
  /** Of the least sure digit, 0 to 1; 0 where none was found. */
  confidence: number;
}

/** The share of outcomes that are as expected. */
export function exactShare(outcomes: readonly Outcome[]): number {
  return share(outcomes, ({ expected, read }) => read === expected);
}

/** The share of all digits that were read rightly, whatever the lines; superfluous ones are errors. */
export function digitShare(outcomes: readonly Outcome[]): number {
  let [right, all] = [0, 0];
  for (const { expected, read } of outcomes) {
    const [digits, found] = [joined(expected), joined(read)];
    all += digits.length;
    right += Math.max(0, digits.length - editDistance(digits, found));
  }
  return right / all;
}

/** The text of all lines as one. */
export function joined(text: string): string {
  return text.replaceAll("\n", "");
}

/** The share of items that have a property; NaN where there are no items. */
export function share<T>(items: readonly T[], has: (item: T, i: number) => boolean): number {
  return items.filter(has).length / items.length;
}

/** The mean over groups of each group's exact share, so that no large group outweighs the others. */
export function meanOverGroups<T extends Outcome>(
  outcomes: readonly T[],
  group: (outcome: T) => string,
): number {
  const groups = Object.values(Object.groupBy(outcomes, group));
  return groups.reduce((sum, members) => sum + exactShare(members!), 0) / groups.length;
}

/** `97.5 %` */
export function percent(value: number): string {
  return Number.isNaN(value) ? "" : `${(100 * value).toFixed(1)} %`;
}

/** The confidence that `kept` of all outcomes have at least. */
export function keepingThreshold(outcomes: readonly Outcome[], kept: number): number {
  const sorted = outcomes.map(({ confidence }) => confidence).sort((a, b) => a - b);
  return sorted[Math.floor((1 - kept) * sorted.length)];
}
