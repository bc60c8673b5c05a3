// How far each pixel is from the nearest set one.
// Source: Saito & Toriwaki, New Algorithms for Euclidean Distance Transformation (1994): exact,
// first within columns, then along rows, no further than the nearest one found so far.

/**
 * Euclidean distances in pixels from each pixel's centre to that of the nearest pixel that is not
 * 0 in `mask` (width x height, row-major); Infinity where there is none.
 *
 * @param limit Distances from here on need not be right: they are at least as large. A small limit
 * is found fast.
 */
export function distanceTo(
  mask: Uint8Array,
  width: number,
  height: number,
  limit = Infinity,
): Float32Array {
  const distance = new Float32Array(mask.length);
  const columns = distancesInColumns(mask, width, height);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      let nearest = columns[row + x] ** 2;
      const furthest = Math.min(Math.max(x, width - 1 - x), limit);
      for (let off = 1; off <= furthest && off * off < nearest; off++) {
        if (off <= x) nearest = Math.min(nearest, off * off + columns[row + x - off] ** 2);
        if (x + off < width) nearest = Math.min(nearest, off * off + columns[row + x + off] ** 2);
      }
      distance[row + x] = Math.sqrt(nearest);
    }
  }
  return distance;
}

function distancesInColumns(mask: Uint8Array, width: number, height: number): Float32Array {
  const distance = new Float32Array(mask.length);
  for (let i = 0; i < mask.length; i++) {
    distance[i] = mask[i] ? 0 : i < width ? Infinity : distance[i - width] + 1;
  }
  for (let i = width * (height - 1) - 1; i >= 0; i--) {
    distance[i] = Math.min(distance[i], distance[i + width] + 1);
  }
  return distance;
}
