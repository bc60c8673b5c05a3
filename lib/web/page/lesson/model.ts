// The lesson's last part: how good the model is, and what it takes for what.

/// <reference lib="dom" />

import { separatorOf } from "../../../data/classes.ts";
import { confusions } from "../../../model/confusion.ts";
import type { Metrics } from "../../../model/metrics.ts";
import { percent } from "../../../report/reading.ts";
import { make } from "../dom.ts";

/** How many of the most frequent errors are named. */
const NAMED = 3;
/** Shares of the colour: of the palest shade, and of the strongest that text can still be read on. */
const PALEST = 0.08;
const STRONGEST = 0.45;

/** What there is to say of a model. */
export function showModel(name: string, metrics: Metrics): (Node | string)[] {
  const { confusionMatrix } = metrics.test;
  return [
    make("h3", { textContent: `The model: ${name}` }),
    facts(metrics),
    ...(confusionMatrix ? [confusionTable(confusionMatrix, metrics.classes)] : []),
  ];
}

function facts({ test, dataset, parameters, epochs, seeds }: Metrics): HTMLElement {
  const rows: [name: string, value: string][] = [
    [`Accuracy on the ${grouped(dataset.test)} test pictures`, percent(test.accuracy, 2)],
  ];
  if (seeds) {
    rows.push([
      `Mean of ${seeds.n} trainings ± standard deviation`,
      `${(100 * seeds.mean).toFixed(2)} ± ${percent(seeds.std, 2)}`,
    ]);
  }
  rows.push(
    ["Parameters, the numbers that training sets", grouped(parameters)],
    [
      `Pictures to train on, each seen ${epochs === 1 ? "once" : `${epochs} times`}`,
      grouped(
        dataset.train + dataset.drawn,
      ),
    ],
  );
  return make(
    "dl",
    { className: "lesson-facts" },
    ...rows.map(([name, value]) =>
      make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value }))
    ),
  );
}

/** A table in a box of its own, which scrolls where the screen is narrow. */
function confusionTable(matrix: readonly (readonly number[])[], classes: readonly string[]) {
  const errors = confusions(matrix);
  const most = errors[0]?.count ?? 1; // where there are none
  const caption = make("caption", {
    textContent: "How many of each class (rows) were read as each (columns). " +
      (errors.length === 0 ? "There are no errors." : "Most frequent errors: " +
        errors.slice(0, NAMED)
          .map(({ label, predicted, count }) =>
            `${classes[label]} read as ${classes[predicted]} (${count})`
          ).join(", ") +
        "."),
  });
  const table = make(
    "table",
    { className: `lesson-confusion${separatorOf(classes) === "" ? "" : " words"}` },
    caption,
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        make("td"),
        ...classes.map((name) => make("th", { scope: "col", textContent: name })),
      ),
    ),
    make(
      "tbody",
      {},
      ...matrix.map((row, label) =>
        make(
          "tr",
          {},
          make("th", { scope: "row", textContent: classes[label] }),
          ...row.map((count, predicted) =>
            cell(count, count / (label === predicted ? sum(row) : most), {
              isRight: label === predicted,
            })
          ),
        )
      ),
    ),
  );
  const box = make("div", { className: "lesson-scroll", tabIndex: 0, role: "region" }, table);
  box.ariaLabel = "Confusion matrix";
  return box;
}

/** @param share Of the right ones, or of the most frequent error: they have a scale each. */
function cell(count: number, share: number, { isRight }: { isRight: boolean }): HTMLElement {
  const kind = count === 0 ? "none" : isRight ? "right" : "wrong";
  const element = make("td", { className: kind, textContent: String(count) });
  const strength = PALEST + (STRONGEST - PALEST) * share;
  if (count > 0) element.style.setProperty("--strength", `${(100 * strength).toFixed(1)}%`);
  return element;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function grouped(value: number): string {
  return value.toLocaleString("en");
}
