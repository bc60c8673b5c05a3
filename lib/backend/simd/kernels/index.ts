// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// What the module exports.

export * from "./adam";
export * from "./batch_normalization";
export * from "./dropout";
export * from "./elementwise";
export { firstConvolution, firstConvolutionBackward } from "./first_convolution";
export { gemm, gemmTransposed, pack, packTransposed, transpose } from "./gemm";
export { col2im, im2col } from "./im2col";
export * from "./pooling";
export { nonZeroLists, pixelLists, pooledLists, sparseProduct } from "./sparse";
export { heapBase } from "./vector";
export { winogradFilter, winogradPool } from "./winograd";
