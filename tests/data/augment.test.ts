import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Augmentation, augmentBatch } from "../../lib/data/augment.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";

const COUNT = 40;
const { images } = syntheticDigits({ count: COUNT, seed: 1 });
const INDICES = Uint32Array.from({ length: COUNT }, (_, i) => 100 + i);
const EVERYTHING: Required<Augmentation> = {
  rotationDeg: 15,
  shear: 0.2,
  zoom: 0.15,
  shift: 2,
  elastic: 1,
  thickness: 0.8,
  blur: 0.6,
  contrast: 0.4,
  cutout: 6,
  noise: 0.1,
};
const SINGLE = Object.entries(EVERYTHING).map(([name, amount]) => ({ [name]: amount }));
/** The operations that happen to every second picture. */
const SOMETIMES = ["thickness", "blur", "contrast", "cutout", "noise"];

function picture(batch: Uint8Array, index: number): Uint8Array {
  return batch.subarray(index * 784, (index + 1) * 784);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((value, i) => value === b[i]);
}

/** What `from` becomes, `count` times, each as another index of the training set. */
function variants(from: Uint8Array, count: number, augmentation: Augmentation): Uint8Array[] {
  const batch = new Uint8Array(784 * count);
  for (let i = 0; i < count; i++) batch.set(from, 784 * i);
  const indices = Array.from({ length: count }, (_, i) => i);
  augmentBatch(batch, indices, augmentation, { seed: 1, epoch: 1 }, batch);
  return indices.map((i) => picture(batch, i));
}

/** A round, soft blob around the centre of the picture or elsewhere. */
function blob(centreX = 13.5, centreY = 13.5): Uint8Array {
  return Uint8Array.from({ length: 784 }, (_, i) => {
    const squared = (i % 28 - centreX) ** 2 + (Math.floor(i / 28) - centreY) ** 2;
    return Math.round(255 * Math.exp(-squared / (2 * 1.8 ** 2)));
  });
}

/** The ink and its centre. */
function measure(pixels: Uint8Array): { mass: number; x: number; y: number } {
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((value, i) => {
    mass += value;
    x += value * (i % 28);
    y += value * Math.floor(i / 28);
  });
  return { mass, x: x / mass, y: y / mass };
}

/** Asserts that all numbers are between the limits, and that they fill most of the space there. */
function assertSpread(numbers: number[], low: number, high: number, slack: number): void {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const reach = 0.1 * (high - low);
  const found = `Expected numbers from ${low} to ${high}, found them from ${least} to ${most}`;
  assert(least >= low - slack && least < low + reach, found);
  assert(most <= high + slack && most > high - reach, found);
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  assert(Math.abs(mean - (low + high) / 2) < reach, `${found}, around ${mean}`);
}

Deno.test("augmentBatch() gives a copy where nothing is to be done", () => {
  const options = { seed: 1, epoch: 1 };
  const nothing = Object.fromEntries(Object.keys(EVERYTHING).map((name) => [name, 0]));
  for (const augmentation of [{}, nothing]) {
    const copy = augmentBatch(images, INDICES, augmentation, options);
    assertEquals(copy, images);
    assert(copy.buffer !== images.buffer);
  }
});

Deno.test("augmentBatch() depends on seed, epoch and index, not on the batch", () => {
  for (const augmentation of [EVERYTHING, ...SINGLE]) {
    const all = augmentBatch(images, INDICES, augmentation, { seed: 1, epoch: 1 });
    const reversed = INDICES.toReversed();
    const alone = INDICES.slice(0, 1);
    const backwards = new Uint8Array(images.length);
    for (let i = 0; i < COUNT; i++) backwards.set(picture(images, COUNT - 1 - i), i * 784);
    augmentBatch(backwards, reversed, augmentation, { seed: 1, epoch: 1 }, backwards);
    for (let i = 0; i < COUNT; i++) {
      assertEquals(picture(backwards, COUNT - 1 - i), picture(all, i));
      alone[0] = INDICES[i];
      const again = augmentBatch(picture(images, i), alone, augmentation, { seed: 1, epoch: 1 });
      assertEquals(again, picture(all, i));
    }
  }
});

Deno.test("augmentBatch() draws anew for each seed, epoch and index", () => {
  const drawn = new Set<string>();
  for (const seed of [1, 2]) {
    for (const epoch of [1, 2, 3, 4]) {
      for (const index of [0, 1, 2, 3, 4, 59_999]) {
        const options = { seed, epoch };
        drawn.add(augmentBatch(picture(images, 0), [index], EVERYTHING, options).toBase64());
      }
    }
  }
  assertEquals(drawn.size, 2 * 4 * 6);
});

Deno.test("augmentBatch() leaves its input alone, but may fill it", () => {
  const before = images.slice();
  const out = new Uint8Array(images.length);
  const result = augmentBatch(before, INDICES, EVERYTHING, { seed: 1, epoch: 1 }, out);
  assert(result === out);
  assertEquals(before, images);
  augmentBatch(before, INDICES, EVERYTHING, { seed: 1, epoch: 1 }, before);
  assertEquals(before, out);
});

Deno.test("augmentBatch() does some things to each picture, others to every second one", () => {
  for (const [name, amount] of Object.entries(EVERYTHING)) {
    const changed = variants(picture(images, 0), 1000, { [name]: amount })
      .filter((variant) => !same(variant, picture(images, 0))).length;
    // A square that is cut out may miss the ink.
    const expected = SOMETIMES.includes(name) ? name === "cutout" ? 330 : 500 : 1000;
    const message = `${name} changed ${changed} of 1000`;
    assert(Math.abs(changed - expected) < (expected < 1000 ? 80 : 10), message);
  }
});

Deno.test("augmentBatch() shifts by up to the pixels that are asked for", () => {
  const found = variants(blob(), 500, { shift: 3 }).map(measure);
  assertSpread(found.map(({ x }) => x), 10.5, 16.5, 0.05);
  assertSpread(found.map(({ y }) => y), 10.5, 16.5, 0.05);
});

Deno.test("augmentBatch() turns by up to the degrees that are asked for", () => {
  const found = variants(blob(20.5, 13.5), 500, { rotationDeg: 20 }).map(measure);
  const angles = found.map(({ x, y }) => Math.atan2(y - 13.5, x - 13.5) * 180 / Math.PI);
  assertSpread(angles, -20, 20, 0.5);
});

Deno.test("augmentBatch() slants by up to the pixels a row that are asked for", () => {
  const found = variants(blob(13.5, 6.5), 500, { shear: 0.3 }).map(measure);
  assertSpread(found.map(({ x }) => (x - 13.5) / 7), -0.3, 0.3, 0.01);
});

Deno.test("augmentBatch() scales each axis by up to what is asked for", () => {
  const found = variants(blob(19.5, 18.5), 500, { zoom: 0.2 }).map(measure);
  const [wider, higher] = [
    found.map(({ x }) => Math.log((x - 13.5) / 6)),
    found.map(({ y }) => Math.log((y - 13.5) / 5)),
  ];
  assertSpread(wider, -0.2, 0.2, 0.01);
  assertSpread(higher, -0.2, 0.2, 0.01);
  const product = wider.reduce((sum, value, i) => sum + value * higher[i] / 500, 0);
  assert(Math.abs(product) < 0.1 * 0.2 ** 2, "Each axis is scaled on its own");
});

Deno.test("augmentBatch() bends by the deviation that is asked for", () => {
  for (const elastic of [0.5, 1.5]) {
    // What a small blob does is what happens to a pixel there.
    const found = variants(blob(9, 17), 1000, { elastic }).map(measure);
    for (const axis of ["x", "y"] as const) {
      const start = axis === "x" ? 9 : 17;
      const squares = found.reduce((sum, centre) => sum + (centre[axis] - start) ** 2, 0);
      const deviation = Math.sqrt(squares / 1000);
      assert(Math.abs(deviation / elastic - 1) < 0.25, `${axis}: ${deviation}, not ${elastic}`);
    }
  }
});

Deno.test("augmentBatch() makes strokes thicker rather than thinner", () => {
  const { mass } = measure(picture(images, 0));
  const found = variants(picture(images, 0), 500, { thickness: 0.8 })
    .map((variant) => measure(variant).mass / mass);
  assert(Math.max(...found) > 1.3 && Math.min(...found) < 0.9 && Math.min(...found) > 0.5);
});

Deno.test("augmentBatch() scales ink within the contrast that is asked for", () => {
  const grey = new Uint8Array(784).fill(100);
  const factors = variants(grey, 500, { contrast: 0.4 }).map((variant) => variant[0] / 100);
  assertSpread(factors, 0.6, 1.4, 0.01);
});

Deno.test("augmentBatch() cuts out a square of the side that is asked for", () => {
  const full = new Uint8Array(784).fill(255);
  const cut = variants(full, 500, { cutout: 6 })
    .map((variant) => variant.filter((value) => value === 0).length);
  assertEquals(Math.max(...cut), 36);
  assert(cut.every((area) => area === 0 || area >= 9)); // a quarter of it at the corners
});

Deno.test("augmentBatch() never blanks a digit", () => {
  for (let epoch = 1; epoch <= 50; epoch++) {
    const batch = augmentBatch(images, INDICES, EVERYTHING, { seed: 1, epoch });
    for (let i = 0; i < COUNT; i++) {
      const ratio = measure(picture(batch, i)).mass / measure(picture(images, i)).mass;
      assert(ratio > 0.15, `Of picture ${i} in epoch ${epoch}, ${ratio} is left`);
    }
  }
});

Deno.test("augmentBatch() moves ink, and on average adds none", () => {
  const moved = { rotationDeg: 15, shear: 0.2, zoom: 0.1, shift: 2, elastic: 1 };
  const batch = augmentBatch(images, INDICES, moved, { seed: 1, epoch: 1 });
  assert(Math.abs(measure(batch).mass / measure(images).mass - 1) < 0.05);
});

Deno.test("augmentBatch() rejects amounts that leave no digit", () => {
  const attempt = (augmentation: Augmentation) =>
    augmentBatch(images, INDICES, augmentation, { seed: 1, epoch: 1 });
  for (const elastic of [2.1, -1, NaN]) {
    assertThrows(
      () => attempt({ elastic }),
      RangeError,
      `Expected an augmentation's elastic from 0 to 2, found ${elastic}`,
    );
  }
  for (const name of Object.keys(EVERYTHING)) {
    assertThrows(() => attempt({ [name]: 100 }), RangeError, name);
  }
});

Deno.test("augmentBatch() wants as many pictures as indices", () => {
  const options = { seed: 1, epoch: 1 };
  assertThrows(() => augmentBatch(images, [1, 2], {}, options), TypeError, "Expected 2 pictures");
  assertThrows(
    () => augmentBatch(images, INDICES, {}, options, new Uint8Array(784)),
    TypeError,
    "to put into 784",
  );
});
