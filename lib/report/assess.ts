// Everything that is said of a model on a set of examples, from one pass over them.

import type { Backend } from "../backend/backend.ts";
import type { Examples } from "../data/examples.ts";
import { confusionMatrix } from "../model/confusion.ts";
import { logitsOf, measure, predictionsOf, softmax } from "../model/evaluate.ts";
import type { Model } from "../model/format.ts";
import { type ClassificationReport, classificationReport } from "./classification.ts";
import { expectedCalibrationError, reliability, type ReliabilityBin } from "./reliability.ts";

/** A prediction that is wrong. */
export interface Misread {
  /** Of the example. */
  index: number;
  /** The right class' index. */
  label: number;
  /** The index of the class that it was taken for. */
  predicted: number;
  /** From 0 to 1. */
  confidence: number;
}

/** How good probabilities are. */
export interface Probabilities {
  /** Mean cross-entropy, in nats. */
  loss: number;
  /** How far confidence and accuracy are apart, in the mean over predictions: 0 to 1. */
  expectedCalibrationError: number;
  /** Predictions by their confidence. */
  reliability: ReliabilityBin[];
}

/** Everything that is said of a model on a set of examples. */
export interface Assessment extends ClassificationReport, Probabilities {
  /** What the logits were divided by. */
  temperature: number;
  /** The probabilities that there would be without, where the temperature is not 1. */
  uncalibrated?: Probabilities;
  /** Examples of each class (rows) that were taken for each (columns). */
  confusionMatrix: number[][];
  /** All of them, the most confident first. */
  errors: Misread[];
}

/**
 * Runs a model over `examples` and tells what came of it.
 *
 * @param onProgress Hears after each batch how many examples are done.
 * @throws {RangeError} when there are no examples.
 */
export async function assessModel(
  backend: Backend,
  { architecture, weights, temperature }: Model,
  examples: Examples,
  options: { onProgress?: (done: number) => void } = {},
): Promise<Assessment> {
  const network = backend.createNetwork(architecture, weights);
  try {
    return assess(await logitsOf(network, examples, options), examples.labels, temperature);
  } finally {
    network.dispose();
  }
}

/**
 * What logits come to.
 *
 * @param logits [N, classes]
 * @param labels [N], class indices.
 */
export function assess(logits: Float32Array, labels: Uint8Array, temperature = 1): Assessment {
  const classes = logits.length / labels.length;
  const row = (i: number) => logits.subarray(i * classes, (i + 1) * classes);
  const predictions = predictionsOf(logits, labels.length);
  const right = predictions.map((prediction, i) => prediction === labels[i]);
  const confidences = (temperature: number) =>
    predictions.map((prediction, i) => softmax(row(i), temperature)[prediction]);
  const probabilities = (temperature: number): Probabilities => {
    const bins = reliability(confidences(temperature), right);
    return {
      loss: measure(logits, labels, temperature).loss,
      expectedCalibrationError: expectedCalibrationError(bins),
      reliability: bins,
    };
  };

  const calibrated = confidences(temperature);
  const errors = predictions
    .map((predicted, index): Misread => ({
      index,
      label: labels[index],
      predicted,
      confidence: calibrated[index],
    }))
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.confidence - a.confidence);
  const matrix = confusionMatrix(labels, predictions, classes);
  return {
    ...classificationReport(matrix),
    ...probabilities(temperature),
    temperature,
    ...(temperature === 1 ? {} : { uncalibrated: probabilities(1) }),
    confusionMatrix: matrix,
    errors,
  };
}
