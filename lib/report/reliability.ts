// Whether confidences can be believed: of all predictions made with 90 % confidence, nine out of ten
// should be right.
// Source: Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks", section 2.

/** As in the paper, and in most that followed it. */
const BINS = 15;

/** The predictions whose confidence is over `from` and at most `to`. */
export interface ReliabilityBin {
  /** From 0 to 1. */
  from: number;
  /** From 0 to 1. */
  to: number;
  /** Number of predictions. */
  count: number;
  /** Their mean confidence; 0 where there are none. */
  confidence: number;
  /** The share of them that is right; 0 where there are none. */
  accuracy: number;
}

/**
 * Sorts predictions by their confidence into bins of equal width.
 *
 * @param confidences [N], from 0 to 1.
 * @param right [N], whether the prediction is the right one.
 */
export function reliability(
  confidences: ArrayLike<number>,
  right: ArrayLike<boolean>,
  bins: number = BINS,
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (let i = 0; i < confidences.length; i++) {
    const bin = sums[Math.max(0, Math.ceil(confidences[i] * bins) - 1)];
    bin.count++;
    bin.confidence += confidences[i];
    if (right[i]) bin.right++;
  }
  return sums.map(({ count, confidence, right }, i) => ({
    from: i / bins,
    to: (i + 1) / bins,
    count,
    confidence: count === 0 ? 0 : confidence / count,
    accuracy: count === 0 ? 0 : right / count,
  }));
}

/** The mean over predictions of how far confidence and accuracy of their bin are apart. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  const gaps = bins.reduce(
    (sum, { count, confidence, accuracy }) => sum + count * Math.abs(confidence - accuracy),
    0,
  );
  return total === 0 ? 0 : gaps / total;
}
