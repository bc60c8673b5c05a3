// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// The convolution that sees the picture itself: 3x3 ("valid") on one channel, with bias, ReLU and
// max-pooling 2x2 in one pass. Nothing flows back into the picture, so its backward pass is the
// filters' gradient alone.
//
// Method: the four outputs of a window are computed together from its 4x4 pixels; most patches of
// a picture of a digit are blank paper, and a blank patch gives relu(bias) without any product.
//
// x is (N,H,W), w is (3,3,CO), y and index are (N,OH,OW,CO) with OH = (H-2)/2, OW = (W-2)/2
// rounded down. CO is a multiple of 8.

import { fma, relu } from "./vector.ts";
import { poolWindow } from "./winograd.ts";

/** Whether the 4x4 pixels at p are all 0. */
function isBlank(p: usize, row: usize): bool {
  const upper = v128.or(v128.load(p), v128.load(p + row));
  const lower = v128.or(v128.load(p + 2 * row), v128.load(p + 3 * row));
  return !v128.any_true(v128.or(upper, lower));
}

/**
 * y = maxPool(relu(conv(x, w) + bias)), and index, int32: which pixel of each window that was.
 *
 * @param index 0: not wanted.
 */
export function firstConvolution(
  x: usize,
  w: usize,
  bias: usize,
  y: usize,
  index: usize,
  n: i32,
  h: i32,
  width: i32,
  co: i32,
): void {
  const oh = (h - 2) >> 1;
  const ow = (width - 2) >> 1;
  const row = <usize> width << 2;
  const pixel = <usize> co << 2;
  for (let image = 0; image < n; image++) {
    for (let oy = 0; oy < oh; oy++) {
      for (let ox = 0; ox < ow; ox++) {
        const corner = x + <usize> (2 * oy) * row + (<usize> (2 * ox) << 2);
        if (isBlank(corner, row)) {
          for (let j: usize = 0; j < pixel; j += 16) {
            v128.store(y + j, relu(v128.load(bias + j)));
            if (index) v128.store(index + j, i32x4.splat(0));
          }
        } else {
          for (let j: usize = 0; j < pixel; j += 32) {
            // Two vectors of channels for each of the window's four pixels.
            let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
            let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
            let filter = w + j;
            let p = corner;
            for (let ky = 0; ky < 3; ky++) {
              for (let kx = 0; kx < 3; kx++) {
                const w0 = v128.load(filter);
                const w1 = v128.load(filter, 16);
                filter += pixel;
                let value = v128.load32_splat(p);
                a0 = fma(value, w0, a0);
                b0 = fma(value, w1, b0);
                value = v128.load32_splat(p, 4);
                a1 = fma(value, w0, a1);
                b1 = fma(value, w1, b1);
                value = v128.load32_splat(p + row);
                a2 = fma(value, w0, a2);
                b2 = fma(value, w1, b2);
                value = v128.load32_splat(p + row, 4);
                a3 = fma(value, w0, a3);
                b3 = fma(value, w1, b3);
                p += 4;
              }
              p += row - 12;
            }
            const to = index ? index + j : 0;
            poolWindow(a0, a1, a2, a3, v128.load(bias + j), y + j, to);
            poolWindow(b0, b1, b2, b3, v128.load(bias + j, 16), y + j + 16, to ? to + 16 : 0);
          }
        }
        y += pixel;
        if (index) index += pixel;
      }
    }
    x += <usize> h * row;
  }
}

/**
 * dw (3,3,CO) += the gradient of the filters, from dy (OH,OW,CO), already 0 where ReLU was, of one
 * picture.
 *
 * @param scratch 2 * OH * OW numbers.
 */
export function firstConvolutionBackward(
  x: usize,
  dy: usize,
  index: usize,
  dw: usize,
  h: i32,
  width: i32,
  co: i32,
  scratch: usize,
): void {
  const oh = (h - 2) >> 1;
  const ow = (width - 2) >> 1;
  const row = <usize> width << 2;
  const pixel = <usize> co << 2;
  // The windows that are not blank: address of the patch, offset of the gradient.
  let end = scratch;
  let offset: usize = 0;
  for (let oy = 0; oy < oh; oy++) {
    let corner = x + <usize> (2 * oy) * row;
    for (let ox = 0; ox < ow; ox++) {
      store<usize>(end, corner);
      store<usize>(end, offset, 4);
      if (!isBlank(corner, row)) end += 8;
      corner += 8;
      offset += pixel;
    }
  }
  for (let j: usize = 0; j < pixel; j += 16) {
    const d = dw + j;
    let g0 = v128.load(d), g1 = v128.load(d + pixel), g2 = v128.load(d + 2 * pixel);
    let g3 = v128.load(d + 3 * pixel), g4 = v128.load(d + 4 * pixel);
    let g5 = v128.load(d + 5 * pixel), g6 = v128.load(d + 6 * pixel);
    let g7 = v128.load(d + 7 * pixel), g8 = v128.load(d + 8 * pixel);
    for (let at = scratch; at < end; at += 8) {
      const corner = load<usize>(at);
      const from = load<usize>(at, 4) + j;
      const gradient = v128.load(dy + from);
      if (!v128.any_true(gradient)) continue;
      const winner = v128.load(index + from);
      for (let i = 0; i < 4; i++) {
        const part = v128.and(gradient, i32x4.eq(winner, i32x4.splat(i)));
        let p = corner + <usize> (i >> 1) * row + (<usize> (i & 1) << 2);
        g0 = fma(part, v128.load32_splat(p), g0);
        g1 = fma(part, v128.load32_splat(p, 4), g1);
        g2 = fma(part, v128.load32_splat(p, 8), g2);
        p += row;
        g3 = fma(part, v128.load32_splat(p), g3);
        g4 = fma(part, v128.load32_splat(p, 4), g4);
        g5 = fma(part, v128.load32_splat(p, 8), g5);
        p += row;
        g6 = fma(part, v128.load32_splat(p), g6);
        g7 = fma(part, v128.load32_splat(p, 4), g7);
        g8 = fma(part, v128.load32_splat(p, 8), g8);
      }
    }
    v128.store(d, g0);
    v128.store(d + pixel, g1);
    v128.store(d + 2 * pixel, g2);
    v128.store(d + 3 * pixel, g3);
    v128.store(d + 4 * pixel, g4);
    v128.store(d + 5 * pixel, g5);
    v128.store(d + 6 * pixel, g6);
    v128.store(d + 7 * pixel, g7);
    v128.store(d + 8 * pixel, g8);
  }
}
