// The plain reference of im2col.ts: what its kernels compute, on views instead of addresses.

/**
 * Calls `visit` with the index of each number of columns (OH*OW, K*K*C) and that of the number of
 * x (H,W,C) that belongs there, -1 beyond the border.
 */
function forEachPair(
  [h, w, c, k, pad, oh, ow]: number[],
  visit: (column: number, picture: number) => void,
): void {
  let column = 0;
  for (let oy = 0; oy < oh; oy++) {
    for (let ox = 0; ox < ow; ox++) {
      for (let ky = 0; ky < k; ky++) {
        for (let kx = 0; kx < k; kx++) {
          const y = oy + ky - pad;
          const x = ox + kx - pad;
          const inside = y >= 0 && y < h && x >= 0 && x < w;
          for (let i = 0; i < c; i++) visit(column++, inside ? (y * w + x) * c + i : -1);
        }
      }
    }
  }
}

/** columns (OH*OW, K*K*C) = the patches of x (H,W,C), zero where they reach over its border. */
export function im2col(
  x: Float32Array,
  columns: Float32Array,
  h: number,
  w: number,
  c: number,
  k: number,
  pad: number,
  oh: number,
  ow: number,
): void {
  forEachPair([h, w, c, k, pad, oh, ow], (column, picture) => {
    columns[column] = picture < 0 ? 0 : x[picture];
  });
}

/** dx (H,W,C) = the sum of all patches of columns (OH*OW, K*K*C) at their places. */
export function col2im(
  columns: Float32Array,
  dx: Float32Array,
  h: number,
  w: number,
  c: number,
  k: number,
  pad: number,
  oh: number,
  ow: number,
): void {
  const sums = new Float64Array(h * w * c);
  forEachPair([h, w, c, k, pad, oh, ow], (column, picture) => {
    if (picture >= 0) sums[picture] += columns[column];
  });
  dx.set(sums);
}
