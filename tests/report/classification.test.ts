import { assertAlmostEquals, assertEquals } from "@std/assert";
import { confusionMatrix } from "../../lib/model/confusion.ts";
import { classificationReport, type ClassScores } from "../../lib/report/classification.ts";

// The example in scikit-learn's documentation of classification_report, with what it prints there to
// two digits. By hand: class 0 is right once of two that were taken for it; class 1 never; class 2 is
// right twice of the two that were taken for it, and of its three.
const LABELS = [0, 1, 2, 2, 2];
const PREDICTIONS = [0, 0, 2, 2, 1];

function assertScores(actual: ClassScores, [precision, recall, f1, support]: number[]) {
  assertAlmostEquals(actual.precision, precision, 1e-12);
  assertAlmostEquals(actual.recall, recall, 1e-12);
  assertAlmostEquals(actual.f1, f1, 1e-12);
  assertEquals(actual.support, support);
}

Deno.test("classificationReport() gives scikit-learn's figures", () => {
  const report = classificationReport(confusionMatrix(LABELS, PREDICTIONS, 3));
  assertScores(report.classes[0], [1 / 2, 1, 2 / 3, 1]); // 0.50 1.00 0.67
  assertScores(report.classes[1], [0, 0, 0, 1]);
  assertScores(report.classes[2], [1, 2 / 3, 4 / 5, 3]); // 1.00 0.67 0.80
  assertAlmostEquals(report.accuracy, 3 / 5, 1e-12);
  const macro = [(1 / 2 + 1) / 3, (1 + 2 / 3) / 3, (2 / 3 + 4 / 5) / 3, 5]; // 0.50 0.56 0.49
  assertScores(report.macroAverage, macro);
  const weighted = [(1 / 2 + 3) / 5, (1 + 3 * 2 / 3) / 5, (2 / 3 + 3 * 4 / 5) / 5, 5];
  assertScores(report.weightedAverage, weighted); // 0.70 0.60 0.61
});

Deno.test("classificationReport() gives 0 for what nothing is known of", () => {
  const report = classificationReport([[2, 0], [0, 0]]);
  assertScores(report.classes[1], [0, 0, 0, 0]);
  assertEquals(report.accuracy, 1);
  assertEquals(classificationReport([[0]]).accuracy, 0);
});
