// How well each class is told from the others: the scores that follow from a confusion matrix.
// Definitions: scikit-learn's classification_report.

/** Scores of a class, or their mean over classes. */
export interface ClassScores {
  /** The share of what was taken for the class that is of it. */
  precision: number;
  /** The share of the class that was taken for it. */
  recall: number;
  /** The harmonic mean of both. */
  f1: number;
  /** Number of examples. */
  support: number;
}

/** How well classes are told from each other. */
export interface ClassificationReport {
  /** The share of examples that were taken for what they are. */
  accuracy: number;
  /** In the order of the classes. */
  classes: ClassScores[];
  /** Every class counts the same. */
  macroAverage: ClassScores;
  /** Every example counts the same. */
  weightedAverage: ClassScores;
}

/**
 * The scores that follow from a confusion matrix. A ratio of nothing to nothing is 0, as in
 * scikit-learn: the precision of a class that nothing was taken for, the recall of one without
 * examples.
 */
export function classificationReport(matrix: readonly (readonly number[])[]): ClassificationReport {
  const ratio = (part: number, whole: number) => whole === 0 ? 0 : part / whole;
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const classes = matrix.map((row, k): ClassScores => {
    const right = row[k];
    const support = sum(row);
    const taken = sum(matrix.map((row) => row[k]));
    return {
      precision: ratio(right, taken),
      recall: ratio(right, support),
      f1: ratio(2 * right, taken + support),
      support,
    };
  });
  const total = sum(classes.map(({ support }) => support));
  const average = (weight: (scores: ClassScores) => number): ClassScores => {
    const mean = (key: "precision" | "recall" | "f1") =>
      sum(classes.map((scores) => weight(scores) * scores[key]));
    return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1"), support: total };
  };
  return {
    accuracy: ratio(sum(matrix.map((row, k) => row[k])), total),
    classes,
    macroAverage: average(() => 1 / classes.length),
    weightedAverage: average(({ support }) => ratio(support, total)),
  };
}
