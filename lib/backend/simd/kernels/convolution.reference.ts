// Plain convolution, "valid" and with stride 1, and its gradients: what winograd.ts,
// first_convolution.ts and sparse.ts each compute in a way of their own.
//
// x is (N,H,W,CI), w is (K,K,CI,CO), y is (N,OH,OW,CO) with OH = H-K+1, OW = W-K+1.

import { addBias } from "./elementwise.reference.ts";
import { maxPool } from "./pooling.reference.ts";

/** Sizes of a convolution, by the letters above. */
export interface Sizes {
  n: number;
  h: number;
  w: number;
  ci: number;
  co: number;
  k: number;
}

/** Calls `visit` with the indexes into x, w and y of each product of a convolution. */
function forEachProduct(
  { n, h, w, ci, co, k }: Sizes,
  visit: (input: number, weight: number, output: number) => void,
): void {
  const oh = h - k + 1;
  const ow = w - k + 1;
  for (let image = 0; image < n; image++) {
    for (let oy = 0; oy < oh; oy++) {
      for (let ox = 0; ox < ow; ox++) {
        for (let ky = 0; ky < k; ky++) {
          for (let kx = 0; kx < k; kx++) {
            for (let i = 0; i < ci; i++) {
              const input = ((image * h + oy + ky) * w + ox + kx) * ci + i;
              for (let o = 0; o < co; o++) {
                visit(
                  input,
                  ((ky * k + kx) * ci + i) * co + o,
                  ((image * oh + oy) * ow + ox) * co + o,
                );
              }
            }
          }
        }
      }
    }
  }
}

/** @return conv(x, w), not rounded. */
export function convolution(x: Float32Array, w: Float32Array, sizes: Sizes): Float64Array {
  const { n, h, co, k } = sizes;
  const y = new Float64Array(n * Math.max(0, h - k + 1) * Math.max(0, sizes.w - k + 1) * co);
  forEachProduct(sizes, (input, weight, output) => {
    y[output] += x[input] * w[weight];
  });
  return y;
}

/**
 * y (N,PH,PW,CO) = maxPool(relu(conv(x, w) + bias)) with 2x2 windows, and index which pixel of each
 * window that was: the first of those where the convolution is largest.
 *
 * @param index null: not wanted.
 */
export function convolutionPool(
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array,
  y: Float32Array,
  index: Int32Array | null,
  sizes: Sizes,
): void {
  const { n, co, k } = sizes;
  const oh = sizes.h - k + 1;
  const ow = sizes.w - k + 1;
  const sums = convolution(x, w, sizes);
  const pooled = (oh >> 1) * (ow >> 1) * co;
  const winners = index ?? new Int32Array(n * pooled);
  for (let image = 0; image < n; image++) {
    maxPool(
      sums.subarray(image * oh * ow * co),
      y.subarray(image * pooled),
      winners.subarray(image * pooled),
      oh,
      ow,
      co,
      2,
    );
  }
  addBias(y, bias, n * pooled / co, co, 1);
}

/** dw += the gradient of the filters, from dy (N,OH,OW,CO). */
export function convolutionFilterBackward(
  x: Float32Array,
  dy: Float32Array,
  dw: Float32Array,
  sizes: Sizes,
): void {
  const sums = Float64Array.from(dw);
  forEachProduct(sizes, (input, weight, output) => {
    sums[weight] += x[input] * dy[output];
  });
  dw.set(sums);
}

/** dx = the gradient of the input, from dy (N,OH,OW,CO). */
export function convolutionInputBackward(
  dy: Float32Array,
  w: Float32Array,
  dx: Float32Array,
  sizes: Sizes,
): void {
  const sums = new Float64Array(dx.length);
  forEachProduct(sizes, (input, weight, output) => {
    sums[input] += w[weight] * dy[output];
  });
  dx.set(sums);
}
