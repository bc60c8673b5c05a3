// The plain reference of pooling.ts: what its kernels compute, on views instead of addresses.

/**
 * y (OH,OW,C) = the largest of each PxP window of x (H,W,C), and index (OH,OW,C) which of its pixels
 * that was, row by row: the first of equals. OH = H/P and OW = W/P, rounded down.
 *
 * NaN is larger than nothing and nothing is larger than NaN: a window gives it only if it is first.
 */
export function maxPool(
  x: Float32Array | Float64Array,
  y: Float32Array,
  index: Int32Array,
  h: number,
  w: number,
  c: number,
  p: number,
): void {
  const oh = Math.floor(h / p);
  const ow = Math.floor(w / p);
  for (let oy = 0; oy < oh; oy++) {
    for (let ox = 0; ox < ow; ox++) {
      for (let j = 0; j < c; j++) {
        const to = (oy * ow + ox) * c + j;
        let best = x[(oy * p * w + ox * p) * c + j];
        index[to] = 0;
        for (let i = 1; i < p * p; i++) {
          const value = x[((oy * p + Math.floor(i / p)) * w + ox * p + i % p) * c + j];
          if (value > best) {
            best = value;
            index[to] = i;
          }
        }
        y[to] = best;
      }
    }
  }
}

/** dx (H,W,C) = dy (OH,OW,C) at the pixel that index (OH,OW,C) names, 0 elsewhere. */
export function maxPoolBackward(
  dy: Float32Array,
  index: Int32Array,
  dx: Float32Array,
  h: number,
  w: number,
  c: number,
  p: number,
): void {
  const oh = Math.floor(h / p);
  const ow = Math.floor(w / p);
  dx.fill(0, 0, h * w * c);
  for (let oy = 0; oy < oh; oy++) {
    for (let ox = 0; ox < ow; ox++) {
      for (let j = 0; j < c; j++) {
        const from = (oy * ow + ox) * c + j;
        const i = index[from];
        dx[((oy * p + Math.floor(i / p)) * w + ox * p + i % p) * c + j] = dy[from];
      }
    }
  }
}

/** y (C) = the mean of the R pixels of x (R,C). */
export function averagePool(x: Float32Array, y: Float32Array, r: number, c: number): void {
  for (let j = 0; j < c; j++) {
    let sum = 0;
    for (let i = 0; i < r; i++) sum += x[i * c + j];
    y[j] = sum / r;
  }
}

/** dx (R,C) = dy (C) / R in every row. */
export function averagePoolBackward(
  dy: Float32Array,
  dx: Float32Array,
  r: number,
  c: number,
): void {
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < c; j++) dx[i * c + j] = dy[j] / r;
  }
}
