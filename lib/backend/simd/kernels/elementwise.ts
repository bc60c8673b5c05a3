// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// What is done to each number by itself. Tensors are (R,C): R rows (pictures, or their pixels) of
// C channels, C a multiple of 4.

import { relu } from "./vector.ts";

/** x (n) = bytes (n) / 255, rounded as a division rounds. Reads and writes up to 3 beyond n. */
export function bytesToFloats(bytes: usize, x: usize, n: i32): void {
  const full = f32x4.splat(255);
  for (let i = 0; i < n; i += 4) {
    const wide = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(bytes)));
    v128.store(x, f32x4.div(f32x4.convert_i32x4_s(wide), full));
    bytes += 4;
    x += 16;
  }
}

/** The same with the channels padded: bytes (R,C) become x (R,P), zero beyond C. */
export function bytesToPaddedFloats(bytes: usize, x: usize, r: i32, c: i32, p: i32): void {
  for (let row = 0; row < r; row++) {
    for (let i = 0; i < p; i++) {
      store<f32>(x, i < c ? <f32> load<u8>(bytes + i) / 255 : 0);
      x += 4;
    }
    bytes += c;
  }
}

/** y (R,C) += bias (C), and max(y, 0) where `activate` is not 0. */
export function addBias(y: usize, bias: usize, r: i32, c: i32, activate: i32): void {
  const row = <usize> c << 2;
  for (let i = 0; i < r; i++) {
    for (let j: usize = 0; j < row; j += 16) {
      const sum = f32x4.add(v128.load(y + j), v128.load(bias + j));
      v128.store(y + j, activate ? relu(sum) : sum);
    }
    y += row;
  }
}

/** y (n) = max(y, 0); n is a multiple of 4. */
export function reluForward(y: usize, n: i32): void {
  for (const end = y + (<usize> n << 2); y < end; y += 16) v128.store(y, relu(v128.load(y)));
}

/** dy (n) = 0 where y (n), what ReLU gave, is not positive; n is a multiple of 4. */
export function reluBackward(dy: usize, y: usize, n: i32): void {
  const zero = f32x4.splat(0);
  for (const end = dy + (<usize> n << 2); dy < end; dy += 16) {
    v128.store(dy, v128.and(v128.load(dy), f32x4.gt(v128.load(y), zero)));
    y += 16;
  }
}

/** db (C) (+)= the sum of the rows of dy (R,C). */
export function biasBackward(dy: usize, db: usize, r: i32, c: i32, accumulate: i32): void {
  const row = <usize> c << 2;
  let j: usize = 0;
  // Sixteen channels at a time, so that the additions need not wait for each other.
  for (; j + 64 <= row; j += 64) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    if (accumulate) {
      s0 = v128.load(db + j);
      s1 = v128.load(db + j, 16);
      s2 = v128.load(db + j, 32);
      s3 = v128.load(db + j, 48);
    }
    let p = dy + j;
    for (let i = 0; i < r; i++) {
      s0 = f32x4.add(s0, v128.load(p));
      s1 = f32x4.add(s1, v128.load(p, 16));
      s2 = f32x4.add(s2, v128.load(p, 32));
      s3 = f32x4.add(s3, v128.load(p, 48));
      p += row;
    }
    v128.store(db + j, s0);
    v128.store(db + j, s1, 16);
    v128.store(db + j, s2, 32);
    v128.store(db + j, s3, 48);
  }
  for (; j < row; j += 16) {
    let sum = accumulate ? v128.load(db + j) : f32x4.splat(0);
    let p = dy + j;
    for (let i = 0; i < r; i++) {
      sum = f32x4.add(sum, v128.load(p));
      p += row;
    }
    v128.store(db + j, sum);
  }
}
