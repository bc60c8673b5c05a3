// The plain reference of gemm.ts: what its kernels compute, on views instead of addresses.

/** Where number (row, column) of B (K,N) lies in its panels: [K][8] each, the last perhaps [K][4]. */
function placeOf(row: number, column: number, k: number, n: number): number {
  const inPanel = column % 8;
  const panel = column - inPanel;
  const width = Math.min(8, n - panel);
  return panel * k + row * width + inPanel;
}

/** C (M,N) (+)= A (M,K) B (K,N); B is packed, row strides of A and C are `lda` and `ldc`. */
export function gemm(
  m: number,
  n: number,
  k: number,
  a: Float32Array,
  lda: number,
  packed: Float32Array,
  c: Float32Array,
  ldc: number,
  accumulate: number,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = accumulate ? c[i * ldc + j] : 0;
      for (let l = 0; l < k; l++) sum += a[i * lda + l] * packed[placeOf(l, j, k, n)];
      c[i * ldc + j] = sum;
    }
  }
}

/** C (M,N) (+)= transpose(A) B, where A is (K,M) with row stride `lda`. */
export function gemmTransposed(
  m: number,
  n: number,
  k: number,
  a: Float32Array,
  lda: number,
  packed: Float32Array,
  c: Float32Array,
  ldc: number,
  accumulate: number,
): void {
  const columns = new Float32Array(m * k);
  for (let l = 0; l < k; l++) {
    for (let i = 0; i < m; i++) columns[i * k + l] = a[l * lda + i];
  }
  gemm(m, n, k, columns, k, packed, c, ldc, accumulate);
}

/** packed (K,N) = rows [first, last) of B (K,N), row stride `ldb`, at their places. */
export function pack(
  k: number,
  n: number,
  b: Float32Array,
  ldb: number,
  packed: Float32Array,
  first: number,
  last: number,
): void {
  for (let row = first; row < last; row++) {
    for (let column = 0; column < n; column++) {
      packed[placeOf(row, column, k, n)] = b[row * ldb + column];
    }
  }
}

/** packed (K,N) = rows [first, last) of B (N,K), row stride `ldb`, as columns. */
export function packTransposed(
  k: number,
  n: number,
  b: Float32Array,
  ldb: number,
  packed: Float32Array,
  first: number,
  last: number,
): void {
  for (let column = first; column < last; column++) {
    for (let row = 0; row < k; row++) packed[placeOf(row, column, k, n)] = b[column * ldb + row];
  }
}

/** out (C,R) = transpose(a (R,C)), row strides `lda` and `ldo`. */
export function transpose(
  r: number,
  c: number,
  a: Float32Array,
  lda: number,
  out: Float32Array,
  ldo: number,
): void {
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < c; j++) out[j * ldo + i] = a[i * lda + j];
  }
}
