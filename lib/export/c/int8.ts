// Kernels in a quarter of the bytes: whole numbers from -127 to 127, and for each filter what they are
// multiplied by. Nothing but the weights decides on them. Source: Jacob et al. 2018, "Quantization and
// Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference"; Krishnamoorthi 2018,
// "Quantizing deep convolutional networks for efficient inference", section 3.1.1 (symmetric, per channel).

import type { Model } from "../../model/format.ts";
import type { Weight } from "../../model/layers.ts";

const LARGEST = 127;

/** A kernel whose last dimension is that of the filters. */
export interface Quantised {
  values: Int8Array;
  /** What the values of each filter are multiplied by. */
  scale: Float64Array;
}

/** Rounds a kernel, so that the largest number of each filter becomes 127 or -127. */
export function quantise(kernel: Float32Array, filters: number): Quantised {
  const scale = new Float64Array(filters);
  kernel.forEach((value, i) => {
    const filter = i % filters;
    scale[filter] = Math.max(scale[filter], Math.abs(value) / LARGEST);
  });
  // A filter of zeros has no largest number.
  const values = Int8Array.from(
    kernel,
    (value, i) => Math.round(value / (scale[i % filters] || 1)),
  );
  return { values, scale };
}

/** The model with kernels as they are after that. */
export function roundToInt8(model: Model): Model {
  return { ...model, weights: model.weights.map(roundWeight) };
}

function roundWeight(weight: Weight): Weight {
  if (weight.shape.length === 1) return weight; // the kernels alone are many
  const filters = weight.shape.at(-1)!;
  const { values, scale } = quantise(weight.data, filters);
  return { ...weight, data: Float32Array.from(values, (value, i) => value * scale[i % filters]) };
}
