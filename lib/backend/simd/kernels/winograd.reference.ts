// The plain reference of winograd.ts, on views instead of addresses: the filters' transform as two
// products of matrices, and the convolution without any.

import { convolutionPool } from "./convolution.reference.ts";

/** Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016), F(2x2, 3x3). */
const G = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];

/** u (CO/8, 16, CI, 8) = G w G^T for input channels [first, last) of w (3,3,CI,CO). */
export function winogradFilter(
  w: Float32Array,
  u: Float32Array,
  ci: number,
  co: number,
  first: number,
  last: number,
): void {
  for (let o = 0; o < co; o++) {
    for (let i = first; i < last; i++) {
      for (let t = 0; t < 16; t++) {
        let sum = 0;
        for (let ky = 0; ky < 3; ky++) {
          for (let kx = 0; kx < 3; kx++) {
            sum += G[t >> 2][ky] * w[((ky * 3 + kx) * ci + i) * co + o] * G[t & 3][kx];
          }
        }
        u[(((o >> 3) * 16 + t) * ci + i) * 8 + o % 8] = sum;
      }
    }
  }
}

/**
 * y (N,OH,OW,CO) = maxPool(relu(conv(x, w) + bias)), and index which pixel of each window that was;
 * x is (N,H,W,CI), OH = (H-2)/2 and OW = (W-2)/2, rounded down.
 *
 * @param w (3,3,CI,CO), where the kernel takes what `winogradFilter` makes of it.
 * @param index null: not wanted.
 */
export function winogradPool(
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array,
  y: Float32Array,
  index: Int32Array | null,
  _scratch: Float32Array,
  n: number,
  h: number,
  width: number,
  ci: number,
  co: number,
): void {
  convolutionPool(x, w, bias, y, index, { n, h, w: width, ci, co, k: 3 });
}
