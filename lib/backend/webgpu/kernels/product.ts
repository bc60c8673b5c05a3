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

/** What a workgroup works out: a tile of the result. */
interface Tile {
  rows: number;
  columns: number;
  /** Fours of rows, and of columns, that one thread has of it. */
  rowGroups: number;
  columnGroups: number;
}

/**
 * Large tiles read less, small ones waste less where the result is small. Of the largest a thread works
 * out 8x8 numbers, for each of whose steps it reads 16.
 *
 * @param rows Of the result; Infinity where it depends on the batch.
 */
function chooseTile(rows: number, columns: number): Tile {
  const height = rows <= 16 ? 16 : 64;
  const width = columns <= 16 ? 16 : columns <= 32 ? 32 : 64;
  const isLarge = height > 16 && width > 16;
  return {
    rows: height,
    columns: width,
    rowGroups: isLarge ? 2 : 1,
    columnGroups: isLarge && width > 32 ? 2 : 1,
  };
}

/** How many tiles a result has. */
export function tileCount(rows: number, columns: number): number {
  const tile = chooseTile(rows, columns);
  return Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
}

/** The kernel that works out a product. */
export function product(
  { label, a, b, rows, columns, depth, splits = fixed(1), arrays, store }: Product,
): Kernel {
  const tile = chooseTile(rows.of(1) === rows.of(2) ? rows.of(1) : Infinity, columns);
  // A thread's fours lie as far apart as possible, so that neighbouring threads read neighbours.
  const [down, across] = [tile.rows / 4 / tile.rowGroups, tile.columns / 4 / tile.columnGroups];
  const threads = down * across;
  const left: Side = { name: "a", along: a.along, length: tile.rows, threads };
  const right: Side = { name: "b", along: b.along, length: tile.columns, threads };
  const groups = range(tile.rowGroups).flatMap((r) =>
    range(tile.columnGroups).map((c) => ({ r, c, sums: range(4).map((j) => `sum${r}${c}${j}`) }))
  );
  return {
    label,
    arrays: { ...a.arrays, ...b.arrays, ...arrays },
    code: `${a.code}
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
  let depth = ${depth.code};
  let blocks = (depth + DEPTH - 1u) / DEPTH;
  let splits = ${splits.code};
  let share = (blocks + splits - 1u) / splits * DEPTH;
  let first = group.z * share;
  let last = min(first + share, depth);
  let x = local % ${across}u;
  let y = local / ${across}u;
${findOrigins(left, "row")}
${findOrigins(right, "column")}
${groups.flatMap(({ sums }) => sums).map((sum) => `  var ${sum} = vec4f();`).join("\n")}
${declare(left)}
${declare(right)}
${load(left, "first")}
${load(right, "first")}
  for (var k = first; k < last; k += DEPTH) {
${share(left)}
${share(right)}
    workgroupBarrier();
    // The next block is on its way while this one is worked on.
    if (k + DEPTH < last) {
${load(left, "k + DEPTH")}
${load(right, "k + DEPTH")}
    }
    for (var d = 0u; d < DEPTH; d++) {
${
      range(tile.rowGroups)
        .map((r) => `      let a${r} = aTile[d * ${tile.rows / 4}u + ${r * down}u + y];`)
        .join("\n")
    }
${
      range(tile.columnGroups)
        .map((c) => `      let b${c} = bTile[d * ${tile.columns / 4}u + ${c * across}u + x];`)
        .join("\n")
    }
${
      groups.flatMap(({ r, c, sums }) =>
        sums.map((sum, j) => `      ${sum} = fma(vec4f(a${r}[${j}]), b${c}, ${sum});`)
      ).join("\n")
    }
    }
    workgroupBarrier();
  }
${
      groups.map(({ r, c, sums }) =>
        `  store(row + 4u * (${r * down}u + y), column + 4u * (${c * across}u + x), group.z, ` +
        `mat4x4f(${sums.join(", ")}));`
      ).join("\n")
    }
}`,
    workgroups: (count) => [
      Math.ceil(rows.of(count) / tile.rows),
      Math.ceil(columns / tile.columns),
      splits.of(count),
    ],
  };
}

/** 0 to `length` - 1. */
function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** What the threads of a workgroup have to load of one of the matrices. */
interface Side {
  name: "a" | "b";
  along: Operand["along"];
  /** Rows, or columns, of the tile. */
  length: number;
  threads: number;
}

/** WGSL of what each thread finds out once of the rows, or columns, that it loads of. */
function findOrigins({ name, along, length }: Side, first: string): string {
  if (along === "outer") {
    return `  let ${name}Origin0 = ${name}Origin(${first} + 4u * (local % ${length / 4}u));`;
  }
  return range(4).map((j) =>
    `  let ${name}Origin${j} = ${name}Origin(${first} + 4u * (local / 4u) + ${j}u);`
  ).join("\n");
}

/** The names of the fours that a thread loads of a block. */
function fours({ name, along, length, threads }: Side): string[] {
  const number = along === "depth" ? 4 : DEPTH * length / 4 / threads;
  return range(number).map((i) => `${name}Next${i}`);
}

function declare(side: Side): string {
  return fours(side).map((four) => `  var ${four} = vec4f();`).join("\n");
}

/** WGSL that loads a thread's part of the block that begins at `k`. */
function load(side: Side, k: string): string {
  const { name, along, length, threads } = side;
  const loads = fours(side).map((four, i) => {
    const [origin, depth] = along === "depth"
      ? [i, "4u * (local % 4u)"]
      : [0, `(local + ${i * threads}u) / ${length / 4}u`];
    return `  ${four} = ${name}Load(${name}Origin${origin}, ${k} + ${depth});`;
  }).join("\n");
  return along === "depth" ? `  if (local < ${length}u) {\n${loads}\n  }` : loads;
}

/** WGSL that puts what a thread has loaded where all threads find it: in rows along the inner dimension. */
function share(side: Side): string {
  const { name, along, length, threads } = side;
  if (along === "outer") {
    return fours(side).map((four, i) => `    ${name}Tile[local + ${i * threads}u] = ${four};`)
      .join("\n");
  }
  // Four by four numbers, as many as a thread has here, if any; they change places on the way.
  return `    if (local < ${length}u) {
      let block = transpose(mat4x4f(${fours(side).join(", ")}));
${
    range(4).map((j) =>
      `      ${name}Tile[(4u * (local % 4u) + ${j}u) * ${length / 4}u + local / 4u] = block[${j}];`
    ).join("\n")
  }
    }`;
}
