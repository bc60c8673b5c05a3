// @ts-nocheck AssemblyScript, not TypeScript: the other half of ../integer.ts

export type Int = i32;

export type Pixel = u32;

export function int(value: f64): Int {
  return <i32> value;
}

export function min(a: Int, b: Int): Int {
  return a < b ? a : b;
}

export function max(a: Int, b: Int): Int {
  return a > b ? a : b;
}
