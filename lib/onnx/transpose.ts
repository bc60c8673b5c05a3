// Reordering the dimensions of a tensor, as Keras' weights and those of ONNX differ in it.

import { elementCount } from "../model/layers.ts";

/** An array with its sizes, row-major. */
export interface Tensor {
  shape: readonly number[];
  data: Float32Array<ArrayBuffer>;
}

/**
 * The tensor with its dimensions in another order.
 *
 * @param order Which of the old dimensions comes first, second, ...
 */
export function transpose({ shape, data }: Tensor, order: readonly number[]): Tensor {
  const strides = shape.map((_, i) => elementCount(shape.slice(i + 1)));
  const moved = new Float32Array(data.length);
  let at = 0;
  const walk = (depth: number, from: number) => {
    if (depth === order.length) {
      moved[at++] = data[from];
      return;
    }
    const dimension = order[depth];
    for (let i = 0; i < shape[dimension]; i++) walk(depth + 1, from + i * strides[dimension]);
  };
  walk(0, 0);
  return { shape: order.map((dimension) => shape[dimension]), data: moved };
}
