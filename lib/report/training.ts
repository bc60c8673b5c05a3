// What training says in a terminal: a line for each event.

import type { Metrics, TestResult } from "../model/metrics.ts";
import type { EpochResult, TrainingProgress } from "../model/trainer.ts";
import { columnsOf, padEnd } from "./columns.ts";
import { bar, duration } from "./reading.ts";

/** How far an epoch is, of so many. */
export function progressText(
  { epoch, done, total, loss, accuracy, samplesPerSecond, secondsLeft }: TrainingProgress,
  epochs: number,
): string {
  return `epoch ${epoch}/${epochs} ${bar(done / total)} loss ${digits(loss)}  ` +
    `accuracy ${digits(accuracy)}  ${Math.round(samplesPerSecond)} samples/s, ` +
    `${duration(secondsLeft)} left`;
}

/** What an epoch came to, of so many. */
export function epochText(
  { epoch, loss, accuracy, valLoss, valAccuracy, seconds, samplesPerSecond }: EpochResult,
  epochs: number,
): string {
  const validation = valLoss === null || valAccuracy === null
    ? ""
    : `val_loss ${digits(valLoss)}  val_accuracy ${digits(valAccuracy)}  `;
  return `epoch ${epoch}/${epochs}  loss ${digits(loss)}  accuracy ${digits(accuracy)}  ` +
    `${validation}${seconds.toFixed(1)} s  ${Math.round(samplesPerSecond)} samples/s`;
}

/** What the test set said. */
export function testText({ accuracy, loss }: TestResult): string {
  return `test accuracy ${digits(accuracy)}, test loss ${digits(loss)}`;
}

/** The same of each data set that the test pictures are of, a line each, where they are of several. */
export function partTexts({ dataset, from, test }: Metrics): string[] {
  const parts = dataset.parts ?? [];
  const width = Math.max(...parts.map(({ name }) => columnsOf(name)));
  return parts.map(({ name, test: count }) => {
    const accuracyIn = (result: TestResult) =>
      digits(result.parts!.find((part) => part.name === name)!.accuracy);
    const found = count === 0
      ? "too few pictures to test on: it was trained on all of them"
      : `${count} pictures, test accuracy ${accuracyIn(test)}` +
        (from ? `, ${accuracyIn(from.test)} before` : "");
    return `  ${padEnd(name, width)}  ${found}`;
  });
}

/** What a further seed came to, beside those before it. */
export function seedText(seed: number, isKept: boolean, { seeds }: Metrics): string {
  const { n, mean, std, values } = seeds!;
  return `seed ${seed}: test accuracy ${digits(values[n - 1])}${isKept ? ", kept" : ""}; ` +
    `mean of ${n} ${digits(mean)}, standard deviation ${digits(std)}`;
}

function digits(value: number): string {
  return value.toFixed(4);
}
