// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// What the module exports.

export * from "./adam.ts";
export * from "./batch_normalization.ts";
export * from "./dropout.ts";
export * from "./elementwise.ts";
export { firstConvolution, firstConvolutionBackward } from "./first_convolution.ts";
export { gemm, gemmTransposed, pack, packTransposed, transpose } from "./gemm.ts";
export { col2im, im2col } from "./im2col.ts";
export * from "./pooling.ts";
export { nonZeroLists, pixelLists, pooledLists, sparseProduct } from "./sparse.ts";
export { heapBase } from "./vector.ts";
export { winogradFilter, winogradPool } from "./winograd.ts";
export {
  winogradBackward,
  winogradFilterBackward,
  winogradForward,
  winogradTranspose,
} from "./winograd_plain.ts";
