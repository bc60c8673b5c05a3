// Writes the innermost loops of the simd backend's kernels. AssemblyScript keeps no array in
// registers, so every register of a tile is a variable of its own: too many to write by hand.

/** Rows and columns of the tiles of C that gemm.ts is made of. */
const TILE_ROWS = [6, 4, 2, 1];
const TILE_COLUMNS = [8, 4];

/** Vectors of the rows that sparse.ts adds up in registers. */
const SUM_VECTORS = [12, 8, 4, 2, 1];

/** Steps of k that one turn of a tile's loop makes. */
const UNROLL = 4;

const HEADER = `// deno-fmt-ignore-file
// deno-lint-ignore-file
// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Written by tools/micro_kernels.ts: change that.`;

/** Entries of a list that one turn of a sum's loop takes. */
const ENTRIES = 2;

/** The AssemblyScript source of kernels/micro.ts. */
export function microKernels(): string {
  const kinds = TILE_COLUMNS.flatMap((columns) => [{ columns, t: false }, { columns, t: true }]);
  return [
    HEADER,
    'import { fma } from "./vector.ts";',
    ...kinds.flatMap(({ columns, t }) => TILE_ROWS.map((rows) => tile(rows, columns, t))),
    ...kinds.map(({ columns, t }) => strip(columns, t)),
    ...SUM_VECTORS.map(sums),
  ].join("\n\n") + "\n";
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/**
 * c (rows, columns) (+)= A B: B is a packed panel [k][columns]; row strides are bytes. A is
 * (rows, k), or with `transposed` (k, rows).
 */
function tile(rows: number, columns: number, transposed: boolean): string {
  const vectors = columns / 4;
  const accumulators = range(rows).flatMap((i) => range(vectors).map((j) => `c${i}${j}`));
  const step = (u: number) => [
    ...range(vectors).map((j) => `b${j} = v128.load(b, ${u * columns * 4 + j * 16});`),
    ...range(rows).flatMap((i) => [
      transposed
        ? `a0 = v128.load32_splat(a, ${i * 4});`
        : `a0 = v128.load32_splat(p${i}, ${u * 4});`,
      ...range(vectors).map((j) => `c${i}${j} = fma(a0, b${j}, c${i}${j});`),
    ]),
    ...(transposed ? ["a += aRow;"] : []),
  ];
  const advance = (steps: number) => [
    ...(transposed ? [] : range(rows).map((i) => `p${i} += ${steps * 4};`)),
    `b += ${steps * columns * 4};`,
  ];
  const body = [
    ...(transposed ? [] : range(rows).map((i) => `let p${i} = a + ${i} * aRow;`)),
    `let ${accumulators.map((name) => `${name} = f32x4.splat(0)`).join(", ")};`,
    `let a0 = f32x4.splat(0), ${range(vectors).map((j) => `b${j} = a0`).join(", ")};`,
    `for (; k >= ${UNROLL}; k -= ${UNROLL}) {`,
    ...range(UNROLL).flatMap(step),
    ...advance(UNROLL),
    "}",
    "for (; k > 0; k--) {",
    ...step(0),
    ...advance(1),
    "}",
    "if (accumulate) {",
    "let at = c;",
    ...range(rows).flatMap((i) => [
      ...range(vectors).map((j) => `c${i}${j} = f32x4.add(c${i}${j}, v128.load(at, ${j * 16}));`),
      "at += cRow;",
    ]),
    "}",
    ...range(rows).flatMap((i) => [
      ...range(vectors).map((j) => `v128.store(c, c${i}${j}, ${j * 16});`),
      "c += cRow;",
    ]),
  ];
  return `export function tile${rows}x${columns}${transposed ? "t" : ""}(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
${body.join("\n")}
}`;
}

/** c (m, columns) (+)= A B: one tile below the other. */
function strip(columns: number, transposed: boolean): string {
  const kind = `${columns}${transposed ? "t" : ""}`;
  const loops = TILE_ROWS.map((rows) => {
    // Eight rows are two tiles of four: tiles of two rows leave the processor waiting.
    const condition = rows === 6 ? "m >= 6 && m != 8" : `m >= ${rows}`;
    return `for (; ${condition}; m -= ${rows}) {
tile${rows}x${kind}(k, a, aRow, b, c, cRow, accumulate);
a += ${transposed ? 4 * rows : `${rows} * aRow`};
c += ${rows} * cRow;
}`;
  });
  return `export function strip${kind}(
m: i32, k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
${loops.join("\n")}
}`;
}

/**
 * For each of r lists: 4 * vectors numbers at y + its offset (+)= the sum over its entries
 * (offset, number) of number * (base + offset).
 */
function sums(vectors: number): string {
  const entry = (i: number) => [
    `row = base + <usize> load<i32>(at, ${8 * i});`,
    `number = v128.load32_splat(at, ${8 * i + 4});`,
    ...range(vectors).map((j) => `y${j} = fma(number, v128.load(row, ${j * 16}), y${j});`),
  ];
  const body = [
    "for (const last = counts + (<usize> r << 2); counts < last; counts += 4) {",
    "const to = y + <usize> load<i32>(offsets);",
    "let at = lists;",
    "const end = at + (<usize> load<i32>(counts) << 3);",
    "lists += list;",
    "offsets += 4;",
    "if (accumulate && at == end) continue;",
    `let ${range(vectors).map((i) => `y${i} = f32x4.splat(0)`).join(", ")};`,
    "if (accumulate) {",
    ...range(vectors).map((i) => `y${i} = v128.load(to, ${i * 16});`),
    "}",
    `for (; at + ${8 * (ENTRIES - 1)} < end; at += ${8 * ENTRIES}) {`,
    "let row: usize, number: v128;",
    ...range(ENTRIES).flatMap(entry),
    "}",
    "for (; at < end; at += 8) {",
    "let row: usize, number: v128;",
    ...entry(0),
    "}",
    ...range(vectors).map((i) => `v128.store(to, y${i}, ${i * 16});`),
    "}",
  ];
  return `export function sums${vectors}(
y: usize, offsets: usize, base: usize, lists: usize, list: usize, counts: usize, r: i32,
accumulate: i32,
): void {
${body.join("\n")}
}`;
}
