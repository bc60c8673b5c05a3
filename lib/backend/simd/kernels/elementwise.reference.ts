// The plain reference of elementwise.ts: what its kernels compute, on views instead of addresses.

/** max(x, 0), where not a number and -0 stay what they are. */
export function relu(x: number): number {
  return x < 0 ? 0 : x;
}

/** x (n) = bytes (n) / 255. */
export function bytesToFloats(bytes: Uint8Array, x: Float32Array, n: number): void {
  for (let i = 0; i < n; i++) x[i] = bytes[i] / 255;
}

/** x (R,P) = bytes (R,C) / 255, zero beyond C. */
export function bytesToPaddedFloats(
  bytes: Uint8Array,
  x: Float32Array,
  r: number,
  c: number,
  p: number,
): void {
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < p; j++) x[i * p + j] = j < c ? bytes[i * c + j] / 255 : 0;
  }
}

/** y (R,C) += bias (C), and max(y, 0) where `activate` is not 0. */
export function addBias(
  y: Float32Array,
  bias: Float32Array,
  r: number,
  c: number,
  activate: number,
): void {
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < c; j++) {
      const sum = y[i * c + j] + bias[j];
      y[i * c + j] = activate ? relu(sum) : sum;
    }
  }
}

/** y (n) = max(y, 0). */
export function reluForward(y: Float32Array, n: number): void {
  for (let i = 0; i < n; i++) y[i] = relu(y[i]);
}

/** dy (n) = 0 where y (n), what ReLU gave, is not positive. */
export function reluBackward(dy: Float32Array, y: Float32Array, n: number): void {
  for (let i = 0; i < n; i++) {
    if (!(y[i] > 0)) dy[i] = 0;
  }
}

/** db (C) (+)= the sum of the rows of dy (R,C). */
export function biasBackward(
  dy: Float32Array,
  db: Float32Array,
  r: number,
  c: number,
  accumulate: number,
): void {
  for (let j = 0; j < c; j++) {
    let sum = accumulate ? db[j] : 0;
    for (let i = 0; i < r; i++) sum += dy[i * c + j];
    db[j] = sum;
  }
}
