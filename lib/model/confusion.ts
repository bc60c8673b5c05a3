// Which classes a network takes for which. Definition: scikit-learn's confusion_matrix.

/**
 * How many examples of each class (rows) were taken for each (columns).
 *
 * @param labels [N], class indices, the right ones.
 * @param predictions [N], class indices.
 * @throws {TypeError} when there are not as many of both.
 * @throws {RangeError} when an index is none of `classes`.
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): number[][] {
  if (labels.length !== predictions.length) {
    throw new TypeError(`${labels.length} labels come with ${predictions.length} predictions`);
  }
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) {
    const [label, prediction] = [labels[i], predictions[i]];
    if (!(label < classes && prediction >= 0 && prediction < classes)) {
      throw new RangeError(`Example ${i} is ${label} and taken for ${prediction} of ${classes}`);
    }
    matrix[label][prediction]++;
  }
  return matrix;
}

/** One class that was taken for another. */
export interface Confusion {
  /** Class indices: the right one, and the one that it was taken for. */
  label: number;
  predicted: number;
  /** How often. */
  count: number;
}

/** The errors in a confusion matrix, the most frequent first. */
export function confusions(matrix: readonly (readonly number[])[]): Confusion[] {
  return matrix
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count);
}
