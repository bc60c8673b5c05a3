import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { type Examples, join, select, split, take } from "../../lib/data/examples.ts";
import { Random } from "../../lib/random.ts";

/** Examples of which each can be told from its first pixel and from its label. */
function numbered(count: number): Examples {
  const images = new Uint8Array(count * 784);
  const labels = Uint8Array.from({ length: count }, (_, i) => i);
  for (let i = 0; i < count; i++) images[i * 784] = i;
  return { images, labels, count };
}

function firstPixels({ images, count }: Examples): number[] {
  return Array.from({ length: count }, (_, i) => images[i * 784]);
}

Deno.test("take() gives the first examples", () => {
  const few = take(numbered(10), 3);
  assertEquals(few.count, 3);
  assertEquals(firstPixels(few), [0, 1, 2]);
  assertEquals([...few.labels], [0, 1, 2]);
  assertEquals(few.images.length, 3 * 784);
});

Deno.test("take() gives all examples where there are fewer", () => {
  assertEquals(take(numbered(2), 3), numbered(2));
  assertEquals(take(numbered(2), Infinity), numbered(2));
});

Deno.test("take() rejects a negative count", () => {
  assertThrows(() => take(numbered(2), -1), RangeError, "found -1");
  assertThrows(() => take(numbered(2), NaN), RangeError, "found NaN");
});

Deno.test("select() copies examples in the order asked for", () => {
  const all = numbered(10);
  const some = select(all, [7, 2, 7]);
  assertEquals(firstPixels(some), [7, 2, 7]);
  assertEquals([...some.labels], [7, 2, 7]);
  all.images.fill(0);
  assertEquals(firstPixels(some), [7, 2, 7]);
});

Deno.test("select() rejects an index out of range", () => {
  assertThrows(
    () => select(numbered(3), [0, 3]),
    RangeError,
    "Expected an index from 0 to 2, found 3",
  );
});

Deno.test("join() puts one after the other", () => {
  const both = join(numbered(2), select(numbered(5), [4, 3]));
  assertEquals(both.count, 4);
  assertEquals(firstPixels(both), [0, 1, 4, 3]);
  assertEquals([...both.labels], [0, 1, 4, 3]);
});

Deno.test("split() loses nothing, repeats nothing and keeps labels with pictures", () => {
  const { train, validation } = split(numbered(100), 0.25, new Random(1));
  assertEquals([train.count, validation.count], [75, 25]);
  const together = [...train.labels, ...validation.labels];
  assertEquals(together.toSorted((a, b) => a - b), [...numbered(100).labels]);
  for (const part of [train, validation]) assertEquals(firstPixels(part), [...part.labels]);
});

Deno.test("split() is random, and the same for the same seed", () => {
  const held = (
    seed: number,
  ) => [...split(numbered(100), 0.25, new Random(seed)).validation.labels];
  assertEquals(held(1), held(1));
  assertNotEquals(held(1), held(2));
});

Deno.test("split() rejects fractions that leave nothing to train on", () => {
  for (const fraction of [1, -0.1, NaN]) {
    assertThrows(() => split(numbered(3), fraction, new Random(1)), RangeError, `${fraction}`);
  }
  assertEquals(split(numbered(3), 0, new Random(1)).validation.count, 0);
});
