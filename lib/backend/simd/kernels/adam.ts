// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// One step of Adam on n weights, n a multiple of 4.
// Sources: Kingma and Ba, "Adam" (2015); Loshchilov and Hutter, "Decoupled Weight Decay
// Regularization" (2019); epsilon outside the square root, as in TensorFlow.js.

import { fma } from "./vector.ts";

/**
 * p, m, v (n) are updated by the sum of `parts` gradients (n), each `stride` bytes behind the one
 * before and added in that order.
 *
 * @param rest1 1 - beta1, and rest2 1 - beta2: subtracted before they are rounded to float32.
 * @param rate Learning rate / (1 - beta1^step).
 * @param correction 1 / (1 - beta2^step).
 * @param keep 1 - learning rate * weight decay.
 */
export function adam(
  p: usize,
  m: usize,
  v: usize,
  gradient: usize,
  stride: usize,
  parts: i32,
  n: i32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  epsilon: f32,
  rate: f32,
  correction: f32,
  keep: f32,
): void {
  const b1 = f32x4.splat(beta1);
  const b2 = f32x4.splat(beta2);
  const r1 = f32x4.splat(rest1);
  const r2 = f32x4.splat(rest2);
  const rates = f32x4.splat(rate);
  const corrections = f32x4.splat(correction);
  const epsilons = f32x4.splat(epsilon);
  const keeps = f32x4.splat(keep);
  for (let i: usize = 0, end = <usize> n << 2; i < end; i += 16) {
    let at = gradient + i;
    let g = v128.load(at);
    for (let part = 1; part < parts; part++) {
      at += stride;
      g = f32x4.add(g, v128.load(at));
    }
    const first = fma(b1, v128.load(m + i), f32x4.mul(r1, g));
    const second = fma(b2, v128.load(v + i), f32x4.mul(r2, f32x4.mul(g, g)));
    v128.store(m + i, first);
    v128.store(v + i, second);
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(second, corrections)), epsilons);
    const step = f32x4.div(f32x4.mul(rates, first), root);
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), keeps), step));
  }
}
