// What a model's classes are taken for, and how their names are written: side by side, and as folders.

import { DIGIT_OR_OTHER, MNIST } from "./sources.ts";

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

/** What no folder's name may have on some system; and `%`, which begins what stands for such. */
// deno-lint-ignore no-control-regex -- they are such
const UNSAFE = /[%<>:"/\\|?*\u0000-\u001f\u007f]|^[. ]|[. ]$/g;

/** What Windows takes for devices. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * The name of a class's folder: its own, with `%2F` and the like for what folders cannot be called, as
 * in addresses. Of classes that differ in case only, which some systems take for the same, all but the
 * first begin with such.
 *
 * @param classes All of them.
 */
export function folderOfClass(name: string, classes: readonly string[]): string {
  const folded = name.toLowerCase();
  const isTaken = classes.slice(0, Math.max(0, classes.indexOf(name)))
    .some((other) => other.toLowerCase() === folded);
  const safe = name.replace(UNSAFE, escapeCharacter);
  return isTaken || DEVICE.test(name) ? safe.replace(/^[^%]/u, escapeCharacter) : safe;
}

/** The class that a folder is called after. */
export function classOfFolder(folder: string): string {
  try {
    // Some systems take accents apart.
    return decodeURIComponent(folder).normalize();
  } catch {
    return folder.normalize(); // 100%
  }
}

function escapeCharacter(character: string): string {
  return Array.from(
    new TextEncoder().encode(character),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}
