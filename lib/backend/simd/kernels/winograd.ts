// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Convolution 3x3 ("valid") + bias + ReLU + max-pooling 2x2 in one pass, by Winograd's minimal
// filtering F(2x2, 3x3): 16 products instead of 36 for 2x2 outputs. Its 2x2 output tiles are
// exactly the pool's windows, so bias, ReLU and maximum are part of the output transform, and
// rows and columns that no window covers are never computed.
// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016).
//
// x is (N,H,W,CI), w is (3,3,CI,CO), y and index are (N,OH,OW,CO) with OH = (H-2)/2, OW = (W-2)/2
// rounded down. CI is a multiple of 4, CO of 8.

import { tile6x8 } from "./micro.ts";
import { relu } from "./vector.ts";

/** Windows that are worked on together: two tiles high, and what belongs to them stays in L1. */
const BLOCK = 12;

/** a b c -> a, (a+b+c)/2, (a-b+c)/2, c: one direction of G g G^T. */
function half(a: v128, b: v128, c: v128, sign: i32): v128 {
  const outer = f32x4.add(a, c);
  return f32x4.mul(f32x4.splat(0.5), sign ? f32x4.sub(outer, b) : f32x4.add(outer, b));
}

/** u (CO/8, 16, CI, 8) = G w G^T for input channels [first, last) of w (3,3,CI,CO). */
export function winogradFilter(w: usize, u: usize, ci: i32, co: i32, first: i32, last: i32): void {
  const tap = <usize> (ci * co) << 2;
  const plane = <usize> (ci * 8) << 2;
  for (let i = first; i < last; i++) {
    for (let o = 0; o < co; o += 4) {
      const p = w + (<usize> (i * co + o) << 2);
      let to = u + (<usize> (((o >> 3) * 16 * ci + i) * 8 + (o & 7)) << 2);
      const g0 = v128.load(p);
      const g1 = v128.load(p + tap);
      const g2 = v128.load(p + 2 * tap);
      const g3 = v128.load(p + 3 * tap);
      const g4 = v128.load(p + 4 * tap);
      const g5 = v128.load(p + 5 * tap);
      const g6 = v128.load(p + 6 * tap);
      const g7 = v128.load(p + 7 * tap);
      const g8 = v128.load(p + 8 * tap);
      for (let row = 0; row < 4; row++) {
        let t0 = g0, t1 = g1, t2 = g2;
        if (row == 1 || row == 2) {
          t0 = half(g0, g3, g6, row - 1);
          t1 = half(g1, g4, g7, row - 1);
          t2 = half(g2, g5, g8, row - 1);
        } else if (row == 3) {
          t0 = g6;
          t1 = g7;
          t2 = g8;
        }
        v128.store(to, t0);
        v128.store(to + plane, half(t0, t1, t2, 0));
        v128.store(to + 2 * plane, half(t0, t1, t2, 1));
        v128.store(to + 3 * plane, t2);
        to += 4 * plane;
      }
    }
  }
}

/**
 * y = maxPool(relu(conv(x, w) + bias)), and index, int32: which pixel of each window that was.
 *
 * @param u The filters as `winogradFilter` gives them.
 * @param scratch 16 * 12 * (CI + 8) numbers.
 * @param index 0: not wanted.
 */
export function winogradPool(
  x: usize,
  u: usize,
  bias: usize,
  y: usize,
  index: usize,
  scratch: usize,
  n: i32,
  h: i32,
  w: i32,
  ci: i32,
  co: i32,
): void {
  const oh = (h - 2) >> 1;
  const ow = (w - 2) >> 1;
  const windows = n * oh * ow;
  const pixel = <usize> ci << 2;
  const row = <usize> w * pixel;
  const products = scratch + (<usize> (16 * BLOCK * ci) << 2);
  let n0 = 0, oy = 0, ox = 0;
  for (let start = 0; start < windows; start += BLOCK) {
    const count = min(BLOCK, windows - start);
    for (let i = 0; i < count; i++) {
      const corner = x + <usize> (n0 * h + 2 * oy) * row + <usize> (2 * ox) * pixel;
      transformInput(corner, row, pixel, scratch + <usize> i * pixel, BLOCK * pixel, 32);
      if (++ox == ow) {
        ox = 0;
        if (++oy == oh) {
          oy = 0;
          n0++;
        }
      }
    }
    for (let o = 0; o < co; o += 8) {
      let panel = u + (<usize> (o * 16 * ci) << 2);
      let v = scratch;
      let m = products;
      for (let t = 0; t < 16; t++) {
        tile6x8(ci, v, pixel, panel, m, 32, 0);
        if (count > 6) tile6x8(ci, v + 6 * pixel, pixel, panel, m + 192, 32, 0);
        panel += pixel * 8;
        v += BLOCK * pixel;
        m += BLOCK * 32;
      }
      const at = (<usize> (start * co + o)) << 2;
      const to = y + at;
      const indexTo = index ? index + at : 0;
      const low = v128.load(bias + (<usize> o << 2));
      const high = v128.load(bias + (<usize> o << 2), 16);
      for (let i = 0; i < count; i++) {
        const p = products + <usize> i * 32;
        const off = <usize> (i * co) << 2;
        transformOutput(p, low, to + off, index ? indexTo + off : 0);
        transformOutput(p + 16, high, to + off + 16, index ? indexTo + off + 16 : 0);
      }
    }
  }
}

/**
 * v (16, stride, CI) = B^T d B for the 4x4 pixels d at `corner`; from 8 channels to the next 8 it
 * is `panel` bytes.
 */
export function transformInput(
  corner: usize,
  row: usize,
  pixel: usize,
  v: usize,
  stride: usize,
  panel: usize,
): void {
  for (let j: usize = 0; j < pixel; j += 16) {
    let p = corner + j;
    let to = v + (j >> 5) * panel + (j & 16);
    // Columns first: t[k][c] is row k of B^T d at column c.
    let d0 = v128.load(p), d1 = v128.load(p + row);
    let d2 = v128.load(p + 2 * row), d3 = v128.load(p + 3 * row);
    const t00 = f32x4.sub(d0, d2), t10 = f32x4.add(d1, d2);
    const t20 = f32x4.sub(d2, d1), t30 = f32x4.sub(d1, d3);
    p += pixel;
    d0 = v128.load(p), d1 = v128.load(p + row);
    d2 = v128.load(p + 2 * row), d3 = v128.load(p + 3 * row);
    const t01 = f32x4.sub(d0, d2), t11 = f32x4.add(d1, d2);
    const t21 = f32x4.sub(d2, d1), t31 = f32x4.sub(d1, d3);
    p += pixel;
    d0 = v128.load(p), d1 = v128.load(p + row);
    d2 = v128.load(p + 2 * row), d3 = v128.load(p + 3 * row);
    const t02 = f32x4.sub(d0, d2), t12 = f32x4.add(d1, d2);
    const t22 = f32x4.sub(d2, d1), t32 = f32x4.sub(d1, d3);
    p += pixel;
    d0 = v128.load(p), d1 = v128.load(p + row);
    d2 = v128.load(p + 2 * row), d3 = v128.load(p + 3 * row);
    const t03 = f32x4.sub(d0, d2), t13 = f32x4.add(d1, d2);
    const t23 = f32x4.sub(d2, d1), t33 = f32x4.sub(d1, d3);
    transformRow(t00, t01, t02, t03, to, stride);
    to += 4 * stride;
    transformRow(t10, t11, t12, t13, to, stride);
    to += 4 * stride;
    transformRow(t20, t21, t22, t23, to, stride);
    to += 4 * stride;
    transformRow(t30, t31, t32, t33, to, stride);
  }
}

function transformRow(a: v128, b: v128, c: v128, d: v128, to: usize, stride: usize): void {
  v128.store(to, f32x4.sub(a, c));
  v128.store(to + stride, f32x4.add(b, c));
  v128.store(to + 2 * stride, f32x4.sub(c, b));
  v128.store(to + 3 * stride, f32x4.sub(b, d));
}

/** The 2x2 outputs A^T m A of four channels, m (16, BLOCK, 8), pooled with bias and ReLU. */
function transformOutput(m: usize, bias: v128, y: usize, index: usize): void {
  const step: usize = BLOCK * 32;
  let m0 = v128.load(m), m1 = v128.load(m, 4 * BLOCK * 32);
  let m2 = v128.load(m, 8 * BLOCK * 32), m3 = v128.load(m, 12 * BLOCK * 32);
  let sum = f32x4.add(m1, m2), difference = f32x4.sub(m1, m2);
  const s0 = f32x4.add(m0, sum), e0 = f32x4.sub(difference, m3);
  m += step;
  m0 = v128.load(m), m1 = v128.load(m, 4 * BLOCK * 32);
  m2 = v128.load(m, 8 * BLOCK * 32), m3 = v128.load(m, 12 * BLOCK * 32);
  sum = f32x4.add(m1, m2), difference = f32x4.sub(m1, m2);
  const s1 = f32x4.add(m0, sum), e1 = f32x4.sub(difference, m3);
  m += step;
  m0 = v128.load(m), m1 = v128.load(m, 4 * BLOCK * 32);
  m2 = v128.load(m, 8 * BLOCK * 32), m3 = v128.load(m, 12 * BLOCK * 32);
  sum = f32x4.add(m1, m2), difference = f32x4.sub(m1, m2);
  const s2 = f32x4.add(m0, sum), e2 = f32x4.sub(difference, m3);
  m += step;
  m0 = v128.load(m), m1 = v128.load(m, 4 * BLOCK * 32);
  m2 = v128.load(m, 8 * BLOCK * 32), m3 = v128.load(m, 12 * BLOCK * 32);
  sum = f32x4.add(m1, m2), difference = f32x4.sub(m1, m2);
  const s3 = f32x4.add(m0, sum), e3 = f32x4.sub(difference, m3);
  poolWindow(
    f32x4.add(f32x4.add(s0, s1), s2),
    f32x4.sub(f32x4.sub(s1, s2), s3),
    f32x4.add(f32x4.add(e0, e1), e2),
    f32x4.sub(f32x4.sub(e1, e2), e3),
    bias,
    y,
    index,
  );
}

/** The largest of a window's four values (the first of equals), with bias and ReLU. */
export function poolWindow(
  a0: v128,
  a1: v128,
  a2: v128,
  a3: v128,
  bias: v128,
  y: usize,
  index: usize,
): void {
  let larger = f32x4.gt(a1, a0);
  let best = v128.bitselect(a1, a0, larger);
  let at = v128.and(i32x4.splat(1), larger);
  larger = f32x4.gt(a2, best);
  best = v128.bitselect(a2, best, larger);
  at = v128.bitselect(i32x4.splat(2), at, larger);
  larger = f32x4.gt(a3, best);
  best = v128.bitselect(a3, best, larger);
  at = v128.bitselect(i32x4.splat(3), at, larger);
  v128.store(y, relu(f32x4.add(best, bias)));
  if (index) v128.store(index, at);
}
