// Medians, ratios, and tables in Markdown.

/** A contender with what it measured: one value a round, none where it is not here. */
export interface Row {
  name: string;
  /** How it did the work. */
  detail?: string;
  values: number[];
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/** The median of the ratios round by round: both were measured within seconds of each other. */
export function medianRatio(values: readonly number[], peer: readonly number[]): number {
  return median(values.map((value, round) => value / peer[round]));
}

/** A table in Markdown; all columns but the first are numbers. */
export function table(header: string[], rows: string[][]): string {
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => row[i].length)));
  const line = (cells: string[]) =>
    `| ${
      cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(
        " | ",
      )
    } |`;
  const rule = `| ${
    widths.map((width, i) => i === 0 ? "-".repeat(width) : "-".repeat(width - 1) + ":").join(" | ")
  } |`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}

/** Three digits that count: `17,300`, `8.54`. */
export function threeDigits(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** `0.16`, `8.54`, `17.3` */
export function ratioText(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}

/** `99.05 %` */
export function percentText(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

export const NOT_HERE = "not here";

/** The cells of a median and of its ratio to a peer. */
export function cells(values: number[], peer: number[] | undefined): [string, string] {
  if (values.length === 0) return [NOT_HERE, ""];
  return [
    threeDigits(median(values)),
    peer?.length ? ratioText(medianRatio(values, peer)) : "",
  ];
}
