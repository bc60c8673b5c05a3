import { assert, assertEquals, assertThrows } from "@std/assert";
import { digitsAndOthers, KINDS } from "../../lib/data/others.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";

const DIGITS = syntheticDigits({ count: 600, seed: 2 });
const MADE = digitsAndOthers(DIGITS, { seed: 1, withUnseen: true });
const UNSEEN = ["new letter", "face", "mirrored"];

function picture(images: Uint8Array, index: number): Uint8Array {
  return images.subarray(index * 784, (index + 1) * 784);
}

/** The names of the kinds that there are. */
function kindsIn(kinds: Uint8Array): string[] {
  return KINDS.filter((_, kind) => kinds.includes(kind));
}

/** The side of the smallest box around what is no paper, as width and height. */
function extent(pixels: Uint8Array): [width: number, height: number] {
  const columns = new Set<number>();
  const rows = new Set<number>();
  pixels.forEach((value, i) => {
    if (value === 0) return;
    columns.add(i % 28);
    rows.add(Math.floor(i / 28));
  });
  const span = (places: Set<number>) => Math.max(...places) - Math.min(...places) + 1;
  return [span(columns), span(rows)];
}

Deno.test("digitsAndOthers() makes as many others as digits, by turns", () => {
  assertEquals(MADE.count, 1200);
  assertEquals(MADE.images.length, 1200 * 784);
  assert(MADE.labels.every((label, i) => label === (i + 1) % 2));
  const digits = MADE.kinds.filter((_, i) => MADE.labels[i] === 1);
  assertEquals(kindsIn(digits), ["digit", "digit drawn anew", "digit of the pen"]);
  const others = MADE.kinds.filter((_, i) => MADE.labels[i] === 0);
  assertEquals(kindsIn(others), KINDS.slice(3));
});

Deno.test("digitsAndOthers() makes the same for the same seed and stream only", () => {
  const options = { seed: 1, count: 60, withUnseen: true };
  const { images } = digitsAndOthers(DIGITS, options);
  assertEquals(digitsAndOthers(DIGITS, options).images, images);
  for (const other of [{ seed: 4 }, { stream: 2 }]) {
    const theirs = digitsAndOthers(DIGITS, { ...options, ...other });
    for (let i = 1; i < 60; i += 2) { // digits may be the data set's own
      assert(picture(theirs.images, i).toBase64() !== picture(images, i).toBase64());
    }
  }
});

Deno.test("digitsAndOthers() makes few as the beginning of many", () => {
  const few = digitsAndOthers(DIGITS, { seed: 1, count: 31, withUnseen: true });
  assertEquals(few.count, 31);
  assertEquals(few.labels, MADE.labels.subarray(0, 31));
  assertEquals(few.kinds, MADE.kinds.subarray(0, 31));
  assertEquals(few.images, MADE.images.subarray(0, 31 * 784));
});

Deno.test("digitsAndOthers() holds some kinds out unless asked for", () => {
  const { kinds } = digitsAndOthers(DIGITS, { seed: 1 });
  assertEquals(kindsIn(kinds), KINDS.filter((name) => !UNSEEN.includes(name)));
});

Deno.test("digitsAndOthers() leaves some digits as they are, each in its place", () => {
  let own = 0;
  for (let i = 0; i < MADE.count; i += 2) {
    if (KINDS[MADE.kinds[i]] !== "digit") continue;
    assertEquals(picture(MADE.images, i), picture(DIGITS.images, i / 2));
    own++;
  }
  assert(own > 0.3 * 600 && own < 0.5 * 600, `${own} of 600`);
});

Deno.test("digitsAndOthers() fits what it draws as MNIST does", () => {
  for (let i = 0; i < MADE.count; i++) {
    const [width, height] = extent(picture(MADE.images, i));
    const longest = Math.max(width, height);
    assert(longest <= 20, `Picture ${i}, ${KINDS[MADE.kinds[i]]}, is ${width}x${height}`);
    assert(longest >= 17, `Picture ${i}, ${KINDS[MADE.kinds[i]]}, is ${width}x${height}`);
  }
});

Deno.test("digitsAndOthers() puts two digits side by side, or one above the other", () => {
  const shapes = (name: string) =>
    [...MADE.kinds.keys()].filter((i) => KINDS[MADE.kinds[i]] === name)
      .map((i) => extent(picture(MADE.images, i)));
  const wide = shapes("two digits");
  assert(wide.filter(([width, height]) => width > height).length > 0.7 * wide.length);
  const high = shapes("one above the other");
  assert(high.every(([width, height]) => width < height));
});

Deno.test("digitsAndOthers() makes do with digits of one class", () => {
  const ones = DIGITS.labels.indexOf(1);
  const one = {
    images: DIGITS.images.slice(ones * 784, (ones + 1) * 784),
    labels: Uint8Array.of(1),
    count: 1,
  };
  assertEquals([...digitsAndOthers(one, { seed: 3 }).labels], [1, 0]);
});

Deno.test("digitsAndOthers() leaves a blank picture as it is", () => {
  const blank = { images: new Uint8Array(40 * 784), labels: new Uint8Array(40), count: 40 };
  const { images, kinds } = digitsAndOthers(blank, { seed: 3 });
  const pictures = [...kinds.keys()].filter((i) => KINDS[kinds[i]] === "digit");
  assert(pictures.length > 20 && pictures.length < 40, `${pictures.length}`);
  for (const i of pictures) assert(picture(images, i).every((value) => value === 0));
});

Deno.test("digitsAndOthers() rejects what holds no digits", () => {
  const none = { images: new Uint8Array(), labels: new Uint8Array(), count: 0 };
  assertThrows(() => digitsAndOthers(none, { seed: 1 }), RangeError, "There are no digits");
});
