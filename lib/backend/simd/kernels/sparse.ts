// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Products with matrices that are mostly zero: pictures of digits (four pixels in five are blank
// paper), and gradients behind max-pooling (one of four positions gets it, if ReLU let any through).
// Exact: what is left out is a product with 0.
//
// Such a matrix is kept as lists of its non-zero numbers. An entry is 8 bytes: the byte offset,
// int32, of the row that the number is to be multiplied with, and the number, float32. List i
// begins at lists + 8 * i * capacity and has counts[i] (int32) entries.

import { axpy1, axpy12, axpy2, axpy4, axpy8 } from "./micro";

/** y (n) += the sum over count entries of number * row (n); n is a multiple of 4. */
function axpyRows(y: usize, base: usize, entries: usize, count: i32, n: i32): void {
  let left = n >> 2;
  for (; left >= 12; left -= 12) {
    axpy12(y, base, entries, count);
    y += 192;
    base += 192;
  }
  if (left >= 8) {
    axpy8(y, base, entries, count);
    y += 128;
    base += 128;
    left -= 8;
  }
  if (left >= 4) {
    axpy4(y, base, entries, count);
    y += 64;
    base += 64;
    left -= 4;
  }
  if (left >= 2) {
    axpy2(y, base, entries, count);
    y += 32;
    base += 32;
    left -= 2;
  }
  if (left) axpy1(y, base, entries, count);
}

/**
 * y (R,N) (+)= S B: row i of y, `stride` numbers behind the one before, is the sum over list i of
 * number * (N numbers at base + offset). N is a multiple of 4.
 */
export function sparseProduct(
  y: usize,
  stride: i32,
  lists: usize,
  capacity: i32,
  counts: usize,
  base: usize,
  r: i32,
  n: i32,
  accumulate: i32,
): void {
  for (let i = 0; i < r; i++) {
    if (!accumulate) memory.fill(y, 0, <usize> n << 2);
    axpyRows(y, base, lists, load<i32>(counts), n);
    y += <usize> stride << 2;
    lists += <usize> capacity << 3;
    counts += 4;
  }
}

/**
 * Lists of the pixels of bytes (R,K) that are not 0, divided by 255: by row, offsets
 * k * rowStride (capacity K), and by column, offsets i * columnStride (capacity `columnCapacity`,
 * at least R). Strides are bytes.
 *
 * @param columnLists 0: only the rows' lists are wanted.
 */
export function pixelLists(
  bytes: usize,
  r: i32,
  k: i32,
  rowLists: usize,
  rowCounts: usize,
  rowStride: i32,
  columnLists: usize,
  columnCounts: usize,
  columnStride: i32,
  columnCapacity: i32,
): void {
  if (columnLists) memory.fill(columnCounts, 0, <usize> k << 2);
  for (let i = 0; i < r; i++) {
    let end = rowLists;
    for (let j = 0; j < k; j++) {
      const byte = load<u8>(bytes + j);
      if (byte == 0) continue;
      const value = <f32> byte / 255;
      store<i32>(end, j * rowStride);
      store<f32>(end, value, 4);
      end += 8;
      if (columnLists) {
        const count = columnCounts + (<usize> j << 2);
        const at = load<i32>(count);
        const entry = columnLists + (<usize> (j * columnCapacity + at) << 3);
        store<i32>(entry, i * columnStride);
        store<f32>(entry, value, 4);
        store<i32>(count, at + 1);
      }
    }
    store<i32>(rowCounts + (<usize> i << 2), <i32> (end - rowLists) >> 3);
    rowLists += <usize> k << 3;
    bytes += k;
  }
}

/**
 * Lists of the gradient behind "convolution KxK, valid, ReLU, max-pooling 2x2" of one picture:
 * dy (OH*OW,CO), already 0 where ReLU was, and index (OH*OW,CO), which pixel of its window each
 * goes to. x, the convolution's input, is (H,W,CI).
 *
 * By channel: offset of the patch in x + `from`, appended to lists of `capacity` entries.
 * By pixel, list (window * 4 + pixel) of CO entries: offset of the channel's filter in w (CO,K,K,CI).
 */
export function pooledLists(
  dy: usize,
  index: usize,
  windows: i32,
  ow: i32,
  w: i32,
  ci: i32,
  co: i32,
  k: i32,
  from: i32,
  channelLists: usize,
  capacity: i32,
  channelCounts: usize,
  pixelLists: usize,
  pixelCounts: usize,
): void {
  const row = w * ci * 4;
  const pixel = ci * 4;
  const filter = k * k * ci * 4;
  const end = <usize> co << 2;
  const list = <usize> capacity << 3;
  for (let window = 0; window < windows; window++) {
    const corner = (window / ow) * 2 * row + (window % ow) * 2 * pixel + from;
    v128.store(pixelCounts, i32x4.splat(0));
    let weights = 0;
    let channel = channelLists;
    for (let o: usize = 0; o < end; o += 4) {
      const gradient = load<i32>(dy + o);
      const winner = load<i32>(index + o);
      // Written in any case and counted if not zero: a branch here would be mispredicted half
      // the time.
      const counts = i32((gradient & 0x7fffffff) != 0);
      const at = load<i32>(channelCounts + o);
      const entry = channel + (<usize> at << 3);
      store<i32>(entry, corner + (winner & 1) * pixel + (winner >> 1) * row);
      store<i32>(entry, gradient, 4);
      store<i32>(channelCounts + o, at + counts);
      const count = pixelCounts + (<usize> winner << 2);
      const here = load<i32>(count);
      const other = pixelLists + (<usize> (winner * co + here) << 3);
      store<i32>(other, weights);
      store<i32>(other, gradient, 4);
      store<i32>(count, here + counts);
      weights += filter;
      channel += list;
    }
    dy += end;
    index += end;
    pixelLists += <usize> (co * 4) << 3;
    pixelCounts += 16;
  }
}

/**
 * dx (H,W,CI) = the gradient of that convolution's input, from the lists by pixel and the filters
 * w (CO,K,K,CI), of one picture.
 */
export function pooledInputBackward(
  dx: usize,
  w: usize,
  windows: i32,
  ow: i32,
  h: i32,
  width: i32,
  ci: i32,
  co: i32,
  k: i32,
  pixelLists: usize,
  pixelCounts: usize,
): void {
  const row = <usize> (width * ci) << 2;
  const pixel = <usize> ci << 2;
  const n = k * ci;
  memory.fill(dx, 0, <usize> h * row);
  for (let ky = 0; ky < k; ky++) {
    const filter = w + (<usize> (ky * n) << 2);
    let lists = pixelLists;
    let counts = pixelCounts;
    for (let window = 0; window < windows; window++) {
      const corner = dx + <usize> ((window / ow) * 2 + ky) * row +
        <usize> ((window % ow) * 2) * pixel;
      for (let i: usize = 0; i < 4; i++) {
        const count = load<i32>(counts);
        if (count) axpyRows(corner + (i >> 1) * row + (i & 1) * pixel, filter, lists, count, n);
        counts += 4;
        lists += <usize> co << 3;
      }
    }
  }
}
