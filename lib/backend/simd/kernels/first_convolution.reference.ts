// The plain reference of first_convolution.ts, on views instead of addresses: a convolution of one
// channel like any other.

import { convolutionFilterBackward, convolutionPool } from "./convolution.reference.ts";
import { maxPoolBackward } from "./pooling.reference.ts";

/**
 * y (N,OH,OW,CO) = maxPool(relu(conv(x, w) + bias)), and index which pixel of each window that was;
 * x is (N,H,W), w is (3,3,CO), OH = (H-2)/2 and OW = (W-2)/2, rounded down.
 *
 * @param index null: not wanted.
 */
export function firstConvolution(
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array,
  y: Float32Array,
  index: Int32Array | null,
  n: number,
  h: number,
  width: number,
  co: number,
): void {
  convolutionPool(x, w, bias, y, index, { n, h, w: width, ci: 1, co, k: 3 });
}

/** dw (3,3,CO) += the gradient of the filters from one picture x (H,W), dy and index (OH,OW,CO). */
export function firstConvolutionBackward(
  x: Float32Array,
  dy: Float32Array,
  index: Int32Array,
  dw: Float32Array,
  h: number,
  width: number,
  co: number,
  _scratch: Float32Array,
): void {
  const gradient = new Float32Array((h - 2) * (width - 2) * co);
  maxPoolBackward(dy, index, gradient, h - 2, width - 2, co, 2);
  convolutionFilterBackward(x, gradient, dw, { n: 1, h, w: width, ci: 1, co, k: 3 });
}
