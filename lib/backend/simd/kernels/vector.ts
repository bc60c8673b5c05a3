// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Four float32 lanes: the arithmetic that every kernel is written in.

/**
 * a * b + c. Where the machine has relaxed SIMD one instruction with one rounding, else two with
 * two: the build decides (ASC_FEATURE_RELAXED_SIMD is known to the compiler).
 */
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** max(x, 0), lane by lane. Not a number stays so: pmax gives its first operand unless x < 0. */
export function relu(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}

/** The first address behind the module's own data: the caller's memory begins there or later. */
export function heapBase(): usize {
  return __heap_base;
}
