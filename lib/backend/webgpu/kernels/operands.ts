// What convolutions multiply, as operands of a product (product.ts). The matrices of patches are never
// written down: their numbers are read from the pictures where they lie.

import type { Convolution } from "./convolution.ts";
import type { Operand } from "./product.ts";

/** Numbers in rows of such a length are read four at a time where each row begins at a four. */
export function vectorOf(length: number): "f32" | "vec4f" {
  return length % 4 === 0 ? "vec4f" : "f32";
}

/** Pixels that an output picture has. */
export function outputPixels({ outputHeight, outputWidth, isPooled }: Convolution): number {
  if (!isPooled) return outputHeight * outputWidth;
  return (outputHeight >> 1) * (outputWidth >> 1);
}

/** Positions in a picture at which the kernel is laid: four for each pixel, where those are pooled. */
export function positions(convolution: Convolution): number {
  return outputPixels(convolution) * (convolution.isPooled ? 4 : 1);
}

/** Numbers of a patch: size * size * channels. */
export function patchLength({ size, channels }: Convolution): number {
  return size * size * channels;
}

/** The input's patches: rows are positions; depth: row and column in the kernel, channel. */
export function patches(convolution: Convolution): Operand {
  const { height, width, channels, pad } = convolution;
  const vector = vectorOf(channels);
  return {
    arrays: { x: `read ${vector}` },
    along: "depth",
    code: `${place(convolution)}
${inputAt(convolution)}
fn aOrigin(position: u32) -> vec4i {
  let at = vec3i(place(position));
  let y = at.y - ${pad};
  let x0 = at.z - ${pad};
  let isInside = position < step.count * ${positions(convolution)}u;
  return vec4i(((at.x * ${height} + y) * ${width} + x0) * ${channels}, y, x0, i32(isInside));
}
${fourAlongDepth("aLoad", "inputAt", vector, patchLength(convolution))}`,
  };
}

/** Their transpose, and a row of ones below it where there is a bias: depth are positions. */
export function transposedPatches(convolution: Convolution): Operand {
  const { height, width, channels, size, pad, hasBias } = convolution;
  const vector = vectorOf(channels);
  const length = patchLength(convolution);
  const one = !hasBias ? "0f" : vector === "f32" ? "1f" : "vec4f(1f, 0f, 0f, 0f)";
  return {
    arrays: { x: `read ${vector}` },
    along: "outer",
    code: `${place(convolution)}
fn entry(k: i32, at: vec3i) -> ${vector} {
  if (k >= ${length}) {
    return select(${vector}(), ${vector}(${one}), k == ${length});
  }
  let tap = k / ${channels};
  let y = at.y + tap / ${size} - ${pad};
  let x0 = at.z + tap % ${size} - ${pad};
  ${unlessInside(convolution, vector)}
  let number = ((at.x * ${height} + y) * ${width} + x0) * ${channels} + k % ${channels};
  return x[number${vector === "f32" ? "" : " / 4"}];
}
fn aOrigin(k: u32) -> vec4i {
  return vec4i(i32(k));
}
fn aLoad(origin: vec4i, position: u32) -> vec4f {
  if (position >= step.count * ${positions(convolution)}u) {
    return vec4f();
  }
  let at = vec3i(place(position));
  ${
      vector === "vec4f" ? "return entry(origin.x, at);" : `let k = origin.x;
  return vec4f(entry(k, at), entry(k + 1, at), entry(k + 2, at), entry(k + 3, at));`
    }
}`,
  };
}

/** The output's gradient: depth are positions, columns filters. */
export function gradient(convolution: Convolution): Operand {
  const { filters, isPooled } = convolution;
  const vector = vectorOf(filters);
  const isFour = vector === "vec4f";
  const number = (j: number) => `dyAt(position, column + ${j}u)`;
  return {
    arrays: gradientArrays(convolution),
    along: "outer",
    code: `fn dyAt(position: u32, column: u32) -> ${vector} {
  if (column >= ${filters}u) {
    return ${vector}();
  }
  let at = (position${isPooled ? " / 4u" : ""} * ${filters}u + column)${isFour ? " / 4u" : ""};
  ${returnGradient(convolution, "position % 4u")}
}
fn bOrigin(column: u32) -> vec4i {
  return vec4i(i32(column));
}
fn bLoad(origin: vec4i, position: u32) -> vec4f {
  if (position >= step.count * ${positions(convolution)}u) {
    return vec4f();
  }
  let column = u32(origin.x);
  return ${isFour ? number(0) : `vec4f(${[0, 1, 2, 3].map(number).join(", ")})`};
}`,
  };
}

/**
 * The output's gradient as patches: rows are the input's pixels; depth: row and column in the kernel that
 * brought the pixel to an output, filter.
 */
export function gradientPatches(convolution: Convolution): Operand {
  const { height, width, size, pad, filters, isPooled, outputHeight, outputWidth } = convolution;
  const vector = vectorOf(filters);
  const [rows, columns] = isPooled
    ? [outputHeight >> 1, outputWidth >> 1]
    : [outputHeight, outputWidth];
  const scale = isPooled ? 2 : 1;
  return {
    arrays: gradientArrays(convolution),
    along: "depth",
    code: `fn dyAt(origin: vec4i, k: u32) -> ${vector} {
  let tap = i32(k / ${filters}u);
  let y = origin.y - tap / ${size};
  let x = origin.z - tap % ${size};
  if (y < 0 || y >= ${scale * rows} || x < 0 || x >= ${scale * columns}) {
    return ${vector}();
  }
  let pixel = (origin.x * ${rows} + y${isPooled ? " / 2" : ""}) * ${columns} + x${
      isPooled ? " / 2" : ""
    };
  let at = (u32(pixel) * ${filters}u + k % ${filters}u)${vector === "f32" ? "" : " / 4u"};
  ${returnGradient(convolution, "u32(y % 2 * 2 + x % 2)")}
}
fn aOrigin(pixel: u32) -> vec4i {
  let y = pixel / ${width}u % ${height}u + ${pad}u;
  let x = pixel % ${width}u + ${pad}u;
  let isInside = pixel < step.count * ${height * width}u;
  return vec4i(i32(pixel / ${height * width}u), i32(y), i32(x), i32(isInside));
}
${fourAlongDepth("aLoad", "dyAt", vector, size * size * filters)}`,
  };
}

/** The weights: depth: row and column in the kernel, channel; columns: filters. */
export function kernel(convolution: Convolution): Operand {
  const { filters, weightsAt } = convolution;
  const vector = vectorOf(filters);
  const number = (j: number) =>
    j === 0 ? "weights[at]" : `select(0f, weights[at + ${j}u], column + ${j}u < ${filters}u)`;
  return {
    arrays: { weights: `read ${vector}` },
    along: "outer",
    code: `fn bOrigin(column: u32) -> vec4i {
  return vec4i(i32(column));
}
fn bLoad(origin: vec4i, k: u32) -> vec4f {
  let column = u32(origin.x);
  if (k >= ${patchLength(convolution)}u || column >= ${filters}u) {
    return vec4f();
  }
  let at = ${weightsAt}u + k * ${filters}u + column;
  return ${
      vector === "vec4f" ? "weights[at / 4u]" : `vec4f(${[0, 1, 2, 3].map(number).join(", ")})`
    };
}`,
  };
}

/** The weights as the gradient goes back: depth: row and column in the kernel, filter; columns: channels. */
export function transposedKernel(convolution: Convolution): Operand {
  const { size, channels, filters, weightsAt } = convolution;
  const vector = vectorOf(filters);
  return {
    arrays: { weights: `read ${vector}` },
    along: "depth",
    code: `fn weightAt(origin: vec4i, k: u32) -> ${vector} {
  let at = ${weightsAt}u + (k / ${filters}u * ${channels}u + u32(origin.x)) * ${filters}u + k % ${filters}u;
  return weights[at${vector === "f32" ? "" : " / 4u"}];
}
fn bOrigin(channel: u32) -> vec4i {
  return vec4i(i32(channel), 0, 0, i32(channel < ${channels}u));
}
${fourAlongDepth("bLoad", "weightAt", vector, size * size * filters)}`,
  };
}

/** WGSL of `place()`: a position to picture, row and column of the output. */
function place({ outputHeight, outputWidth, isPooled }: Convolution): string {
  if (!isPooled) {
    return `fn place(position: u32) -> vec3u {
  return vec3u(
    position / ${outputHeight * outputWidth}u,
    position / ${outputWidth}u % ${outputHeight}u,
    position % ${outputWidth}u,
  );
}`;
  }
  // The four positions of a pooled pixel follow one another, so that one thread has all of them.
  const [height, width] = [outputHeight >> 1, outputWidth >> 1];
  return `fn place(position: u32) -> vec3u {
  let pixel = position / 4u;
  return vec3u(
    pixel / ${height * width}u,
    pixel / ${width}u % ${height}u * 2u + position / 2u % 2u,
    pixel % ${width}u * 2u + position % 2u,
  );
}`;
}

/** WGSL of `inputAt()`: the number, or four, at place `k` of the patch that begins at `origin`. */
function inputAt(convolution: Convolution): string {
  const { width, channels, size } = convolution;
  const vector = vectorOf(channels);
  return `fn inputAt(origin: vec4i, k: u32) -> ${vector} {
  let tap = i32(k / ${channels}u);
  let y = origin.y + tap / ${size};
  let x0 = origin.z + tap % ${size};
  ${unlessInside(convolution, vector)}
  let number = origin.x + (tap / ${size} * ${width} + tap % ${size}) * ${channels} + i32(k % ${channels}u);
  return x[number${vector === "f32" ? "" : " / 4"}];
}`;
}

/** Gives zeros where row `y` or column `x0` is in the padding, which not all convolutions have. */
function unlessInside(
  { height, width, size, outputHeight }: Convolution,
  vector: "f32" | "vec4f",
): string {
  if (outputHeight === height - size + 1) return "";
  return `if (y < 0 || y >= ${height} || x0 < 0 || x0 >= ${width}) {
    return ${vector}();
  }`;
}

/** WGSL of a function that gives four numbers of the inner dimension, from what gives one or four. */
function fourAlongDepth(
  name: string,
  at: string,
  vector: "f32" | "vec4f",
  depth: number,
): string {
  const number = (j: number) => {
    if (j === 0) return `${at}(origin, k)`;
    return `select(0f, ${at}(origin, min(k + ${j}u, ${depth - 1}u)), k + ${j}u < ${depth}u)`;
  };
  return `fn ${name}(origin: vec4i, k: u32) -> vec4f {
  if (origin.w == 0 || k >= ${depth}u) {
    return vec4f();
  }
  return ${
    vector === "vec4f" ? `${at}(origin, k)` : `vec4f(${[0, 1, 2, 3].map(number).join(", ")})`
  };
}`;
}

function gradientArrays({ filters, isPooled }: Convolution): Operand["arrays"] {
  const isFour = vectorOf(filters) === "vec4f";
  return {
    dy: isFour ? "read vec4f" : "read f32",
    ...(isPooled ? { index: isFour ? "read vec4u" as const : "read u32" as const } : {}),
  };
}

/** Returns the gradient at place `at`; of pooled pixels the one that was the largest has it. */
function returnGradient({ filters, isPooled }: Convolution, which: string): string {
  if (!isPooled) return "return dy[at];";
  return vectorOf(filters) === "vec4f"
    ? `return select(vec4f(), dy[at], index[at] == vec4u(${which}));`
    : `return select(0f, dy[at], index[at] == ${which});`;
}
