// What a network has to be told, and what is known of it, for those who run it elsewhere.

import { areDigitOrOther, areDigits } from "../data/classes.ts";
import type { Model } from "../model/format.ts";
import type { Metrics } from "../model/metrics.ts";
import { percent } from "../report/reading.ts";

/** A network that leaves this program. */
export interface Exported {
  model: Model;
  /** How it was trained, where that is known. */
  metrics?: Metrics;
  /** The program's version. */
  version: string;
}

/** What the network tells apart, for people. */
export function subjectOf({ model }: Exported): string {
  return areDigits(model.classes) ? "handwritten digits" : model.classes.join(", ");
}

/** How the pictures are made that the network expects. Source: image/mnist.ts. */
export function preprocessingOf({ model, metrics }: Exported): string {
  const pixels =
    "28x28 pixels, row by row, 0 for paper to 1 for ink (a byte of ink divided by 255)";
  if (areDigits(model.classes) || areDigitOrOther(model.classes)) {
    return `One digit of ${pixels}, in the form of MNIST: the ink is scaled in proportion to fit ` +
      "into 20x20 pixels, with soft edges, and moved by whole pixels to bring its centre of mass to " +
      "pixel (14, 14), counted from 0.";
  }
  const dataset = metrics ? metrics.dataset.name : "the data set that it was trained on";
  return `One picture of ${pixels}, in the form of those of ${dataset}.`;
}

/** Test accuracy and where it was measured. */
export function accuracyText({ test, dataset }: Metrics): string {
  return `${percent(test.accuracy, 2)} of the ${dataset.test} test pictures of ${dataset.name}`;
}

/** A name as ONNX and C have them: letters, digits and underscores. */
export function identifier(name: string): string {
  return name.replace(/\W/g, "_");
}
