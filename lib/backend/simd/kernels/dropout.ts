// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Dropout with masks that are computed, not stored: number i of the batch is kept when a hash of
// i and a key is at least `threshold`. Source of the hash: Chris Wellons' lowbias32; the plain
// TypeScript reference is lib/model/dropout.ts, which every backend follows.

/**
 * x (R,P) = x * factor where kept, 0 where dropped. `first` is the batch's index of the first
 * number, counted without padding: rows have C numbers there and P, a multiple of 4, in memory.
 */
export function dropout(
  x: usize,
  r: i32,
  c: i32,
  p: i32,
  first: i32,
  key: i32,
  threshold: i32,
  factor: f32,
): void {
  const golden = i32x4.splat(<i32> 0x9e3779b9);
  const lanes = i32x4(0, 1, 2, 3);
  const keys = i32x4.splat(key);
  const limit = i32x4.splat(threshold);
  const factors = f32x4.splat(factor);
  for (let row = 0; row < r; row++) {
    for (let j = 0; j < p; j += 4) {
      const i = i32x4.add(i32x4.splat(first + row * c + j), lanes);
      let hash = i32x4.add(i32x4.mul(i, golden), keys);
      hash = v128.xor(hash, i32x4.shr_u(hash, 16));
      hash = i32x4.mul(hash, i32x4.splat(0x21f0aaad));
      hash = v128.xor(hash, i32x4.shr_u(hash, 15));
      hash = i32x4.mul(hash, i32x4.splat(0x735a2d97));
      hash = v128.xor(hash, i32x4.shr_u(hash, 15));
      v128.store(x, v128.and(f32x4.mul(v128.load(x), factors), i32x4.ge_u(hash, limit)));
      x += 16;
    }
  }
}
