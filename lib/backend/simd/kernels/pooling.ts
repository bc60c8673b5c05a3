// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Pooling. Tensors are (H,W,C), C a multiple of 4; windows are PxP side by side, and rows and
// columns that fill no window are left out, as in Keras with "valid" padding.

/**
 * y (OH,OW,C) = the largest of each window of x (H,W,C), and index (OH,OW,C), int32, which of its
 * P*P pixels that was, row by row. The first of equals counts, as in TensorFlow.js.
 */
export function maxPool(x: usize, y: usize, index: usize, h: i32, w: i32, c: i32, p: i32): void {
  const oh = h / p;
  const ow = w / p;
  const pixel = <usize> c << 2;
  const row = <usize> w * pixel;
  for (let oy = 0; oy < oh; oy++) {
    for (let ox = 0; ox < ow; ox++) {
      const corner = x + <usize> (oy * p) * row + <usize> (ox * p) * pixel;
      for (let j: usize = 0; j < pixel; j += 16) {
        const from = corner + j;
        if (p == 2) poolOfFour(from, pixel, row, y + j, index + j);
        else poolOfMore(from, pixel, row, y + j, index + j, p);
      }
      y += pixel;
      index += pixel;
    }
  }
}

/** The largest of a 2x2 window and its place: what most windows are, without loops. */
function poolOfFour(from: usize, pixel: usize, row: usize, y: usize, index: usize): void {
  const a = v128.load(from), b = v128.load(from + pixel);
  const c = v128.load(from + row), d = v128.load(from + row + pixel);
  let larger = f32x4.gt(b, a);
  let best = v128.bitselect(b, a, larger);
  let at = v128.and(i32x4.splat(1), larger);
  larger = f32x4.gt(c, best);
  best = v128.bitselect(c, best, larger);
  at = v128.bitselect(i32x4.splat(2), at, larger);
  larger = f32x4.gt(d, best);
  v128.store(y, v128.bitselect(d, best, larger));
  v128.store(index, v128.bitselect(i32x4.splat(3), at, larger));
}

/** The same of any PxP window. */
function poolOfMore(
  from: usize,
  pixel: usize,
  row: usize,
  y: usize,
  index: usize,
  p: i32,
): void {
  let best = v128.load(from);
  let at = i32x4.splat(0);
  for (let i = 1; i < p * p; i++) {
    const value = v128.load(from + <usize> (i / p) * row + <usize> (i % p) * pixel);
    const larger = f32x4.gt(value, best);
    best = v128.bitselect(value, best, larger);
    at = v128.bitselect(i32x4.splat(i), at, larger);
  }
  v128.store(y, best);
  v128.store(index, at);
}

/** dx (H,W,C) = dy (OH,OW,C) at the pixel that index (OH,OW,C) names, 0 elsewhere. */
export function maxPoolBackward(
  dy: usize,
  index: usize,
  dx: usize,
  h: i32,
  w: i32,
  c: i32,
  p: i32,
): void {
  const oh = h / p;
  const ow = w / p;
  const pixel = <usize> c << 2;
  const row = <usize> w * pixel;
  if (oh * p < h || ow * p < w) memory.fill(dx, 0, <usize> h * row);
  for (let oy = 0; oy < oh; oy++) {
    for (let ox = 0; ox < ow; ox++) {
      const corner = dx + <usize> (oy * p) * row + <usize> (ox * p) * pixel;
      for (let i = 0; i < p * p; i++) {
        const to = corner + <usize> (i / p) * row + <usize> (i % p) * pixel;
        for (let j: usize = 0; j < pixel; j += 16) {
          const here = i32x4.eq(v128.load(index + j), i32x4.splat(i));
          v128.store(to + j, v128.and(v128.load(dy + j), here));
        }
      }
      dy += pixel;
      index += pixel;
    }
  }
}

/** y (C) = the mean of the R pixels of x (R,C). */
export function averagePool(x: usize, y: usize, r: i32, c: i32): void {
  const pixel = <usize> c << 2;
  const count = f32x4.splat(<f32> r);
  for (let j: usize = 0; j < pixel; j += 16) {
    let sum = f32x4.splat(0);
    let p = x + j;
    for (let i = 0; i < r; i++) {
      sum = f32x4.add(sum, v128.load(p));
      p += pixel;
    }
    v128.store(y + j, f32x4.div(sum, count));
  }
}

/** dx (R,C) = dy (C) / R in every row. */
export function averagePoolBackward(dy: usize, dx: usize, r: i32, c: i32): void {
  const pixel = <usize> c << 2;
  const count = f32x4.splat(<f32> r);
  for (let i = 0; i < r; i++) {
    for (let j: usize = 0; j < pixel; j += 16) {
      v128.store(dx + j, f32x4.div(v128.load(dy + j), count));
    }
    dx += pixel;
  }
}
