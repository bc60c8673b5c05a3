// The course of a training run in a terminal: loss and accuracy per epoch, in plain ASCII.

import type { EpochResult } from "../model/trainer.ts";

const ROWS = 8;
/** Between two epochs at most, so that a short run makes no lake of blanks. */
const COLUMNS_PER_EPOCH = 8;
/** Two panels stand side by side where each gets this many. */
const PANEL_COLUMNS = 34;
const GAP = "    ";

const TRAINING = "*";
const VALIDATION = "o";
const BOTH = "@";

/**
 * Draws loss and, where there is room beside it, accuracy, for training and validation. Empty for
 * less than two epochs, which make no curve.
 *
 * @param columns Width of the terminal, in characters; no line is longer.
 */
export function trainingCurve(history: readonly EpochResult[], columns: number): string {
  if (history.length < 2) return "";
  const loss = { name: "loss", training: "loss", validation: "valLoss" } as const;
  const accuracy = { name: "accuracy", training: "accuracy", validation: "valAccuracy" } as const;
  const both = columns >= 2 * PANEL_COLUMNS + GAP.length;
  const width = both ? Math.floor((columns - GAP.length) / 2) : columns;
  const panels = (both ? [loss, accuracy] : [loss]).map(({ name, training, validation }) =>
    panel(
      name,
      history.map((epoch) => epoch[training]),
      history.map((epoch) => epoch[validation] ?? NaN),
      width,
    )
  );
  const hasValidation = history.some(({ valLoss }) => valLoss !== null);
  const legend = `${TRAINING} training` +
    (hasValidation ? `  ${VALIDATION} validation  ${BOTH} both` : "");
  const left = Math.max(...panels[0].map((line) => line.length));
  return [
    ...panels[0].map((line, i) =>
      [line.padEnd(left), ...panels.slice(1).map((lines) => lines[i])].join(GAP).trimEnd()
    ),
    legend.slice(0, columns),
  ].join("\n");
}

/** Lines of at most `columns` characters. Numbers that are none leave gaps. */
function panel(
  name: string,
  training: readonly number[],
  validation: readonly number[],
  columns: number,
): string[] {
  const epochs = training.length;
  const values = [...training, ...validation].filter(Number.isFinite);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const labels = [high, low].map((value) => Number.isFinite(value) ? value.toFixed(4) : "");
  const margin = Math.max(...labels.map((label) => label.length));
  const width = Math.max(2, Math.min(columns - margin - 2, (epochs - 1) * COLUMNS_PER_EPOCH + 1));

  const grid = Array.from({ length: ROWS }, () => new Array<string>(width).fill(" "));
  const draw = (series: readonly number[], mark: string) => {
    for (let column = 0; column < width; column++) {
      const value = interpolate(series, column * (epochs - 1) / (width - 1));
      if (!Number.isFinite(value)) continue;
      const share = high > low ? (high - value) / (high - low) : 0.5;
      const row = grid[Math.round(share * (ROWS - 1))];
      row[column] = row[column] === " " ? mark : BOTH;
    }
  };
  draw(training, TRAINING);
  draw(validation, VALIDATION);

  return [
    " ".repeat(margin + 2) + name,
    ...grid.map((row, i) => {
      const label = i === 0 ? labels[0] : i === ROWS - 1 ? labels[1] : "";
      return `${label.padStart(margin)} |${row.join("")}`;
    }),
    `${" ".repeat(margin)} +${"-".repeat(width)}`,
    `${" ".repeat(margin + 2)}${epochLabels(epochs, width)}`,
  ].map((line) => line.trimEnd().slice(0, columns));
}

/** The value at a place between two whole ones. */
function interpolate(series: readonly number[], at: number): number {
  const before = Math.floor(at);
  if (at === before) return series[before];
  return series[before] + (series[before + 1] - series[before]) * (at - before);
}

/** The numbers of the epochs under their columns: the first, the last, and what fits between. */
function epochLabels(epochs: number, width: number): string {
  const last = String(epochs);
  let line = "";
  for (let epoch = 1; epoch < epochs; epoch++) {
    const column = Math.round((epoch - 1) * (width - 1) / (epochs - 1));
    const label = String(epoch);
    const fits = column + label.length < width - last.length;
    if (epoch === 1 || (column > line.length && fits)) line = line.padEnd(column) + label;
  }
  return line.padEnd(width - last.length) + last;
}
