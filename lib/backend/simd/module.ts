// The kernels' WebAssembly module: which build of it this machine can run, and what it exports.

import { UserError } from "../../errors.ts";
import { readOwn } from "../../own.ts";

/** One compilation of the kernels. */
export interface Build {
  /** In kernels/. */
  file: string;
  /** Multiply-add in one instruction (the relaxed SIMD proposal). */
  relaxed: boolean;
  /** Memory that worker threads share. */
  shared: boolean;
}

export const BUILDS: readonly Build[] = [true, false].flatMap((relaxed) =>
  [true, false].map((shared) => ({
    file: `kernels${relaxed ? ".relaxed" : ""}${shared ? ".shared" : ""}.wasm`,
    relaxed,
    shared,
  }))
);

/** What a machine has of what the builds differ in. */
export interface Features {
  simd: boolean;
  relaxed: boolean;
  /** Shared memory, and a thread that may wait for others. */
  shared: boolean;
}

/** An address in WebAssembly memory, in bytes. */
export type Address = number;

/** The kernels, each documented in the file of its subject in kernels/. Sizes are in numbers. */
// deno-fmt-ignore -- a table: one kernel a line
export interface Kernels {
  heapBase(): Address;
  bytesToFloats(bytes: Address, x: Address, n: number): void;
  bytesToPaddedFloats(bytes: Address, x: Address, r: number, c: number, p: number): void;
  addBias(y: Address, bias: Address, r: number, c: number, activate: number): void;
  reluForward(y: Address, n: number): void;
  reluBackward(dy: Address, y: Address, n: number): void;
  biasBackward(dy: Address, db: Address, r: number, c: number, accumulate: number): void;
  gemm(m: number, n: number, k: number, a: Address, lda: number, packed: Address, c: Address, ldc: number, accumulate: number): void;
  gemmTransposed(m: number, n: number, k: number, a: Address, lda: number, packed: Address, c: Address, ldc: number, accumulate: number): void;
  pack(k: number, n: number, b: Address, ldb: number, packed: Address, first: number, last: number): void;
  packTransposed(k: number, n: number, b: Address, ldb: number, packed: Address, first: number, last: number): void;
  transpose(r: number, c: number, a: Address, lda: number, out: Address, ldo: number): void;
  im2col(x: Address, columns: Address, h: number, w: number, c: number, k: number, pad: number, oh: number, ow: number): void;
  col2im(columns: Address, dx: Address, h: number, w: number, c: number, k: number, pad: number, oh: number, ow: number): void;
  maxPool(x: Address, y: Address, index: Address, h: number, w: number, c: number, p: number): void;
  maxPoolBackward(dy: Address, index: Address, dx: Address, h: number, w: number, c: number, p: number): void;
  averagePool(x: Address, y: Address, r: number, c: number): void;
  averagePoolBackward(dy: Address, dx: Address, r: number, c: number): void;
  moments(x: Address, mean: Address, squares: Address, r: number, c: number): void;
  normalise(x: Address, y: Address, mean: Address, scale: Address, shift: Address, r: number, c: number): void;
  normaliseSums(x: Address, dy: Address, mean: Address, inverse: Address, sums: Address, products: Address, r: number, c: number): void;
  normaliseBackward(x: Address, dy: Address, dx: Address, mean: Address, inverse: Address, scale: Address, meanSum: Address, meanProduct: Address, r: number, c: number): void;
  dropout(x: Address, r: number, c: number, p: number, first: number, key: number, threshold: number, factor: number): void;
  adam(p: Address, m: Address, v: Address, gradient: Address, stride: number, parts: number, n: number, beta1: number, rest1: number, beta2: number, rest2: number, epsilon: number, rate: number, correction: number, keep: number): void;
  winogradFilter(w: Address, u: Address, ci: number, co: number, first: number, last: number): void;
  winogradPool(x: Address, u: Address, bias: Address, y: Address, index: Address, scratch: Address, n: number, h: number, w: number, ci: number, co: number): void;
  winogradForward(x: Address, u: Address, y: Address, scratch: Address, n: number, h: number, w: number, ci: number, co: number, pad: number): void;
  winogradBackward(x: Address, dy: Address, ut: Address, dx: Address, du: Address, scratch: Address, n: number, h: number, w: number, ci: number, co: number, pad: number): void;
  winogradTranspose(u: Address, ut: Address, ci: number, co: number, first: number, last: number): void;
  winogradFilterBackward(du: Address, dw: Address, ci: number, co: number): void;
  firstConvolution(x: Address, w: Address, bias: Address, y: Address, index: Address, n: number, h: number, width: number, co: number): void;
  firstConvolutionBackward(x: Address, dy: Address, index: Address, dw: Address, h: number, width: number, co: number, scratch: Address): void;
  sparseProduct(y: Address, offsets: Address, lists: Address, capacity: number, counts: Address, base: Address, r: number, n: number, accumulate: number): void;
  nonZeroLists(x: Address, r: number, c: number, rowLists: Address, rowCounts: Address, rowStride: number, columnLists: Address, columnCounts: Address, columnStride: number, columnCapacity: number): void;
  pixelLists(bytes: Address, r: number, k: number, rowLists: Address, rowCounts: Address, rowStride: number, columnLists: Address, columnCounts: Address, columnStride: number, columnCapacity: number): void;
  pooledLists(dy: Address, index: Address, windows: number, ow: number, w: number, ci: number, co: number, k: number, from: number, channelLists: Address, capacity: number, channelCounts: Address, pixelLists: Address, pixelCounts: Address): void;
}

/** Whether this machine runs a function of that body: `(func (result v128) ...)`. */
function runs(body: readonly number[]): boolean {
  // deno-fmt-ignore -- sections of a module, one a line
  return WebAssembly.validate(Uint8Array.of(
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // "\0asm", version 1
    0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, // type: () -> v128
    0x03, 0x02, 0x01, 0x00, // one function of it
    0x0a, body.length + 4, 0x01, body.length + 2, 0x00, ...body, 0x0b, // without locals
  ));
}

const I8X16_SPLAT_0 = [0x41, 0x00, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
const F32X4_RELAXED_MADD = [0xfd, 0x85, 0x02];

/** Finds out what this machine, or this thread of a web page, has. */
export function probeFeatures(): Features {
  return {
    simd: runs(I8X16_SPLAT_0),
    relaxed: runs([...I8X16_SPLAT_0, ...I8X16_SPLAT_0, ...I8X16_SPLAT_0, ...F32X4_RELAXED_MADD]),
    shared: canShare(),
  };
}

/**
 * Pages without isolation headers have no shared memory, and a page's main thread may not wait. Node
 * has no workers of the web's kind to share it with.
 */
function canShare(): boolean {
  // There a worker still gets shared memory from WebAssembly, but cannot pass it on.
  if (typeof SharedArrayBuffer === "undefined" || typeof Worker === "undefined") return false;
  try {
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    Atomics.wait(new Int32Array(buffer), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * The build for a machine with those features.
 *
 * @throws {UserError} when it has no SIMD.
 */
export function chooseBuild({ simd, relaxed, shared }: Features): Build {
  if (!simd) {
    throw new UserError(
      "The simd backend needs WebAssembly SIMD, which this machine or browser does not have: " +
        "use --backend cpu",
    );
  }
  return BUILDS.find((build) => build.relaxed === relaxed && build.shared === shared)!;
}

/** Loads and compiles a build. */
export async function loadModule({ file }: Build): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(await readOwn(`lib/backend/simd/kernels/${file}`));
}

/** Sets the kernels to work on `memory`. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const abort = () => {
    throw new Error("A kernel of the simd backend has aborted");
  };
  return new WebAssembly.Instance(module, { env: { memory, abort } })
    .exports as unknown as Kernels;
}
