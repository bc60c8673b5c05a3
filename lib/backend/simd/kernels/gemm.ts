// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Products of matrices, C (M,N) = A (M,K) B (K,N), float32, row-major, strides in numbers.
// M and K are any, N is a multiple of 4.
//
// Method: B is packed beforehand into panels of 8 columns, each [K][8] without gaps, so that the
// innermost loop reads it front to back; the last panel is [K][4] where N is no multiple of 8.
// One tile of 6x8 numbers of C stays in 12 registers while k runs; with two for the panel's row
// and one for A that makes 15 of the 16 that x86-64 has.
// Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).

import { strip4, strip4t, strip8, strip8t } from "./micro.ts";

/** C (M,N) (+)= A (M,K) B; `lda` and `ldc` are row strides, `accumulate` adds to C. */
export function gemm(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: i32,
  packed: usize,
  c: usize,
  ldc: i32,
  accumulate: i32,
): void {
  const aRow = <usize> lda << 2;
  const cRow = <usize> ldc << 2;
  for (let j = 0; j < n; j += 8) {
    const panel = packed + (<usize> (j * k) << 2);
    const to = c + (<usize> j << 2);
    if (n - j >= 8) strip8(m, k, a, aRow, panel, to, cRow, accumulate);
    else strip4(m, k, a, aRow, panel, to, cRow, accumulate);
  }
}

/** C (M,N) (+)= transpose(A) B, where A is (K,M) with row stride `lda`. */
export function gemmTransposed(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: i32,
  packed: usize,
  c: usize,
  ldc: i32,
  accumulate: i32,
): void {
  const aRow = <usize> lda << 2;
  const cRow = <usize> ldc << 2;
  for (let j = 0; j < n; j += 8) {
    const panel = packed + (<usize> (j * k) << 2);
    const to = c + (<usize> j << 2);
    if (n - j >= 8) strip8t(m, k, a, aRow, panel, to, cRow, accumulate);
    else strip4t(m, k, a, aRow, panel, to, cRow, accumulate);
  }
}

/** Packs rows [first, last) of B (K,N), row stride `ldb`, into their places in its panels. */
export function pack(
  k: i32,
  n: i32,
  b: usize,
  ldb: i32,
  packed: usize,
  first: i32,
  last: i32,
): void {
  const bRow = <usize> ldb << 2;
  for (let j = 0; j < n; j += 8) {
    const wide = n - j >= 8;
    const step: usize = wide ? 32 : 16;
    let to = packed + (<usize> (j * k) << 2) + <usize> first * step;
    let from = b + (<usize> j << 2) + <usize> first * bRow;
    for (let row = first; row < last; row++) {
      v128.store(to, v128.load(from));
      if (wide) v128.store(to, v128.load(from, 16), 16);
      to += step;
      from += bRow;
    }
  }
}

/**
 * Packs the transpose of B (N,K), row stride `ldb`: rows [first, last) of B, both multiples of 8
 * (or the end), become columns of the panels. K is a multiple of 4.
 */
export function packTransposed(
  k: i32,
  n: i32,
  b: usize,
  ldb: i32,
  packed: usize,
  first: i32,
  last: i32,
): void {
  for (let j = first; j < last; j += 8) {
    const width = min(8, n - j);
    const panel = packed + (<usize> (j * k) << 2);
    transpose(width, k, b + (<usize> (j * ldb) << 2), ldb, panel, width);
  }
}

/** out (C,R) = transpose(a (R,C)); R and C are multiples of 4. */
export function transpose(r: i32, c: i32, a: usize, lda: i32, out: usize, ldo: i32): void {
  const aRow = <usize> lda << 2;
  const oRow = <usize> ldo << 2;
  for (let i = 0; i < r; i += 4) {
    for (let j = 0; j < c; j += 4) {
      const p = a + <usize> i * aRow + (<usize> j << 2);
      const q = out + <usize> j * oRow + (<usize> i << 2);
      const r0 = v128.load(p);
      const r1 = v128.load(p + aRow);
      const r2 = v128.load(p + 2 * aRow);
      const r3 = v128.load(p + 3 * aRow);
      const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
      const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
      const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
      const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
      v128.store(q, v128.shuffle<i64>(low01, low23, 0, 2));
      v128.store(q + oRow, v128.shuffle<i64>(low01, low23, 1, 3));
      v128.store(q + 2 * oRow, v128.shuffle<i64>(high01, high23, 0, 2));
      v128.store(q + 3 * oRow, v128.shuffle<i64>(high01, high23, 1, 3));
    }
  }
}
