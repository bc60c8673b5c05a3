// From pictures to readings, with the committed networks. The scenes are made anew from their seeds:
// of each kind some that a change has to make much worse to be misread.

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Picture } from "../lib/image/picture.ts";
import { read, type Reading, recognise, type RecogniseOptions } from "../lib/recognise.ts";
import { encodeJpeg, exifBlock } from "./image/encode.ts";
import { EIGHT, FIVE, paint, pen, SEVEN } from "./image/draw.ts";
import { makeScene, type Scene } from "./image/scenes.ts";
import { openReader } from "./reader.ts";

const READER = await openReader();

function readWith(picture: Picture, options: Partial<RecogniseOptions> = {}): Promise<Reading> {
  return read(picture, { ...READER, ...options });
}

type Box = readonly [x: number, y: number, width: number, height: number];

/** The part that two boxes share of what they cover together. */
function overlap([ax, ay, aw, ah]: Box, [bx, by, bw, bh]: Box): number {
  const width = Math.max(0, Math.min(ax + aw, bx + bw) - Math.max(ax, bx));
  const height = Math.max(0, Math.min(ay + ah, by + bh) - Math.max(ay, by));
  return width * height / (aw * ah + bw * bh - width * height);
}

function assertBoxesLieOn(digits: Reading["digits"], boxes: readonly Box[], what: string): void {
  assertEquals(digits.length, boxes.length, what);
  digits.forEach(({ box }, i) => {
    assert(overlap(box, boxes[i]) > 0.6, `${what}: [${box}], not [${boxes[i]}]`);
  });
}

const SINGLE = [
  "plain drawing",
  "28x28",
  "hairline strokes",
  "strokes as thick as the counter",
  "light on dark",
  "lamp from a side",
  "vignette",
  "hard shadow",
  "grey patch on white",
  "white patch on grey",
  "paper on a dark table",
  "ink as light as the ground",
  "ink as light as the ground, photo",
  "transparent, dark ink",
  "transparent, light ink",
  "ruled",
  "grid",
  "touching the edge",
  "cropped to the ink",
  "broken strokes",
  "dry pen",
  "JPEG noise",
  "pencil",
  "noise",
  "salt and pepper",
  "showing through",
  "small in a large picture",
  "rotated",
  "blackboard",
];

for (const name of SINGLE) {
  Deno.test(`read() reads a digit, told or not that there is one: ${name}`, async () => {
    for (const seed of [1, 3]) {
      const { text, picture } = await makeScene(`single: ${name}`, { seed });
      for (const single of [false, true]) {
        const { digits, ...reading } = await readWith(picture, { single });
        assertEquals(reading, { text, uncertain: false }, `seed ${seed}, single: ${single}`);
        assertEquals(digits.map(({ digit, line }) => [digit, line]), [[text, 0]]);
      }
    }
  });
}

const SEVERAL = [
  "plain line",
  "several lines",
  "slanted, columns overlap",
  "ragged",
  "ruled",
  "photo",
  "photo of several lines",
  "light on dark",
  "strokes of 1 pixel",
  "pencil",
  "ink as light as the ground",
  "cropped to the ink",
  "large gaps",
  "form fields",
  "slanted line",
];

for (const name of SEVERAL) {
  Deno.test(`read() reads several digits: ${name}`, async () => {
    for (const seed of [2, 3]) {
      const scene = await makeScene(`several: ${name}`, { seed });
      const { text, digits } = await readWith(scene.picture);
      assertEquals(text, scene.text, `seed ${seed}`);
      assertBoxesLieOn(digits, scene.boxes, `seed ${seed}`);
      const lines = Map.groupBy(digits, ({ line }) => line);
      const texts = [...lines.values()].map((line) => line.map(({ digit }) => digit).join(""));
      assertEquals([...lines.keys()], texts.map((_, i) => i));
      assertEquals(texts.join("\n"), text);
    }
  });
}

for (const name of ["blank, white", "blank, paper", "blank, uneven light", "gradient", "noise"]) {
  Deno.test(`read() finds no digit: ${name}`, async () => {
    for (const seed of [2, 3, 4]) {
      const { picture } = await makeScene(`nothing: ${name}`, { seed });
      assertEquals(await readWith(picture), { text: "", digits: [], uncertain: false });
    }
  });
}

for (const name of ["scribble", "stripes", "clouds", "wood", "cloth"]) {
  Deno.test(`read() is certain of no digit: ${name}`, async () => {
    for (const seed of [1, 2, 3]) {
      for (const single of [false, true]) {
        const { picture } = await makeScene(`nothing: ${name}`, { seed });
        const { digits, uncertain } = await readWith(picture, { single });
        assertEquals(digits.filter((digit) => !digit.uncertain), []);
        assertEquals(uncertain, digits.length > 0);
      }
    }
  });
}

const line = await makeScene("several: plain line", { seed: 2 });

Deno.test("read() gives probabilities that add up to that of its being a digit", async () => {
  const { digits } = await readWith(line.picture);
  for (const { digit, confidence, alternatives } of digits) {
    const all = [{ digit, confidence }, ...alternatives];
    assertEquals(all.map(({ digit }) => digit).sort(), [..."0123456789"]);
    const sum = all.reduce((sum, { confidence }) => sum + confidence, 0);
    assert(sum > 0.5 && sum <= 1 + 1e-9, `${sum}`);
    all.forEach((it, i) =>
      assert(it.confidence >= 0 && it.confidence <= all[Math.max(0, i - 1)].confidence)
    );
  }
});

Deno.test("read() gives ten probabilities of one where it does not ask what is no digit", async () => {
  const { digits: [digit] } = await readWith(line.picture, { reject: undefined, single: true });
  const others = digit.alternatives.reduce((sum, { confidence }) => sum + confidence, 0);
  assertAlmostEquals(digit.confidence + others, 1, 1e-6);
});

Deno.test("read() takes a picture of another data set as it is, and no digit's", async () => {
  // Clothes fill the picture, and have no strokes.
  const ink = (x: number, y: number) => x > 13 || y < 3 ? 0 : 99 + 4 * y;
  const picture = paint(28, 28, ink);
  const seen = Uint8Array.from({ length: 784 }, (_, i) => ink(i % 28, Math.floor(i / 28)));
  const classes = ["Bag", ...READER.classes.slice(1)];
  const { text, digits } = await readWith(picture, { classes, stages: true, threshold: 0 });
  assertEquals(digits.map(({ pixels, box }) => ({ pixels, box })), [{
    pixels: seen,
    box: [0, 0, 28, 28],
  }]);
  assertEquals(text, digits[0].digit);
  for (const options of [{ classes, invert: "no" } as const, {}]) {
    const { digits } = await readWith(picture, { ...options, threshold: 0 });
    assert(digits.every(({ pixels }) => pixels.join() !== seen.join()));
  }
});

Deno.test("read() marks as uncertain what is below the threshold", async () => {
  const { digits } = await readWith(line.picture, { threshold: 0 });
  const confidences = digits.map(({ confidence }) => confidence);
  const middle = confidences.toSorted()[confidences.length >> 1];
  for (const threshold of [0, middle, 1]) {
    const reading = await readWith(line.picture, { threshold });
    assertEquals(reading.text, line.text);
    const expected = confidences.map((confidence) => confidence < threshold);
    assertEquals(reading.digits.map(({ uncertain }) => uncertain), expected);
    assertEquals(reading.uncertain, expected.includes(true));
  }
  assert(new Set(confidences).size > 1);
});

Deno.test("read() believes `invert`", async () => {
  const [five, seven] = [pen(FIVE, [40, 40], 80, 10), pen(SEVEN, [200, 40], 80, 10)];
  // Ink of both kinds on grey.
  const both = paint(320, 160, (x, y) => 128 + 127 * five(x, y) - 127 * seven(x, y));
  assertEquals((await readWith(both, { invert: "yes" })).text, "5");
  assertEquals((await readWith(both, { invert: "no" })).text, "7");
});

Deno.test("read() gives the 28x28 that the network saw, and boxes, of each digit", async () => {
  const { digits } = await readWith(line.picture);
  for (const { pixels, box: [x, y, width, height] } of digits) {
    assertEquals([pixels.length, Math.max(...pixels)], [784, 255]);
    assert(x >= 0 && y >= 0 && x + width <= line.picture.width, `${x}, ${width}`);
    assert(y + height <= line.picture.height, `${y}, ${height}`);
  }
});

Deno.test("read() gives the stages where they are asked for, of what was seen", async () => {
  assertEquals((await readWith(line.picture)).stages, undefined);
  for (const factor of [1, 3]) {
    const { width, height } = line.picture;
    const large = paint(width * factor, height * factor, (x, y) => {
      const at = 4 * (Math.floor(y / factor) * width + Math.floor(x / factor));
      return [...line.picture.data.subarray(at, at + 4)];
    });
    const { stages, digits } = await readWith(large, { stages: true });
    const { picture, ink, scale } = stages!;
    assertEquals(ink.length, picture.width * picture.height);
    assertEquals(picture.data.length, 4 * ink.length);
    assertEquals(
      [picture.width, picture.height],
      [large.width, large.height].map((side) => Math.ceil(side / scale)),
    );
    // There is ink in the boxes, and nowhere else.
    const inside = (i: number) => {
      const [x, y] = [scale * (i % picture.width), scale * Math.floor(i / picture.width)];
      return digits.some(({ box: [left, top, w, h] }) =>
        x > left - scale && x < left + w && y > top - scale && y < top + h
      );
    };
    const strong = [...ink.keys()].filter((i) => ink[i] > 200);
    assert(strong.length > 100 && strong.every(inside));
    // The picture is what it was, reduced: ink is where it is darker than its corner.
    const light = (i: number) =>
      picture.data[4 * i] + picture.data[4 * i + 1] + picture.data[4 * i + 2];
    assert(strong.every((i) => light(i) < light(0) - 150));
  }
});

Deno.test("read() gives stages of a blank picture too", async () => {
  const { stages, ...reading } = await readWith(paint(60, 40, () => 240), { stages: true });
  assertEquals(reading, { text: "", digits: [], uncertain: false });
  assertEquals(stages!.ink, new Uint8Array(60 * 40));
});

/** Where a pixel of the upright picture is stored, by EXIF orientation (Exif 2.32, 4.6.4). */
const STORED: Record<number, (x: number, y: number, w: number, h: number) => [number, number]> = {
  1: (x, y) => [x, y],
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, w) => [y, w - 1 - x],
  7: (x, y, w, h) => [h - 1 - y, w - 1 - x],
  8: (x, y, _, h) => [h - 1 - y, x],
};

/** A JPEG of a scene eight times as large, turned as cameras do. */
function photoOf({ picture: { width, height, data } }: Scene, orientation: number): Uint8Array {
  const turned = orientation >= 5;
  const blocks = new Map<number, number>();
  const columns = turned ? height : width;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = STORED[orientation](x, y, width, height);
      blocks.set(row * columns + column, data[4 * (y * width + x) + 1]);
    }
  }
  return encodeJpeg(
    8 * columns,
    8 * (turned ? width : height),
    { exif: exifBlock(orientation) },
    (x, y) => [blocks.get(y * columns + x)!],
  );
}

Deno.test("recognise() gives boxes in the upright original's pixels, of a large photo turned", async () => {
  const scene = await makeScene("several: plain line", { seed: 4 });
  const boxes = scene.boxes.map((box) => box.map((side) => 8 * side) as unknown as Box);
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const bytes = photoOf(scene, orientation);
    const { text, digits } = await recognise(bytes, READER);
    assertEquals(text, scene.text, `orientation ${orientation}`);
    assertBoxesLieOn(digits, boxes, `orientation ${orientation}`);
  }
});

Deno.test("read() gives what is on one page whatever was read before", async () => {
  const ink = pen(EIGHT, [300, 200], 400, 60);
  const large = paint(1000, 800, (x, y) => 240 - 200 * ink(x, y));
  const first = await readWith(line.picture);
  assertEquals((await readWith(large)).text, "8");
  assertEquals(await readWith(line.picture), first);
  const [one, two] = await Promise.all([readWith(line.picture), readWith(large)]);
  assertEquals([one, two.text], [first, "8"]);
});
