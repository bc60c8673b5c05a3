// Convolutions, forward and backward, as products of matrices. A dense layer is the same on a picture of
// one pixel. Fused into the products: bias, ReLU, and the maximum of 2x2 pixels.

import { type ArrayUse, eachItem, type Kernel, workgroupsFor } from "../kernel.ts";
import {
  gradient,
  gradientPatches,
  kernel,
  outputPixels,
  patches,
  patchLength,
  positions,
  transposedKernel,
  transposedPatches,
  vectorOf,
} from "./operands.ts";
import { type Extent, fixed, perPicture, product, tileCount } from "./product.ts";

/** A convolution with stride 1; a dense layer has height, width and size 1. */
export interface Convolution {
  /** Of the input. */
  height: number;
  width: number;
  channels: number;
  /** Channels of the output. */
  filters: number;
  /** Height and width of the kernel. */
  size: number;
  /** Rows, and columns, of zeros before the input. */
  pad: number;
  /** Of the output, before pooling. */
  outputHeight: number;
  outputWidth: number;
  /** Whether the maximum of each 2x2 pixels is taken of the output. */
  isPooled: boolean;
  hasBias: boolean;
  relu: boolean;
  /** Where in the weights the kernel (size, size, channels, filters) begins, and behind it the bias. */
  weightsAt: number;
}

/** Numbers of kernel and bias. */
export function weightCount(convolution: Convolution): number {
  return weightRows(convolution) * convolution.filters;
}

/** Rows of the matrix whose last one, if there is a bias, is the bias. */
function weightRows(convolution: Convolution): number {
  return patchLength(convolution) + (convolution.hasBias ? 1 : 0);
}

/** Numbers that a part of a long sum has. */
const PART_DEPTH = 128;

/** Tiles of a batch below which a GPU would have too little to do at a time. */
const FEW_TILES = 8;

/**
 * Into how many parts the sums of the forward product are split, so that more can be done at a time;
 * {@linkcode finish} has to add them up. A dense layer on many numbers has so few results for a batch.
 */
export function forwardParts(convolution: Convolution): number {
  const { height, width, filters } = convolution;
  if (height * width > 1 || tileCount(64, filters) > FEW_TILES) return 1;
  return Math.max(1, Math.floor(patchLength(convolution) / PART_DEPTH));
}

/**
 * `x` (N,H,W,C) to `y` (N,OH,OW,F), and, where that is pooled, `index` (N,OH/2,OW/2,F): which of the four
 * pixels was the largest, the first of equals. In several parts: to `partials` (parts,N,F).
 */
export function forward(convolution: Convolution): Kernel {
  const { filters, isPooled } = convolution;
  const parts = forwardParts(convolution);
  const isFour = vectorOf(filters) === "vec4f";
  const arrays: Record<string, ArrayUse> = parts > 1
    ? { partials: `read_write ${vectorOf(filters)}` }
    : { y: `read_write ${vectorOf(filters)}` };
  if (isPooled) arrays.index = `read_write ${isFour ? "vec4u" : "u32"}`;
  return product({
    label: isPooled ? "forward and pool" : "forward",
    a: patches(convolution),
    b: kernel(convolution),
    rows: perPicture(positions(convolution)),
    columns: filters,
    depth: fixed(patchLength(convolution)),
    splits: fixed(parts),
    arrays,
    store: parts > 1
      ? storePart("partials", perPicture(1), filters)
      : isPooled
      ? storePooled(convolution)
      : storeRows(perPicture(positions(convolution)), filters, "y", (row) =>
        activated(convolution, row)),
  });
}

/** `partials` (parts,N,F) to `y` (N,F): their sums, with bias and ReLU. */
export function finish(convolution: Convolution): Kernel {
  const { filters, hasBias, weightsAt, relu } = convolution;
  const bias = `weights[${weightsAt + patchLength(convolution) * filters}u + i % ${filters}u]`;
  return {
    label: "forward, sums of parts",
    arrays: {
      partials: "read f32",
      ...(hasBias ? { weights: "read f32" } : {}),
      y: "read_write f32",
    },
    code: eachItem(
      `step.count * ${filters}u`,
      `    var sum = ${hasBias ? bias : "0f"};
    for (var part = 0u; part < ${forwardParts(convolution)}u; part++) {
      sum += partials[part * step.count * ${filters}u + i];
    }
    y[i] = ${relu ? "max(sum, 0f)" : "sum"};`,
    ),
    workgroups: (count) => workgroupsFor(count * filters),
  };
}

/**
 * The input's gradient: `dy`, with `index` where the output is pooled, to `dx` (N,H,W,C).
 *
 * @param isRectified Whether a ReLU gave the input, `x`: where that is 0, so is the gradient.
 */
export function backwardInput(convolution: Convolution, isRectified: boolean): Kernel {
  const { height, width, channels, size, filters } = convolution;
  const vector = vectorOf(channels);
  const zero = vector === "vec4f" ? "vec4f()" : "0f";
  return product({
    label: "backward, input",
    a: gradientPatches(convolution),
    b: transposedKernel(convolution),
    rows: perPicture(height * width),
    columns: channels,
    depth: fixed(size * size * filters),
    arrays: {
      ...(isRectified ? { x: `read ${vector}` as const } : {}),
      dx: `read_write ${vector}`,
    },
    store: storeRows(
      perPicture(height * width),
      channels,
      "dx",
      (value) => isRectified ? `select(${zero}, ${value}, x[at] > ${zero})` : value,
    ),
  });
}

/**
 * The gradients of kernel and bias: of `x` and `dy`, with `index` where the output is pooled, to
 * `gradients`, from `gradientsAt` on: (parts, weights), to be added up by who uses them.
 */
export function backwardWeights(convolution: Convolution, gradientsAt: number): Kernel {
  const { filters } = convolution;
  const rows = fixed(weightRows(convolution));
  return product({
    label: "backward, weights",
    a: transposedPatches(convolution),
    b: gradient(convolution),
    rows,
    columns: filters,
    depth: perPicture(positions(convolution)),
    splits: gradientParts(convolution),
    arrays: { gradients: `read_write ${vectorOf(filters)}` },
    store: storePart("gradients", rows, filters, gradientsAt),
  });
}

/** Workgroups that keep a large GPU busy. */
const MANY_WORKGROUPS = 256;

/** A part has no fewer positions, unless there is only one. */
const PART_POSITIONS = 256;

/** Into how many parts the weights' gradients, sums over all positions of a batch, are split. */
export function gradientParts(convolution: Convolution): Extent {
  const tiles = tileCount(weightRows(convolution), convolution.filters);
  const most = Math.min(64, Math.ceil(MANY_WORKGROUPS / tiles));
  const each = positions(convolution);
  return {
    code: `clamp(step.count * ${each}u / ${PART_POSITIONS}u, 1u, ${most}u)`,
    of: (count) => Math.max(1, Math.min(most, Math.floor(count * each / PART_POSITIONS))),
  };
}

/** Stores a part of the sums as they are, part after part, from number `first` of the array on. */
function storePart(array: string, rows: Extent, columns: number, first = 0): string {
  return storeRows(
    rows,
    columns,
    array,
    (value) => value,
    `${first}u + part * ${rows.code} * ${columns}u + `,
  );
}

/**
 * Stores four rows of four numbers, those that there are.
 *
 * @param finish An expression of what is stored for a value of column `column`, at place `at` of `array`.
 * @param start Where the first row is.
 */
function storeRows(
  rows: Extent,
  columns: number,
  array: string,
  finish: (value: string) => string,
  start = "",
): string {
  const isFour = vectorOf(columns) === "vec4f";
  return `fn storeNumbers(row: u32, column: u32, part: u32, value: ${vectorOf(columns)}) {
  if (row < ${rows.code} && column < ${columns}u) {
    let at = (${start}row * ${columns}u + column)${isFour ? " / 4u" : ""};
    ${array}[at] = ${finish("value")};
  }
}
fn store(row: u32, column: u32, part: u32, sums: mat4x4f) {
${
    [0, 1, 2, 3].flatMap((j) =>
      isFour
        ? [`  storeNumbers(row + ${j}u, column, part, sums[${j}]);`]
        : [0, 1, 2, 3].map((i) =>
          `  storeNumbers(row + ${j}u, column + ${i}u, part, sums[${j}][${i}]);`
        )
    ).join("\n")
  }
}`;
}

/** The value with the bias of column `column`, through the activation. */
function activated(convolution: Convolution, value: string): string {
  const { filters, hasBias, weightsAt, relu } = convolution;
  const isFour = vectorOf(filters) === "vec4f";
  const at = weightsAt + patchLength(convolution) * filters;
  const bias = `weights[(${at}u + column)${isFour ? " / 4u" : ""}]`;
  const sum = hasBias ? `${value} + ${bias}` : value;
  return relu ? `max(${sum}, ${isFour ? "vec4f()" : "0f"})` : sum;
}

/** Stores the largest of the four rows, which are those of one pixel, and which it was. */
function storePooled(convolution: Convolution): string {
  const { filters } = convolution;
  const isFour = vectorOf(filters) === "vec4f";
  return `fn storePixel(pixel: u32, column: u32, value: ${vectorOf(filters)}, which: ${
    isFour ? "vec4u" : "u32"
  }) {
  if (pixel < step.count * ${outputPixels(convolution)}u && column < ${filters}u) {
    let at = (pixel * ${filters}u + column)${isFour ? " / 4u" : ""};
    y[at] = ${activated(convolution, "value")};
    index[at] = which;
  }
}
fn store(row: u32, column: u32, part: u32, sums: mat4x4f) {
  var largest = sums[0];
  var which = vec4u();
${
    [1, 2, 3].map((j) =>
      `  which = select(which, vec4u(${j}u), sums[${j}] > largest);
  largest = max(largest, sums[${j}]);`
    ).join("\n")
  }
${
    isFour
      ? "  storePixel(row / 4u, column, largest, which);"
      : [0, 1, 2, 3].map((i) =>
        `  storePixel(row / 4u, column + ${i}u, largest[${i}], which[${i}]);`
      ).join("\n")
  }
}`;
}
