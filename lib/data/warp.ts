// Turns, slants, scales, moves and bends a picture in one bilinear resampling, so that nothing is
// blurred twice. Integer arithmetic: coordinates have 16 bits behind the point.
// Elastic distortion after P. Simard et al., Best Practices for Convolutional Neural Networks
// (ICDAR 2003). There, random displacements are smoothed by a Gaussian of 4 pixels; here, they are
// those of a coarse grid, between which a quadratic B-spline, as wide as that Gaussian, interpolates.

const SIZE = 28;
const CENTRE = 13.5; // of pixels 0 to 27
const ONE = 0x10000; // a pixel

// The source lies in the middle of blank paper, so that nothing looked up there is outside of it:
// as far beyond the ink as twice the largest displacement, and one pixel.
const STRIDE_BITS = 6;
const STRIDE = 1 << STRIDE_BITS;
const MARGIN = (STRIDE - SIZE) / 2;
const MAX_DISPLACEMENT = MARGIN / 2 - 1;

const CELL = 8; // pixels between points of the grid; the B-spline's deviation is half of that
const CELLS = 4; // from 2 pixels left of and above the picture to 2 beyond it
const POINTS = CELLS + 2;

/** Displacements in a grid: x of `[6, 6]` control points, row-major, then y of them. */
export const GRID_LENGTH = 2 * POINTS * POINTS;

/**
 * The standard deviation of a pixel's displacement where the grid's have one of 1: the root of the
 * mean over all pixels of the B-spline's squared weights.
 */
export const GRID_GAIN = splineGain() ** 2;

/** How a picture is laid anew, in this order, around its centre. */
export interface Pose {
  /** Factors of the picture's width and height. */
  zoomX: number;
  zoomY: number;
  /** How many pixels to the left a row moves for each pixel that it lies lower: positive slants as italics. */
  shear: number;
  /** Clockwise. */
  angleDeg: number;
  /** Pixels to the right and down. */
  shiftX: number;
  shiftY: number;
}

// Scratch memory, one picture at a time. Reading a picture four pixels a word takes a little-endian
// machine, as all are on which this project runs.
const source = new Uint8Array(SIZE * SIZE);
const words = new Int32Array(source.buffer);
/** Each pixel of the padded source in the lower half, and the next one to its right in the upper. */
const pairs = new Int32Array(STRIDE * STRIDE);
const ink = { left: 0, right: 0, top: 0, bottom: 0 };
const columns = new Int32Array(SIZE / 4);
const points = new Int32Array(GRID_LENGTH);
const rowPoints = new Int32Array(2 * POINTS);

/**
 * Resamples `from` [28, 28] into `to` [28, 28]; both may be the same. Outside of a picture is paper.
 *
 * @param grid By how many pixels the source of each pixel is displaced, up to 8 either way.
 * `GRID_LENGTH` numbers.
 */
export function warp(from: Uint8Array, to: Uint8Array, pose: Pose, grid?: Float64Array): void {
  source.set(from);
  to.fill(0);
  if (!layOut()) return;
  const reach = grid ? setPoints(grid) : 0;

  // Where the pixel right of, and the one below each pixel have their sources.
  const angle = pose.angleDeg * Math.PI / 180;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const uStepX = (cosine - pose.shear * sine) / pose.zoomX;
  const uStepY = (sine + pose.shear * cosine) / pose.zoomX;
  const vStepX = -sine / pose.zoomY;
  const vStepY = cosine / pose.zoomY;
  const [startX, startY] = [-CENTRE - pose.shiftX, -CENTRE - pose.shiftY];
  const u0 = CENTRE + startX * uStepX + startY * uStepY;
  const v0 = CENTRE + startX * vStepX + startY * vStepY;

  // Ink comes only from sources in these limits.
  const uLow = ink.left - 1 - reach - u0;
  const uHigh = ink.right + 1 + reach - u0;
  const vLow = ink.top - 1 - reach - v0;
  const vHigh = ink.bottom + 1 + reach - v0;
  const [perU, perV] = [inverse(uStepX), inverse(vStepX)];
  const [du, dv] = [Math.round(uStepX * ONE), Math.round(vStepX * ONE)];
  for (let y = 0; y < SIZE; y++) {
    const u1 = (uLow - y * uStepY) * perU;
    const u2 = (uHigh - y * uStepY) * perU;
    const v1 = (vLow - y * vStepY) * perV;
    const v2 = (vHigh - y * vStepY) * perV;
    const low = Math.max(Math.min(u1, u2), Math.min(v1, v2), -1);
    const high = Math.min(Math.max(u1, u2), Math.max(v1, v2), SIZE);
    const first = Math.floor(low) + 1;
    const end = Math.ceil(high);
    if (first >= end) continue;
    const u = Math.round((MARGIN + u0 + y * uStepY) * ONE) + first * du;
    const v = Math.round((MARGIN + v0 + y * vStepY) * ONE) + first * dv;
    if (grid) bend(to, y, first, end, u, v, du, dv);
    else resample(to, y * SIZE + first, y * SIZE + end, u, v, du, dv, 0, 0);
  }
  pairs.fill(0, (MARGIN + ink.top - 1) * STRIDE, (MARGIN + ink.bottom + 1) * STRIDE);
}

/** A line that runs along the others' limits never crosses them, or only far away. */
function inverse(step: number): number {
  return 1 / (Math.abs(step) < 1e-9 ? 1e-9 : step);
}

/** Puts the source into pairs of pixels, and finds where its ink is. False where there is none. */
function layOut(): boolean {
  let [top, bottom] = [-1, -1];
  columns.fill(0);
  for (let row = 0, i = 0; row < SIZE; row++) {
    let at = (MARGIN + row) * STRIDE + MARGIN;
    let previous = 0;
    for (let column = 0; column < SIZE / 4; column++, i++, at += 4) {
      const word = words[i];
      if ((word | previous) !== 0) {
        pairs[at - 1] = previous >>> 24 | (word & 0xff) << 16;
        pairs[at] = word & 0xff | (word & 0xff00) << 8;
        pairs[at + 1] = word >>> 8 & 0xff | word & 0xff0000;
        pairs[at + 2] = word >>> 16 & 0xff | (word & 0xff000000) >>> 8;
        columns[column] |= word;
        bottom = row;
        if (top < 0) top = row;
      }
      previous = word;
    }
    pairs[at - 1] = previous >>> 24;
  }
  if (top < 0) return false;
  const [left, right] = [columns.findIndex(Boolean), columns.findLastIndex(Boolean)];
  const lowest = columns[left] & -columns[left];
  ink.left = 4 * left + (31 - Math.clz32(lowest) >>> 3);
  ink.right = 4 * right + 3 - (Math.clz32(columns[right]) >>> 3);
  ink.top = top;
  ink.bottom = bottom;
  return true;
}

/** Takes over the grid's displacements, and tells the largest. */
function setPoints(grid: Float64Array): number {
  let reach = 0;
  for (let i = 0; i < GRID_LENGTH; i++) {
    const point = Math.min(MAX_DISPLACEMENT, Math.max(-MAX_DISPLACEMENT, grid[i]));
    points[i] = Math.round(point * ONE);
    reach = Math.max(reach, Math.abs(point));
  }
  return reach;
}

/** Resamples pixels `first` to `end` - 1 of row `y`, their sources displaced as the grid says. */
function bend(
  to: Uint8Array,
  y: number,
  first: number,
  end: number,
  u: number,
  v: number,
  du: number,
  dv: number,
): void {
  // In the middle of a cell's four pixels on either side, the weights are those of the B-spline
  // at k/8: (1-t)^2/2, 1/2 + t(1-t), t^2/2.
  const cell = y + 2 >> 3;
  const k = y + 2 & 7;
  const w0 = (8 - k) * (8 - k);
  const w1 = 64 + 2 * k * (8 - k);
  const w2 = k * k;
  for (let i = 0, p = cell * POINTS; i < 2 * POINTS; i++, p++) {
    if (i === POINTS) p += POINTS * POINTS - POINTS;
    rowPoints[i] = Math.imul(points[p], w0) + Math.imul(points[p + POINTS], w1) +
        Math.imul(points[p + 2 * POINTS], w2) >> 7;
  }
  for (let x = first; x < end;) {
    const c = x + 2 >> 3;
    const j = x + 2 & 7;
    const next = Math.min(end, x + 8 - j);
    const a0 = rowPoints[c];
    const a1 = rowPoints[c + 1];
    const a2 = rowPoints[c + 2];
    const b0 = rowPoints[c + 6];
    const b1 = rowPoints[c + 7];
    const b2 = rowPoints[c + 8];
    const w0 = (8 - j) * (8 - j);
    const w1 = 64 + 2 * j * (8 - j);
    const w2 = j * j;
    const du2 = (a0 - 2 * a1 + a2) >> 6;
    const dv2 = (b0 - 2 * b1 + b2) >> 6;
    resample(
      to,
      y * SIZE + x,
      y * SIZE + next,
      u + (x - first) * du + (a0 * w0 + a1 * w1 + a2 * w2 >> 7),
      v + (x - first) * dv + (b0 * w0 + b1 * w1 + b2 * w2 >> 7),
      du + ((2 * j - 15) * a0 + (14 - 4 * j) * a1 + (2 * j + 1) * a2 >> 7),
      dv + ((2 * j - 15) * b0 + (14 - 4 * j) * b1 + (2 * j + 1) * b2 >> 7),
      du2,
      dv2,
    );
    x = next;
  }
}

/**
 * Fills pixels `i` to `end` - 1 of `to`. The first has its source at column `u` and row `v`; from
 * there to the next one's it is `du` and `dv`, which grow by `du2` and `dv2`.
 */
function resample(
  to: Uint8Array,
  i: number,
  end: number,
  u: number,
  v: number,
  du: number,
  dv: number,
  du2: number,
  dv2: number,
): void {
  for (; i < end; i++) {
    const at = (v >> 16 << STRIDE_BITS) + (u >> 16);
    const fu = u >> 8 & 0xff;
    const fv = v >> 8 & 0xff;
    // Both columns at once: 255 * 256 fits into half a word.
    const both = Math.imul(pairs[at], 256 - fv) + Math.imul(pairs[at + STRIDE], fv);
    to[i] = (both & 0xffff) * (256 - fu) + (both >>> 16) * fu + 0x8000 >>> 16;
    u = u + du | 0;
    v = v + dv | 0;
    du = du + du2 | 0;
    dv = dv + dv2 | 0;
  }
}

/** As `GRID_GAIN`, along one axis. */
function splineGain(): number {
  let sum = 0;
  for (let x = 0; x < SIZE; x++) {
    const k = x + 2 & 7;
    sum += ((8 - k) ** 4 + (64 + 2 * k * (8 - k)) ** 2 + k ** 4) / 128 ** 2;
  }
  return Math.sqrt(sum / SIZE);
}
