// The outlines of the ink in place of the ink.
// Source: Canny, A Computational Approach to Edge Detection (1986), in scikit-image's form: sigma 1,
// Sobel's gradients, maxima between interpolated neighbours, thresholds of 0.1 and 0.2, no edges in
// the outermost pixels.

import { PIXELS, SIZE } from "./corruption.ts";
import { blur, gaussian } from "./gaussian.ts";

const SMOOTHING = gaussian(1, "nothing");
const WEAK = 0.1; // gradient, in units of Sobel's operator: an edge of full ink has 4
const STRONG = 0.2;

/** Ink where an edge is, paper elsewhere. */
export function cannyEdges(picture: Float64Array): Float64Array {
  const { dx, dy, magnitude } = gradients(blur(picture, SMOOTHING));
  const isWeak = new Uint8Array(PIXELS);
  const open: number[] = [];
  for (let y = 1; y < SIZE - 1; y++) {
    for (let x = 1; x < SIZE - 1; x++) {
      const i = y * SIZE + x;
      if (magnitude[i] < WEAK || !isMaximum(magnitude, i, dx[i], dy[i])) continue;
      isWeak[i] = 1;
      if (magnitude[i] >= STRONG) open.push(i);
    }
  }
  // Weak edges count where they lead to a strong one.
  const edges = new Float64Array(PIXELS);
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    if (edges[i] === 1) continue;
    edges[i] = 1;
    for (const row of [i - SIZE, i, i + SIZE]) {
      for (let near = row - 1; near <= row + 1; near++) if (isWeak[near]) open.push(near);
    }
  }
  return edges;
}

/** Sobel's operator, with the border's pixels again beyond it. */
function gradients(picture: Float64Array) {
  const dx = new Float64Array(PIXELS);
  const dy = new Float64Array(PIXELS);
  const magnitude = new Float64Array(PIXELS);
  for (let y = 0, i = 0; y < SIZE; y++) {
    const above = Math.max(0, y - 1) * SIZE;
    const row = y * SIZE;
    const below = Math.min(SIZE - 1, y + 1) * SIZE;
    for (let x = 0; x < SIZE; x++, i++) {
      const left = Math.max(0, x - 1);
      const right = Math.min(SIZE - 1, x + 1);
      dx[i] = picture[above + right] + 2 * picture[row + right] + picture[below + right] -
        picture[above + left] - 2 * picture[row + left] - picture[below + left];
      dy[i] = picture[below + left] + 2 * picture[below + x] + picture[below + right] -
        picture[above + left] - 2 * picture[above + x] - picture[above + right];
      magnitude[i] = Math.hypot(dx[i], dy[i]);
    }
  }
  return { dx, dy, magnitude };
}

/** Is there nothing steeper one pixel up or down the slope? */
function isMaximum(magnitude: Float64Array, i: number, dx: number, dy: number): boolean {
  const [size, isFlat] = [Math.max(Math.abs(dx), Math.abs(dy)), Math.abs(dx) >= Math.abs(dy)];
  const straight = isFlat ? Math.sign(dx) : SIZE * Math.sign(dy);
  const diagonal = Math.sign(dx) + SIZE * Math.sign(dy);
  const share = Math.min(Math.abs(dx), Math.abs(dy)) / size; // of the diagonal neighbour
  const uphill = share * magnitude[i + diagonal] + (1 - share) * magnitude[i + straight];
  const downhill = share * magnitude[i - diagonal] + (1 - share) * magnitude[i - straight];
  return uphill <= magnitude[i] && downhill <= magnitude[i];
}
