// Text in the columns of a terminal, of which the characters of East Asian scripts take two.

import { eastAsianWidth } from "get-east-asian-width";

/** How many columns a text without line breaks takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += eastAsianWidth(character.codePointAt(0)!);
  return columns;
}

/** Spaces behind a text, up to so many columns. */
export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

/** Spaces before a text, up to so many columns. */
export function padStart(text: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - columnsOf(text))) + text;
}
