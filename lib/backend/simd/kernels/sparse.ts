// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Products with matrices that are mostly zero: pictures of digits (four pixels in five are blank
// paper), and gradients behind max-pooling (one of four positions gets it, if ReLU let any through).
// Exact: what is left out is a product with 0.
//
// Such a matrix is kept as lists of its non-zero numbers. An entry is 8 bytes: the byte offset,
// int32, of the row that the number is to be multiplied with, and the number, float32. List i
// begins at lists + 8 * i * capacity and has counts[i] (int32) entries.

import { sums1, sums12, sums2, sums4, sums8 } from "./micro.ts";

/**
 * y (+)= S B: N numbers at y + offsets[i] (int32, bytes), for each list i of R, are the sum of
 * number * (N numbers at base + the entry's offset). N is a multiple of 4.
 *
 * Some columns of all rows come before the next columns: what is read of B stays in the L1 cache.
 */
export function sparseProduct(
  y: usize,
  offsets: usize,
  lists: usize,
  capacity: i32,
  counts: usize,
  base: usize,
  r: i32,
  n: i32,
  accumulate: i32,
): void {
  const list = <usize> capacity << 3;
  let left = n >> 2;
  for (; left >= 12; left -= 12) {
    sums12(y, offsets, base, lists, list, counts, r, accumulate);
    y += 192;
    base += 192;
  }
  if (left >= 8) {
    sums8(y, offsets, base, lists, list, counts, r, accumulate);
    y += 128;
    base += 128;
    left -= 8;
  }
  if (left >= 4) {
    sums4(y, offsets, base, lists, list, counts, r, accumulate);
    y += 64;
    base += 64;
    left -= 4;
  }
  if (left >= 2) {
    sums2(y, offsets, base, lists, list, counts, r, accumulate);
    y += 32;
    base += 32;
    left -= 2;
  }
  if (left) sums1(y, offsets, base, lists, list, counts, r, accumulate);
}

/**
 * Lists of the numbers of x (R,C) that are not 0: by row, offsets c * rowStride (capacity C), and by
 * column, offsets i * columnStride (`columnCapacity`, at least R). Strides are bytes.
 */
export function nonZeroLists(
  x: usize,
  r: i32,
  c: i32,
  rowLists: usize,
  rowCounts: usize,
  rowStride: i32,
  columnLists: usize,
  columnCounts: usize,
  columnStride: i32,
  columnCapacity: i32,
): void {
  memory.fill(columnCounts, 0, <usize> c << 2);
  const list = <usize> columnCapacity << 3;
  for (let i = 0; i < r; i++) {
    let end = rowLists;
    let column = columnLists;
    let offset = 0;
    for (let count = columnCounts; count < columnCounts + (<usize> c << 2); count += 4) {
      // Written in any case and counted if not zero: a branch would be mispredicted half the time.
      const value = load<i32>(x);
      const one = i32((value & 0x7fffffff) != 0);
      store<i32>(end, offset);
      store<i32>(end, value, 4);
      end += <usize> one << 3;
      const at = load<i32>(count);
      const entry = column + (<usize> at << 3);
      store<i32>(entry, i * columnStride);
      store<i32>(entry, value, 4);
      store<i32>(count, at + one);
      offset += rowStride;
      column += list;
      x += 4;
    }
    store<i32>(rowCounts + (<usize> i << 2), <i32> (end - rowLists) >> 3);
    rowLists += <usize> c << 3;
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
    // The four pixels' counts, 16 bits each: in memory each would have to wait for the one before.
    let pixels: i64 = 0;
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
      const here = <i32> (pixels >> (winner << 4)) & 0xffff;
      const other = pixelLists + (<usize> (winner * co + here) << 3);
      store<i32>(other, weights);
      store<i32>(other, gradient, 4);
      pixels += <i64> counts << (winner << 4);
      weights += filter;
      channel += list;
    }
    for (let i = 0; i < 4; i++) {
      store<i32>(pixelCounts + (<usize> i << 2), <i32> (pixels >> (i << 4)) & 0xffff);
    }
    dy += end;
    index += end;
    pixelLists += <usize> (co * 4) << 3;
    pixelCounts += 16;
  }
}
