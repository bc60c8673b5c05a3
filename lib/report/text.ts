// An assessment for the terminal: tables, and the worst errors as ASCII art.

import { asciiArt } from "../image/ascii.ts";
import { confusions } from "../model/confusion.ts";
import type { Assessment, Misread } from "./assess.ts";
import type { ClassScores } from "./classification.ts";
import { columnsOf, padEnd, padStart } from "./columns.ts";
import { percent } from "./reading.ts";

/** Scores of good networks differ in the third and fourth digit only; scikit-learn's default is 2. */
const DIGITS = 4;

/** The table that scikit-learn's classification_report prints. */
export function classificationTable(
  { classes, accuracy, macroAverage, weightedAverage }: Assessment,
  names: readonly string[],
): string {
  const width = Math.max(...[...names, "weighted avg"].map(columnsOf));
  const line = (name: string, cells: readonly string[]) =>
    `${padStart(name, width)} ${cells.map((cell) => ` ${cell.padStart(9)}`).join("")}`;
  const row = (name: string, { precision, recall, f1, support }: ClassScores) =>
    line(name, [...[precision, recall, f1].map((x) => x.toFixed(DIGITS)), String(support)]);
  return [
    line("", ["precision", "recall", "f1-score", "support"]),
    "",
    ...classes.map((scores, k) => row(names[k], scores)),
    "",
    line("accuracy", ["", "", accuracy.toFixed(DIGITS), String(macroAverage.support)]),
    row("macro avg", macroAverage),
    row("weighted avg", weightedAverage),
  ].join("\n");
}

/** How many kinds of errors are listed in the place of a matrix. */
const LISTED = 20;

/**
 * Rows are what it is, columns what it was taken for; a dot is none. Where names are longer than the
 * counts, columns have the rows' numbers. A matrix that is wider than the terminal could not be read:
 * then the most frequent errors are listed.
 *
 * @param columns Width of the terminal, in characters.
 */
export function confusionTable(
  matrix: readonly (readonly number[])[],
  names: readonly string[],
  columns: number,
): string {
  const corner = "true \\ predicted";
  const cells = matrix.map((row) => row.map((count) => count === 0 ? "." : String(count)));
  const widest = Math.max(...cells.flat().map(columnsOf));
  const areShort = names.every((name) => columnsOf(name) <= widest);
  const heads = areShort ? names : names.map((_, k) => String(k + 1));
  const digits = String(names.length).length;
  const rows = areShort ? names : names.map((name, k) => `${name} ${heads[k].padStart(digits)}`);
  const left = Math.max(...[corner, ...rows].map(columnsOf));
  const width = Math.max(widest, ...heads.map(columnsOf)) + 1;
  if (left + width * names.length > columns) return errorList(matrix, names);
  const line = (name: string, row: readonly string[]) =>
    padStart(name, left) + row.map((cell) => padStart(cell, width)).join("");
  return [line(corner, heads), ...cells.map((row, k) => line(rows[k], row))].join("\n");
}

function errorList(matrix: readonly (readonly number[])[], names: readonly string[]): string {
  const errors = confusions(matrix);
  if (errors.length === 0) return "no errors";
  const listed = errors.slice(0, LISTED)
    .map(({ label, predicted, count }) => [`${names[label]} read as ${names[predicted]}`, count]);
  const width = Math.max(...listed.map(([what]) => columnsOf(String(what))));
  const more = errors.length - listed.length;
  return [
    "most frequent errors:",
    ...listed.map(([what, count]) => `${padEnd(String(what), width)}  ${count}`),
    ...(more > 0 ? [`and ${more} kinds more, in the matrix of --report`] : []),
  ].join("\n");
}

/** `5 read as 6, 99.1 %` */
export function caption({ label, predicted, confidence }: Misread, names: readonly string[]) {
  return `${names[label]} read as ${names[predicted]}, ${percent(confidence)}`;
}

const TILE_COLUMNS = 28;
const TILE_GAP = 4;
const TILE_ROWS = 2;

/**
 * The most confident errors as small pictures, two rows of as many as fit side by side.
 *
 * @param images [N, 28, 28], all the examples.
 * @param columns Width of the terminal, in characters.
 */
export function gallery(
  errors: readonly Misread[],
  images: Uint8Array,
  names: readonly string[],
  columns: number,
): string {
  const fitting = (width: number) => Math.max(1, Math.floor((columns + TILE_GAP) / width));
  const most = TILE_ROWS * fitting(TILE_COLUMNS + TILE_GAP);
  const captions = errors.slice(0, most).map((error) => caption(error, names));
  const width = Math.max(TILE_COLUMNS, ...captions.map(columnsOf)) + TILE_GAP;
  const across = fitting(width);
  const rows: string[] = [];
  for (let i = 0; i < Math.min(errors.length, TILE_ROWS * across); i += across) {
    const tiles = errors.slice(i, i + across).map((error, k) => {
      const pixels = images.subarray(784 * error.index, 784 * (error.index + 1));
      const art = asciiArt(pixels, { columns: TILE_COLUMNS }).split("\n");
      return [...art, "", captions[i + k]];
    });
    const lines = tiles[0].map((_, y) =>
      tiles.map((tile) => padEnd(tile[y], width)).join("").trimEnd()
    );
    // Paper above and below all of them says nothing.
    const inked = lines.slice(0, -2).map((line) => line !== "");
    rows.push(
      [...lines.slice(inked.indexOf(true), inked.lastIndexOf(true) + 1), ...lines.slice(-2)]
        .join("\n"),
    );
  }
  return rows.join("\n\n");
}

/** Files that are named; --json names all. */
const MOST_FILES = 30;

/**
 * Which files were misread, the most confident errors first; empty where none of them has a file.
 *
 * @param files Of all the examples.
 */
export function misreadFiles(
  errors: readonly Misread[],
  files: readonly (string | undefined)[],
  names: readonly string[],
): string {
  const named = errors.filter(({ index }) => files[index] !== undefined);
  const lines = named.map((error) => `${files[error.index]}: ${caption(error, names)}`);
  const others = lines.length - MOST_FILES;
  return [...lines.slice(0, MOST_FILES), ...(others > 0 ? [`and ${others} more`] : [])].join("\n");
}
