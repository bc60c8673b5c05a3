// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Batch normalisation over the rows of x (R,C), C a multiple of 4.
// Source: Ioffe and Szegedy, "Batch Normalization" (2015); what several threads found of their
// rows is merged outside, with the formula of Chan, Golub and LeVeque (1979).

import { fma } from "./vector.ts";

/** mean (C) of the rows of x (R,C), and squares (C), the sum of (x - mean)^2. R is not 0. */
export function moments(x: usize, mean: usize, squares: usize, r: i32, c: i32): void {
  const row = <usize> c << 2;
  const count = f32x4.splat(<f32> r);
  for (let j: usize = 0; j < row; j += 16) {
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
  for (let j: usize = 0; j < row; j += 16) {
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
