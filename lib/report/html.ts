// One page that tells all about a model: no script, nothing loaded from elsewhere, so that it can be
// kept, sent and printed. Loads the plotting library: come here by way of report.ts.

import { confusions } from "../model/confusion.ts";
import { parameterCount } from "../model/layers.ts";
import type { Metrics, SeedStatistics } from "../model/metrics.ts";
import type { EpochResult } from "../model/trainer.ts";
import type { Assessment } from "./assess.ts";
import {
  barChart,
  barsFrom,
  escape,
  FEW,
  heatMap,
  lineChart,
  reliabilityChart,
  type Series,
} from "./charts.ts";
import type { ClassScores } from "./classification.ts";
import { firstLayer } from "./filters.ts";
import { type Palette, pngUri } from "./png.ts";
import { percent } from "./reading.ts";
import type { ReportInput } from "./report.ts";
import { caption } from "./text.ts";

const GALLERY = 24;
/** The bars of more classes than this have the page's width for themselves. */
const MANY_CLASSES = 20;
/** A dense layer of thousands of units would make a page of megabytes. */
const MOST_FILTERS = 256;

/** The page's text. */
export async function reportHtml(input: ReportInput): Promise<string> {
  const { name, model, metrics, dataset, assessment } = input;
  const title = `${name} on ${dataset}`;
  const sections = [
    summary(input),
    metrics ? training(metrics) : "",
    perClass(assessment, model.classes),
    confusion(assessment, model.classes),
    calibration(assessment),
    corruptions(input),
    await errors(input),
    await filters(input),
    metrics ? provenance(metrics) : "",
  ];
  // The hash lets this very style sheet through and nothing else.
  const policy = `default-src 'none'; img-src data:; style-src '${await hashOf(STYLE)}'; ` +
    "base-uri 'none'; form-action 'none'";
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${sections.filter(Boolean).join("\n")}
</main>
</body>
</html>
`;
}

function summary({ model, assessment }: ReportInput): string {
  const { accuracy, loss, expectedCalibrationError, errors, macroAverage } = assessment;
  const facts = [
    ["accuracy", percent(accuracy, 2)],
    [`errors of ${count(macroAverage.support)}`, count(errors.length)],
    ["loss", loss.toFixed(4)],
    ["F1, macro average", macroAverage.f1.toFixed(4)],
    ["expected calibration error", percent(expectedCalibrationError, 2)],
    ["parameters", count(parameterCount(model.architecture))],
  ];
  return `<p>Measured on ${count(macroAverage.support)} test pictures.</p>
<dl class="facts">
${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("\n")}
</dl>`;
}

function training({ history, seeds, seed }: Metrics): string {
  const hasValidation = history.some(({ valLoss }) => valLoss !== null);
  const chart = (
    id: string,
    name: string,
    [own, validation]: readonly ["loss" | "accuracy", "valLoss" | "valAccuracy"],
    format: (value: number) => string,
  ) => {
    const series: Series[] = [
      { name: "training", style: "first", values: history.map((epoch) => epoch[own]) },
      ...(hasValidation
        ? [{
          name: "validation",
          style: "second",
          values: history.map((epoch) => epoch[validation]),
        }]
        : []),
    ];
    const last = series.map(({ name, values }) => {
      const value = values.at(-1);
      return `${name} ${typeof value === "number" ? format(value) : "unknown"}`;
    });
    return figure(
      `${name} per epoch`,
      lineChart(
        {
          id,
          title: `${name} per epoch`,
          description: `After epoch ${history.length}: ${last.join(", ")}.`,
        },
        series,
        { yLabel: name.toLowerCase(), format, fromZero: own === "loss" },
      ),
    );
  };
  const columns = [
    ["epoch", ({ epoch }: EpochResult) => String(epoch)],
    ["loss", ({ loss }: EpochResult) => loss.toFixed(4)],
    ["accuracy", ({ accuracy }: EpochResult) => percent(accuracy, 2)],
    ...(hasValidation
      ? [
        ["validation loss", ({ valLoss }: EpochResult) => valLoss?.toFixed(4) ?? "–"],
        ["validation accuracy", ({ valAccuracy }: EpochResult) =>
          valAccuracy === null ? "–" : percent(valAccuracy, 2)],
      ] as const
      : []),
    ["seconds", ({ seconds }: EpochResult) => seconds.toFixed(1)],
    ["samples/s", ({ samplesPerSecond }: EpochResult) => count(Math.round(samplesPerSecond))],
  ] as const;
  return section("Training", [
    `<div class="pair">
${chart("loss-curve", "Loss", ["loss", "valLoss"], (value) => String(Number(value.toFixed(4))))}
${
      chart(
        "accuracy-curve",
        "Accuracy",
        ["accuracy", "valAccuracy"],
        (value) => `${Number((100 * value).toFixed(2))} %`,
      )
    }
</div>`,
    hasValidation
      ? "<p>Training figures are means over an epoch, while the network still changes and with " +
        "what training adds to make it harder; validation is measured at the epoch's end.</p>"
      : "",
    details(
      "Epochs as a table",
      table(
        columns.map(([name]) => name),
        history.map((row) => columns.map(([, text]) => text(row))),
      ),
    ),
    seeds ? seedTable(seeds, seed) : "",
  ]);
}

/** @param kept The seed of the model. */
function seedTable(seeds: SeedStatistics, kept: number): string {
  const { first, n, mean, std, values, validation } = seeds;
  const hasValidation = validation.some((accuracy) => accuracy !== null);
  const rows = values.map((value, i) => [
    `${first + i}${first + i === kept ? " (kept)" : ""}`,
    percent(value, 2),
    ...(hasValidation ? [percent(validation[i] ?? NaN, 2)] : []),
  ]);
  const head = ["seed", "test accuracy", ...(hasValidation ? ["validation accuracy"] : [])];
  return `<h3>Seeds</h3>
<p>Trained ${n} times, with nothing changed but the seed: test accuracy ${percent(mean, 2)} on ` +
    `average, standard deviation ${percent(std, 2)}.</p>\n${table(head, rows)}`;
}

function perClass(assessment: Assessment, names: readonly string[]): string {
  const { classes, accuracy, macroAverage, weightedAverage } = assessment;
  const scores = ["precision", "recall", "f1"] as const;
  const from = barsFrom(classes.flatMap((row) => scores.map((score) => row[score])));
  const order = [...classes.keys()].sort((a, b) => classes[a].f1 - classes[b].f1);
  const said = (k: number) => `${names[k]} (F1 ${classes[k].f1.toFixed(4)})`;
  const row = (name: string, { precision, recall, f1, support }: ClassScores) => [
    name,
    precision.toFixed(4),
    recall.toFixed(4),
    f1.toFixed(4),
    count(support),
  ];
  return section("Classes", [
    names.length > MANY_CLASSES ? "<div>" : '<div class="pair wide">',
    figure(
      "Precision, recall and F1 per class" + (from > 0 ? `; bars begin at ${axisShare(from)}` : ""),
      barChart(
        {
          id: "class-bars",
          title: "Precision, recall and F1 per class",
          description: `Weakest: ${said(order[0])}; best: ${said(order.at(-1)!)}.`,
        },
        names,
        scores.map((score, i) => ({
          name: score === "f1" ? "F1" : score,
          style: ["first", "second", "third"][i],
          values: classes.map((row) => row[score]),
        })),
        { yLabel: "score", format: axisShare },
      ),
    ),
    table(["class", "precision", "recall", "F1", "support"], [
      ...classes.map((scores, k) => row(names[k], scores)),
      ["accuracy", "", "", accuracy.toFixed(4), count(macroAverage.support)],
      row("macro avg", macroAverage),
      row("weighted avg", weightedAverage),
    ]),
    "</div>",
  ]);
}

function confusion({ confusionMatrix }: Assessment, names: readonly string[]): string {
  const pairs = confusions(confusionMatrix).slice(0, 3)
    .map(({ label, predicted, count }) => `${names[label]} read as ${names[predicted]} (${count})`);
  return section("Confusion matrix", [
    figure(
      "How many of each class (rows) were read as each (columns)",
      heatMap(
        {
          id: "confusion-matrix",
          title: "Confusion matrix",
          description: pairs.length === 0
            ? "No errors."
            : `The most frequent errors: ${pairs.join(", ")}.`,
        },
        confusionMatrix,
        names,
      ),
    ),
    details(
      "Confusion matrix as a table",
      table(
        ["true \\ read as", ...names],
        confusionMatrix.map((row, i) => [names[i], ...row.map(String)]),
      ),
    ),
  ]);
}

function calibration(assessment: Assessment): string {
  const { temperature, reliability, uncalibrated, expectedCalibrationError, loss } = assessment;
  const ece = percent(expectedCalibrationError, 2);
  return section("Calibration", [
    `<p>Of all predictions made with 90 % confidence, nine out of ten should be right: then the ` +
    `bars reach the diagonal. ` +
    (uncalibrated
      ? `Logits are divided by the temperature ${temperature.toFixed(3)}, fitted on the ` +
        `validation pictures: the expected calibration error is ${ece} instead of ` +
        `${percent(uncalibrated.expectedCalibrationError, 2)}, the loss ${loss.toFixed(4)} ` +
        `instead of ${uncalibrated.loss.toFixed(4)}.`
      : `The expected calibration error is ${ece}; the model has no temperature.`) +
    "</p>",
    figure(
      `Accuracy over confidence; pale: fewer than ${FEW} pictures`,
      reliabilityChart(
        {
          id: "reliability",
          title: "Reliability diagram",
          description: `Accuracy of predictions by their confidence, in ${reliability.length} ` +
            `bins; the expected calibration error is ${ece}.`,
        },
        reliability,
        uncalibrated?.reliability,
      ),
    ),
    details(
      "Reliability as a table",
      table(
        ["confidence", "pictures", "mean confidence", "accuracy"],
        reliability.filter(({ count }) => count > 0).map((bin) => [
          `${percent(bin.from)} to ${percent(bin.to)}`,
          count(bin.count),
          percent(bin.confidence),
          percent(bin.accuracy),
        ]),
      ),
    ),
  ]);
}

function corruptions({ corrupted }: ReportInput): string {
  if (!corrupted || corrupted.length === 0) return "";
  const mean = corrupted.reduce((sum, { accuracy }) => sum + accuracy, 0) / corrupted.length;
  return section("Corrupted pictures", [
    `<p>The same test pictures, each spoilt in one way: ${percent(mean, 2)} on average.</p>`,
    table(
      ["corruption", "accuracy"],
      corrupted.map(({ name, accuracy }) => [name.replaceAll("_", " "), percent(accuracy, 2)]),
    ),
  ]);
}

async function errors({ model, assessment, images }: ReportInput): Promise<string> {
  const shown = assessment.errors.slice(0, GALLERY);
  const { errors: { length } } = assessment;
  if (length === 0) return section("Errors", ["<p>None.</p>"]);
  const figures = shown.map(async (error) => {
    // Ink on paper, as people write: MNIST has it the other way round.
    const pixels = images.subarray(784 * error.index, 784 * (error.index + 1))
      .map((ink) => 255 - ink);
    const text = escape(caption(error, model.classes)).replace(" %", "&nbsp;%");
    return `<figure><img class="digit" width="84" height="84" alt="Test picture ${error.index}" ` +
      `src="${await pngUri(pixels, 28, 28)}"><figcaption>${text}</figcaption></figure>`;
  });
  return section("Errors", [
    `<p>${
      length === shown.length ? `All ${length}` : `The ${shown.length} most confident of ${length}`
    }: what it is, what it was read as, how sure the network was.</p>`,
    `<div class="gallery">
${(await Promise.all(figures)).join("\n")}
</div>`,
  ]);
}

// Opacity says how much, so that 0 has the colour of the page, light or dark: blue takes away, orange
// asks for ink.
const SIGNED: Palette = Array.from({ length: 255 }, (_, i) => {
  const value = (i - 127) / 127;
  const opacity = Math.round(255 * Math.abs(value));
  return value < 0 ? [43, 120, 208, opacity] : [224, 112, 20, opacity];
});

async function filters({ model }: ReportInput): Promise<string> {
  const layer = firstLayer(model.architecture, model.weights);
  if (!layer) return "";
  const shown = layer.filters.slice(0, MOST_FILTERS);
  const pictures = shown.map(async ({ values, width, height }, i) => {
    const places = Uint8Array.from(values, (value) => 127 + Math.round(127 * value));
    return `<img width="56" height="56" alt="${i + 1}" ` +
      `src="${await pngUri(places, width, height, SIGNED)}">`;
  });
  const { width, height } = shown[0];
  const what = layer.type === "conv2d" ? "filters" : "units";
  return section("First layer", [
    `<figure class="filters" role="group" aria-labelledby="filters-caption">
<figcaption id="filters-caption">The ${layer.filters.length} ${what} of ${escape(layer.name)}, ` +
    `${height}x${width} weights each${
      shown.length < layer.filters.length ? ` (the first ${shown.length})` : ""
    }: orange where ink counts for it, blue where ink counts against it, the colour of the page ` +
    `where it does not matter; each by its own largest.</figcaption>
<div class="tiles">${(await Promise.all(pictures)).join("")}</div>
</figure>`,
  ]);
}

function provenance(metrics: Metrics): string {
  const { recipe, classic, seed, epochs, batchSize, backend, versions, dataset } = metrics;
  const drawn = dataset.drawn ? ` and ${count(dataset.drawn)} drawn by a random pen` : "";
  return section("How it was made", [
    table(["", ""], [
      ["recipe", `${recipe}${classic ? ", with the original program's settings" : ""}`],
      ["seed", String(seed)],
      ["epochs", String(epochs)],
      ["batch size", String(batchSize)],
      ["backend", backend],
      ["versions", Object.entries(versions).map((entry) => entry.join(" ")).join(", ")],
      ["data set", `${dataset.name}: ${dataset.source}`],
      [
        "examples",
        `${count(dataset.train)} to train on${drawn}, ${count(dataset.validation)} to validate, ` +
        `${count(dataset.test)} to test`,
      ],
    ]),
  ]);
}

function section(title: string, parts: readonly string[]): string {
  return `<section>\n<h2>${title}</h2>\n${parts.filter(Boolean).join("\n")}\n</section>`;
}

function figure(caption: string, picture: string): string {
  return `<figure><figcaption>${
    escape(caption)
  }</figcaption><div class="scroll">${picture}</div></figure>`;
}

function details(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>${content}</details>`;
}

/** The first column names the rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map(([first, ...rest]) =>
    `<tr><th scope="row">${escape(first)}</th>` +
    `${rest.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`
  );
  const titles = head.some(Boolean)
    ? `<thead><tr>${
      head.map((cell) => `<th scope="col">${escape(cell)}</th>`).join("")
    }</tr></thead>`
    : "";
  return `<div class="scroll"><table${titles ? "" : ' class="text"'}>${titles}` +
    `<tbody>${cells.join("\n")}</tbody></table></div>`;
}

/** With separators of thousands. */
function count(value: number): string {
  return value.toLocaleString("en");
}

/** Without zeros at the end, and without the noise of binary fractions. */
function axisShare(value: number): string {
  return String(Number(value.toFixed(4)));
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(digest).toBase64()}`;
}

const STYLE = `
:root { color-scheme: light dark; --page: #fff; --panel: #f5f6f8; --text: #1c2128; --muted: #57606a;
  --rule: #d8dde3; --first: #1f6fc4; --second: #d9660a; --third: #2f855a; --on: #fff; --on-wrong: #1c2128; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14181d; --panel: #1d2229; --text: #e3e8ee; --muted: #9aa5b1; --rule: #343c46;
    --first: #63a9f2; --second: #f0924a; --third: #63c393; --on: #0d1117; --on-wrong: #0d1117; }
  .digit { filter: invert(1); border-color: #cbc3b9; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-top: .75rem;
  border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .5rem 0 1rem; max-width: 44rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem;
  margin: 1rem 0; }
.facts div { background: var(--panel); border-radius: 6px; padding: .6rem .8rem; display: flex;
  flex-direction: column; justify-content: space-between; }
dt { color: var(--muted); font-size: .8rem; line-height: 1.3; }
dd { margin: .2rem 0 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; }
figcaption { color: var(--muted); font-size: .9rem; margin-bottom: .4rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr));
  gap: 0 1.5rem; }
.pair.wide { grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); }
.pair figure { margin: .5rem 0; }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; max-width: 30rem; height: auto;
  font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
svg.large { width: auto; max-width: none; }
svg text { fill: var(--text); font-variant-numeric: tabular-nums; }
svg .axis { fill: var(--muted); }
svg g text { font-size: 12px; }
svg .right + .strong { fill: var(--on); }
svg .wrong + .strong { fill: var(--on-wrong); }
.grid { stroke: var(--rule); fill: none; }
.ideal { stroke: var(--muted); stroke-dasharray: 5 4; stroke-width: 1.5; fill: none; }
.curve { fill: none; stroke-width: 2; }
.curve.first { stroke: var(--first); }
.curve.second { stroke: var(--second); }
.point.first, .bar.first, .right { fill: var(--first); }
.point.second, .bar.second, .wrong { fill: var(--second); }
.bar.third { fill: var(--third); }
.bar.few { fill-opacity: .3; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--rule); text-align: right; }
thead th { color: var(--muted); font-weight: 600; white-space: nowrap; }
th:first-child { text-align: left; padding-left: 0; }
tbody th { font-weight: 600; white-space: nowrap; }
.text td { text-align: left; }
@media (max-width: 30rem) {
  table { font-size: .8rem; }
  th, td { padding: .25rem .3rem; }
  thead th { white-space: normal; }
}
details { margin: .5rem 0 1rem; }
summary { cursor: pointer; color: var(--muted); font-size: .9rem; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr));
  gap: 1rem .75rem; }
.gallery figure { margin: 0; }
.gallery figcaption { font-size: .8rem; line-height: 1.3; margin: .3rem 0 0; }
img { image-rendering: pixelated; border: 1px solid var(--rule); }
.tiles { display: flex; flex-wrap: wrap; gap: 5px; }
@media print {
  main { max-width: none; padding: 0; }
  body { font-size: 11pt; }
  h2 { break-after: avoid; }
  figure, tr, .facts div { break-inside: avoid; }
  svg { max-width: 12cm; }
  svg.large { width: 100%; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
