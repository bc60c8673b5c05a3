import { assert, assertEquals } from "@std/assert";
import { addNoise, blur, cutOut, scaleInk, thicken } from "../../lib/data/retouch.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { Random } from "../../lib/random.ts";

const random = new Random(1);
const digit = syntheticDigits({ count: 1, seed: 1 }).images;
/** Every value somewhere, beside any other, at the edges too. */
const values = Uint8Array.from({ length: 784 }, () => random.integer(256));
const full = new Uint8Array(784).fill(255);
const PICTURES = [digit, values, full, new Uint8Array(784)];

type Retouch = (from: Uint8Array, to: Uint8Array) => void;

function apply(from: Uint8Array, retouch: Retouch): Uint8Array {
  const to = new Uint8Array(784).fill(99);
  const before = from.slice();
  retouch(from, to);
  assertEquals(from, before); // a picture that is only read
  const same = from.slice();
  retouch(same, same);
  assertEquals(same, to);
  return to;
}

/** The pixel itself and its neighbours along the axes, paper outside of the picture. */
function cross(picture: Uint8Array, i: number): number[] {
  const [x, y] = [i % 28, Math.floor(i / 28)];
  return [[x, y], [x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]].map(([x, y]) =>
    x >= 0 && x < 28 && y >= 0 && y < 28 ? picture[28 * y + x] : 0
  );
}

Deno.test("thicken() dilates and erodes, by as much as is asked", () => {
  for (const picture of PICTURES) {
    for (const amount of [1, 0.75, 0.1, 0, -0.25, -1]) {
      const extreme = amount > 0 ? Math.max : Math.min;
      const share = Math.round(256 * Math.abs(amount)) / 256;
      assertEquals(
        apply(picture, (from, to) => thicken(from, to, amount)),
        picture.map((value, i) =>
          Math.floor(0.5 + value + share * (extreme(...cross(picture, i)) - value))
        ),
      );
    }
  }
});

Deno.test("blur() has the deviation that is asked for, and loses no ink", () => {
  const point = new Uint8Array(784);
  point[28 * 10 + 12] = 255;
  for (const deviation of [0.4, 0.6, 0.8]) {
    const blurred = apply(point, (from, to) => blur(from, to, deviation));
    let [mass, squaresX, squaresY] = [0, 0, 0];
    blurred.forEach((value, i) => {
      mass += value;
      squaresX += value * (i % 28 - 12) ** 2;
      squaresY += value * (Math.floor(i / 28) - 10) ** 2;
    });
    assert(Math.abs(mass - 255) <= 5);
    assert(Math.abs(Math.sqrt(squaresX / mass) - deviation) < 0.02);
    assert(Math.abs(Math.sqrt(squaresY / mass) - deviation) < 0.02);
  }
});

Deno.test("blur() is a weighted mean of 3x3 pixels, with paper outside", () => {
  const side = Math.round(256 * 0.5 ** 2 / 2) / 256;
  const mean = (before: number, value: number, after: number) =>
    Math.floor(0.5 + side * (before + after) + (1 - 2 * side) * value);
  for (const picture of PICTURES) {
    const columns = picture.map((value, i) => {
      const [, , , above, below] = cross(picture, i);
      return mean(above, value, below);
    });
    const both = columns.map((value, i) => {
      const [, left, right] = cross(columns, i);
      return mean(left, value, right);
    });
    assertEquals(apply(picture, (from, to) => blur(from, to, 0.5)), both);
    assertEquals(apply(picture, (from, to) => blur(from, to, 0)), picture);
  }
});

Deno.test("scaleInk() multiplies up to full ink", () => {
  for (const picture of PICTURES) {
    for (const factor of [0, 0.5, 0.75, 1, 1.25, 2]) {
      assertEquals(
        apply(picture, (from, to) => scaleInk(from, to, factor)),
        picture.map((value) => Math.min(255, Math.floor(0.5 + factor * value))),
      );
    }
  }
});

Deno.test("addNoise() adds what has the deviation that is asked for, within paper and ink", () => {
  for (const deviation of [0.02, 0.1, 0.25]) {
    const half = Math.sqrt(3) * 255 * deviation;
    const grey = new Uint8Array(784).fill(128);
    let [sum, squares, largest] = [0, 0, 0];
    for (let seed = 0; seed < 50; seed++) {
      const noisy = new Uint8Array(784);
      addNoise(grey, noisy, deviation, new Random(seed));
      for (const value of noisy) {
        sum += value - 128;
        squares += (value - 128) ** 2;
        largest = Math.max(largest, Math.abs(value - 128));
      }
    }
    const count = 50 * 784;
    assert(Math.abs(sum / count) < 1);
    assert(Math.abs(Math.sqrt(squares / count) / (255 * deviation) - 1) < 0.05);
    assert(largest <= half + 2 && largest > half - 2);
  }
  // Of a uniform distribution, one half is cut off at paper and at full ink; none wraps around.
  for (const [start, inside] of [[0, (v: number) => v < 120], [255, (v: number) => v > 135]]) {
    const noisy = new Uint8Array(784).fill(start as number);
    addNoise(noisy, noisy, 0.25, new Random(3));
    assert(noisy.every(inside as (v: number) => boolean));
    assert(Math.abs(noisy.filter((value) => value === start).length / 784 - 0.5) < 0.1);
  }
});

Deno.test("addNoise() is the same for the same random numbers, and none without a deviation", () => {
  for (const picture of PICTURES) {
    apply(picture, (from, to) => addNoise(from, to, 0.1, new Random(5)));
    assertEquals(apply(picture, (from, to) => addNoise(from, to, 0, new Random(5))), picture);
  }
});

Deno.test("cutOut() blanks a square, or as much of it as there is", () => {
  for (const [x, y, side] of [[10, 12, 6], [14, 14, 5], [0, 27, 8], [27, 0, 3], [13, 13, 0]]) {
    const [left, top] = [x - Math.floor(side / 2), y - Math.floor(side / 2)];
    assertEquals(
      apply(full, (from, to) => cutOut(from, to, x, y, side)),
      full.map((value, i) => {
        const [column, row] = [i % 28, Math.floor(i / 28)];
        const inside = column >= left && column < left + side && row >= top && row < top + side;
        return inside ? 0 : value;
      }),
    );
  }
});
