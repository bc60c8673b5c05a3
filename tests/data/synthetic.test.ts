import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Random } from "../../lib/random.ts";
import { writeDigit } from "../../lib/data/strokes.ts";
import { drawDigit, syntheticDigits } from "../../lib/data/synthetic.ts";

const BOX = { x: 10, y: 20, width: 60, height: 100 };

/** The rows and columns that hold ink, and the ink's centre of mass, in pixels. */
function measure(pixels: Uint8Array, width: number) {
  let [left, top, right, bottom, mass, sumX, sumY] = [Infinity, Infinity, -1, -1, 0, 0, 0];
  pixels.forEach((value, i) => {
    if (value === 0) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    mass += value;
    sumX += value * x;
    sumY += value * y;
  });
  return { left, top, right, bottom, mass, x: sumX / mass, y: sumY / mass };
}

function picture(images: Uint8Array, index: number): Uint8Array {
  return images.subarray(index * 784, (index + 1) * 784);
}

Deno.test("syntheticDigits() draws the same for the same seed and stream only", () => {
  const digits = syntheticDigits({ count: 50, seed: 3, stream: 1 });
  assertEquals(digits, syntheticDigits({ count: 50, seed: 3, stream: 1 }));
  for (const other of [{ seed: 4, stream: 1 }, { seed: 3, stream: 2 }]) {
    const { images } = syntheticDigits({ count: 50, ...other });
    const theirs = new Set(Array.from({ length: 50 }, (_, i) => picture(images, i).toBase64()));
    for (let i = 0; i < 50; i++) assert(!theirs.has(picture(digits.images, i).toBase64()));
  }
});

Deno.test("syntheticDigits() draws few as the beginning of many", () => {
  const few = syntheticDigits({ count: 25, seed: 3 });
  const many = syntheticDigits({ count: 60, seed: 3 });
  assertEquals(few.labels, many.labels.subarray(0, 25));
  assertEquals(few.images, many.images.subarray(0, 25 * 784));
});

Deno.test("syntheticDigits() balances and shuffles the labels", () => {
  const { labels } = syntheticDigits({ count: 1000, seed: 3 });
  const counts = new Array(10).fill(0);
  for (const label of labels) counts[label]++;
  assertEquals(counts, new Array(10).fill(100));
  assertNotEquals([...labels.subarray(0, 10)], [...labels.subarray(10, 20)]);
});

Deno.test("syntheticDigits() fits and centres the ink as MNIST does", () => {
  const { images } = syntheticDigits({ count: 2000, seed: 3 });
  let longest = 0;
  for (let i = 0; i < 2000; i++) {
    const ink = measure(picture(images, i), 28);
    const [width, height] = [ink.right - ink.left + 1, ink.bottom - ink.top + 1];
    assert(width <= 20 && height <= 20, `Picture ${i} is ${width}x${height}`);
    assert(Math.max(width, height) >= 19, `Picture ${i} is only ${width}x${height}`);
    longest += Math.max(width, height) / 2000;
    // Moved by whole pixels, hence the half; a little more for rounding's sake.
    assert(Math.abs(ink.x - 14) <= 0.501, `Picture ${i} has its centre at x = ${ink.x}`);
    assert(Math.abs(ink.y - 14) <= 0.501, `Picture ${i} has its centre at y = ${ink.y}`);
  }
  assert(longest > 19.8, `The longer side is ${longest} on average`);
});

Deno.test("syntheticDigits() uses the whole range from paper to ink, and as much as MNIST", () => {
  const { images } = syntheticDigits({ count: 2000, seed: 3 });
  const counts = new Uint32Array(256);
  for (const value of images) counts[value]++;
  assert(counts.every((count) => count > 0));
  assert(counts[255] > 0.05 * images.length);
  const mean = images.reduce((sum, value) => sum + value, 0) / images.length / 255;
  assert(Math.abs(mean - 0.1307) < 0.02, `The mean is ${mean}, MNIST's is 0.1307`);
});

Deno.test("syntheticDigits() draws thin and thick pens", () => {
  const { images, labels } = syntheticDigits({ count: 2000, seed: 3 });
  const ink = [...labels.keys()].filter((i) => labels[i] === 0)
    .map((i) => measure(picture(images, i), 28).mass).sort((a, b) => a - b);
  assert(ink[Math.floor(0.9 * ink.length)] > 1.5 * ink[Math.floor(0.1 * ink.length)]);
});

Deno.test("writeDigit() knows several shapes of every digit", () => {
  const random = new Random(1);
  for (let digit = 0; digit < 10; digit++) {
    // With one step a span, shapes differ in how many points their strokes have.
    const shapes = new Set<string>();
    for (let i = 0; i < 300; i++) {
      shapes.add(writeDigit(random, digit, 1).map(({ x }) => x.length).join());
    }
    assert(shapes.size >= 2, `Digit ${digit} has the shapes ${[...shapes]}`);
  }
});

Deno.test("writeDigit() writes sevens with and without a bar, eights of one stroke and of two", () => {
  const random = new Random(1);
  for (const digit of [4, 5, 7, 8]) {
    const strokes = Array.from({ length: 200 }, () => writeDigit(random, digit, 1).length);
    assert(strokes.includes(1) && strokes.includes(2), `Digit ${digit}`);
  }
});

Deno.test("writeDigit() writes the same whatever the resolution", () => {
  const coarse = writeDigit(new Random(2), 8, 1);
  const fine = writeDigit(new Random(2), 8, 6);
  coarse.forEach(({ x, y, pressure }, s) => {
    assertEquals(fine[s].x.length, 6 * (x.length - 1) + 1);
    for (let i = 0; i < x.length; i++) {
      assert(Math.abs(fine[s].x[6 * i] - x[i]) < 1e-12);
      assert(Math.abs(fine[s].y[6 * i] - y[i]) < 1e-12);
      assert(Math.abs(fine[s].pressure[6 * i] - pressure[i]) < 1e-12);
    }
  });
});

Deno.test("writeDigit() rejects what is not a digit", () => {
  for (const digit of [10, -1, 1.5]) {
    assertThrows(
      () => writeDigit(new Random(1), digit, 5),
      RangeError,
      `Expected a digit from 0 to 9, found ${digit}`,
    );
  }
});

Deno.test("drawDigit() keeps to its box and fills it in one direction", () => {
  for (let digit = 0; digit < 10; digit++) {
    const options = { width: 90, height: 140, box: BOX, penWidth: 6 };
    const { pixels, width, height } = drawDigit(new Random(digit), digit, options);
    assertEquals([width, height, pixels.length], [90, 140, 90 * 140]);
    const ink = measure(pixels, width);
    assert(ink.left >= 10 && ink.right < 70 && ink.top >= 20 && ink.bottom < 120);
    const filled = (size: number, box: number) => size >= box - 1;
    assert(filled(ink.right - ink.left + 1, 60) || filled(ink.bottom - ink.top + 1, 100));
  }
});

Deno.test("drawDigit() draws a line as wide as the pen, with soft edges", () => {
  // The 1 of this seed is one straight stroke, as long as the picture is high.
  const area = (penWidth: number) => {
    const options = { width: 300, height: 300, box: { x: 0, y: 0, width: 300, height: 300 } };
    return measure(drawDigit(new Random(5), 1, { ...options, penWidth }).pixels, 300).mass / 255;
  };
  const [thin, thick] = [area(4), area(12)];
  assert(thin > 0.7 * 4 * 290 && thin < 1.5 * 4 * 300, `${thin}`);
  assert(Math.abs(thick / thin - 3) < 0.3, `${thick / thin}`);
});

Deno.test("drawDigit() draws the same picture at every size", () => {
  const draw = (scale: number) =>
    drawDigit(new Random(4), 5, {
      width: 50 * scale,
      height: 50 * scale,
      box: { x: 0, y: 0, width: 50 * scale, height: 50 * scale },
      penWidth: 4 * scale,
    });
  const [small, large] = [draw(1), draw(4)];
  let difference = 0;
  for (let y = 0; y < 50; y++) {
    for (let x = 0; x < 50; x++) {
      let sum = 0;
      for (let i = 0; i < 16; i++) {
        sum += large.pixels[(4 * y + Math.floor(i / 4)) * 200 + 4 * x + i % 4];
      }
      difference += Math.abs(sum / 16 - small.pixels[y * 50 + x]) / 255 / 2500;
    }
  }
  assert(difference < 0.02, `The mean difference is ${difference}`);
});
