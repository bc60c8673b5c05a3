// A reading as people, programs and spreadsheets have it.

import { groupBy } from "../arrays.ts";
import type { Outcome } from "../batch/reader.ts";
import { asciiArt } from "../image/ascii.ts";
import { type PictureReading, toPictureReading } from "../reading.ts";
import type { Digit, Reading } from "../recognise.ts";
import { columnsOf, padEnd } from "./columns.ts";

/** The object that `--json` prints a line of for each picture. */
export function readingJson(
  file: string,
  outcome: Outcome,
  model: string,
): { file: string; error: string } | { file: string } & PictureReading {
  if ("error" in outcome) return { file, error: outcome.error };
  return { file, ...toPictureReading(outcome, model) };
}

/**
 * What {@linkcode readingCsv} gives. A row is a picture and not a digit: then there are as many as
 * pictures, blank and failed ones too, and a row can be put beside what the person knows of its
 * picture. A number is as sure as the least sure of its digits, whose confidence stands for it.
 */
export const CSV_HEADER = "file,text,confidence,uncertain,error";

/** A row of RFC 4180, without its line break. */
export function readingCsv(file: string, outcome: Outcome): string {
  if ("error" in outcome) return csvRow([file, "", "", "", outcome.error]);
  const { text, digits, uncertain } = outcome;
  const least = Math.min(...digits.map(({ confidence }) => confidence));
  const confidence = digits.length > 0 ? least.toFixed(4) : "";
  return csvRow([file, text, confidence, String(uncertain), ""]);
}

function csvRow(fields: readonly string[]): string {
  return fields.map((field) => /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)
    .join(",");
}

/** For a terminal that is `columns` wide: each digit as the network saw it, then what it was read as. */
export function readingText(file: string, { text, digits }: Reading, columns: number): string {
  if (digits.length === 0) return `${file}\nNothing was found\n`;
  const shown = digits.length === 1 ? showOne(digits[0], columns) : showAll(digits, columns);
  const label = "The predicted value is: ";
  const value = label + text.replaceAll("\n", `\n${" ".repeat(label.length)}`);
  return [file, shown, value, ...remarks(digits), ""].join("\n");
}

function showOne({ pixels }: Digit, columns: number): string {
  return asciiArt(pixels, { columns });
}

function remarks(digits: readonly Digit[]): string[] {
  const uncertain = digits.filter((digit) => digit.uncertain).length;
  if (digits.length > 1) {
    const those = `${uncertain} of ${digits.length} may be something else`;
    return uncertain > 0 ? [`uncertain: ${those}, those with a question mark`] : [];
  }
  const [{ confidence, alternatives }] = digits;
  const others = alternatives.slice(0, 2)
    .map((other) => `${other.digit} (${percent(other.confidence)})`);
  const chances = `confidence ${percent(confidence)}, then ${others.join(", ")}`;
  return uncertain > 0 ? [chances, "uncertain: this may be something else"] : [chances];
}

/** Digits side by side, as many as there is room for; each line of text begins a new row. */
function showAll(digits: readonly Digit[], columns: number): string {
  return [...groupBy(digits, ({ line }) => line).values()].flatMap((line) => {
    // Large if the whole line has room for it.
    const large = line.map((digit) => drawing(digit, WIDE));
    return fitInto(large, columns).length === 1
      ? [large]
      : fitInto(line.map((digit) => drawing(digit, NARROW)), columns);
  }).map(beside).join("\n\n");
}

// The widths of asciiArt()'s two sizes.
const WIDE = 56;
const NARROW = 28;

/** Columns between two drawings. */
const GAP = 3;

/** Lines of text, and the length of the longest. */
interface Drawing {
  lines: string[];
  width: number;
}

/** A digit without the paper around it, and above it what it was read as, with how much confidence. */
function drawing(digit: Digit, columns: number): Drawing {
  const lines = asciiArt(digit.pixels, { columns }).split("\n");
  const inked = lines.filter((line) => line !== "");
  const indent = Math.min(...inked.map((line) => line.search(/\S/)));
  const art = lines.slice(lines.indexOf(inked[0]), lines.lastIndexOf(inked.at(-1)!) + 1)
    .map((line) => line.slice(indent));
  const caption = `${digit.digit}${digit.uncertain ? "?" : ""} ${percent(digit.confidence)}`;
  const all = [caption, ...art];
  return { lines: all, width: Math.max(...all.map(columnsOf)) };
}

/** Rows of drawings that fit into the columns; one that does not is a row of its own. */
function fitInto(drawings: readonly Drawing[], columns: number): Drawing[][] {
  const rows: Drawing[][] = [];
  let room = 0;
  for (const drawing of drawings) {
    if (rows.length === 0 || drawing.width > room) {
      rows.push([]);
      room = columns;
    }
    rows.at(-1)!.push(drawing);
    room -= drawing.width + GAP;
  }
  return rows;
}

function beside(drawings: readonly Drawing[]): string {
  const height = Math.max(...drawings.map(({ lines }) => lines.length));
  return Array.from(
    { length: height },
    (_, i) =>
      drawings.map(({ lines, width }) => padEnd(lines[i] ?? "", width + GAP)).join("").trimEnd(),
  ).join("\n");
}

/** `99.1 %` */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

/** A bar of `width` characters, `fraction` of it filled. */
export function bar(fraction: number, width = 20): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `[${"=".repeat(filled)}${" ".repeat(width - filled)}]`;
}
