// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Batch normalisation over the rows of x (R,C), C a multiple of 4.
// Source: Ioffe and Szegedy, "Batch Normalization" (2015); what several threads found of their
// rows is merged outside, with the formula of Chan, Golub and LeVeque (1979).
//
// Sums are those of 16 channels at a time where there are as many: a cache line, and additions that
// need not wait for each other.

import { fma } from "./vector.ts";

/** mean (C) of the rows of x (R,C), and squares (C), the sum of (x - mean)^2. R is not 0. */
export function moments(x: usize, mean: usize, squares: usize, r: i32, c: i32): void {
  const row = <usize> c << 2;
  const count = f32x4.splat(<f32> r);
  let j: usize = 0;
  for (; j + 64 <= row; j += 64) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let p = x + j;
    for (let i = 0; i < r; i++) {
      s0 = f32x4.add(s0, v128.load(p));
      s1 = f32x4.add(s1, v128.load(p, 16));
      s2 = f32x4.add(s2, v128.load(p, 32));
      s3 = f32x4.add(s3, v128.load(p, 48));
      p += row;
    }
    const m0 = f32x4.div(s0, count), m1 = f32x4.div(s1, count);
    const m2 = f32x4.div(s2, count), m3 = f32x4.div(s3, count);
    v128.store(mean + j, m0);
    v128.store(mean + j, m1, 16);
    v128.store(mean + j, m2, 32);
    v128.store(mean + j, m3, 48);
    s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    p = x + j;
    for (let i = 0; i < r; i++) {
      const d0 = f32x4.sub(v128.load(p), m0), d1 = f32x4.sub(v128.load(p, 16), m1);
      const d2 = f32x4.sub(v128.load(p, 32), m2), d3 = f32x4.sub(v128.load(p, 48), m3);
      s0 = fma(d0, d0, s0);
      s1 = fma(d1, d1, s1);
      s2 = fma(d2, d2, s2);
      s3 = fma(d3, d3, s3);
      p += row;
    }
    v128.store(squares + j, s0);
    v128.store(squares + j, s1, 16);
    v128.store(squares + j, s2, 32);
    v128.store(squares + j, s3, 48);
  }
  for (; j < row; j += 16) {
    let sum = f32x4.splat(0);
    let p = x + j;
    for (let i = 0; i < r; i++) {
      sum = f32x4.add(sum, v128.load(p));
      p += row;
    }
    const average = f32x4.div(sum, count);
    v128.store(mean + j, average);
    let total = f32x4.splat(0);
    p = x + j;
    for (let i = 0; i < r; i++) {
      const off = f32x4.sub(v128.load(p), average);
      total = fma(off, off, total);
      p += row;
    }
    v128.store(squares + j, total);
  }
}

/** y (R,C) = (x - mean) * scale + shift, each of the three (C). */
export function normalise(
  x: usize,
  y: usize,
  mean: usize,
  scale: usize,
  shift: usize,
  r: i32,
  c: i32,
): void {
  const row = <usize> c << 2;
  for (let i = 0; i < r; i++) {
    for (let j: usize = 0; j < row; j += 16) {
      const off = f32x4.sub(v128.load(x + j), v128.load(mean + j));
      v128.store(y + j, fma(off, v128.load(scale + j), v128.load(shift + j)));
    }
    x += row;
    y += row;
  }
}

/** sums (C) of dy (R,C), and products (C), the sum of dy * (x - mean) * inverse. */
export function normaliseSums(
  x: usize,
  dy: usize,
  mean: usize,
  inverse: usize,
  sums: usize,
  products: usize,
  r: i32,
  c: i32,
): void {
  const row = <usize> c << 2;
  let j: usize = 0;
  for (; j + 64 <= row; j += 64) {
    const m0 = v128.load(mean + j), m1 = v128.load(mean + j, 16);
    const m2 = v128.load(mean + j, 32), m3 = v128.load(mean + j, 48);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let p0 = s0, p1 = s0, p2 = s0, p3 = s0;
    let p = x + j;
    let q = dy + j;
    for (let i = 0; i < r; i++) {
      const g0 = v128.load(q), g1 = v128.load(q, 16);
      const g2 = v128.load(q, 32), g3 = v128.load(q, 48);
      s0 = f32x4.add(s0, g0);
      s1 = f32x4.add(s1, g1);
      s2 = f32x4.add(s2, g2);
      s3 = f32x4.add(s3, g3);
      p0 = fma(g0, f32x4.sub(v128.load(p), m0), p0);
      p1 = fma(g1, f32x4.sub(v128.load(p, 16), m1), p1);
      p2 = fma(g2, f32x4.sub(v128.load(p, 32), m2), p2);
      p3 = fma(g3, f32x4.sub(v128.load(p, 48), m3), p3);
      p += row;
      q += row;
    }
    v128.store(sums + j, s0);
    v128.store(sums + j, s1, 16);
    v128.store(sums + j, s2, 32);
    v128.store(sums + j, s3, 48);
    v128.store(products + j, f32x4.mul(p0, v128.load(inverse + j)));
    v128.store(products + j, f32x4.mul(p1, v128.load(inverse + j, 16)), 16);
    v128.store(products + j, f32x4.mul(p2, v128.load(inverse + j, 32)), 32);
    v128.store(products + j, f32x4.mul(p3, v128.load(inverse + j, 48)), 48);
  }
  for (; j < row; j += 16) {
    const average = v128.load(mean + j);
    let sum = f32x4.splat(0);
    let product = f32x4.splat(0);
    let p = x + j;
    let q = dy + j;
    for (let i = 0; i < r; i++) {
      const gradient = v128.load(q);
      sum = f32x4.add(sum, gradient);
      product = fma(gradient, f32x4.sub(v128.load(p), average), product);
      p += row;
      q += row;
    }
    v128.store(sums + j, sum);
    v128.store(products + j, f32x4.mul(product, v128.load(inverse + j)));
  }
}

/**
 * dx (R,C) = scale * (dy - meanSum - (x - mean) * inverse * meanProduct), where scale is
 * gamma * inverse and the two means (C) are those of the whole batch. dx may be dy.
 */
export function normaliseBackward(
  x: usize,
  dy: usize,
  dx: usize,
  mean: usize,
  inverse: usize,
  scale: usize,
  meanSum: usize,
  meanProduct: usize,
  r: i32,
  c: i32,
): void {
  const row = <usize> c << 2;
  for (let i = 0; i < r; i++) {
    for (let j: usize = 0; j < row; j += 16) {
      const off = f32x4.mul(
        f32x4.sub(v128.load(x + j), v128.load(mean + j)),
        v128.load(inverse + j),
      );
      const rest = f32x4.sub(v128.load(dy + j), v128.load(meanSum + j));
      const gradient = f32x4.sub(rest, f32x4.mul(off, v128.load(meanProduct + j)));
      v128.store(dx + j, f32x4.mul(gradient, v128.load(scale + j)));
    }
    x += row;
    dy += row;
    dx += row;
  }
}
