import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../lib/errors.ts";
import { Random } from "../../lib/random.ts";
import { type Examples, join, loadDataset, select, split, take } from "../../lib/data/dataset.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { testWith } from "../parts.ts";

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

Deno.test("loadDataset() draws synthetic digits, reproducibly and not the same twice", async () => {
  const data = await loadDataset("synthetic", { directory: "unused", seed: 7, limit: 500 });
  const again = await loadDataset("synthetic", { directory: "unused", seed: 7, limit: 500 });
  const other = await loadDataset("synthetic", { directory: "unused", seed: 8, limit: 500 });
  assertEquals(data, again);
  assertEquals([data.name, data.train.count, data.test.count], ["synthetic", 500, 10_000]);
  assertEquals(data.train.images.length, 500 * 784);
  assertEquals(data.classes.length, 10);
  assertEquals(data.source, "Drawn by a random pen with seed 7");
  for (const [name, hash] of Object.entries(data.files)) {
    assert(/^[0-9a-f]{64}$/.test(hash));
    assertNotEquals(other.files[name], hash);
  }
  const train = new Set(pictures(data.train));
  assertEquals(train.size, 500);
  assertEquals(pictures(data.test).filter((picture) => train.has(picture)), []);
});

function pictures({ images, count }: Examples): string[] {
  return Array.from(
    { length: count },
    (_, i) => images.subarray(i * 784, (i + 1) * 784).toBase64(),
  );
}

Deno.test("loadDataset() takes a smaller limit as the beginning of the same set", async () => {
  const { train } = await loadDataset("synthetic", { directory: "unused", seed: 7, limit: 30 });
  const { images, labels } = syntheticDigits({ count: 100, seed: 7, stream: 1 });
  assertEquals(train, take({ images, labels, count: 100 }, 30));
});

Deno.test("loadDataset() draws what is no digit beside digits", async () => {
  const data = await loadDataset("synthetic-or-others", { directory: "unused", limit: 41 });
  assertEquals([data.name, data.train.count, data.test.count], ["synthetic-or-others", 41, 10_000]);
  assertEquals(data.classes, ["other", "digit"]);
  assertEquals(data.train.labels.filter((label) => label === 1).length, 21);
  assertEquals(data.test.labels.filter((label) => label === 1).length, 5000);
  const { names, of } = data.testKinds!;
  assertEquals(of.length, 10_000);
  // Each kind is of one class.
  const kinds = new Set(Array.from(of, (kind, i) => `${names[kind]} ${data.test.labels[i]}`));
  assertEquals(kinds.size, names.length);
  const train = new Set(pictures(data.train));
  assertEquals(pictures(data.test).filter((picture) => train.has(picture)), []);
});

for (const name of ["emnist", "constructor", ""]) {
  Deno.test(`loadDataset() refuses the unknown name "${name}"`, async () => {
    const error = await assertRejects(
      () => loadDataset(name, { directory: "unused" }),
      UserError,
      `There is no data set "${name}", only mnist, synthetic`,
    );
    assertEquals(error.exitCode, 2);
  });
}

const directory = Deno.env.get("DIGITS_DATA");

testWith("mnist", directory !== undefined, "loadDataset() reads the real MNIST", async () => {
  const noNetwork = () => Promise.reject(new Error("no network in tests"));
  const data = await loadDataset("mnist", { directory: directory!, fetch: noNetwork });
  assertEquals([data.train.count, data.test.count], [60_000, 10_000]);
  assertEquals(data.train.images.length, 60_000 * 784);
  // The numbers of each digit, as the literature has them.
  const counts = new Array(10).fill(0);
  for (const label of data.train.labels) counts[label]++;
  assertEquals(counts, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  assertEquals([...data.test.labels.subarray(0, 10)], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  // The mean that everybody normalises with.
  const sum = data.train.images.reduce((sum, pixel) => sum + pixel, 0);
  assertEquals((sum / data.train.images.length / 255).toFixed(4), "0.1307");
  assertEquals(Object.keys(data.files).length, 4);

  const few = await loadDataset("mnist", { directory: directory!, fetch: noNetwork, limit: 100 });
  assertEquals([few.train.count, few.test.count], [100, 10_000]);
  assertEquals(few.train, take(data.train, 100));
});

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
