import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { UserError } from "../../lib/errors.ts";
import { loadDataset } from "../../lib/data/dataset.ts";
import { type Examples, take } from "../../lib/data/examples.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { testWith } from "../parts.ts";

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
  assertEquals(train, take(syntheticDigits({ count: 100, seed: 7, stream: 1 }), 30));
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
      `There is no data set "${name}", only mnist, emnist-digits, `,
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
