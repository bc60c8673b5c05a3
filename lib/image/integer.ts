// Whole numbers, for sources that are TypeScript and AssemblyScript at once: see page.ts.
// This is what they are in TypeScript; wasm/integer.ts is what they are in AssemblyScript.

/** A whole number of 32 bits. */
export type Int = number;

/** Red, green, blue and alpha in 32 bits, red in the lowest. */
export type Pixel = number;

/** Cuts off the fraction. */
export function int(value: number): Int {
  return Math.trunc(value);
}

export function min(a: Int, b: Int): Int {
  return a < b ? a : b;
}

export function max(a: Int, b: Int): Int {
  return a > b ? a : b;
}
