// Sums of the columns of a matrix (N*P,C), in two stages: many workgroups sum parts of its rows, then a
// few put together what they found. All in a fixed order: the same numbers give the same sums.

import { type Kernel, THREADS } from "../kernel.ts";

/** The numbers of a batch: a row for each of a picture's pixels. */
export interface Matrix {
  pixels: number;
  channels: number;
}

/** Parts that a batch's rows are in: enough for a large GPU, few to be put together. */
const MOST_PARTS = 128;

/** Rows for each of a workgroup's threads that make one more part worth while. */
const LEAST_ROWS = 4;

/** Neighbouring columns of a workgroup, which it reads at once. */
const MOST_LANES = 64;

/** What is summed up, in WGSL. */
export interface Sums {
  /** Of the numbers that are summed. */
  type: "f32" | "vec2f";
  /**
   * Is done by all of a workgroup's threads, which together are to take the rows (or parts) from
   * `range.x` to `range.y` - 1: each takes every `ROWS`th from `first` on that is below `end`.
   * `columnSum(thread, number)` then gives the sum of what a column's threads have.
   */
  body: string;
  /** Is then done by one thread for each column, `channel` of `CHANNELS`. */
  results: string;
}

/** How many numbers it takes to keep `each` numbers for each part and column. */
export function partialsLength({ channels }: Matrix, each: number): number {
  return each * channels * MOST_PARTS;
}

/** A kernel's sums over the rows of each part, `part`. */
export function eachPart(matrix: Matrix, sums: Sums): Pick<Kernel, "code" | "workgroups"> {
  const { tiles, rows } = share(matrix);
  return {
    code: code(matrix, sums, "firstOf(part), firstOf(part + 1)"),
    workgroups(count) {
      const parts = Math.ceil(count * matrix.pixels / (LEAST_ROWS * rows));
      return [tiles, Math.min(parts, MOST_PARTS)];
    },
  };
}

/** A kernel's sums over all parts. */
export function overParts(matrix: Matrix, sums: Sums): Pick<Kernel, "code" | "workgroups"> {
  return { code: code(matrix, sums, "0, partCount()"), workgroups: () => [share(matrix).tiles] };
}

/** How columns are shared among workgroups, and rows among the threads of one. */
function share({ channels }: Matrix): { tiles: number; lanes: number; rows: number } {
  const tiles = Math.ceil(channels / MOST_LANES);
  const lanes = Math.ceil(channels / tiles);
  return { tiles, lanes, rows: Math.floor(THREADS / lanes) };
}

function code(matrix: Matrix, { type, body, results }: Sums, range: string): string {
  const { lanes, rows } = share(matrix);
  return `
const CHANNELS = ${matrix.channels}u;
const LANES = ${lanes}u;
const ROWS = ${rows}u;

fn rowCount() -> u32 {
  return step.count * ${matrix.pixels};
}

fn partCount() -> u32 {
  return min(${MOST_PARTS}, (rowCount() + ${LEAST_ROWS} * ROWS - 1) / (${LEAST_ROWS} * ROWS));
}

/* The first row of a part. */
fn firstOf(part: u32) -> u32 {
  let parts = partCount();
  return part * (rowCount() / parts) + min(part, rowCount() % parts);
}

var<workgroup> columnSums: array<${type}, LANES * ROWS>;

fn columnSum(thread: vec3u, number: ${type}) -> ${type} {
  let at = thread.y * LANES + thread.x;
  columnSums[at] = number;
  for (var width = ${2 ** Math.ceil(Math.log2(rows))}u / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (thread.y < width && thread.y + width < ROWS) {
      columnSums[at] += columnSums[at + width * LANES];
    }
  }
  workgroupBarrier();
  let sum = columnSums[thread.x];
  workgroupBarrier(); // before the next sum
  return sum;
}

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) thread: vec3u, @builtin(workgroup_id) workgroup: vec3u) {
  let channel = workgroup.x * LANES + thread.x;
  let part = workgroup.y;
  let range = vec2u(${range});
  let first = range.x + thread.y;
  let end = select(0, range.y, channel < CHANNELS); // the last workgroup may have threads too many
${body}
  if (thread.y == 0 && channel < CHANNELS) {
${results}
  }
}`;
}
