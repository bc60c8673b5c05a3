// Pools: the largest of a window's pixels, or the mean of all.

import { eachItem, type Kernel, workgroupsFor } from "../kernel.ts";

/** A pool over windows of PxP pixels of x (N,H,W,C). */
export interface MaxPoolingOptions {
  height: number;
  width: number;
  channels: number;
  /** Side of a window in pixels. */
  poolSize: number;
}

/**
 * `y` (N,OH,OW,C), the largest of each window of `x` (N,H,W,C), and `index` (N,OH,OW,C), which of its
 * pixels that was, row by row: the first of equals. OH = H/P and OW = W/P, rounded down. Back: `dx` is
 * `dy` at these pixels, and 0 elsewhere.
 */
export function maxPooling(
  { height, width, channels, poolSize }: MaxPoolingOptions,
): { forward: Kernel; backward: Kernel } {
  const [rows, columns] = [Math.floor(height / poolSize), Math.floor(width / poolSize)];
  const [size, pooledSize] = [height * width * channels, rows * columns * channels];
  return {
    forward: {
      label: "forward",
      arrays: { x: "read f32", y: "read_write f32", index: "read_write u32" },
      code: eachItem(
        `step.count * ${pooledSize}`,
        `    let column = i / ${channels} % ${columns};
    let row = i / ${columns * channels} % ${rows};
    let corner = i / ${pooledSize} * ${size} +
      (row * ${width} + column) * ${poolSize * channels} + i % ${channels};
    var largest = x[corner];
    var place = 0u;
    for (var pixel = 1u; pixel < ${poolSize ** 2}; pixel++) {
      let value = x[corner + (pixel / ${poolSize} * ${width} + pixel % ${poolSize}) * ${channels}];
      if (value > largest) {
        largest = value;
        place = pixel;
      }
    }
    y[i] = largest;
    index[i] = place;`,
      ),
      workgroups: (count) => workgroupsFor(count * pooledSize),
    },
    backward: {
      label: "backward",
      arrays: { dy: "read f32", index: "read u32", dx: "read_write f32" },
      code: eachItem(
        `step.count * ${size}`,
        `    let x = i / ${channels} % ${width};
    let y = i / ${width * channels} % ${height};
    let column = x / ${poolSize};
    let row = y / ${poolSize};
    var gradient = 0.0;
    if (column < ${columns} && row < ${rows}) { // not in what is left over of the last windows
      let window = i / ${size} * ${pooledSize} +
        (row * ${columns} + column) * ${channels} + i % ${channels};
      if (index[window] == y % ${poolSize} * ${poolSize} + x % ${poolSize}) {
        gradient = dy[window];
      }
    }
    dx[i] = gradient;`,
      ),
      workgroups: (count) => workgroupsFor(count * size),
    },
  };
}

/** `y` (N,C), the mean of the pixels of `x` (N,P,C); back: `dx` is `dy` / P at each of them. */
export function globalAveragePooling(
  { pixels, channels }: { pixels: number; channels: number },
): { forward: Kernel; backward: Kernel } {
  const size = pixels * channels;
  return {
    forward: {
      label: "forward",
      arrays: { x: "read f32", y: "read_write f32" },
      code: eachItem(
        `step.count * ${channels}`,
        `    let first = i / ${channels} * ${size} + i % ${channels};
    var sum = 0.0;
    for (var at = 0u; at < ${size}; at += ${channels}) {
      sum += x[first + at];
    }
    y[i] = sum / ${pixels};`,
      ),
      workgroups: (count) => workgroupsFor(count * channels),
    },
    backward: {
      label: "backward",
      arrays: { dy: "read f32", dx: "read_write f32" },
      code: eachItem(
        `step.count * ${size}`,
        `    dx[i] = dy[i / ${size} * ${channels} + i % ${channels}] / ${pixels};`,
      ),
      workgroups: (count) => workgroupsFor(count * size),
    },
  };
}
