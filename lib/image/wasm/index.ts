// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// What the module exports. A picture goes to the address that allocate() gives; where findDigit()
// found one, the other functions tell of it. An instance is for one picture: nothing is ever freed.

import { type Digit, findDigit as findDigitIn } from "../digit.ts";

let picture = new Uint32Array(0);
let found: Digit | null = null;

/** The address of `count` RGBA pixels. */
export function allocate(count: i32): usize {
  picture = new Uint32Array(count);
  return picture.dataStart;
}

/** Whether there is a digit in the picture. */
export function findDigit(width: i32, height: i32, inverted: i32): bool {
  found = findDigitIn(picture, width, height, inverted);
  return found !== null;
}

/** The address of the 784 bytes. */
export function pixels(): usize {
  return found!.pixels.dataStart;
}

export function left(): i32 {
  return found!.box.x;
}

export function top(): i32 {
  return found!.box.y;
}

export function width(): i32 {
  return found!.box.width;
}

export function height(): i32 {
  return found!.box.height;
}

export function inverted(): bool {
  return found!.inverted;
}
