// How far each pixel is from the nearest set one.
// Source: Felzenszwalb & Huttenlocher, Distance Transforms of Sampled Functions (2012): the squared
// Euclidean distance, exact, in linear time, one dimension after the other.

/**
 * Euclidean distances in pixels from each pixel's centre to that of the nearest pixel that is not
 * 0 in `mask` (width x height, row-major); Infinity where there is none.
 */
export function distanceTo(mask: Uint8Array, width: number, height: number): Float32Array {
  const distance = Float32Array.from(mask, (set) => set ? 0 : Infinity);
  const longest = Math.max(width, height);
  const line = new Float64Array(longest);
  const parabola = new Int32Array(longest); // where the parabolas of the lower envelope stand
  const from = new Float64Array(longest + 1); // where each begins to be the lowest

  for (let x = 0; x < width; x++) lowerEnvelope(x, width, height);
  for (let y = 0; y < height; y++) lowerEnvelope(y * width, 1, width);
  for (let i = 0; i < distance.length; i++) distance[i] = Math.sqrt(distance[i]);
  return distance;

  // Replaces each of the `length` values by the least value + squared distance along the line.
  function lowerEnvelope(start: number, step: number, length: number): void {
    let last = -1;
    for (let q = 0; q < length; q++) {
      const value = line[q] = distance[start + q * step];
      if (value === Infinity) continue;
      let crossing = -Infinity;
      while (last >= 0) {
        const p = parabola[last];
        crossing = (value + q * q - line[p] - p * p) / (2 * (q - p));
        if (crossing > from[last]) break;
        last--;
      }
      last++;
      parabola[last] = q;
      from[last] = last === 0 ? -Infinity : crossing;
    }
    if (last < 0) return;
    from[last + 1] = Infinity;
    for (let q = 0, k = 0; q < length; q++) {
      while (from[k + 1] < q) k++;
      distance[start + q * step] = line[parabola[k]] + (q - parabola[k]) ** 2;
    }
  }
}
