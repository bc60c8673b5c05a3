// Softmax and cross-entropy in one.

import type { Kernel } from "../kernel.ts";

const THREADS = 256;

/**
 * From `logits` (N,K) and `targets` (N), class indices: `dy` (N,K), the gradient of the batch's mean
 * cross-entropy against labels smoothed by `smoothing`; and in `results`, at number `step.result` of pairs,
 * that mean, in nats, and how many examples' most probable class, the first of equals, is the right one.
 */
export function crossEntropy(classes: number, smoothing: number): Kernel {
  const off = smoothing / classes;
  return {
    label: "softmax and cross-entropy",
    arrays: {
      logits: "read f32",
      targets: "read u32",
      dy: "read_write f32",
      results: "read_write f32",
    },
    code: `var<workgroup> sums: array<vec2f, ${THREADS}>;

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = vec2f();
  for (var i = local; i < step.count; i += ${THREADS}u) {
    sum += learn(i);
  }
  // Added up in pairs, in an order that is always the same.
  sums[local] = sum;
  for (var half = ${THREADS / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      sums[local] += sums[local + half];
    }
  }
  if (local == 0u) {
    results[2u * step.result] = sums[0].x / f32(step.count);
    results[2u * step.result + 1u] = sums[0].y;
  }
}

/** Gives example i's loss, and 1 if it is right. */
fn learn(i: u32) -> vec2f {
  let row = i * ${classes}u;
  let right = targets[i];
  var best = 0u;
  for (var j = 1u; j < ${classes}u; j++) {
    if (logits[row + j] > logits[row + best]) {
      best = j;
    }
  }
  // With the largest taken off nothing overflows.
  let largest = logits[row + best];
  var sum = 0f;
  var mean = 0f;
  for (var j = 0u; j < ${classes}u; j++) {
    sum += exp(logits[row + j] - largest);
    mean += (logits[row + j] - largest) / ${classes}f;
  }
  for (var j = 0u; j < ${classes}u; j++) {
    let wanted = select(${float(off)}, ${float(1 - smoothing + off)}, j == right);
    dy[row + j] = (exp(logits[row + j] - largest) / sum - wanted) / f32(step.count);
  }
  let loss = log(sum) - ${float(1 - smoothing)} * (logits[row + right] - largest)
    - ${float(smoothing)} * mean;
  return vec2f(loss, select(0f, 1f, best == right));
}`,
    workgroups: () => [1],
  };
}

/** A number as WGSL writes it. */
function float(value: number): string {
  return `f32(${value})`;
}
