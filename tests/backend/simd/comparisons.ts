// The table of kernels.test.ts: with what sizes and numbers each kernel of the simd backend is held
// against its plain reference, kernel file by kernel file. Sizes are at the edges of the contract.

import * as adam from "../../../lib/backend/simd/kernels/adam.reference.ts";
import * as normalisation from "../../../lib/backend/simd/kernels/batch_normalization.reference.ts";
import { convolution } from "../../../lib/backend/simd/kernels/convolution.reference.ts";
import * as dropout from "../../../lib/backend/simd/kernels/dropout.reference.ts";
import * as elementwise from "../../../lib/backend/simd/kernels/elementwise.reference.ts";
import * as first from "../../../lib/backend/simd/kernels/first_convolution.reference.ts";
import * as products from "../../../lib/backend/simd/kernels/gemm.reference.ts";
import * as patches from "../../../lib/backend/simd/kernels/im2col.reference.ts";
import * as pooling from "../../../lib/backend/simd/kernels/pooling.reference.ts";
import * as sparse from "../../../lib/backend/simd/kernels/sparse.reference.ts";
import * as winograd from "../../../lib/backend/simd/kernels/winograd.reference.ts";
import * as plain from "../../../lib/backend/simd/kernels/winograd_plain.reference.ts";
import { dropoutKey, mix } from "../../../lib/model/dropout.ts";
import { blank, blankIntegers, combinations, compared, type KernelTest } from "./agreement.ts";

const FLAGS = [0, 1];
/** How many numbers a row's stride is larger than its width. */
const GAPS = [0, 5];
const CHANNELS = [4, 8, 12, 24];

function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}

// gemm.ts

const PRODUCTS = combinations({
  m: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14],
  n: [4, 8, 12, 20],
  k: [0, 1, 4, 7],
  gap: GAPS,
  accumulate: FLAGS,
});

const GEMM = [
  compared("gemm", products.gemm, {
    sizes: PRODUCTS,
    args: ({ m, n, k, gap, accumulate }, draw) => [
      m,
      n,
      k,
      draw.numbers(m * (k + gap)),
      k + gap,
      draw.numbers(k * n),
      accumulate ? draw.numbers(m * (n + gap)) : blank(m * (n + gap)),
      n + gap,
      accumulate,
    ],
    rounded: { outputs: [6], roundings: ({ k }) => k + 2 },
  }),
  compared("gemmTransposed", products.gemmTransposed, {
    sizes: PRODUCTS,
    args: ({ m, n, k, gap, accumulate }, draw) => [
      m,
      n,
      k,
      draw.numbers(k * (m + gap)),
      m + gap,
      draw.numbers(k * n),
      accumulate ? draw.numbers(m * (n + gap)) : blank(m * (n + gap)),
      n + gap,
      accumulate,
    ],
    rounded: { outputs: [6], roundings: ({ k }) => k + 2 },
  }),
  compared("pack", products.pack, {
    sizes: combinations({
      k: [1, 2, 4, 9],
      n: [4, 8, 12, 20],
      gap: GAPS,
      rows: [[0, 99], [1, 99], [2, 3], [3, 3]],
    }),
    args: ({ k, n, gap, rows: [first, last] }, draw) => [
      k,
      n,
      draw.numbers(k * (n + gap)),
      n + gap,
      blank(k * n),
      Math.min(first, k),
      Math.min(last, k),
    ],
  }),
  compared("packTransposed", products.packTransposed, {
    sizes: combinations({
      k: [4, 8, 12],
      n: [4, 8, 12, 20],
      gap: GAPS,
      rows: [[0, 99], [8, 99], [0, 8], [8, 16]],
    }),
    args: ({ k, n, gap, rows: [first, last] }, draw) => [
      k,
      n,
      draw.numbers(n * (k + gap)),
      k + gap,
      blank(k * n),
      Math.min(first, n),
      Math.min(last, n),
    ],
  }),
  compared("transpose", products.transpose, {
    sizes: combinations({ r: [4, 8, 12, 20], c: [4, 8, 12, 20], gap: GAPS }),
    args: ({ r, c, gap }, draw) => [
      r,
      c,
      draw.numbers(r * (c + gap)),
      c + gap,
      blank(c * (r + gap)),
      r + gap,
    ],
  }),
];

// im2col.ts

const PATCHES = combinations({
  size: [[1, 1], [1, 5], [2, 3], [5, 5], [6, 4], [7, 9]],
  c: [1, 2, 3, 4, 8],
  k: [1, 2, 3, 5],
  padding: ["valid", "same", "full"],
}).map(({ size: [h, w], c, k, padding }) => {
  const pad = { valid: 0, same: (k - 1) >> 1, full: k - 1 }[padding]!;
  const more = { valid: 1 - k, same: 0, full: k - 1 }[padding]!;
  return { h, w, c, k, pad, oh: h + more, ow: w + more };
}).filter(({ oh, ow }) => oh > 0 && ow > 0);

const IM2COL = [
  compared("im2col", patches.im2col, {
    sizes: PATCHES,
    args: ({ h, w, c, k, pad, oh, ow }, draw) => [
      draw.numbers(h * w * c),
      blank(oh * ow * k * k * c),
      h,
      w,
      c,
      k,
      pad,
      oh,
      ow,
    ],
  }),
  compared("col2im", patches.col2im, {
    sizes: PATCHES,
    args: ({ h, w, c, k, pad, oh, ow }, draw) => [
      draw.numbers(oh * ow * k * k * c),
      blank(h * w * c),
      h,
      w,
      c,
      k,
      pad,
      oh,
      ow,
    ],
    rounded: { outputs: [1], roundings: ({ k }) => k * k + 1 },
  }),
];

// elementwise.ts

const ELEMENTWISE = [
  compared("bytesToFloats", elementwise.bytesToFloats, {
    sizes: [0, 1, 3, 4, 5, 16, 255],
    args: (n, draw) => [draw.bytes(n), blank(roundUp(n, 4)), n],
    forget: (_bytes, x, n) => x.fill(0, n), // it writes up to 3 beyond n
  }),
  compared("bytesToPaddedFloats", elementwise.bytesToPaddedFloats, {
    sizes: combinations({ r: [0, 1, 5], c: [1, 3, 4, 7], p: [8, 12] }),
    args: ({ r, c, p }, draw) => [draw.bytes(r * c), blank(r * p), r, c, p],
  }),
  compared("addBias", elementwise.addBias, {
    sizes: combinations({ r: [0, 1, 5], c: CHANNELS, activate: FLAGS }),
    args: ({ r, c, activate }, draw) => [draw.numbers(r * c), draw.numbers(c), r, c, activate],
  }),
  compared("reluForward", elementwise.reluForward, {
    sizes: [0, 4, 12, 40],
    args: (n, draw) => [draw.numbers(n), n],
  }),
  compared("reluBackward", elementwise.reluBackward, {
    sizes: [0, 4, 12, 40],
    args: (n, draw) => [draw.numbers(n), draw.numbers(n), n],
  }),
  compared("biasBackward", elementwise.biasBackward, {
    sizes: combinations({
      r: [0, 1, 2, 13],
      c: [...CHANNELS, 16, 20, 36],
      accumulate: FLAGS,
    }),
    args: ({ r, c, accumulate }, draw) => [
      draw.numbers(r * c),
      accumulate ? draw.numbers(c) : blank(c),
      r,
      c,
      accumulate,
    ],
    rounded: { outputs: [1], roundings: ({ r }) => r + 1 },
  }),
];

// pooling.ts

const POOLS = combinations({
  size: [[1, 1], [2, 2], [3, 3], [2, 5], [5, 4], [7, 9]],
  c: CHANNELS,
  p: [1, 2, 3],
}).map(({ size: [h, w], c, p }) => ({
  h,
  w,
  c,
  p,
  pooled: Math.floor(h / p) * Math.floor(w / p) * c,
}));

const POOLING = [
  compared("maxPool", pooling.maxPool, {
    sizes: POOLS,
    args: ({ h, w, c, p, pooled }, draw) => [
      draw.numbers(h * w * c),
      blank(pooled),
      blankIntegers(pooled),
      h,
      w,
      c,
      p,
    ],
  }),
  compared("maxPoolBackward", pooling.maxPoolBackward, {
    sizes: POOLS,
    args: ({ h, w, c, p, pooled }, draw) => [
      draw.numbers(pooled),
      draw.whole(pooled, p * p),
      blank(h * w * c),
      h,
      w,
      c,
      p,
    ],
  }),
  compared("averagePool", pooling.averagePool, {
    sizes: combinations({ r: [1, 2, 7, 49], c: CHANNELS }),
    args: ({ r, c }, draw) => [draw.numbers(r * c), blank(c), r, c],
    rounded: { outputs: [1], roundings: ({ r }) => r + 1 },
  }),
  compared("averagePoolBackward", pooling.averagePoolBackward, {
    sizes: combinations({ r: [1, 2, 7, 49], c: CHANNELS }),
    args: ({ r, c }, draw) => [draw.numbers(c), blank(r * c), r, c],
  }),
];

// batch_normalization.ts

const ROWS = combinations({ r: [1, 2, 3, 13, 50], c: [...CHANNELS, 16, 36] });

const NORMALISATION = [
  compared("moments", normalisation.moments, {
    sizes: ROWS,
    args: ({ r, c }, draw) => [draw.numbers(r * c), blank(c), blank(c), r, c],
    // The mean's error, r times that of one rounding, comes in twice.
    rounded: { outputs: [1, 2], roundings: ({ r }) => 3 * r + 3 },
    inexact: true,
    terms(x, mean, squares, r, c) {
      normalisation.moments(x, mean, squares, r, c);
      for (let j = 0; j < c; j++) {
        squares[j] = 0;
        for (let i = 0; i < r; i++) squares[j] += (x[i * c + j] + mean[j]) ** 2;
      }
    },
  }),
  compared("normalise", normalisation.normalise, {
    sizes: ROWS,
    args: ({ r, c }, draw) => [
      draw.numbers(r * c),
      blank(r * c),
      draw.subtracted(c),
      draw.numbers(c),
      draw.numbers(c),
      r,
      c,
    ],
    rounded: { outputs: [1], roundings: () => 4 },
  }),
  compared("normaliseSums", normalisation.normaliseSums, {
    sizes: ROWS,
    args: ({ r, c }, draw) => [
      draw.numbers(r * c),
      draw.numbers(r * c),
      draw.subtracted(c),
      draw.numbers(c),
      blank(c),
      blank(c),
      r,
      c,
    ],
    rounded: { outputs: [4, 5], roundings: ({ r }) => r + 4 },
  }),
  compared("normaliseBackward", normalisation.normaliseBackward, {
    sizes: combinations({ r: [1, 2, 13], c: CHANNELS, inPlace: [false, true] }),
    args({ r, c, inPlace }, draw) {
      const dy = draw.numbers(r * c);
      return [
        draw.numbers(r * c),
        dy,
        inPlace ? dy : blank(r * c),
        draw.subtracted(c),
        draw.numbers(c),
        draw.numbers(c),
        draw.subtracted(c),
        draw.subtracted(c),
        r,
        c,
      ];
    },
    rounded: { outputs: [2], roundings: () => 7 },
  }),
];

// dropout.ts

const DROPOUT = compared("dropout", dropout.dropout, {
  sizes: combinations({
    r: [0, 1, 3],
    c: [1, 2, 3, 4, 5, 10, 12],
    first: [0, 7, 1000],
    rate: [0, 0.25, 0.5, 0.999, "hash"],
  }),
  args({ r, c, first, rate }, draw) {
    const p = roundUp(c, 4);
    const x = draw.numbers(r * p).map((number, i) => i % p < c ? number : 0);
    const key = dropoutKey(draw.random.integer(2 ** 32), 1, 2);
    // Number 0 of the batch is kept by as little as can be where the threshold is its own hash.
    const threshold = typeof rate === "number" ? Math.round(rate * 2 ** 32) : mix(key);
    return [x, r, c, p, first, key, threshold, 1 / (1 - threshold / 2 ** 32)];
  },
});

// adam.ts

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const LEARNING_RATE = 1e-3;
const EPSILON = 1e-7;

const ADAM = compared("adam", adam.adam, {
  sizes: combinations({ n: [0, 4, 12, 40], step: [1, 10, 10_000], weightDecay: [0, 0.1] }),
  args: ({ n, step, weightDecay }, draw) => [
    draw.numbers(n),
    draw.numbers(n),
    draw.positive(n),
    draw.numbers(n),
    0,
    1,
    n,
    Math.fround(BETA_1),
    Math.fround(1 - BETA_1),
    Math.fround(BETA_2),
    Math.fround(1 - BETA_2),
    Math.fround(EPSILON),
    draw.minus(Math.fround(LEARNING_RATE / (1 - BETA_1 ** step))),
    Math.fround(1 / (1 - BETA_2 ** step)),
    Math.fround(1 - LEARNING_RATE * weightDecay),
  ],
  without: ["huge"], // their squares overflow
  rounded: { outputs: [0, 1, 2], roundings: () => 16 },
  inexact: true,
  growth: 1 / EPSILON, // rate * m is rounded, then divided by no less than this
});

// winograd.ts

const WINOGRAD = [
  compared("winogradFilter", winograd.winogradFilter, {
    sizes: combinations({ ci: [4, 8, 12], co: [8, 24], channels: [[0, 99], [1, 3], [4, 99]] }),
    args: ({ ci, co, channels: [first, last] }, draw) => [
      draw.numbers(9 * ci * co),
      blank(16 * ci * co),
      ci,
      co,
      first,
      Math.min(last, ci),
    ],
    without: ["infinities", "nan"], // see winogradPool
    rounded: { outputs: [1], roundings: () => 5 },
    terms(w, u, ci, co, first, last) {
      winograd.winogradFilter(w, u, ci, co, first, last);
      // Row 2 of G is row 1 but for a sign.
      const plane = (row: number, column: number, block: number) => {
        const at = (block * 16 + 4 * row + column) * ci * 8;
        return u.subarray(at, at + ci * 8);
      };
      for (let block = 0; block < co / 8; block++) {
        for (let row = 0; row < 4; row++) plane(row, 2, block).set(plane(row, 1, block));
        for (let column = 0; column < 4; column++) {
          plane(2, column, block).set(plane(1, column, block));
        }
      }
    },
  }),
  compared("winogradPool", winograd.winogradPool, {
    sizes: combinations({
      size: [
        { n: 1, h: 3, w: 3, ci: 4, co: 8 },
        { n: 1, h: 4, w: 4, ci: 12, co: 24 },
        { n: 1, h: 5, w: 7, ci: 8, co: 24 },
        { n: 2, h: 9, w: 10, ci: 4, co: 8 },
        // Every number of windows up to more than a block.
        ...Array.from({ length: 14 }, (_, i) => ({ n: i + 1, h: 4, w: 4, ci: 4, co: 16 })),
      ],
      indexed: [true, false],
    }),
    args: ({ size: { n, h, w, ci, co }, indexed }, draw) => {
      const pooled = n * (h - 2 >> 1) * (w - 2 >> 1) * co;
      return [
        draw.numbers(n * h * w * ci),
        draw.numbers(9 * ci * co),
        draw.numbers(co),
        blank(pooled),
        indexed ? blankIntegers(pooled) : null,
        blank(16 * 12 * (ci + 8)),
        n,
        h,
        w,
        ci,
        co,
      ];
    },
    toKernel: ([x, w, bias, y, index, scratch, n, h, width, ci, co]) => {
      const u = blank(16 * ci * co);
      winograd.winogradFilter(w, u, ci, co, 0, ci);
      return [x, u, bias, y, index, scratch, n, h, width, ci, co];
    },
    // Pixels of a patch are subtracted from each other that a direct convolution keeps apart.
    without: ["infinities", "nan"],
    // Both transforms, the sum over CI and the bias; see `terms` for the factor.
    rounded: { outputs: [3], roundings: ({ size: { ci } }) => 4 * (ci + 10) },
    terms: winogradTerms,
    forget: (_x, _u, _bias, _y, _index, scratch) => scratch.fill(0),
    winner: {
      index: 4,
      y: 3,
      candidates: (x, w, _bias, _y, _index, _scratch, n, h, width, ci, co) =>
        windowCandidates(convolution(x, w, { n, h, w: width, ci, co, k: 3 }), h, width, co),
    },
  }),
];

/**
 * y = |bias| and, for each channel, the sum of the 4x4 pixels by the sum of the filter. In the 2x2
 * outputs no product of a pixel and a weight is counted more than 4 times.
 */
function winogradTerms(...args: Parameters<typeof winograd.winogradPool>): void {
  const [x, w, bias, y, , , n, h, width, ci, co] = args;
  let to = 0;
  for (let image = 0; image < n; image++) {
    for (let oy = 0; oy < h - 3; oy += 2) {
      for (let ox = 0; ox < width - 3; ox += 2) {
        for (let o = 0; o < co; o++) {
          let sum = bias[o];
          for (let i = 0; i < ci; i++) {
            let pixels = 0;
            for (let p = 0; p < 16; p++) {
              pixels += x[((image * h + oy + (p >> 2)) * width + ox + (p & 3)) * ci + i];
            }
            let weights = 0;
            for (let tap = 0; tap < 9; tap++) weights += w[(tap * ci + i) * co + o];
            sum += pixels * weights;
          }
          y[to++] = sum;
        }
      }
    }
  }
}

/** The convolution's value at each of the four pixels of each number's window. */
function windowCandidates(sums: Float64Array, h: number, w: number, co: number) {
  const rows = h - 2 >> 1;
  const columns = w - 2 >> 1;
  return (i: number, pixel: number) => {
    const window = Math.floor(i / co);
    const image = Math.floor(window / (rows * columns));
    const y = 2 * (Math.floor(window / columns) % rows) + (pixel >> 1);
    const x = 2 * (window % columns) + (pixel & 1);
    return sums[((image * (h - 2) + y) * (w - 2) + x) * co + i % co];
  };
}

// winograd_plain.ts

const TILED = combinations({
  size: [
    { n: 1, h: 3, w: 3 },
    { n: 1, h: 4, w: 6 },
    { n: 2, h: 5, w: 4 },
    { n: 3, h: 7, w: 9 },
    // More than a block of tiles.
    { n: 13, h: 6, w: 6 },
  ],
  channels: [[8, 8], [8, 16], [16, 8], [24, 40]],
  pad: [0, 1],
}).map(({ size, channels: [ci, co], pad }) => ({ ...size, ci, co, pad }))
  // Many channels and many pictures together would take long, and show no more.
  .filter(({ n, ci, co }) => ci + co <= (n === 1 ? 64 : n < 13 ? 24 : 16));

/** Numbers of the scratch memory. */
function scratchSize(ci: number, co: number): number {
  return 16 * (48 * (ci + co) + 32) + 16 * Math.max(ci, co);
}

/** Numbers that a convolution of n pictures gives. */
function outputSize({ n, h, w, co, pad }: typeof TILED[number]): number {
  return n * (h + 2 * pad - 2) * (w + 2 * pad - 2) * co;
}

const WINOGRAD_PLAIN = [
  compared("winogradForward", plain.winogradForward, {
    sizes: TILED,
    args: (size, draw) => {
      const { n, h, w, ci, co, pad } = size;
      return [
        draw.numbers(n * h * w * ci),
        draw.numbers(9 * ci * co),
        blank(outputSize(size)),
        blank(scratchSize(ci, co)),
        n,
        h,
        w,
        ci,
        co,
        pad,
      ];
    },
    toKernel: ([x, w, y, scratch, n, h, width, ci, co, pad]) => {
      return [x, transformedFilters(w, ci, co), y, scratch, n, h, width, ci, co, pad];
    },
    without: ["infinities", "nan"], // see winogradPool
    rounded: { outputs: [2], roundings: ({ ci }) => 4 * (ci + 10) },
    // As in winogradTerms: of each tile the sum of its pixels by the sum of the filter.
    terms(x, w, y, _scratch, n, h, width, ci, co, pad) {
      const weights = filterSums(w, ci, co);
      forEachTile({ n, h, w: width, pad }, (inputs, outputs) => {
        for (let o = 0; o < co; o++) {
          let sum = 0;
          for (let i = 0; i < ci; i++) {
            for (const pixel of inputs) sum += x[pixel * ci + i] * weights[i * co + o];
          }
          for (const pixel of outputs) y[pixel * co + o] = sum;
        }
      });
    },
    forget: (_x, _u, _y, scratch) => scratch.fill(0),
  }),
  compared("winogradBackward", plain.winogradBackward, {
    sizes: TILED.flatMap((size) => [{ ...size, wanted: true }, { ...size, wanted: false }]),
    args: ({ wanted, ...size }, draw) => {
      const { n, h, w, ci, co, pad } = size;
      return [
        draw.numbers(n * h * w * ci),
        draw.numbers(outputSize(size)),
        draw.numbers(9 * ci * co),
        wanted ? blank(n * h * w * ci) : null,
        draw.numbers(16 * ci * co),
        blank(scratchSize(ci, co)),
        n,
        h,
        w,
        ci,
        co,
        pad,
      ];
    },
    toKernel: ([x, dy, w, dx, du, scratch, n, h, width, ci, co, pad]) => {
      const ut = blank(16 * ci * co);
      plain.winogradTranspose(transformedFilters(w, ci, co), ut, ci, co, 0, ci);
      return [x, dy, ut, dx, du, scratch, n, h, width, ci, co, pad];
    },
    without: ["infinities", "nan"], // see winogradPool
    // Sums over channels and 9 of 16 products, or over tiles; and the transforms.
    rounded: {
      outputs: [3, 4],
      roundings: ({ n, h, w, co }) => 9 * (co + 14) + n * h * w,
    },
    terms(x, dy, w, dx, du, _scratch, n, h, width, ci, co, pad) {
      plain.filterTerms(x, dy, du, [n, h, width, ci, co, pad]);
      if (!dx) return;
      const weights = filterSums(w, ci, co);
      dx.fill(0);
      forEachTile({ n, h, w: width, pad }, (inputs, outputs) => {
        for (let i = 0; i < ci; i++) {
          let sum = 0;
          for (let o = 0; o < co; o++) {
            for (const pixel of outputs) sum += dy[pixel * co + o] * weights[i * co + o];
          }
          for (const pixel of inputs) dx[pixel * ci + i] += sum;
        }
      });
    },
    forget: (_x, _dy, _w, _dx, _du, scratch) => scratch.fill(0),
  }),
  compared("winogradTranspose", plain.winogradTranspose, {
    sizes: combinations({
      channels: [[8, 8], [8, 24], [32, 16]],
      range: [[0, 99], [8, 16], [8, 8]],
    }),
    args: ({ channels: [ci, co], range: [first, last] }, draw) => [
      draw.numbers(16 * ci * co),
      blank(16 * ci * co),
      ci,
      co,
      first,
      Math.min(last, ci),
    ],
  }),
  compared("winogradFilterBackward", plain.winogradFilterBackward, {
    sizes: combinations({ ci: [8, 24], co: [8, 16] }),
    args: ({ ci, co }, draw) => [draw.numbers(16 * ci * co), blank(9 * ci * co), ci, co],
    without: ["infinities", "nan"],
    rounded: { outputs: [1], roundings: () => 8 },
    terms: plain.filterBackwardTerms,
  }),
];

function transformedFilters(w: Float32Array, ci: number, co: number): Float32Array {
  const u = blank(16 * ci * co);
  winograd.winogradFilter(w, u, ci, co, 0, ci);
  return u;
}

/** (CI,CO), the sums of the taps of w (3,3,CI,CO). */
function filterSums(w: Float32Array, ci: number, co: number): Float64Array {
  const sums = new Float64Array(ci * co);
  w.forEach((weight, i) => sums[i % (ci * co)] += weight);
  return sums;
}

/** Calls `visit` with those pixels of x and of y, by their numbers, that belong to each tile. */
function forEachTile(
  { n, h, w, pad }: { n: number; h: number; w: number; pad: number },
  visit: (inputs: number[], outputs: number[]) => void,
): void {
  const [oh, ow] = [h + 2 * pad - 2, w + 2 * pad - 2];
  const square = (image: number, [top, left]: number[], size: number, [rows, columns]: number[]) =>
    Array.from({ length: size ** 2 }, (_, i) => [top + Math.floor(i / size), left + i % size])
      .filter(([y, x]) => y >= 0 && y < rows && x >= 0 && x < columns)
      .map(([y, x]) => (image * rows + y) * columns + x);
  for (let image = 0; image < n; image++) {
    for (let top = 0; top < oh; top += 2) {
      for (let left = 0; left < ow; left += 2) {
        const inputs = square(image, [top - pad, left - pad], 4, [h, w]);
        visit(inputs, square(image, [top, left], 2, [oh, ow]));
      }
    }
  }
}

// first_convolution.ts

const PICTURES = combinations({
  size: [[1, 3, 3], [1, 4, 4], [1, 5, 7], [3, 8, 6], [2, 9, 12]],
  co: [8, 24],
});

const FIRST_CONVOLUTION = [
  compared("firstConvolution", first.firstConvolution, {
    sizes: PICTURES.flatMap((size) => [{ ...size, indexed: true }, { ...size, indexed: false }]),
    args({ size: [n, h, w], co, indexed }, draw) {
      const pooled = n * (h - 2 >> 1) * (w - 2 >> 1) * co;
      return [
        draw.sparse(n * h * w),
        draw.numbers(9 * co),
        draw.numbers(co),
        blank(pooled),
        indexed ? blankIntegers(pooled) : null,
        n,
        h,
        w,
        co,
      ];
    },
    // A blank patch is not multiplied, so that 0 times such a weight is 0.
    without: ["infinities", "nan"],
    rounded: { outputs: [3], roundings: () => 12 },
    winner: {
      index: 4,
      y: 3,
      candidates: (x, w, _bias, _y, _index, n, h, width, co) =>
        windowCandidates(convolution(x, w, { n, h, w: width, ci: 1, co, k: 3 }), h, width, co),
    },
  }),
  compared("firstConvolutionBackward", first.firstConvolutionBackward, {
    sizes: PICTURES,
    args({ size: [, h, w], co }, draw) {
      const windows = (h - 2 >> 1) * (w - 2 >> 1);
      return [
        draw.sparse(h * w),
        draw.sparse(windows * co),
        draw.whole(windows * co, 4),
        draw.numbers(9 * co),
        h,
        w,
        co,
        blank(2 * windows),
      ];
    },
    without: ["infinities", "nan"], // likewise
    rounded: {
      outputs: [3],
      roundings: ({ size: [, h, w] }) => (h - 2 >> 1) * (w - 2 >> 1) + 2,
    },
    forget: (_x, _dy, _index, _dw, _h, _w, _co, scratch) => scratch.fill(0),
  }),
];

// sparse.ts

/** Clears what is behind the entries of each list. */
function forgetRest(lists: Int32Array, capacity: number, counts: Int32Array): void {
  for (const [i, count] of counts.entries()) {
    lists.fill(0, 2 * (i * capacity + count), 2 * (i + 1) * capacity);
  }
}

/** Convolutions KxK of x (H,W,CI) whose pool has windows (OH,OW). */
export const POOLED = combinations({
  filter: [[1, 4], [2, 2], [3, 4], [3, 8], [5, 4], [4, 1]],
  co: [1, 4, 12],
  pooled: [[1, 1], [2, 3]],
  rest: [0, 1],
}).map(({ filter: [k, ci], co, pooled: [oh, ow], rest }) => ({
  k,
  ci,
  co,
  ow,
  windows: oh * ow,
  h: 2 * oh + k - 1 + rest,
  w: 2 * ow + k - 1 + rest,
}));

/** Entries that each list of sparseProduct() has room for. */
const LIST_CAPACITY = 7;

const SPARSE = [
  compared("sparseProduct", sparse.sparseProduct, {
    sizes: combinations({
      r: [0, 1, 5],
      n: Array.from({ length: 28 }, (_, i) => 4 * (i + 1)),
      mostEntries: [0, LIST_CAPACITY],
      rows: [
        { accumulate: 0, gap: 0 },
        { accumulate: 0, gap: 5 },
        { accumulate: 1, gap: 5 },
        { accumulate: 1, gap: "overlapping" as const },
      ],
    }),
    args({ r, n, mostEntries, rows: { accumulate, gap } }, draw) {
      const base = draw.numbers(6 * n);
      const numbers = draw.numbers(r * LIST_CAPACITY);
      const lists = new Int32Array(2 * numbers.length);
      for (const [i, number] of numbers.entries()) {
        sparse.setEntry(lists, 0, i, 4 * draw.random.integer(5 * n), number);
      }
      // Rows that overlap begin anywhere, perhaps at the same number; others, last one first.
      const offsets = gap === "overlapping"
        ? draw.whole(r, n).map((number) => 4 * number)
        : Int32Array.from({ length: r }, (_, i) => 4 * (r - 1 - i) * (n + gap));
      const length = r && Math.max(...offsets) / 4 + n;
      return [
        accumulate ? draw.numbers(length) : blank(length),
        offsets,
        lists,
        LIST_CAPACITY,
        draw.whole(r, mostEntries + 1),
        base,
        r,
        n,
        accumulate,
      ];
    },
    // All rows may add to the same number.
    rounded: { outputs: [0], roundings: ({ r }) => r * LIST_CAPACITY + 2 },
  }),
  compared("nonZeroLists", sparse.nonZeroLists, {
    sizes: combinations({ r: [0, 1, 3, 9], c: [1, 4, 7, 12], spare: [0, 2], full: [true, false] }),
    args: ({ r, c, spare, full }, draw) => [
      full ? draw.numbers(r * c) : draw.sparse(r * c),
      r,
      c,
      blankIntegers(2 * r * c),
      blankIntegers(r),
      48,
      blankIntegers(2 * c * (r + spare)),
      blankIntegers(c),
      52,
      r + spare,
    ],
    forget(_x, _r, c, rows, rowCounts, _rowStride, columns, columnCounts, _stride, capacity) {
      forgetRest(rows, c, rowCounts);
      forgetRest(columns, capacity, columnCounts);
    },
  }),
  compared("pixelLists", sparse.pixelLists, {
    sizes: combinations({ r: [0, 1, 3, 5], k: [1, 4, 7], spare: [0, 2], columns: [true, false] }),
    args: ({ r, k, spare, columns }, draw) => [
      draw.bytes(r * k),
      r,
      k,
      blankIntegers(2 * r * k),
      blankIntegers(r),
      48,
      columns ? blankIntegers(2 * k * (r + spare)) : null,
      columns ? blankIntegers(k) : null,
      52,
      r + spare,
    ],
    forget(_bytes, _r, k, rows, rowCounts, _rowStride, columns, columnCounts, _stride, capacity) {
      forgetRest(rows, k, rowCounts);
      if (columns && columnCounts) forgetRest(columns, capacity, columnCounts);
    },
  }),
  compared("pooledLists", sparse.pooledLists, {
    sizes: POOLED,
    args({ k, ci, co, ow, windows, w }, draw) {
      const capacity = windows + 2; // each channel's list has two entries already
      return [
        draw.sparse(windows * co),
        draw.whole(windows * co, 4),
        windows,
        ow,
        w,
        ci,
        co,
        k,
        4 * draw.random.integer(1000),
        blankIntegers(2 * co * capacity),
        capacity,
        new Int32Array(co).fill(2),
        blankIntegers(2 * windows * 4 * co),
        blankIntegers(windows * 4),
      ];
    },
    forget(...args) {
      const [, , , , , , co, , , channels, capacity, channelCounts, pixels, pixelCounts] = args;
      forgetRest(channels, capacity, channelCounts);
      forgetRest(pixels, co, pixelCounts);
    },
  }),
];

export const COMPARISONS: KernelTest[] = [
  ...GEMM,
  ...IM2COL,
  ...ELEMENTWISE,
  ...POOLING,
  ...NORMALISATION,
  DROPOUT,
  ADAM,
  ...WINOGRAD,
  ...WINOGRAD_PLAIN,
  ...FIRST_CONVOLUTION,
  ...SPARSE,
];
