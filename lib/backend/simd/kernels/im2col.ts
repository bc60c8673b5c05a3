// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Convolution as a product of matrices: im2col writes under each output position the patch of the
// picture that its filter sees, and col2im, its adjoint, adds patches back into a picture.
//
// x is (H,W,C), columns is (OH*OW, K*K*C) with OH = H + 2*pad - K + 1 rows where `pad` is the same
// on all sides but for even K, where "same" padding has one less before than behind: OH and OW are
// given. C is any number.
// Source: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for
// Document Processing" (2006).

/** Copies n floats. */
function copy(from: usize, to: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  for (; n > 0; n--) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 4;
  }
}

/** Adds n floats. */
function accumulate(from: usize, to: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    from += 16;
    to += 16;
  }
  for (; n > 0; n--) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    from += 4;
    to += 4;
  }
}

/** columns (OH*OW, K*K*C) = the patches of x (H,W,C), zero where they reach over its border. */
export function im2col(
  x: usize,
  columns: usize,
  h: i32,
  w: i32,
  c: i32,
  k: i32,
  pad: i32,
  oh: i32,
  ow: i32,
): void {
  let to = columns;
  const segment = <usize> (k * c) << 2;
  for (let oy = 0; oy < oh; oy++) {
    for (let ox = 0; ox < ow; ox++) {
      const left = ox - pad;
      const from = max(left, 0);
      const until = min(left + k, w);
      for (let ky = 0; ky < k; ky++) {
        const y = oy + ky - pad;
        const inside = y >= 0 && y < h;
        if (!inside || from != left || until != left + k) memory.fill(to, 0, segment);
        if (inside) {
          copy(
            x + (<usize> ((y * w + from) * c) << 2),
            to + (<usize> ((from - left) * c) << 2),
            (until - from) * c,
          );
        }
        to += segment;
      }
    }
  }
}

/** dx (H,W,C) = the sum of all patches of columns (OH*OW, K*K*C) at their places. */
export function col2im(
  columns: usize,
  dx: usize,
  h: i32,
  w: i32,
  c: i32,
  k: i32,
  pad: i32,
  oh: i32,
  ow: i32,
): void {
  memory.fill(dx, 0, <usize> (h * w * c) << 2);
  let at = columns;
  const segment = <usize> (k * c) << 2;
  for (let oy = 0; oy < oh; oy++) {
    for (let ox = 0; ox < ow; ox++) {
      const left = ox - pad;
      const from = max(left, 0);
      const until = min(left + k, w);
      for (let ky = 0; ky < k; ky++) {
        const y = oy + ky - pad;
        if (y >= 0 && y < h) {
          accumulate(
            at + (<usize> ((from - left) * c) << 2),
            dx + (<usize> ((y * w + from) * c) << 2),
            (until - from) * c,
          );
        }
        at += segment;
      }
    }
  }
}
