import { assert, assertEquals, assertThrows } from "@std/assert";
import { GRID_GAIN, GRID_LENGTH, type Pose, warp } from "../../lib/data/warp.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { Random } from "../../lib/random.ts";

const STILL: Pose = { zoomX: 1, zoomY: 1, shear: 0, angleDeg: 0, shiftX: 0, shiftY: 0 };
const COUNT = 30;
const { images } = syntheticDigits({ count: COUNT, seed: 1 });
const digit = (i: number) => images.subarray(i * 784, (i + 1) * 784);

function warped(from: Uint8Array, pose: Partial<Pose>, grid?: Float64Array): Uint8Array {
  const to = new Uint8Array(784).fill(99);
  warp(from, to, { ...STILL, ...pose }, grid);
  return to;
}

/** A picture of a value for each pixel, 0 to 1. */
function draw(value: (x: number, y: number) => number | boolean): Uint8Array {
  return Uint8Array.from(
    { length: 784 },
    (_, i) => Math.round(255 * Number(value(i % 28, Math.floor(i / 28)))),
  );
}

/** Round and soft: what hits the grid of pixels elsewhere still weighs as much. */
function blob(centreX: number, centreY: number): Uint8Array {
  return draw((x, y) => Math.exp(-((x - centreX) ** 2 + (y - centreY) ** 2) / (2 * 1.8 ** 2)));
}

function massOf(picture: Uint8Array): number {
  return picture.reduce((sum, value) => sum + value, 0);
}

/** The centre of mass. */
function centreOf(picture: Uint8Array): [x: number, y: number] {
  let [x, y] = [0, 0];
  picture.forEach((value, i) => {
    x += value * (i % 28);
    y += value * Math.floor(i / 28);
  });
  const mass = massOf(picture);
  return [x / mass, y / mass];
}

function assertCentre(picture: Uint8Array, x: number, y: number, tolerance = 0.05): void {
  const [foundX, foundY] = centreOf(picture);
  assert(
    Math.hypot(foundX - x, foundY - y) < tolerance,
    `Expected the centre at ${x}, ${y}, found it at ${foundX}, ${foundY}`,
  );
}

/** Cox and de Boor's recursion for the B-spline of second degree over [-1.5, 1.5]. */
function spline(t: number, degree = 2): number {
  if (degree === 0) return t >= -0.5 && t < 0.5 ? 1 : 0;
  const half = (degree + 1) / 2;
  return ((t + half) * spline(t + 0.5, degree - 1) + (half - t) * spline(t - 0.5, degree - 1)) /
    degree;
}

/** By how much the grid displaces a pixel's source along one axis. */
function displacement(grid: Float64Array, axis: 0 | 1, x: number, y: number): number {
  let sum = 0;
  for (let row = 0; row < 6; row++) {
    for (let column = 0; column < 6; column++) {
      // The points lie in the middle of cells of 8 pixels, of which the second begins at -2.
      const weight = spline((x - (8 * column - 6)) / 8) * spline((y - (8 * row - 6)) / 8);
      sum += weight * grid[36 * axis + 6 * row + column];
    }
  }
  return sum;
}

/** As `warp`, in floating point, pixel by pixel; by inverting the steps one after the other. */
function reference(from: Uint8Array, pose: Pose, grid: Float64Array): number[] {
  const at = (x: number, y: number) => x >= 0 && x < 28 && y >= 0 && y < 28 ? from[28 * y + x] : 0;
  return Array.from({ length: 784 }, (_, i) => {
    const angle = -pose.angleDeg * Math.PI / 180;
    const x = i % 28 - 13.5 - pose.shiftX;
    const y = Math.floor(i / 28) - 13.5 - pose.shiftY;
    const turnedX = Math.cos(angle) * x - Math.sin(angle) * y;
    const turnedY = Math.sin(angle) * x + Math.cos(angle) * y;
    const u = (turnedX + pose.shear * turnedY) / pose.zoomX + 13.5 +
      displacement(grid, 0, i % 28, Math.floor(i / 28));
    const v = turnedY / pose.zoomY + 13.5 + displacement(grid, 1, i % 28, Math.floor(i / 28));
    const [left, top] = [Math.floor(u), Math.floor(v)];
    const [fu, fv] = [u - left, v - top];
    return (1 - fv) * ((1 - fu) * at(left, top) + fu * at(left + 1, top)) +
      fv * ((1 - fu) * at(left, top + 1) + fu * at(left + 1, top + 1));
  });
}

function randomGrid(random: Random, largest: number): Float64Array {
  return Float64Array.from({ length: GRID_LENGTH }, () => random.uniform(-largest, largest));
}

Deno.test("warp() gives the same bytes where nothing moves, with and without a grid", () => {
  for (let i = 0; i < COUNT; i++) {
    assertEquals(warped(digit(i), {}), digit(i));
    assertEquals(warped(digit(i), {}, new Float64Array(GRID_LENGTH)), digit(i));
  }
  const full = draw(() => true);
  assertEquals(warped(full, {}), full);
  assertEquals(warped(new Uint8Array(784), { angleDeg: 3 }), new Uint8Array(784));
});

Deno.test("warp() may fill the picture that it takes", () => {
  const picture = digit(0).slice();
  warp(picture, picture, { ...STILL, angleDeg: 9 });
  assertEquals(picture, warped(digit(0), { angleDeg: 9 }));
});

Deno.test("warp() takes pictures that do not begin at a whole word", () => {
  const shifted = new Uint8Array(785);
  shifted.set(digit(0), 1);
  assertEquals(warped(shifted.subarray(1), { shiftX: 1 }), warped(digit(0), { shiftX: 1 }));
});

Deno.test("warp() shifts by whole pixels without a change, and over the edge", () => {
  for (const [shiftX, shiftY] of [[3, 0], [-2, 1], [0, 9], [-27, 27]]) {
    const expected = draw(() => false);
    for (let y = 0; y < 28; y++) {
      for (let x = 0; x < 28; x++) {
        const [u, v] = [x - shiftX, y - shiftY];
        if (u >= 0 && u < 28 && v >= 0 && v < 28) expected[28 * y + x] = 28 * v + u & 255;
      }
    }
    assertEquals(
      warped(Uint8Array.from({ length: 784 }, (_, i) => i), { shiftX, shiftY }),
      expected,
    );
  }
});

Deno.test("warp() turns clockwise around the centre", () => {
  const [x, y] = [19 - 13.5, 11 - 13.5];
  for (const angleDeg of [10, -25, 45, 90, 180]) {
    const angle = angleDeg * Math.PI / 180;
    const turned = warped(blob(19, 11), { angleDeg });
    assertCentre(
      turned,
      13.5 + x * Math.cos(angle) - y * Math.sin(angle),
      13.5 + x * Math.sin(angle) + y * Math.cos(angle),
    );
    assert(Math.abs(massOf(turned) / massOf(blob(19, 11)) - 1) < 0.01);
  }
});

Deno.test("warp() scales each axis from the centre", () => {
  const scaled = warped(blob(16, 11), { zoomX: 1.2, zoomY: 0.8 });
  assertCentre(scaled, 13.5 + 1.2 * 2.5, 13.5 - 0.8 * 2.5);
  assert(Math.abs(massOf(scaled) / massOf(blob(16, 11)) - 1.2 * 0.8) < 0.02);
});

Deno.test("warp() slants upper rows to the right, lower ones to the left", () => {
  const line = draw((x, y) => x === 13 && y >= 4 && y < 24);
  const slanted = warped(line, { shear: 0.25 });
  for (let y = 4; y < 24; y++) {
    const row = new Uint8Array(784);
    row.set(slanted.subarray(28 * y, 28 * y + 28), 28 * y);
    assertCentre(row, 13 - 0.25 * (y - 13.5), y);
  }
});

Deno.test("warp() scales, slants, turns, shifts and bends as a plain reference does", () => {
  const random = new Random(1);
  for (let i = 0; i < COUNT; i++) {
    const pose: Pose = {
      zoomX: random.uniform(0.6, 1.6),
      zoomY: random.uniform(0.6, 1.6),
      shear: random.uniform(-0.5, 0.5),
      angleDeg: random.uniform(-180, 180),
      shiftX: random.uniform(-8, 8),
      shiftY: random.uniform(-8, 8),
    };
    const grid = randomGrid(random, i % 3 === 0 ? 0 : 4);
    const expected = reference(digit(i), pose, grid);
    const bent = warped(digit(i), pose, i % 2 === 0 || i % 3 !== 0 ? grid : undefined);
    // The steps between pixels are right to 1/2048, which adds up to 1/73 at most, here and in the
    // growth of a step.
    bent.forEach((value, j) => {
      const error = Math.abs(value - expected[j]);
      assert(error < 9, `Picture ${i}, pixel ${j}: expected ${expected[j]}, found ${value}`);
    });
  }
});

Deno.test("warp() bends everything alike where all of the grid is displaced alike", () => {
  const grid = new Float64Array(GRID_LENGTH).fill(2, 0, 36).fill(-1, 36);
  assertEquals(warped(digit(0), {}, grid), warped(digit(0), { shiftX: -2, shiftY: 1 }));
});

Deno.test("warp() rejects displacements that lead beyond its margin", () => {
  const grid = new Float64Array(GRID_LENGTH);
  grid[40] = -8.5;
  assertThrows(
    () => warped(digit(0), {}, grid),
    RangeError,
    "Expected displacements of up to 8 pixels, found 8.5",
  );
  assertEquals(warped(digit(0), {}), digit(0)); // nothing is left of the one before
});

Deno.test("GRID_GAIN tells how far pixels are displaced", () => {
  const random = new Random(2);
  let squares = 0;
  for (let i = 0; i < 100; i++) {
    const grid = randomGrid(random, Math.sqrt(3)); // a standard deviation of 1
    for (let j = 0; j < 784; j++) {
      squares += displacement(grid, 0, j % 28, Math.floor(j / 28)) ** 2 / 78_400;
    }
  }
  assert(Math.abs(Math.sqrt(squares) / GRID_GAIN - 1) < 0.03);
});
