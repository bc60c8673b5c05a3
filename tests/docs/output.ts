// Comparing what a command prints with what its page shows.

import { assertStringIncludes } from "@std/assert";
import type { Command } from "./pages.ts";

/**
 * Asserts that a command prints what its page shows, part by part between the lines `...`.
 *
 * @throws {AssertionError}
 */
export function assertPrints(
  printed: string,
  { output = "", isMeasured }: Pick<Command, "output" | "isMeasured">,
): void {
  const form = isMeasured ? withoutFigures : withoutThreads;
  const trimmed = (text: string) => form(text).replaceAll(/ +$/gm, "");
  let rest = `\n${trimmed(printed)}\n`;
  for (const part of trimmed(output).split(/^\.\.\.$/m)) {
    const lines = part.replaceAll(/^\n+|\n+$/g, "");
    if (lines === "") continue;
    const expected = `\n${lines}\n`;
    assertStringIncludes(rest, expected);
    rest = rest.slice(rest.indexOf(expected) + expected.length - 1);
  }
}

/** As many threads as this machine has cores. */
function withoutThreads(text: string): string {
  return text.replaceAll(/\d+ threads?/g, "N threads");
}

function withoutFigures(text: string): string {
  return text.replaceAll(/\d[\d.,]*/g, "0").replaceAll(/ +/g, " ");
}
