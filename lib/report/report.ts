// The way to the page that tells all about a model.

import { ownUrl } from "../own.ts";
import type { Model } from "../model/format.ts";
import type { Metrics } from "../model/metrics.ts";
import type { Assessment } from "./assess.ts";

export interface ReportInput {
  /** What the model is called: its folder's name. */
  name: string;
  model: Model;
  /** How it was trained; a model from elsewhere may have none. */
  metrics?: Metrics;
  /** Name of the data set whose test pictures were used. */
  dataset: string;
  assessment: Assessment;
  /** [N, 28, 28], the test pictures, 0 = paper, 255 = ink. */
  images: Uint8Array;
  /** Accuracy on the same pictures, corrupted. */
  corrupted?: readonly CorruptedAccuracy[];
}

export interface CorruptedAccuracy {
  /** Of the corruption. */
  name: string;
  accuracy: number;
}

// By its address: Deno resolves literal names before a program starts, and nobody should wait for a
// plotting library who does not plot.
const HTML = ownUrl("lib/report/html.ts");

/** A self-contained HTML page: SVG and pictures inside, no script, nothing to be loaded. */
export async function reportHtml(input: ReportInput): Promise<string> {
  const html = await import(HTML.href) as typeof import("./html.ts");
  return await html.reportHtml(input);
}
