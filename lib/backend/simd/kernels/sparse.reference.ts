// The plain reference of sparse.ts: what its kernels compute, on views instead of addresses.
//
// Lists are Int32Arrays with two places an entry: the byte offset of a row, and the bits of the
// float32 that the row is to be multiplied with.

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

function bitsOf(number: number): number {
  float[0] = number;
  return bits[0];
}

function floatOf(pattern: number): number {
  bits[0] = pattern;
  return float[0];
}

/** Writes entry `i` of the list that begins at entry `start`. */
export function setEntry(
  lists: Int32Array,
  start: number,
  i: number,
  offset: number,
  number: number,
): void {
  lists[2 * (start + i)] = offset;
  lists[2 * (start + i) + 1] = bitsOf(number);
}

/**
 * y (+)= S B: N numbers of y from offsets[i] (bytes), for each list i of R, are the sum of
 * number * (N numbers of base from the entry's offset). List i has counts[i] of `capacity` entries.
 * Rows of y may overlap if they accumulate: each list adds to what those before it have left.
 */
export function sparseProduct(
  y: Float32Array,
  offsets: Int32Array,
  lists: Int32Array,
  capacity: number,
  counts: Int32Array,
  base: Float32Array,
  r: number,
  n: number,
  accumulate: number,
): void {
  const sums = Float64Array.from(y);
  for (let i = 0; i < r; i++) {
    const row = sums.subarray(offsets[i] / 4, offsets[i] / 4 + n);
    if (!accumulate) row.fill(0);
    for (let entry = i * capacity; entry < i * capacity + counts[i]; entry++) {
      const number = floatOf(lists[2 * entry + 1]);
      const from = lists[2 * entry] / 4;
      for (let j = 0; j < n; j++) row[j] += number * base[from + j];
    }
  }
  y.set(sums);
}

/**
 * Lists of the numbers of x (R,C) that are not 0: by row, offsets c * rowStride (capacity C), and by
 * column, offsets i * columnStride (capacity `columnCapacity`). NaN is not 0, but -0 is.
 */
export function nonZeroLists(
  x: Float32Array,
  r: number,
  c: number,
  rowLists: Int32Array,
  rowCounts: Int32Array,
  rowStride: number,
  columnLists: Int32Array,
  columnCounts: Int32Array,
  columnStride: number,
  columnCapacity: number,
): void {
  rowCounts.fill(0, 0, r);
  columnCounts.fill(0, 0, c);
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < c; j++) {
      const number = x[i * c + j];
      if (number === 0) continue;
      setEntry(rowLists, i * c, rowCounts[i]++, j * rowStride, number);
      setEntry(columnLists, j * columnCapacity, columnCounts[j]++, i * columnStride, number);
    }
  }
}

/**
 * Lists of the pixels of bytes (R,K) that are not 0, divided by 255: by row, offsets k * rowStride
 * (capacity K), and by column, offsets i * columnStride (capacity `columnCapacity`).
 *
 * @param columnLists null: only the rows' lists are wanted; so is `columnCounts` then.
 */
export function pixelLists(
  bytes: Uint8Array,
  r: number,
  k: number,
  rowLists: Int32Array,
  rowCounts: Int32Array,
  rowStride: number,
  columnLists: Int32Array | null,
  columnCounts: Int32Array | null,
  columnStride: number,
  columnCapacity: number,
): void {
  rowCounts.fill(0, 0, r);
  columnCounts?.fill(0, 0, k);
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < k; j++) {
      const byte = bytes[i * k + j];
      if (byte === 0) continue;
      setEntry(rowLists, i * k, rowCounts[i]++, j * rowStride, byte / 255);
      if (columnLists && columnCounts) {
        const at = columnCounts[j]++;
        setEntry(columnLists, j * columnCapacity, at, i * columnStride, byte / 255);
      }
    }
  }
}

/**
 * Lists of the gradient dy (OH*OW,CO) that is not 0, behind a convolution KxK of x (H,W,CI) and a
 * pool 2x2 whose winners are index (OH*OW,CO). CO is below 65536.
 *
 * By channel: offset of the patch in x + `from`, appended to lists of `capacity` entries.
 * By pixel, list (window * 4 + pixel) of CO entries: offset of the channel's filter in w (CO,K,K,CI).
 */
export function pooledLists(
  dy: Float32Array,
  index: Int32Array,
  windows: number,
  ow: number,
  w: number,
  ci: number,
  co: number,
  k: number,
  from: number,
  channelLists: Int32Array,
  capacity: number,
  channelCounts: Int32Array,
  pixelLists: Int32Array,
  pixelCounts: Int32Array,
): void {
  pixelCounts.fill(0, 0, windows * 4);
  for (let window = 0; window < windows; window++) {
    for (let o = 0; o < co; o++) {
      const gradient = dy[window * co + o];
      if (gradient === 0) continue;
      const winner = index[window * co + o];
      const y = 2 * Math.floor(window / ow) + (winner >> 1);
      const x = 2 * (window % ow) + (winner & 1);
      const patch = 4 * (y * w + x) * ci;
      setEntry(channelLists, o * capacity, channelCounts[o]++, from + patch, gradient);
      const list = window * 4 + winner;
      setEntry(pixelLists, list * co, pixelCounts[list]++, 4 * o * k * k * ci, gradient);
    }
  }
}
