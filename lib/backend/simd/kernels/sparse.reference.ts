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

/** Adds to y (n) the sum of number * (n numbers of base from offset) over a list's entries. */
function addRows(
  y: Float32Array,
  base: Float32Array,
  lists: Int32Array,
  start: number,
  count: number,
  n: number,
): void {
  for (let j = 0; j < n; j++) {
    let sum = y[j];
    for (let i = start; i < start + count; i++) {
      sum += floatOf(lists[2 * i + 1]) * base[lists[2 * i] / 4 + j];
    }
    y[j] = sum;
  }
}

/**
 * y (R,N) (+)= S B: row i of y, `stride` numbers behind the one before, is the sum over list i of
 * number * (N numbers of base from offset). List i has counts[i] of `capacity` entries.
 */
export function sparseProduct(
  y: Float32Array,
  stride: number,
  lists: Int32Array,
  capacity: number,
  counts: Int32Array,
  base: Float32Array,
  r: number,
  n: number,
  accumulate: number,
): void {
  for (let i = 0; i < r; i++) {
    const row = y.subarray(i * stride, i * stride + n);
    if (!accumulate) row.fill(0);
    addRows(row, base, lists, i * capacity, counts[i], n);
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
 * pool 2x2 whose winners are index (OH*OW,CO).
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

/** dx (H,W,CI) = the gradient of that convolution's input, from the lists by pixel and w (CO,K,K,CI). */
export function pooledInputBackward(
  dx: Float32Array,
  w: Float32Array,
  windows: number,
  ow: number,
  h: number,
  width: number,
  ci: number,
  co: number,
  k: number,
  pixelLists: Int32Array,
  pixelCounts: Int32Array,
): void {
  const sums = new Float64Array(h * width * ci);
  for (let list = 0; list < windows * 4; list++) {
    const window = list >> 2;
    const y = 2 * Math.floor(window / ow) + (list >> 1 & 1);
    const x = 2 * (window % ow) + (list & 1);
    for (let i = list * co; i < list * co + pixelCounts[list]; i++) {
      const filter = pixelLists[2 * i] / 4;
      const gradient = floatOf(pixelLists[2 * i + 1]);
      for (let ky = 0; ky < k; ky++) {
        // K*CI numbers of the filter's row lie side by side, and so do those of dx.
        for (let j = 0; j < k * ci; j++) {
          sums[((y + ky) * width + x) * ci + j] += gradient * w[filter + ky * k * ci + j];
        }
      }
    }
  }
  dx.set(sums);
}
