// Turns, slants, scales, moves and bends a picture in one bilinear resampling, so that nothing is
// blurred twice.
// Elastic distortion after P. Simard et al., Best Practices for Convolutional Neural Networks
// (ICDAR 2003). There, a Gaussian of 4 pixels smooths random displacements; here, a quadratic
// B-spline, which is as wide, interpolates between those of a coarse grid.

const SIZE = 28;
const CENTRE = 13.5; // of pixels 0 to 27

// The source lies in the middle of blank paper, so that nothing looked up is outside of it: as far
// beyond the ink as twice the largest displacement, and one pixel.
const STRIDE_BITS = 6;
const STRIDE = 1 << STRIDE_BITS;
const MARGIN = (STRIDE - SIZE) / 2;
const MAX_DISPLACEMENT = 8;

const ONE = 0x10000; // a pixel: coordinates have 16 bits behind the point until they are packed

// The grid's points are 8 pixels apart, twice the B-spline's standard deviation. Its cells begin 2
// pixels left of and above the picture; the three points around each pixel's place weigh in with
// (1-t)^2/2, 1/2 + t(1-t) and t^2/2, where t = k/8 tells how far into its cell the pixel is.
const POINTS = 6;

/** How many numbers a grid has: x of `[6, 6]` points' displacements, row-major, then y of them. */
export const GRID_LENGTH = 2 * POINTS * POINTS;

/** The standard deviation of a pixel's displacement, over that of the grid's numbers. */
export const GRID_GAIN = splineGain() ** 2;

/** How a picture is laid anew, in this order, around its centre. */
export interface Pose {
  /** Factors of width and height. */
  zoomX: number;
  zoomY: number;
  /** Pixels to the right for each pixel up, as italics slant. */
  shear: number;
  /** Clockwise. */
  angleDeg: number;
  /** Pixels to the right and down. */
  shiftX: number;
  shiftY: number;
}

// Scratch memory, one picture at a time. All words are signed, since V8 would rather not know of
// numbers beyond 2^31; that the left pixel is a word's lowest takes a little-endian machine, as all
// are on which this project runs.
const source = new Uint8Array(SIZE * SIZE);
const words = new Int32Array(source.buffer);
/** Each pixel of the padded source in the lower half, the one to its right in the upper. */
const pairs = new Int32Array(STRIDE * STRIDE);
const ink = { left: 0, right: 0, top: 0, bottom: 0 };
const columns = new Int32Array(SIZE / 4);
const points = new Int32Array(GRID_LENGTH);
const rowPoints = new Int32Array(2 * POINTS);

/**
 * Resamples `from` [28, 28] into `to` [28, 28], which may be the same. Outside of it is paper.
 *
 * @param grid How far from where the pose puts it the source of each pixel is, in pixels: up to 8
 * each, and `GRID_LENGTH` of them.
 */
export function warp(from: Uint8Array, to: Uint8Array, pose: Pose, grid?: Float64Array): void {
  const reach = grid ? setPoints(grid) : 0;
  source.set(from);
  to.fill(0);
  if (!layOut()) return;

  // Pixel (x, y) has its source at (u0 + x uStepX + y uStepY, v0 + x vStepX + y vStepY).
  const angle = pose.angleDeg * Math.PI / 180;
  const sine = Math.sin(angle);
  const cosine = Math.cos(angle);
  const uStepX = (cosine - pose.shear * sine) / pose.zoomX;
  const uStepY = (sine + pose.shear * cosine) / pose.zoomX;
  const vStepX = -sine / pose.zoomY;
  const vStepY = cosine / pose.zoomY;
  const startX = -CENTRE - pose.shiftX;
  const startY = -CENTRE - pose.shiftY;
  const u0 = CENTRE + startX * uStepX + startY * uStepY;
  const v0 = CENTRE + startX * vStepX + startY * vStepY;

  // Only pixels between four lines have ink: where the source is within a pixel of it, and the
  // reach. In row y, x of these lines is ...First + y * ...Slope and ...Last + y * ...Slope.
  const perU = inverse(uStepX);
  const perV = inverse(vStepX);
  const left = (ink.left - 1 - reach - u0) * perU;
  const right = (ink.right + 1 + reach - u0) * perU;
  const top = (ink.top - 1 - reach - v0) * perV;
  const bottom = (ink.bottom + 1 + reach - v0) * perV;
  const uFirst = Math.min(left, right);
  const uLast = Math.max(left, right);
  const vFirst = Math.min(top, bottom);
  const vLast = Math.max(top, bottom);
  const uSlope = -uStepY * perU;
  const vSlope = -vStepY * perV;

  const du = Math.round(uStepX * ONE);
  const dv = Math.round(vStepX * ONE);
  for (let y = 0; y < SIZE; y++) {
    // Comparisons, since Math.min() and Math.max() take care of -0 and NaN.
    const u1 = uFirst + y * uSlope;
    const v1 = vFirst + y * vSlope;
    const u2 = uLast + y * uSlope;
    const v2 = vLast + y * vSlope;
    const low = u1 > v1 ? u1 : v1;
    const high = u2 < v2 ? u2 : v2;
    if (low >= high) continue;
    const first = low < 0 ? 0 : Math.floor(low) + 1;
    const end = high > SIZE ? SIZE : Math.ceil(high);
    if (first >= end) continue;
    const u = Math.round((MARGIN + u0 + y * uStepY) * ONE) + first * du;
    const v = Math.round((MARGIN + v0 + y * vStepY) * ONE) + first * dv;
    if (grid) bend(to, y, first, end, u, v, du, dv);
    else resample(to, y * SIZE + first, y * SIZE + end, pack(u, v), pack(du, dv), 0);
  }
  pairs.fill(0, (MARGIN + ink.top) * STRIDE, (MARGIN + ink.bottom + 1) * STRIDE);
}

/** Lines that run along the rows meet them far away rather than nowhere. */
function inverse(step: number): number {
  return 1 / (Math.abs(step) < 1e-9 ? 1e-9 : step);
}

/** Puts the source into pairs of pixels, and finds where its ink is. False where there is none. */
function layOut(): boolean {
  let top = -1;
  let bottom = -1;
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
        pairs[at + 2] = word >>> 16 & 0xff | word >>> 24 << 16;
        columns[column] |= word;
      }
      if (word !== 0) {
        bottom = row;
        if (top < 0) top = row;
      }
      previous = word;
    }
    pairs[at - 1] = previous >>> 24;
  }
  if (top < 0) return false;
  let first = 0;
  while (columns[first] === 0) first++;
  let last = SIZE / 4 - 1;
  while (columns[last] === 0) last--;
  const lowestBit = columns[first] & -columns[first];
  ink.left = 4 * first + (31 - Math.clz32(lowestBit) >> 3);
  ink.right = 4 * last + 3 - (Math.clz32(columns[last]) >> 3);
  ink.top = top;
  ink.bottom = bottom;
  return true;
}

/** Takes over the grid's displacements, and tells the largest in pixels. */
function setPoints(grid: Float64Array): number {
  let reach = 0;
  for (let i = 0; i < GRID_LENGTH; i++) {
    const point = grid[i] * ONE | 0;
    points[i] = point;
    const size = point < 0 ? -point : point;
    if (size > reach) reach = size;
  }
  if (reach > MAX_DISPLACEMENT * ONE) {
    throw new RangeError(
      `Expected displacements of up to ${MAX_DISPLACEMENT} pixels, found ${reach / ONE}`,
    );
  }
  return reach / ONE;
}

/**
 * Resamples pixels `first` to `end` - 1 of row `y`. But for the displacement, the first one's
 * source is (`u`, `v`), and it is (`du`, `dv`) from there to the next one's.
 */
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
  interpolateRow(y);
  for (let x = first; x < end;) {
    const cell = x + 2 >> 3;
    const k = x + 2 & 7;
    const next = Math.min(end, x + 8 - k); // in the next cell
    const a0 = rowPoints[cell];
    const a1 = rowPoints[cell + 1];
    const a2 = rowPoints[cell + 2];
    const b0 = rowPoints[cell + POINTS];
    const b1 = rowPoints[cell + POINTS + 1];
    const b2 = rowPoints[cell + POINTS + 2];
    // A polynomial of second degree goes by its differences: 128ths of the three weights at k,
    // their first differences from k to k + 1, and their second ones.
    const w0 = (8 - k) * (8 - k);
    const w1 = 64 + 2 * k * (8 - k);
    const w2 = k * k;
    const d0 = 2 * k - 15;
    const d1 = 14 - 4 * k;
    const d2 = 2 * k + 1;
    resample(
      to,
      y * SIZE + x,
      y * SIZE + next,
      pack(
        u + (x - first) * du + (a0 * w0 + a1 * w1 + a2 * w2 >> 7),
        v + (x - first) * dv + (b0 * w0 + b1 * w1 + b2 * w2 >> 7),
      ),
      pack(du + (a0 * d0 + a1 * d1 + a2 * d2 >> 7), dv + (b0 * d0 + b1 * d1 + b2 * d2 >> 7)),
      pack(a0 - 2 * a1 + a2 >> 6, b0 - 2 * b1 + b2 >> 6),
    );
    x = next;
  }
}

/** Works out the grid's points for row `y`, between those above and those below. */
function interpolateRow(y: number): void {
  const cell = y + 2 >> 3;
  const k = y + 2 & 7;
  const w0 = (8 - k) * (8 - k);
  const w1 = 64 + 2 * k * (8 - k);
  const w2 = k * k;
  for (let i = 0, p = cell * POINTS; i < 2 * POINTS; i++, p++) {
    if (i === POINTS) p += POINTS * (POINTS - 1); // from x to y
    rowPoints[i] = points[p] * w0 + points[p + POINTS] * w1 + points[p + 2 * POINTS] * w2 >> 7;
  }
}

/** Puts v into the upper half of a word and u into the lower, with 10 bits behind the point. */
function pack(u: number, v: number): number {
  return (v + 32 >> 6 << 16) + (u + 32 >> 6) | 0;
}

/**
 * Fills pixels `i` to `end` - 1 of `to`. The source of the first one, the step from there to the
 * next one's, and how much each step is longer than the one before, are packed: sums of packed
 * numbers are packed sums, since u is never negative in the end.
 */
function resample(
  to: Uint8Array,
  i: number,
  end: number,
  place: number,
  step: number,
  growth: number,
): void {
  for (; i < end; i++) {
    const at = (place >>> 26 << STRIDE_BITS) + (place >>> 10 & STRIDE - 1);
    const right = place >>> 2 & 0xff;
    const below = place >>> 18 & 0xff;
    // Both columns at once: 255 * 256 fits into half a word.
    const both = Math.imul(pairs[at], 256 - below) + Math.imul(pairs[at + STRIDE], below);
    to[i] = (both & 0xffff) * (256 - right) + (both >>> 16) * right + 0x8000 >>> 16;
    place = place + step | 0;
    step = step + growth | 0;
  }
}

/** As `GRID_GAIN`, along one axis: the root of the squared weights' sum, averaged over pixels. */
function splineGain(): number {
  let sum = 0;
  for (let x = 0; x < SIZE; x++) {
    const k = x + 2 & 7;
    sum += ((8 - k) ** 4 + (64 + 2 * k * (8 - k)) ** 2 + k ** 4) / 128 ** 2;
  }
  return Math.sqrt(sum / SIZE);
}
