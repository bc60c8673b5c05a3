// The plain reference of adam.ts: what its kernel computes, on views instead of addresses.

/**
 * p, m, v (n) after one step along the sum of `parts` gradients (n), which are `stride` bytes apart
 * and added in float32, in order.
 *
 * @param rate Learning rate / (1 - beta1^step).
 * @param correction 1 / (1 - beta2^step).
 * @param keep 1 - learning rate * weight decay.
 */
export function adam(
  p: Float32Array,
  m: Float32Array,
  v: Float32Array,
  gradient: Float32Array,
  stride: number,
  parts: number,
  n: number,
  beta1: number,
  rest1: number,
  beta2: number,
  rest2: number,
  epsilon: number,
  rate: number,
  correction: number,
  keep: number,
): void {
  for (let i = 0; i < n; i++) {
    let g = gradient[i];
    for (let part = 1; part < parts; part++) g = Math.fround(g + gradient[part * stride / 4 + i]);
    const first = beta1 * m[i] + rest1 * g;
    const second = beta2 * v[i] + rest2 * g * g;
    m[i] = first;
    v[i] = second;
    p[i] = p[i] * keep - rate * first / (Math.sqrt(second * correction) + epsilon);
  }
}
