// lib/data/warp.ts in WGSL, for a workgroup with a picture: the same resampling with the same fixed-point
// numbers, but for the pose's, which are float32. The why of it stands there.

const POSE = `
struct Pose {
  zoom: vec2f,
  shear: f32,
  angle: f32, // radians
  shift: vec2f,
}

/* Pixel (x, y) has its source at start + x stepX + y stepY. */
struct Frame {
  start: vec2f,
  stepX: vec2f,
  stepY: vec2f,
}

/* Taylor series, since WGSL's own functions may be off by 2^-11. Good up to pi/4, */
fn sine(x: f32) -> f32 {
  let y = x * x;
  return x * (1 - y / 6 * (1 - y / 20 * (1 - y / 42 * (1 - y / 72))));
}

fn cosine(x: f32) -> f32 {
  let y = x * x;
  return 1 - y / 2 * (1 - y / 12 * (1 - y / 30 * (1 - y / 56 * (1 - y / 90))));
}

/* and up to 1/2. */
fn exponential(x: f32) -> f32 {
  return 1 + x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + x / 7 *
    (1 + x / 8)))))));
}

fn frameOf(pose: Pose) -> Frame {
  let sin = sine(pose.angle);
  let cos = cosine(pose.angle);
  let stepX = vec2f(cos - pose.shear * sin, -sin) / pose.zoom;
  let stepY = vec2f(sin + pose.shear * cos, cos) / pose.zoom;
  let corner = -CENTRE - pose.shift;
  return Frame(CENTRE + corner.x * stepX + corner.y * stepY, stepX, stepY);
}`;

const ROWS = `
/* Pixels first to end - 1 of a row may have ink; step apart, their sources begin at place. */
struct Row {
  first: i32,
  end: i32,
  place: vec2i,
  step: vec2i,
}

var<workgroup> inkColumns: array<u32, SIZE>; // of each row, a bit each
var<workgroup> rows: array<Row, SIZE>;

fn findInk(row: i32) {
  var columns = 0u;
  for (var x = 0; x < SIZE; x++) {
    columns |= u32(source[row * SIZE + x] != 0) << u32(x);
  }
  inkColumns[row] = columns;
}

fn layRow(y: i32) {
  var columns = 0u;
  var top = SIZE;
  var bottom = 0;
  for (var row = 0; row < SIZE; row++) {
    columns |= inkColumns[row];
    if (inkColumns[row] != 0) {
      top = min(top, row);
      bottom = row;
    }
  }
  let left = countTrailingZeros(columns);
  let right = 31 - countLeadingZeros(columns);
  let besideInk = crossings(vec2f(f32(left), f32(right)), frame.start.x, frame.stepX.x,
    f32(y) * frame.stepY.x);
  let overInk = crossings(vec2f(f32(top), f32(bottom)), frame.start.y, frame.stepX.y,
    f32(y) * frame.stepY.y);
  let low = max(besideInk.x, overInk.x);
  let high = min(besideInk.y, overInk.y);
  let first = i32(floor(clamp(low, -1, f32(SIZE)))) + 1;
  let end = i32(ceil(clamp(high, 0, f32(SIZE))));
  let step = fixed(frame.stepX);
  let place = fixed(MARGIN + frame.start + f32(y) * frame.stepY) + first * step;
  rows[y] = Row(first, end, place, step);
}

/* Where a row enters the ink's reach, which is from line to line, and where it leaves it. */
fn crossings(ink: vec2f, start: f32, step: f32, moved: f32) -> vec2f {
  let inverse = 1 / select(step, 1e-9, abs(step) < 1e-9);
  let low = (ink.x - 1 - reach - start) * inverse - moved * inverse;
  let high = (ink.y + 1 + reach - start) * inverse - moved * inverse;
  return vec2f(min(low, high), max(low, high));
}

fn fixed(pixels: vec2f) -> vec2i {
  return vec2i(floor(pixels * ONE + 0.5));
}`;

const RESAMPLING = `
fn packed(place: vec2i) -> u32 {
  let rounded = bitcast<vec2u>((place + 32) >> vec2u(6));
  return (rounded.y << 16) + rounded.x;
}

fn resampled(place: u32) -> u32 {
  let at = vec2i(vec2u(place >> 10, place >> 26) & vec2u(63)) - MARGIN;
  let right = (place >> 2) & 0xff;
  let below = (place >> 18) & 0xff;
  let leftColumn = inkAt(at) * (256 - below) + inkAt(at + vec2i(0, 1)) * below;
  let rightColumn = inkAt(at + vec2i(1, 0)) * (256 - below) + inkAt(at + vec2i(1, 1)) * below;
  return (leftColumn * (256 - right) + rightColumn * right + 0x8000) >> 16;
}

fn inkAt(at: vec2i) -> u32 {
  if (any(at < vec2i(0)) || any(at >= vec2i(SIZE))) {
    return 0;
  }
  return source[at.y * SIZE + at.x];
}`;

const WARPED = `
fn warped(x: i32, y: i32) -> u32 {
  let row = rows[y];
  if (x < row.first || x >= row.end) {
    return 0;
  }
  return resampled(packed(row.place) + u32(x - row.first) * packed(row.step));
}`;

const BENT = `
var<workgroup> points: array<vec2i, POINTS * POINTS>;
var<workgroup> rowPoints: array<vec2i, SIZE * POINTS>;

/* Of the three points around a pixel that is k eighths into its cell, in 128ths. */
fn weights(k: i32) -> vec3i {
  return vec3i((8 - k) * (8 - k), 64 + 2 * k * (8 - k), k * k);
}

fn interpolateRow(y: i32) {
  let w = weights((y + 2) & 7);
  for (var i = 0; i < POINTS; i++) {
    let p = ((y + 2) >> 3) * POINTS + i;
    let sum = points[p] * w.x + points[p + POINTS] * w.y + points[p + 2 * POINTS] * w.z;
    rowPoints[y * POINTS + i] = sum >> vec2u(7);
  }
}

fn warped(x: i32, y: i32) -> u32 {
  let row = rows[y];
  if (x < row.first || x >= row.end) {
    return 0;
  }
  let cell = (x + 2) >> 3;
  let start = max(row.first, 8 * cell - 2);
  let k = (start + 2) & 7;
  let a = rowPoints[y * POINTS + cell];
  let b = rowPoints[y * POINTS + cell + 1];
  let c = rowPoints[y * POINTS + cell + 2];
  let w = weights(k);
  let d = vec3i(2 * k - 15, 14 - 4 * k, 2 * k + 1); // to the weights at k + 1
  let place = row.place + (start - row.first) * row.step +
    ((a * w.x + b * w.y + c * w.z) >> vec2u(7));
  let step = row.step + ((a * d.x + b * d.y + c * d.z) >> vec2u(7));
  let growth = (a - 2 * b + c) >> vec2u(6);
  let n = u32(x - start);
  return resampled(packed(place) + n * packed(step) + n * (n - 1) / 2 * packed(growth));
}`;

/**
 * WGSL for a workgroup with a picture. Each step is done by any of its threads, and needs what those
 * before it did, behind a barrier:
 *
 * 1. fill `source` [28, 28], and `frame` with `frameOf()` a pose;
 * 2. `findInk(row)` for each row of the source;
 * 3. `layRow(row)` for each row;
 * 4. `warped(x, y)` gives a pixel, 0 to 255.
 *
 * Where the picture `isBent`, `points` [6, 6] and `reach` are filled in the first step, too: the grid's
 * displacements in fixed-point numbers, and the largest of them in pixels; and `interpolateRow(row)` is
 * done in the third.
 */
export function warp({ isBent }: { isBent: boolean }): string {
  return `
const SIZE = 28;
const CENTRE = 13.5;
const MARGIN = 18;
const ONE = 65536;
const POINTS = 6;

var<workgroup> source: array<u32, SIZE * SIZE>;
var<workgroup> frame: Frame;
var<workgroup> reach: f32;
${[POSE, ROWS, RESAMPLING, isBent ? BENT : WARPED].join("\n")}`;
}
