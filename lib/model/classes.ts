// What a model's classes are taken for, and how their names stand side by side.

import { DIGIT_OR_OTHER, MNIST } from "../data/sources.ts";

/**
 * Whether all classes are digits. Then the model `reject` can be asked whether there is one at all; by
 * its measure letters and clothes are no digits, so that nothing would be left of them.
 */
export function areDigits(classes: readonly string[]): boolean {
  return classes.every((name) => MNIST.classes.includes(name));
}

/** Whether a model with these classes says that there is a digit, and not which. */
export function areDigitOrOther(classes: readonly string[]): boolean {
  return classes.join("\n") === DIGIT_OR_OTHER.join("\n");
}

/** What stands between classes of the same line: `42`, `word`, but `Ankle boot Bag`. */
export function separatorOf(classes: readonly string[]): string {
  return classes.every((name) => [...name].length === 1) ? "" : " ";
}
