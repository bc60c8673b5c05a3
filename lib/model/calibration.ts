// Makes confidences honest: one number, the temperature, that all logits are divided by before
// softmax. It changes no prediction, only how sure of it the network claims to be.
// Source: Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks",
// section 4.2 (temperature scaling).

/** Beyond these a temperature says more about the examples than about the network. */
const LOWEST = 0.1;
const HIGHEST = 10;

/** Newton's steps double the right digits each; where one leaves the bracket, halving takes its place. */
const MAX_STEPS = 100;
const PRECISION = 1e-9;

/**
 * The temperature T that minimises the mean cross-entropy of softmax(logits / T). In 1/T that is
 * convex, so it is found as the root of the derivative.
 *
 * Gives 1, which changes nothing, where there is no minimum from 0.1 to 10: a network that makes no
 * mistake on the examples would be taken for ever surer.
 *
 * @param logits [N, classes], of examples that the network was not trained on.
 * @param labels [N], class indices.
 * @throws {RangeError} when there are no examples.
 * @throws {TypeError} when logits and labels do not fit together.
 */
export function fitTemperature(logits: Float32Array, labels: Uint8Array, classes: number): number {
  if (labels.length === 0) throw new RangeError("There are no examples to calibrate on");
  if (logits.length !== labels.length * classes) {
    throw new TypeError(
      `${logits.length} logits are not those of ${labels.length} examples and ${classes} classes`,
    );
  }
  // The inverse temperature, between where the loss still falls and where it rises again.
  let low = 1 / HIGHEST;
  let high = 1 / LOWEST;
  if (derivatives(logits, labels, classes, low).slope > 0) return 1;
  if (!(derivatives(logits, labels, classes, high).slope > 0)) return 1;
  let inverse = 1;
  for (let step = 0; step < MAX_STEPS && high - low > PRECISION * inverse; step++) {
    const { slope, curvature } = derivatives(logits, labels, classes, inverse);
    if (slope > 0) high = inverse;
    else low = inverse;
    const next = inverse - slope / curvature;
    const inside = next > low && next < high;
    if (inside && Math.abs(next - inverse) <= PRECISION * inverse) return 1 / next;
    inverse = inside ? next : (low + high) / 2;
  }
  return 1 / inverse;
}

/**
 * First and second derivative, by the inverse temperature b, of the mean over examples of
 * log(sum_k exp(b z_k)) - b z_label: how much the mean of z under softmax(b z) is over the label's
 * z, and the variance of z.
 */
function derivatives(
  logits: Float32Array,
  labels: Uint8Array,
  classes: number,
  inverse: number,
): { slope: number; curvature: number } {
  let slope = 0;
  let curvature = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const max = Math.max(...row);
    let sum = 0;
    let mean = 0;
    let square = 0;
    for (const logit of row) {
      const z = logit - max; // at most 0: nothing overflows
      const weight = Math.exp(inverse * z);
      sum += weight;
      mean += weight * z;
      square += weight * z * z;
    }
    mean /= sum;
    slope += mean - (row[labels[i]] - max);
    curvature += square / sum - mean * mean;
  }
  return { slope: slope / labels.length, curvature: curvature / labels.length };
}
