// The product of two matrices, which is what convolutions and dense layers come down to. A workgroup
// works out a tile of the result; it goes along the inner dimension in blocks that it first loads into
// memory of its own, so that each number is read from far once for a whole row or column of the tile.

import type { ArrayUse, Kernel } from "../kernel.ts";

/** Length of a block along the inner dimension. */
const DEPTH = 16;

/**
 * One of the two matrices, with a view to how it lies in memory: four numbers at a time, along the inner
 * dimension ("depth") or along the other one ("outer"), whichever is contiguous.
 */
export interface Operand {
  arrays: Readonly<Record<string, ArrayUse>>;
  along: "depth" | "outer";
  /**
   * WGSL of two functions: `NAMEOrigin(outer: u32) -> vec4i` works out once what is known of a row (or
   * column), the first of four where `along` is outer; `NAMELoad(origin: vec4i, depth: u32) -> vec4f`
   * loads four numbers, zeros beyond the matrix' end.
   */
  code: string;
}

/** How far a matrix goes, as an expression in WGSL, and as a function of the number of pictures. */
export interface Extent {
  code: string;
  of(count: number): number;
}

export interface Product {
  label: string;
  /** The left matrix (rows, depth); its functions are named `a...`. */
  a: Operand;
  /** The right matrix (depth, columns); its functions are named `b...`. */
  b: Operand;
  rows: Extent;
  columns: number;
  depth: Extent;
  /** Into how many parts the inner dimension is split, each with a result of its own; 1 unless given. */
  splits?: Extent;
  /** What else the code of `store` works on. */
  arrays: Readonly<Record<string, ArrayUse>>;
  /**
   * WGSL of `store(row: u32, column: u32, split: u32, sums: mat4x4f)`: takes the result's rows `row` to
   * `row` + 3, four columns of each; what is beyond the result's end it has to leave out.
   */
  store: string;
}

/** An extent that is the same for batches of any size. */
export function fixed(length: number): Extent {
  return { code: `${length}u`, of: () => length };
}

/** An extent of so much for each picture. */
export function perPicture(length: number): Extent {
  return { code: `step.count * ${length}u`, of: (count) => count * length };
}

/** Rows and columns of a tile, and of the four by four that each thread has of it. */
interface Tile {
  rows: number;
  columns: number;
  /** Fours of rows, and of columns, that one thread works out. */
  rowGroups: number;
  columnGroups: number;
}

/**
 * Large tiles read less, small ones waste less where the result is small. A thread has 8x8 numbers of
 * the largest, for which it reads 16 numbers a step.
 *
 * @param rows Of the result, Infinity where it depends on the batch.
 */
export function chooseTile(rows: number, columns: number): Tile {
  const height = rows <= 16 ? 16 : 64;
  const width = columns <= 16 ? 16 : columns <= 32 ? 32 : 64;
  const isWide = height > 16 && width > 16;
  return {
    rows: height,
    columns: width,
    rowGroups: isWide ? 2 : 1,
    columnGroups: isWide && width > 32 ? 2 : 1,
  };
}

/** How many tiles there are, without splits. */
export function tileCount(rows: number, columns: number): number {
  const tile = chooseTile(rows, columns);
  return Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
}

/** The kernel that works out a product; of the largest tile where `isTall`, whatever the rows. */
export function product(
  { label, a, b, rows, columns, depth, splits = fixed(1), arrays, store }: Product,
): Kernel {
  const isFixed = rows.of(1) === rows.of(2);
  const tile = chooseTile(isFixed ? rows.of(1) : Infinity, columns);
  const acrossX = tile.columns / (4 * tile.columnGroups);
  const threads = acrossX * tile.rows / (4 * tile.rowGroups);
  const rowGroups = Array.from({ length: tile.rowGroups }, (_, i) => i);
  const columnGroups = Array.from({ length: tile.columnGroups }, (_, i) => i);
  const groups = rowGroups.flatMap((r) => columnGroups.map((c) => ({ r, c })));
  const components = ["x", "y", "z", "w"];
  const sum = (r: number, c: number, j: number) => `sum${r}${c}${j}`;

  const code = `${a.code}
${b.code}
${store}
const DEPTH = ${DEPTH}u;
var<workgroup> aTile: array<vec4f, ${DEPTH * tile.rows / 4}>;
var<workgroup> bTile: array<vec4f, ${DEPTH * tile.columns / 4}>;

@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = group.x * ${tile.rows}u;
  let column = group.y * ${tile.columns}u;
  let splits = ${splits.code};
  let depth = ${depth.code};
  let share = (depth + splits * DEPTH - 1u) / (splits * DEPTH) * DEPTH;
  let first = group.z * share;
  let last = min(first + share, depth);
  let x = local % ${acrossX}u;
  let y = local / ${acrossX}u;
${origins("a", a.along, tile.rows, "row")}
${origins("b", b.along, tile.columns, "column")}
${
    groups.map(({ r, c }) =>
      components.map((_, j) => `  var ${sum(r, c, j)} = vec4f();`).join("\n")
    ).join("\n")
  }
${reserve("a", a.along, tile.rows, threads)}
${reserve("b", b.along, tile.columns, threads)}
${load("a", a.along, tile.rows, threads, "first")}
${load("b", b.along, tile.columns, threads, "first")}
  for (var k = first; k < last; k += DEPTH) {
${keep("a", a.along, tile.rows, threads)}
${keep("b", b.along, tile.columns, threads)}
    workgroupBarrier();
    // The next block is on its way while this one is worked on.
    if (k + DEPTH < last) {
${load("a", a.along, tile.rows, threads, "k + DEPTH")}
${load("b", b.along, tile.columns, threads, "k + DEPTH")}
    }
    for (var d = 0u; d < DEPTH; d++) {
${
    rowGroups.map((r) =>
      `      let a${r} = aTile[d * ${tile.rows / 4}u + ${
        r * tile.rows / (4 * tile.rowGroups)
      }u + y];`
    ).join("\n")
  }
${
    columnGroups.map((c) =>
      `      let b${c} = bTile[d * ${tile.columns / 4}u + ${c * acrossX}u + x];`
    ).join("\n")
  }
${
    groups.map(({ r, c }) =>
      components.map((component, j) =>
        `      ${sum(r, c, j)} = fma(vec4f(a${r}.${component}), b${c}, ${sum(r, c, j)});`
      ).join("\n")
    ).join("\n")
  }
    }
    workgroupBarrier();
  }
${
    groups.map(({ r, c }) =>
      `  store(row + 4u * (${r * tile.rows / (4 * tile.rowGroups)}u + y), column + 4u * (${
        c * acrossX
      }u + x), group.z, mat4x4f(${components.map((_, j) => sum(r, c, j)).join(", ")}));`
    ).join("\n")
  }
}`;

  return {
    label,
    arrays: { ...a.arrays, ...b.arrays, ...arrays },
    code,
    workgroups: (count) => [
      Math.ceil(rows.of(count) / tile.rows),
      Math.ceil(columns / tile.columns),
      splits.of(count),
    ],
  };
}

/** What each thread finds out once of the rows, or columns, whose numbers it loads. */
function origins(name: string, along: Operand["along"], length: number, first: string): string {
  if (along === "outer") {
    return `  let ${name}Of = ${name}Origin(${first} + 4u * (local % ${length / 4}u));`;
  }
  return [0, 1, 2, 3].map((j) =>
    `  let ${name}Of${j} = ${name}Origin(${first} + 4u * (local / 4u) + ${j}u);`
  ).join("\n");
}

/** How many fours a thread loads of a block. */
function foursOf(along: Operand["along"], length: number, threads: number): number {
  return along === "depth" ? 4 : DEPTH * length / 4 / threads;
}

/** Room for what a thread loads of a block. */
function reserve(name: string, along: Operand["along"], length: number, threads: number): string {
  return Array.from(
    { length: foursOf(along, length, threads) },
    (_, i) => `  var ${name}Next${i} = vec4f();`,
  ).join("\n");
}

/** Loads a thread's part of the block that begins at `k`. */
function load(
  name: string,
  along: Operand["along"],
  length: number,
  threads: number,
  k: string,
): string {
  const loads = Array.from({ length: foursOf(along, length, threads) }, (_, i) => {
    const [origin, depth] = along === "depth"
      ? [`${name}Of${i}`, "4u * (local % 4u)"]
      : [`${name}Of`, `(local + ${i * threads}u) / ${length / 4}u`];
    return `  ${name}Next${i} = ${name}Load(${origin}, ${k} + ${depth});`;
  }).join("\n");
  // Where there are more threads than four by four numbers, some have none.
  return along === "depth" && length < threads
    ? `  if (local < ${length}u) {\n${loads}\n  }`
    : loads;
}

/** Puts what was loaded where all threads find it: along the inner dimension, one row after the other. */
function keep(name: string, along: Operand["along"], length: number, threads: number): string {
  if (along === "outer") {
    return Array.from(
      { length: foursOf(along, length, threads) },
      (_, i) => `    ${name}Tile[local + ${i * threads}u] = ${name}Next${i};`,
    ).join("\n");
  }
  const fours = [0, 1, 2, 3].map((j) => `${name}Next${j}`).join(", ");
  return `    if (local < ${length}u) {
      let block = transpose(mat4x4f(${fours}));
${
    [0, 1, 2, 3].map((j) =>
      `      ${name}Tile[(4u * (local % 4u) + ${j}u) * ${length / 4}u + local / 4u] = block[${j}];`
    ).join("\n")
  }
    }`;
}
