// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Batch normalisation over the rows of x (R,C), C a multiple of 4.
// Source: Ioffe and Szegedy, "Batch Normalization" (2015); what several threads found of their
// rows is merged outside, with the formula of Chan, Golub and LeVeque (1979).
//
// Sums are those of 16 channels at a time where there are as many: a cache line, and additions that
// need not wait for each other. They are summed up block by block, since a number that is added to
// the sum of ten thousand others loses most of its digits.

import { fma } from "./vector.ts";

/** Rows whose sum is made before it is added to that of all. */
const BLOCK = 128;

/** mean (C) of the rows of x (R,C), and squares (C), the sum of (x - mean)^2. R is not 0. */
export function moments(x: usize, mean: usize, squares: usize, r: i32, c: i32): void {
  const row = <usize> c << 2;
  const count = f32x4.splat(<f32> r);
  let j: usize = 0;
  for (; j + 64 <= row; j += 64) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let p = x + j;
    for (let i = 0; i < r;) {
      let b0 = f32x4.splat(0), b1 = b0, b2 = b0, b3 = b0;
      for (const end = min(i + BLOCK, r); i < end; i++) {
        b0 = f32x4.add(b0, v128.load(p));
        b1 = f32x4.add(b1, v128.load(p, 16));
        b2 = f32x4.add(b2, v128.load(p, 32));
        b3 = f32x4.add(b3, v128.load(p, 48));
        p += row;
      }
      s0 = f32x4.add(s0, b0), s1 = f32x4.add(s1, b1);
      s2 = f32x4.add(s2, b2), s3 = f32x4.add(s3, b3);
    }
    const m0 = f32x4.div(s0, count), m1 = f32x4.div(s1, count);
    const m2 = f32x4.div(s2, count), m3 = f32x4.div(s3, count);
    v128.store(mean + j, m0);
    v128.store(mean + j, m1, 16);
    v128.store(mean + j, m2, 32);
    v128.store(mean + j, m3, 48);
    s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    p = x + j;
    for (let i = 0; i < r;) {
      let b0 = f32x4.splat(0), b1 = b0, b2 = b0, b3 = b0;
      for (const end = min(i + BLOCK, r); i < end; i++) {
        const d0 = f32x4.sub(v128.load(p), m0), d1 = f32x4.sub(v128.load(p, 16), m1);
        const d2 = f32x4.sub(v128.load(p, 32), m2), d3 = f32x4.sub(v128.load(p, 48), m3);
        b0 = fma(d0, d0, b0);
        b1 = fma(d1, d1, b1);
        b2 = fma(d2, d2, b2);
        b3 = fma(d3, d3, b3);
        p += row;
      }
      s0 = f32x4.add(s0, b0), s1 = f32x4.add(s1, b1);
      s2 = f32x4.add(s2, b2), s3 = f32x4.add(s3, b3);
    }
    v128.store(squares + j, s0);
    v128.store(squares + j, s1, 16);
    v128.store(squares + j, s2, 32);
    v128.store(squares + j, s3, 48);
  }
  for (; j < row; j += 16) {
    let sum = f32x4.splat(0);
    let p = x + j;
    for (let i = 0; i < r;) {
      let block = f32x4.splat(0);
      for (const end = min(i + BLOCK, r); i < end; i++) {
        block = f32x4.add(block, v128.load(p));
        p += row;
      }
      sum = f32x4.add(sum, block);
    }
    const average = f32x4.div(sum, count);
    v128.store(mean + j, average);
    let total = f32x4.splat(0);
    p = x + j;
    for (let i = 0; i < r;) {
      let block = f32x4.splat(0);
      for (const end = min(i + BLOCK, r); i < end; i++) {
        const off = f32x4.sub(v128.load(p), average);
        block = fma(off, off, block);
        p += row;
      }
      total = f32x4.add(total, block);
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
    for (let i = 0; i < r;) {
      let b0 = f32x4.splat(0), b1 = b0, b2 = b0, b3 = b0;
      let c0 = b0, c1 = b0, c2 = b0, c3 = b0;
      for (const end = min(i + BLOCK, r); i < end; i++) {
        const g0 = v128.load(q), g1 = v128.load(q, 16);
        const g2 = v128.load(q, 32), g3 = v128.load(q, 48);
        b0 = f32x4.add(b0, g0);
        b1 = f32x4.add(b1, g1);
        b2 = f32x4.add(b2, g2);
        b3 = f32x4.add(b3, g3);
        c0 = fma(g0, f32x4.sub(v128.load(p), m0), c0);
        c1 = fma(g1, f32x4.sub(v128.load(p, 16), m1), c1);
        c2 = fma(g2, f32x4.sub(v128.load(p, 32), m2), c2);
        c3 = fma(g3, f32x4.sub(v128.load(p, 48), m3), c3);
        p += row;
        q += row;
      }
      s0 = f32x4.add(s0, b0), s1 = f32x4.add(s1, b1);
      s2 = f32x4.add(s2, b2), s3 = f32x4.add(s3, b3);
      p0 = f32x4.add(p0, c0), p1 = f32x4.add(p1, c1);
      p2 = f32x4.add(p2, c2), p3 = f32x4.add(p3, c3);
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
    for (let i = 0; i < r;) {
      let block = f32x4.splat(0), part = block;
      for (const end = min(i + BLOCK, r); i < end; i++) {
        const gradient = v128.load(q);
        block = f32x4.add(block, gradient);
        part = fma(gradient, f32x4.sub(v128.load(p), average), part);
        p += row;
        q += row;
      }
      sum = f32x4.add(sum, block);
      product = f32x4.add(product, part);
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
