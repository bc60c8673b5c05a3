// IEEE 754 half precision (binary16): a sign bit, 5 bits of exponent, 10 of fraction. Written out
// because browsers from before 2025 lack Float16Array and DataView.setFloat16().

/** The largest finite number of half precision. */
export const LARGEST_HALF = 65504;

/**
 * The 16 bits of the half nearest to `value`, of the even one where two are as near, and of infinity
 * beyond the range.
 *
 * @param value A float32. NaN loses its sign and payload.
 */
export function toHalfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  // Halfway to 65536, which would come next and is the even one.
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 numbers are subnormal: their steps no longer shrink with them.
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  // Exact, for the divisor is a power of two. From 1024 to 2048, below 1024 if subnormal.
  const steps = roundToEven(size / 2 ** (exponent - 10));
  // The 1024 steps that a normal number begins with are not stored: they add 1 to the exponent,
  // whose bias thus is 14, not 15; and so does rounding up to 2048.
  return sign | (((exponent + 14) << 10) + steps);
}

/** The number that 16 bits stand for. */
export function fromHalfBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Rounds to a whole number, halves to the even one. */
function roundToEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
