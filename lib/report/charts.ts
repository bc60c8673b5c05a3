// Charts as SVG text: d3 works out scales, ticks and paths, the page's style sheet has the colours,
// so that they follow the reader's light or dark theme. Nothing here needs a DOM.

// @ts-types="@types/d3-scale"
import { scaleBand, type ScaleLinear, scaleLinear } from "d3-scale";
// @ts-types="@types/d3-shape"
import { line } from "d3-shape";
import { columnsOf } from "./columns.ts";
import type { ReliabilityBin } from "./reliability.ts";

/** What a chart is called, for the page's ids and for those who cannot see it. */
export interface ChartLabel {
  id: string;
  title: string;
  description: string;
}

/** One curve; null leaves a gap. */
export interface Series {
  name: string;
  /** Of the style sheet. */
  style: string;
  values: readonly (number | null)[];
  /** Where each value is, in epochs; unless given, at the end of the first, the second, ... */
  at?: readonly number[];
}

// In CSS pixels, of a chart at its own size: what a phone held upright can show nearly unreduced.
const WIDTH = 420;
const HEIGHT = 270;
const MARGIN = { top: 30, right: 22, bottom: 42, left: 58 };
const TEXT_WIDTH = 7.2; // a character's, about, at the style sheet's 13 pixels

/** How wide the widest of some texts is, about, in CSS pixels. */
function widthOf(texts: readonly string[]): number {
  return Math.ceil(TEXT_WIDTH * Math.max(...texts.map(columnsOf)));
}

/** Text that may stand in HTML and in attributes. */
export function escape(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/**
 * Curves over the epochs. Values at the ends of epochs are points too, and tell their number.
 *
 * @param options.epochs How many there are to be; as many as there are values unless given.
 */
export function lineChart(
  label: ChartLabel,
  series: readonly Series[],
  { yLabel, format, fromZero = false, epochs = longest(series) }: {
    yLabel: string;
    format: (value: number) => string;
    fromZero?: boolean;
    epochs?: number;
  },
): string {
  const known = series.flatMap(({ values }) => values.filter(isNumber));
  const low = fromZero ? 0 : Math.min(...known);
  const first = series.some(({ at }) => at) ? 0 : 1;
  const x = scaleLinear(epochs > first ? [first, epochs] : [0.5, 1.5], [
    MARGIN.left,
    WIDTH - MARGIN.right,
  ]);
  const y = scaleLinear([low, Math.max(...known)], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(5);
  const path = (values: Series["values"], at?: readonly number[]) =>
    line<number | null>().defined(isNumber)
      .x((_, i) => x(at ? at[i] : i + 1)).y((value) => y(value as number))(values);
  const ticks = epochs <= 10
    ? Array.from({ length: epochs + 1 - first }, (_, i) => i + first)
    : x.ticks(8);
  return svg(label, WIDTH, HEIGHT, [
    valueAxis(y, yLabel, format),
    ...ticks.filter(Number.isInteger).map((epoch) => centred(x(epoch), String(epoch))),
    axisTitle((MARGIN.left + WIDTH - MARGIN.right) / 2, "epoch"),
    ...series.map(({ name, style, values, at }) =>
      `<path class="curve ${style}" d="${path(values, at) ?? ""}"/>` +
      values.map((value, i) =>
        isNumber(value) && !at
          ? `<circle class="point ${style}" cx="${round(x(i + 1))}" cy="${
            round(y(value))
          }" r="3">` +
            `<title>${escape(`${name}, epoch ${i + 1}: ${format(value)}`)}</title></circle>`
          : ""
      ).join("")
    ),
    legend(series),
  ]);
}

function longest(series: readonly Series[]): number {
  return Math.max(...series.map(({ values }) => values.length));
}

/** Groups of bars side by side, one group a class; shares from 0 to 1. */
export function barChart(
  label: ChartLabel,
  names: readonly string[],
  series: readonly { name: string; style: string; values: readonly number[] }[],
  { yLabel, format }: { yLabel: string; format: (value: number) => string },
): string {
  const width = Math.max(WIDTH, MARGIN.left + MARGIN.right + 24 * names.length);
  const x = scaleBand(names.map((_, i) => i), [MARGIN.left, width - MARGIN.right]).padding(0.2);
  // Names that are wider than their bars stand upright, in as much room as they take.
  const long = widthOf(names) > x.step() ? widthOf(names) : 0;
  const inner = scaleBand(series.map((_, i) => i), [0, x.bandwidth()]).padding(0.05);
  const y = scaleLinear([barsFrom(series.flatMap(({ values }) => values)), 1], [
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  ]);
  return svg(label, width, HEIGHT + long, [
    valueAxis(y, yLabel, format, width),
    ...names.map((name, k) =>
      series.map(({ name: score, style, values }, i) =>
        bar(
          x(k)! + inner(i)!,
          inner.bandwidth(),
          y(values[k]),
          y.range()[0],
          style,
          `${name}, ${score}: ${format(values[k])}`,
        )
      ).join("") + (long
        ? upright(x(k)! + x.bandwidth() / 2, HEIGHT - MARGIN.bottom + 6, name, "end")
        : centred(x(k)! + x.bandwidth() / 2, name))
    ),
    axisTitle((MARGIN.left + width - MARGIN.right) / 2, "class", HEIGHT + long),
    legend(series),
  ]);
}

/**
 * Where bars begin: at 0, but for good networks, whose bars would all look the same, at the next
 * tenth, hundredth, ... below the lowest. The axis says so, and so should the caption.
 */
export function barsFrom(values: readonly number[]): number {
  const gap = 1 - Math.min(...values);
  if (gap > 0.2) return 0;
  const step = 10 ** Math.floor(Math.log10(Math.max(gap, 1e-3)));
  return 1 - (Math.floor(gap / step) + 1) * step;
}

/** How many of each class (rows) were taken for each (columns). */
export function heatMap(
  label: ChartLabel,
  matrix: readonly (readonly number[])[],
  names: readonly string[],
): string {
  const cell = 36;
  // Names that are wider than a column stand upright above it.
  const long = widthOf(names) > cell;
  const left = Math.max(52, 28 + widthOf(names));
  const top = long ? 16 + widthOf(names) : 24;
  const size = cell * names.length;
  const worst = Math.max(1, ...matrix.flatMap((row, i) => row.filter((_, k) => k !== i)));
  const cells = matrix.map((row, i) => {
    const support = row.reduce((a, b) => a + b, 0);
    return row.map((count, k) => {
      if (count === 0) return "";
      // Both kinds have their own scale: a handful of errors is what one looks for.
      const strength = i === k ? 0.1 + 0.9 * count / support : 0.15 + 0.7 * count / worst;
      const [x, y] = [left + k * cell, top + i * cell];
      const said = `${names[i]} read as ${names[k]}: ${count} of ${support}`;
      return `<g><title>${escape(said)}</title>` +
        `<rect class="${i === k ? "right" : "wrong"}" x="${x}" y="${y}" width="${cell}" ` +
        `height="${cell}" fill-opacity="${round(strength)}"/>` +
        `<text${strength > 0.65 ? ' class="strong"' : ""} x="${x + cell / 2}" y="${
          y + cell / 2
        }" ` +
        `dy="0.35em" text-anchor="middle">${count}</text></g>`;
    }).join("");
  });
  const lines = names.concat("").map((_, i) =>
    `<path class="grid" d="M${left + i * cell},${top}v${size}M${left},${top + i * cell}h${size}"/>`
  );
  return svg(label, left + size + 2, top + size + 26, [
    ...cells,
    ...lines,
    ...names.map((name, i) =>
      `<text x="${left - 8}" y="${top + (i + 0.5) * cell}" dy="0.35em" text-anchor="end">` +
      `${escape(name)}</text>` +
      (long
        ? upright(left + (i + 0.5) * cell, top - 8, name, "start")
        : `<text x="${left + (i + 0.5) * cell}" y="${top - 8}" text-anchor="middle">` +
          `${escape(name)}</text>`)
    ),
    `<text class="axis" x="${left + size / 2}" y="${top + size + 18}" text-anchor="middle">` +
    "read as (columns)</text>",
    `<text class="axis" transform="translate(12,${top + size / 2}) rotate(-90)" ` +
    'text-anchor="middle">true class (rows)</text>',
  ]);
}

/** Accuracy over confidence: honest confidences lie on the diagonal. */
export function reliabilityChart(
  label: ChartLabel,
  bins: readonly ReliabilityBin[],
  uncalibrated?: readonly ReliabilityBin[],
): string {
  const x = scaleLinear([0, 1], [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear([0, 1], [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const format = (share: number) => `${Math.round(100 * share)} %`;
  const said = ({ count, confidence, accuracy }: ReliabilityBin) =>
    `${count} predictions, mean confidence ${(100 * confidence).toFixed(1)} %, ` +
    `accuracy ${(100 * accuracy).toFixed(1)} %`;
  const full = bins.filter(({ count }) => count > 0);
  return svg(label, WIDTH, HEIGHT, [
    valueAxis(y, "accuracy", format),
    ...x.ticks(5).map((tick) => centred(x(tick), format(tick))),
    axisTitle((MARGIN.left + WIDTH - MARGIN.right) / 2, "confidence"),
    ...full.map((bin) =>
      bar(
        x(bin.from) + 1,
        x(bin.to) - x(bin.from) - 2,
        y(bin.accuracy),
        y(0),
        bin.count < FEW ? "first few" : "first",
        said(bin),
      )
    ),
    `<path class="ideal" d="M${x(0)},${y(0)}L${x(1)},${y(1)}"/>`,
    ...(uncalibrated ?? []).filter(({ count }) => count > 0).map((bin) =>
      `<circle class="point second" cx="${round(x(bin.confidence))}" ` +
      `cy="${round(y(bin.accuracy))}" r="4">` +
      `<title>${escape(`uncalibrated: ${said(bin)}`)}</title></circle>`
    ),
    legend([
      { name: uncalibrated ? "calibrated" : "accuracy", style: "first" },
      ...(uncalibrated ? [{ name: "uncalibrated", style: "second" }] : []),
    ]),
  ]);
}

/** Bins of fewer predictions are drawn pale: their accuracy is mostly chance. */
export const FEW = 10;

function svg(
  { id, title, description }: ChartLabel,
  width: number,
  height: number,
  body: string[],
) {
  // With many classes, a chart that is pressed into a page's width could not be read.
  const style = width > 1.2 * WIDTH ? ' class="large"' : "";
  return `<svg${style} viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ` +
    `aria-labelledby="${id}-title ${id}-description">` +
    `<title id="${id}-title">${escape(title)}</title>` +
    `<desc id="${id}-description">${escape(description)}</desc>${body.join("")}</svg>`;
}

function valueAxis(
  y: ScaleLinear<number, number>,
  title: string,
  format: (value: number) => string,
  width = WIDTH,
): string {
  const ticks = y.ticks(5).map((tick) =>
    `<path class="grid" d="M${MARGIN.left},${round(y(tick))}H${width - MARGIN.right}"/>` +
    `<text x="${MARGIN.left - 6}" y="${round(y(tick))}" dy="0.35em" text-anchor="end">` +
    `${escape(format(tick))}</text>`
  );
  const middle = (MARGIN.top + HEIGHT - MARGIN.bottom) / 2;
  return ticks.join("") +
    `<text class="axis" transform="translate(12,${middle}) rotate(-90)" text-anchor="middle">` +
    `${escape(title)}</text>`;
}

function centred(x: number, text: string): string {
  return `<text x="${round(x)}" y="${HEIGHT - MARGIN.bottom + 17}" text-anchor="middle">` +
    `${escape(text)}</text>`;
}

/** Text from the bottom up, which starts or ends at a point. */
function upright(x: number, y: number, text: string, anchor: "start" | "end"): string {
  return `<text transform="translate(${round(x)},${round(y)}) rotate(-90)" dy="0.35em" ` +
    `text-anchor="${anchor}">${escape(text)}</text>`;
}

function axisTitle(x: number, text: string, height = HEIGHT): string {
  return `<text class="axis" x="${round(x)}" y="${round(height) - 6}" text-anchor="middle">` +
    `${escape(text)}</text>`;
}

function bar(x: number, width: number, top: number, bottom: number, style: string, said: string) {
  return `<rect class="bar ${style}" x="${round(x)}" y="${round(top)}" width="${round(width)}" ` +
    `height="${round(Math.max(0, bottom - top))}"><title>${escape(said)}</title></rect>`;
}

function legend(series: readonly { name: string; style: string }[]): string {
  let x = MARGIN.left;
  return series.map(({ name, style }) => {
    const entry = `<rect class="bar ${style}" x="${round(x)}" y="6" width="12" height="12"/>` +
      `<text x="${round(x + 17)}" y="16">${escape(name)}</text>`;
    x += 17 + TEXT_WIDTH * name.length + 16;
    return entry;
  }).join("");
}

function isNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

/** More digits than a screen can show only make the page larger. */
function round(value: number): number {
  return Math.round(100 * value) / 100;
}
