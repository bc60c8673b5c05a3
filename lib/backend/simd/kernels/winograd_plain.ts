// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Convolution 3x3 and its gradients by Winograd's minimal filtering F(2x2, 3x3), for pictures of
// any height and width: 16 products instead of 36 for 2x2 outputs, each of the 16 a product of
// matrices over many tiles. Backward goes the same way through the transposed transforms.
// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016).
//
// x is (N,H,W,CI), y is (N,OH,OW,CO) with OH = H + 2*pad - 2, OW = W + 2*pad - 2; CI and CO are
// multiples of 8. A picture is covered by ceil(OH/2) x ceil(OW/2) tiles of 2x2 outputs; each sees
// 4x4 pixels. What of them lies outside is 0, and nothing is written there.

import { gemmTransposed, transpose } from "./gemm.ts";
import { strip8 } from "./micro.ts";
import { transformInput } from "./winograd.ts";

/** Tiles that are worked on together: what belongs to them stays in L2. A multiple of 6 rows. */
const BLOCK = 48;

/** Bytes from one of the 16 transformed values to the next: not all in the same set of a cache. */
function planeOf(channels: i32): usize {
  return (<usize> (BLOCK * channels) << 2) + 64;
}

/**
 * y = conv(x, w).
 *
 * @param u The filters as `winogradFilter` gives them.
 * @param scratch 16 * (48 * (CI + CO) + 32) + 16 * max(CI, CO) numbers.
 */
export function winogradForward(
  x: usize,
  u: usize,
  y: usize,
  scratch: usize,
  n: i32,
  h: i32,
  w: i32,
  ci: i32,
  co: i32,
  pad: i32,
): void {
  const oh = h + 2 * pad - 2;
  const ow = w + 2 * pad - 2;
  const tiles = n * ((oh + 1) >> 1) * ((ow + 1) >> 1);
  const xPlane = planeOf(ci);
  const yPlane = planeOf(co);
  const products = scratch + 16 * xPlane;
  const spare = products + 16 * yPlane;
  const filter = <usize> ci * 32;
  for (let start = 0; start < tiles; start += BLOCK) {
    const count = min(BLOCK, tiles - start);
    for (let i = 0; i < count; i++) {
      const v = scratch + (<usize> (i * ci) << 2);
      inputTile(x, start + i, h, w, ci, pad, spare, v, xPlane, 32);
    }
    for (let t = 0; t < 16; t++) {
      const v = scratch + <usize> t * xPlane;
      multiply(count, co, ci, v, u + <usize> t * filter, products + <usize> t * yPlane);
    }
    for (let i = 0; i < count; i++) {
      outputTile(products + (<usize> (i * co) << 2), yPlane, y, start + i, oh, ow, co, spare);
    }
  }
}

/**
 * The gradients of x and, still transformed, of the filters: du (16,CO,CI) += those of n pictures.
 *
 * @param ut The filters as `winogradTranspose` gives them.
 * @param dx 0: not wanted.
 * @param scratch 16 * (48 * (CI + CO) + 32) + 16 * max(CI, CO) numbers.
 */
export function winogradBackward(
  x: usize,
  dy: usize,
  ut: usize,
  dx: usize,
  du: usize,
  scratch: usize,
  n: i32,
  h: i32,
  w: i32,
  ci: i32,
  co: i32,
  pad: i32,
): void {
  const oh = h + 2 * pad - 2;
  const ow = w + 2 * pad - 2;
  const tiles = n * ((oh + 1) >> 1) * ((ow + 1) >> 1);
  const xPlane = planeOf(ci);
  const yPlane = planeOf(co);
  const gradients = scratch + 16 * xPlane;
  const spare = gradients + 16 * yPlane;
  const filter = <usize> co * 32;
  const plane = <usize> (ci * co) << 2;
  for (let start = 0; start < tiles; start += BLOCK) {
    const count = min(BLOCK, tiles - start);
    const panel = <usize> count * 32;
    for (let i = 0; i < count; i++) {
      inputTile(x, start + i, h, w, ci, pad, spare, scratch + <usize> i * 32, xPlane, panel);
    }
    memory.fill(spare, 0, <usize> co << 2);
    for (let i = 0; i < count; i++) {
      const to = gradients + (<usize> (i * co) << 2);
      gradientTile(dy, start + i, oh, ow, co, spare, to, yPlane);
    }
    for (let t = 0; t < 16; t++) {
      const v = scratch + <usize> t * xPlane;
      const gradient = gradients + <usize> t * yPlane;
      gemmTransposed(co, ci, count, gradient, co, v, du + <usize> t * plane, ci, 1);
      // In the place of v, which has done its service.
      if (dx) multiply(count, ci, co, gradient, ut + <usize> t * filter, v);
    }
    if (!dx) continue;
    for (let i = 0; i < count; i++) {
      const v = scratch + (<usize> (i * ci) << 2);
      inputGradientTile(v, xPlane, dx, start + i, h, w, ci, pad, spare);
    }
  }
}

/** c (M,N) = A (M,K) B, where B is one of 16 matrices (N/8, 16, K, 8). */
function multiply(m: i32, n: i32, k: i32, a: usize, b: usize, c: usize): void {
  const panel = <usize> (16 * k) * 32;
  for (let j = 0; j < n; j += 8) {
    strip8(m, k, a, <usize> k << 2, b, c + (<usize> j << 2), <usize> n << 2, 0);
    b += panel;
  }
}

/** ut (CI/8, 16, CO, 8) = the transposes of u (CO/8, 16, CI, 8): input channels [first, last). */
export function winogradTranspose(
  u: usize,
  ut: usize,
  ci: i32,
  co: i32,
  first: i32,
  last: i32,
): void {
  for (let i = first; i < last; i += 8) {
    for (let o = 0; o < co; o += 8) {
      for (let t = 0; t < 16; t++) {
        const from = u + (<usize> ((o * 2 + t) * ci * 8 + i * 8) << 2);
        transpose(8, 8, from, 8, ut + (<usize> ((i * 2 + t) * co * 8 + o * 8) << 2), 8);
      }
    }
  }
}

/** dw (3,3,CO,CI) = G^T du G, du (16,CO,CI): the transpose of winogradFilter's transform. */
export function winogradFilterBackward(du: usize, dw: usize, ci: i32, co: i32): void {
  const plane = <usize> (ci * co) << 2;
  for (let j: usize = 0; j < plane; j += 16) {
    const p = du + j;
    let to = dw + j;
    for (let row = 0; row < 3; row++) {
      const g0 = filterRow(p, 4 * plane, row);
      const g1 = filterRow(p + plane, 4 * plane, row);
      const g2 = filterRow(p + 2 * plane, 4 * plane, row);
      const g3 = filterRow(p + 3 * plane, 4 * plane, row);
      const half = f32x4.splat(0.5);
      const sum = f32x4.mul(half, f32x4.add(g1, g2));
      v128.store(to, f32x4.add(g0, sum));
      v128.store(to + plane, f32x4.mul(half, f32x4.sub(g1, g2)));
      v128.store(to + 2 * plane, f32x4.add(sum, g3));
      to += 3 * plane;
    }
  }
}

/** A row of G^T times the four values that lie `step` bytes apart. */
function filterRow(p: usize, step: usize, row: i32): v128 {
  const half = f32x4.splat(0.5);
  const a = v128.load(p + step);
  const b = v128.load(p + 2 * step);
  if (row == 1) return f32x4.mul(half, f32x4.sub(a, b));
  const outer = v128.load(row ? p + 3 * step : p);
  return f32x4.add(outer, f32x4.mul(half, f32x4.add(a, b)));
}

/** v (16, plane) = B^T d B for the 4x4 pixels of a tile; see transformInput for `panel`. */
function inputTile(
  x: usize,
  tile: i32,
  h: i32,
  w: i32,
  ci: i32,
  pad: i32,
  patch: usize,
  v: usize,
  plane: usize,
  panel: usize,
): void {
  const across = (w + 2 * pad - 1) >> 1;
  const down = (h + 2 * pad - 1) >> 1;
  const top = 2 * (tile / across % down) - pad;
  const left = 2 * (tile % across) - pad;
  const pixel = <usize> ci << 2;
  const picture = x + <usize> (tile / (across * down) * h * w) * pixel;
  if (top >= 0 && left >= 0 && top + 4 <= h && left + 4 <= w) {
    const corner = picture + <usize> (top * w + left) * pixel;
    transformInput(corner, <usize> w * pixel, pixel, v, plane, panel);
    return;
  }
  let to = patch;
  for (let y = top; y < top + 4; y++) {
    for (let column = left; column < left + 4; column++) {
      if (isInside(y, column, h, w)) {
        const from = picture + <usize> (y * w + column) * pixel;
        for (let j: usize = 0; j < pixel; j += 16) v128.store(to + j, v128.load(from + j));
      } else {
        for (let j: usize = 0; j < pixel; j += 16) v128.store(to + j, f32x4.splat(0));
      }
      to += pixel;
    }
  }
  transformInput(patch, 4 * pixel, pixel, v, plane, panel);
}

function isInside(y: i32, x: i32, h: i32, w: i32): bool {
  return y >= 0 && y < h && x >= 0 && x < w;
}

/** The 2x2 outputs A^T m A of a tile, m (16, plane); those outside go into `spare` (CO). */
function outputTile(
  m: usize,
  plane: usize,
  y: usize,
  tile: i32,
  oh: i32,
  ow: i32,
  co: i32,
  spare: usize,
): void {
  const pixel = <usize> co << 2;
  const p00 = outputPixel(y, tile, oh, ow, pixel);
  const right = tile % ((ow + 1) >> 1) * 2 + 1 < ow;
  const below = tile / ((ow + 1) >> 1) % ((oh + 1) >> 1) * 2 + 1 < oh;
  const p01 = right ? p00 + pixel : spare;
  const p10 = below ? p00 + <usize> ow * pixel : spare;
  const p11 = right && below ? p10 + pixel : spare;
  const row = 4 * plane;
  for (let j: usize = 0; j < pixel; j += 16) {
    let p = m + j;
    const s0 = firstOutput(p, row), e0 = secondOutput(p, row);
    p += plane;
    const s1 = firstOutput(p, row), e1 = secondOutput(p, row);
    p += plane;
    const s2 = firstOutput(p, row), e2 = secondOutput(p, row);
    p += plane;
    const s3 = firstOutput(p, row), e3 = secondOutput(p, row);
    v128.store(p00 + j, f32x4.add(f32x4.add(s0, s1), s2));
    v128.store(p01 + j, f32x4.sub(f32x4.sub(s1, s2), s3));
    v128.store(p10 + j, f32x4.add(f32x4.add(e0, e1), e2));
    v128.store(p11 + j, f32x4.sub(f32x4.sub(e1, e2), e3));
  }
}

/** Address of the upper left of a tile's 2x2 pixels in y (N,OH,OW,CO). */
function outputPixel(y: usize, tile: i32, oh: i32, ow: i32, pixel: usize): usize {
  const across = (ow + 1) >> 1;
  const down = (oh + 1) >> 1;
  const row = tile / (across * down) * oh + 2 * (tile / across % down);
  return y + <usize> (row * ow + 2 * (tile % across)) * pixel;
}

/** The first row of A^T times the four values that lie `step` bytes apart. */
function firstOutput(p: usize, step: usize): v128 {
  return f32x4.add(f32x4.add(v128.load(p), v128.load(p + step)), v128.load(p + 2 * step));
}

/** The second. */
function secondOutput(p: usize, step: usize): v128 {
  const difference = f32x4.sub(v128.load(p + step), v128.load(p + 2 * step));
  return f32x4.sub(difference, v128.load(p + 3 * step));
}

/** m (16, plane) = A dy A^T for the 2x2 outputs of a tile; those outside are read from `zeros`. */
function gradientTile(
  dy: usize,
  tile: i32,
  oh: i32,
  ow: i32,
  co: i32,
  zeros: usize,
  m: usize,
  plane: usize,
): void {
  const pixel = <usize> co << 2;
  const p00 = outputPixel(dy, tile, oh, ow, pixel);
  const right = tile % ((ow + 1) >> 1) * 2 + 1 < ow;
  const below = tile / ((ow + 1) >> 1) % ((oh + 1) >> 1) * 2 + 1 < oh;
  const p01 = right ? p00 + pixel : zeros;
  const p10 = below ? p00 + <usize> ow * pixel : zeros;
  const p11 = right && below ? p10 + pixel : zeros;
  for (let j: usize = 0; j < pixel; j += 16) {
    const a = v128.load(p00 + j), b = v128.load(p01 + j);
    const c = v128.load(p10 + j), d = v128.load(p11 + j);
    let to = m + j;
    gradientRow(a, b, to, plane);
    to += 4 * plane;
    gradientRow(f32x4.add(a, c), f32x4.add(b, d), to, plane);
    to += 4 * plane;
    gradientRow(f32x4.sub(a, c), f32x4.sub(b, d), to, plane);
    to += 4 * plane;
    gradientRow(f32x4.neg(c), f32x4.neg(d), to, plane);
  }
}

function gradientRow(a: v128, b: v128, to: usize, plane: usize): void {
  v128.store(to, a);
  v128.store(to + plane, f32x4.add(a, b));
  v128.store(to + 2 * plane, f32x4.sub(a, b));
  v128.store(to + 3 * plane, f32x4.neg(b));
}

/**
 * The 4x4 pixels of a tile in dx += B v B^T, v (16, plane); those outside are left out. A picture's
 * first tile clears it.
 */
function inputGradientTile(
  v: usize,
  plane: usize,
  dx: usize,
  tile: i32,
  h: i32,
  w: i32,
  ci: i32,
  pad: i32,
  patch: usize,
): void {
  const across = (w + 2 * pad - 1) >> 1;
  const down = (h + 2 * pad - 1) >> 1;
  const top = 2 * (tile / across % down) - pad;
  const left = 2 * (tile % across) - pad;
  const pixel = <usize> ci << 2;
  const picture = dx + <usize> (tile / (across * down) * h * w) * pixel;
  // One picture at a time, right before it is added to.
  if (tile % (across * down) == 0) memory.fill(picture, 0, <usize> (h * w) * pixel);
  if (top >= 0 && left >= 0 && top + 4 <= h && left + 4 <= w) {
    const corner = picture + <usize> (top * w + left) * pixel;
    transformInputGradient(v, plane, corner, <usize> w * pixel, pixel);
    return;
  }
  memory.fill(patch, 0, 16 * pixel);
  transformInputGradient(v, plane, patch, 4 * pixel, pixel);
  let from = patch;
  for (let y = top; y < top + 4; y++) {
    for (let column = left; column < left + 4; column++) {
      if (isInside(y, column, h, w)) {
        const to = picture + <usize> (y * w + column) * pixel;
        for (let j: usize = 0; j < pixel; j += 16) {
          v128.store(to + j, f32x4.add(v128.load(to + j), v128.load(from + j)));
        }
      }
      from += pixel;
    }
  }
}

function transformInputGradient(
  v: usize,
  plane: usize,
  corner: usize,
  row: usize,
  pixel: usize,
): void {
  const down = 4 * plane;
  for (let j: usize = 0; j < pixel; j += 16) {
    let p = v + j;
    let m0 = v128.load(p), m1 = v128.load(p + down);
    let m2 = v128.load(p + 2 * down), m3 = v128.load(p + 3 * down);
    const q00 = m0, q10 = f32x4.add(f32x4.sub(m1, m2), m3);
    const q20 = f32x4.sub(f32x4.add(m1, m2), m0), q30 = f32x4.neg(m3);
    p += plane;
    m0 = v128.load(p), m1 = v128.load(p + down);
    m2 = v128.load(p + 2 * down), m3 = v128.load(p + 3 * down);
    const q01 = m0, q11 = f32x4.add(f32x4.sub(m1, m2), m3);
    const q21 = f32x4.sub(f32x4.add(m1, m2), m0), q31 = f32x4.neg(m3);
    p += plane;
    m0 = v128.load(p), m1 = v128.load(p + down);
    m2 = v128.load(p + 2 * down), m3 = v128.load(p + 3 * down);
    const q02 = m0, q12 = f32x4.add(f32x4.sub(m1, m2), m3);
    const q22 = f32x4.sub(f32x4.add(m1, m2), m0), q32 = f32x4.neg(m3);
    p += plane;
    m0 = v128.load(p), m1 = v128.load(p + down);
    m2 = v128.load(p + 2 * down), m3 = v128.load(p + 3 * down);
    const q03 = m0, q13 = f32x4.add(f32x4.sub(m1, m2), m3);
    const q23 = f32x4.sub(f32x4.add(m1, m2), m0), q33 = f32x4.neg(m3);
    let to = corner + j;
    addInputGradientRow(q00, q01, q02, q03, to, pixel);
    to += row;
    addInputGradientRow(q10, q11, q12, q13, to, pixel);
    to += row;
    addInputGradientRow(q20, q21, q22, q23, to, pixel);
    to += row;
    addInputGradientRow(q30, q31, q32, q33, to, pixel);
  }
}

function addInputGradientRow(
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  to: usize,
  pixel: usize,
): void {
  v128.store(to, f32x4.add(v128.load(to), a));
  to += pixel;
  v128.store(to, f32x4.add(v128.load(to), f32x4.add(f32x4.sub(b, c), d)));
  to += pixel;
  v128.store(to, f32x4.add(v128.load(to), f32x4.sub(f32x4.add(b, c), a)));
  to += pixel;
  v128.store(to, f32x4.sub(v128.load(to), d));
}
