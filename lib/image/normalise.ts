// From anybody's picture of a digit to what the networks were trained on.
// Source: LeCun, Bottou, Bengio & Haffner, Gradient-Based Learning Applied to Document Recognition
// (1998), and http://yann.lecun.com/exdb/mnist/: MNIST's digits were "size normalized to fit in a
// 20x20 pixel box while preserving their aspect ratio", with "grey levels as a result of the
// anti-aliasing", and "centered in a 28x28 image by computing the center of mass of the pixels".

import type { Picture } from "./picture.ts";

/** A digit as MNIST would have it. */
export interface Normalised {
  /** (28, 28) row-major: 0 paper to 255 ink. */
  readonly pixels: Uint8Array;
  /** The part of the picture that the ink takes, in pixels. */
  readonly box: readonly [x: number, y: number, width: number, height: number];
  /** The ink is lighter than the paper. */
  readonly inverted: boolean;
}

/** Options of {@linkcode normalise}. */
export interface NormaliseOptions {
  /** Whether the ink is lighter than the paper ("auto": find out). */
  invert?: "auto" | "yes" | "no";
}

// digit.ts, compiled: a new process has a picture normalised in a tenth of the time.
// @ts-expect-error -- TypeScript knows no source phase imports yet
const MODULE: WebAssembly.Module = await import.source("./wasm/digit.wasm");

/** What wasm/index.ts exports. */
interface Finder {
  readonly memory: WebAssembly.Memory;
  allocate(count: number): number;
  findDigit(width: number, height: number, inverted: number): number;
  pixels(): number;
  left(): number;
  top(): number;
  width(): number;
  height(): number;
  inverted(): number;
}

/**
 * Finds the digit in a picture and brings it into MNIST's form. The picture has one digit; paper
 * is the greater part of it, may be unevenly lit, darker or lighter than the ink, or transparent.
 *
 * @returns undefined if there is nothing on the paper.
 */
export function normalise(
  { width, height, data }: Picture,
  { invert = "auto" }: NormaliseOptions = {},
): Normalised | undefined {
  const finder = new WebAssembly.Instance(MODULE).exports as unknown as Finder;
  const address = finder.allocate(width * height);
  new Uint8Array(finder.memory.buffer).set(data, address);
  const inverted = { auto: -1, no: 0, yes: 1 }[invert];
  if (!finder.findDigit(width, height, inverted)) return undefined;
  return {
    pixels: new Uint8Array(finder.memory.buffer, finder.pixels(), 28 * 28).slice(),
    box: [finder.left(), finder.top(), finder.width(), finder.height()],
    inverted: finder.inverted() !== 0,
  };
}
