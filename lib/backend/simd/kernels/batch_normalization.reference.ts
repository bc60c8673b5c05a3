// The plain reference of batch_normalization.ts: what its kernels compute, on views instead of
// addresses.

/** mean (C) of the rows of x (R,C), and squares (C), the sum of (x - mean)^2. */
export function moments(
  x: Float32Array,
  mean: Float32Array,
  squares: Float32Array,
  r: number,
  c: number,
): void {
  for (let j = 0; j < c; j++) {
    let sum = 0;
    for (let i = 0; i < r; i++) sum += x[i * c + j];
    const average = sum / r;
    let total = 0;
    for (let i = 0; i < r; i++) total += (x[i * c + j] - average) ** 2;
    mean[j] = average;
    squares[j] = total;
  }
}

/** y (R,C) = (x - mean) * scale + shift, each of the three (C). */
export function normalise(
  x: Float32Array,
  y: Float32Array,
  mean: Float32Array,
  scale: Float32Array,
  shift: Float32Array,
  r: number,
  c: number,
): void {
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < c; j++) y[i * c + j] = (x[i * c + j] - mean[j]) * scale[j] + shift[j];
  }
}

/** sums (C) of the rows of dy (R,C), and products (C), the sum of dy * (x - mean) * inverse. */
export function normaliseSums(
  x: Float32Array,
  dy: Float32Array,
  mean: Float32Array,
  inverse: Float32Array,
  sums: Float32Array,
  products: Float32Array,
  r: number,
  c: number,
): void {
  for (let j = 0; j < c; j++) {
    let sum = 0;
    let product = 0;
    for (let i = 0; i < r; i++) {
      sum += dy[i * c + j];
      product += dy[i * c + j] * (x[i * c + j] - mean[j]);
    }
    sums[j] = sum;
    products[j] = product * inverse[j];
  }
}

/** dx (R,C) = scale * (dy - meanSum - (x - mean) * inverse * meanProduct); dx may be dy. */
export function normaliseBackward(
  x: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
  mean: Float32Array,
  inverse: Float32Array,
  scale: Float32Array,
  meanSum: Float32Array,
  meanProduct: Float32Array,
  r: number,
  c: number,
): void {
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < c; j++) {
      const normalised = (x[i * c + j] - mean[j]) * inverse[j];
      dx[i * c + j] = scale[j] * (dy[i * c + j] - meanSum[j] - normalised * meanProduct[j]);
    }
  }
}
