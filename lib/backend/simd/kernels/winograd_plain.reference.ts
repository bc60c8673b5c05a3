// The plain reference of winograd_plain.ts, on views instead of addresses: the convolution and the
// gradient of its input without any transform, the filters' transforms as products of matrices.

import { convolution, convolutionInputBackward } from "./convolution.reference.ts";

/** One of the transforms of F(2x2, 3x3): m -> T m T^T. */
export type Transform = readonly (readonly number[])[];

/** Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016). */
const B_TRANSPOSED: Transform = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const A: Transform = [
  [1, 0],
  [1, 1],
  [1, -1],
  [0, -1],
];
const G_TRANSPOSED: Transform = [
  [1, 0.5, 0.5, 0],
  [0, 0.5, -0.5, 0],
  [0, 0.5, 0.5, 1],
];

/** T with all its numbers positive: for the sums of absolute terms. */
function absolute(transform: Transform): Transform {
  return transform.map((row) => row.map(Math.abs));
}

/** T m T^T, where `m` gives a number of a square matrix; row by row. */
function transformed(transform: Transform, m: (row: number, column: number) => number): number[] {
  return transform.flatMap((left) =>
    transform.map((right) =>
      left.reduce((sum, a, i) => sum + right.reduce((row, b, j) => row + a * b * m(i, j), 0), 0)
    )
  );
}

/** x (N,H,W,C) with `pad` rows and columns of zeros on all sides. */
function withBorder(
  x: Float32Array,
  [n, h, w, c]: number[],
  pad: number,
): Float32Array {
  const [height, width] = [h + 2 * pad, w + 2 * pad];
  const out = new Float32Array(n * height * width * c);
  for (let row = 0; row < n * h; row++) {
    const to = (Math.floor(row / h) * height + row % h + pad) * width + pad;
    out.set(x.subarray(row * w * c, (row + 1) * w * c), to * c);
  }
  return out;
}

/** y (N,OH,OW,CO) = conv(x, w), w (3,3,CI,CO) where the kernel takes what `winogradFilter` gives. */
export function winogradForward(
  x: Float32Array,
  w: Float32Array,
  y: Float32Array,
  _scratch: Float32Array,
  n: number,
  h: number,
  width: number,
  ci: number,
  co: number,
  pad: number,
): void {
  const sizes = { n, h: h + 2 * pad, w: width + 2 * pad, ci, co, k: 3 };
  y.set(convolution(withBorder(x, [n, h, width, ci], pad), w, sizes));
}

/**
 * dx (N,H,W,CI), and du (16,CO,CI) += the sum over all tiles of the products of what the transforms
 * make of their 4x4 pixels and of their 2x2 gradients.
 *
 * @param w (3,3,CI,CO), where the kernel takes what `winogradTranspose` gives.
 * @param dx null: not wanted.
 */
export function winogradBackward(
  x: Float32Array,
  dy: Float32Array,
  w: Float32Array,
  dx: Float32Array | null,
  du: Float32Array,
  _scratch: Float32Array,
  n: number,
  h: number,
  width: number,
  ci: number,
  co: number,
  pad: number,
): void {
  const sizes = { n, h: h + 2 * pad, w: width + 2 * pad, ci, co, k: 3 };
  if (dx) {
    const bordered = new Float32Array(n * sizes.h * sizes.w * ci);
    convolutionInputBackward(dy, w, bordered, sizes);
    for (let row = 0; row < n * h; row++) {
      const from = (Math.floor(row / h) * sizes.h + row % h + pad) * sizes.w + pad;
      dx.set(bordered.subarray(from * ci, (from + width) * ci), row * width * ci);
    }
  }
  addProducts(x, dy, du, [n, h, width, ci, co, pad], B_TRANSPOSED, A);
}

/** The sums of absolute terms that winogradBackward's du is made of, of positive numbers. */
export function filterTerms(
  x: Float32Array,
  dy: Float32Array,
  du: Float32Array,
  sizes: number[],
): void {
  addProducts(x, dy, du, sizes, absolute(B_TRANSPOSED), absolute(A));
}

function addProducts(
  x: Float32Array,
  dy: Float32Array,
  du: Float32Array,
  [n, h, w, ci, co, pad]: number[],
  inputs: Transform,
  gradients: Transform,
): void {
  const [oh, ow] = [h + 2 * pad - 2, w + 2 * pad - 2];
  const number = (
    data: Float32Array,
    [image, row, column, channel]: number[],
    [height, width, channels]: number[],
  ) => {
    const inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? data[((image * height + row) * width + column) * channels + channel] : 0;
  };
  const sums = Float64Array.from(du);
  for (let image = 0; image < n; image++) {
    for (let top = 0; top < oh; top += 2) {
      for (let left = 0; left < ow; left += 2) {
        const v = Array.from(
          { length: ci },
          (_, i) =>
            transformed(
              inputs,
              (row, column) =>
                number(x, [image, top - pad + row, left - pad + column, i], [h, w, ci]),
            ),
        );
        const m = Array.from(
          { length: co },
          (_, o) =>
            transformed(
              gradients,
              (row, column) => number(dy, [image, top + row, left + column, o], [oh, ow, co]),
            ),
        );
        for (let t = 0; t < 16; t++) {
          for (let o = 0; o < co; o++) {
            for (let i = 0; i < ci; i++) sums[(t * co + o) * ci + i] += m[o][t] * v[i][t];
          }
        }
      }
    }
  }
  du.set(sums);
}

/** ut (CI/8, 16, CO, 8) = the transposes of u (CO/8, 16, CI, 8): input channels [first, last). */
export function winogradTranspose(
  u: Float32Array,
  ut: Float32Array,
  ci: number,
  co: number,
  first: number,
  last: number,
): void {
  for (let t = 0; t < 16; t++) {
    for (let i = first; i < last; i++) {
      for (let o = 0; o < co; o++) {
        const from = (((o >> 3) * 16 + t) * ci + i) * 8 + o % 8;
        ut[(((i >> 3) * 16 + t) * co + o) * 8 + i % 8] = u[from];
      }
    }
  }
}

/** dw (3,3,CO,CI) = G^T du G, du (16,CO,CI). */
export function winogradFilterBackward(
  du: Float32Array,
  dw: Float32Array,
  ci: number,
  co: number,
  transform = G_TRANSPOSED,
): void {
  const plane = ci * co;
  for (let at = 0; at < plane; at++) {
    const taps = transformed(transform, (row, column) => du[(4 * row + column) * plane + at]);
    taps.forEach((number, tap) => dw[tap * plane + at] = number);
  }
}

/** The sums of absolute terms that winogradFilterBackward adds up, of positive numbers. */
export function filterBackwardTerms(
  du: Float32Array,
  dw: Float32Array,
  ci: number,
  co: number,
): void {
  winogradFilterBackward(du, dw, ci, co, absolute(G_TRANSPOSED));
}
