// How soon the page answers a stroke, in a real browser.

import { CORES } from "./contenders.ts";
import { percentile } from "./serving_figures.ts";
import type { Section } from "./section.ts";
import { NOT_HERE, table, threeDigits } from "./table.ts";

/** What page_strokes.ts prints. */
export interface Strokes {
  model: string;
  /** Digits on the sheet. */
  digits: number;
  /** From the last move of each stroke until its answer is shown, in ms. */
  latencies: number[];
}

export const page: Section = async () => {
  const { success, stdout } = await new Deno.Command("deno", {
    args: [
      ...["run", "--allow-read", "--allow-write", "--allow-env", "--allow-run", "--allow-sys"],
      ...["--allow-net=127.0.0.1", "bench/page_strokes.ts"],
    ],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  const found: Strokes[] = success ? JSON.parse(new TextDecoder().decode(stdout)) : [];
  const rows = found.map(({ model, digits, latencies }) => {
    const sorted = latencies.toSorted((a, b) => a - b);
    const figures = [50, 95].map((percent) => threeDigits(percentile(sorted, percent)));
    return [`${model}, ${digits} on the sheet`, ...figures, String(sorted.length)];
  });
  return [
    "## From the last move of a stroke to its answer on the page, ms",
    "",
    table(
      ["model, digits", "p50", "p95", "strokes"],
      rows.length > 0 ? rows : [["Chromium", NOT_HERE, "", ""]],
    ),
    "",
    `In headless Chromium without a GPU, on ${CORES} cores that it shares with who moves its mouse.`,
  ].join("\n");
};
