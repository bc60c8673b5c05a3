import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { type Dataset, loadDataset } from "../../lib/data/dataset.ts";
import type { Examples } from "../../lib/data/examples.ts";
import { loadFolder } from "../../lib/data/folder.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { UserError } from "../../lib/errors.ts";
import { normalise } from "../../lib/image/normalise.ts";
import { encodePng } from "../../lib/report/png.ts";
import { FIVE, paint, pen } from "../image/draw.ts";
import { encodeBmp, encodePng as encodeAnyPng } from "../image/encode.ts";
import { testWithFolder } from "../parts.ts";

const DRAWN = syntheticDigits({ count: 200, seed: 5, stream: 1 });

/** The first pictures of a digit that the random pen drew, in MNIST's form. */
function drawn(digit: number, count: number): Uint8Array[] {
  return [...DRAWN.labels.keys()]
    .filter((i) => DRAWN.labels[i] === digit)
    .slice(0, count)
    .map((i) => DRAWN.images.slice(i * 784, (i + 1) * 784));
}

/** Writes `folder/CLASS/1.png`, 2.png, ... of pictures in MNIST's form. */
async function write(folder: string, classes: Record<string, Uint8Array[]>): Promise<void> {
  for (const [name, pictures] of Object.entries(classes)) {
    await Deno.mkdir(`${folder}/${name}`);
    for (const [i, pixels] of pictures.entries()) {
      await Deno.writeFile(`${folder}/${name}/${i + 1}.png`, await encodePng(pixels, 28, 28));
    }
  }
}

/** Each picture's label and pixels. */
function list({ images, labels }: Examples): [number, string][] {
  return Array.from(labels, (label, i) => [label, images.slice(i * 784, (i + 1) * 784).toHex()]);
}

function expected(...pictures: [label: number, pixels: Uint8Array][]): [number, string][] {
  return pictures.map(([label, pixels]) => [label, pixels.toHex()]);
}

/** Loads a folder; gives the notes, too. */
async function load(folder: string, limit?: number): Promise<{ data: Dataset; notes: string[] }> {
  const notes: string[] = [];
  const data = await loadFolder(folder, { limit, onNote: (note) => notes.push(note) });
  return { data, notes };
}

testWithFolder("loadFolder() reads classes in natural order, all in turn", async (folder) => {
  const [a, b, c] = [drawn(1, 7), drawn(2, 2), drawn(3, 3)];
  await write(folder, { "class 10": c, "class 9": b, "class 1": a });
  const { data, notes } = await load(folder);
  assertEquals(data.classes, ["class 1", "class 9", "class 10"]);
  assertEquals(
    list(data.train),
    expected([0, a[0]], [1, b[0]], [2, c[0]], [0, a[2]], [2, c[2]], [0, a[3]], [0, a[4]], [
      0,
      a[5],
    ]),
  );
  // The second of each five of a class.
  assertEquals(list(data.test), expected([0, a[1]], [1, b[1]], [2, c[1]], [0, a[6]]));
  assertEquals(notes, [`Reading 12 pictures in ${folder}`]);
});

testWithFolder(
  "loadFolder() leaves pictures in their part when others are added",
  async (folder) => {
    const all = drawn(4, 12);
    await write(folder, { 4: all.slice(0, 6) });
    const before = (await load(folder)).data;
    await Deno.remove(`${folder}/4`, { recursive: true });
    await write(folder, { 4: all });
    const after = (await load(folder)).data;
    assertEquals([before.train.count, before.test.count], [5, 1]);
    assertEquals([after.train.count, after.test.count], [9, 3]);
    assertEquals(list(after.train).slice(0, 5), list(before.train));
    assertEquals(list(after.test).slice(0, 1), list(before.test));
  },
);

testWithFolder("loadFolder() says which pictures they were", async (folder) => {
  await write(folder, { 1: drawn(1, 3), 2: drawn(2, 3) });
  const { data } = await load(`${folder}/`);
  assertEquals(data.name, `${folder.split("/").at(-1)}/`);
  assertEquals(data.source, "6 pictures in a folder, one of five to test");
  for (const hash of Object.values(data.files)) assertMatch(hash, /^[0-9a-f]{64}$/);
  assertEquals((await load(folder)).data, data);
  await Deno.rename(`${folder}/2/3.png`, `${folder}/1/4.png`);
  const { files } = (await load(folder)).data;
  assertNotEquals(files["train-labels"], data.files["train-labels"]);
});

testWithFolder(
  "loadFolder() limits the pictures to train on, to some of each class",
  async (folder) => {
    await write(folder, { 1: drawn(1, 6), 2: drawn(2, 6) });
    const all = (await load(folder)).data;
    const { data } = await load(folder, 4);
    assertEquals(list(data.train), list(all.train).slice(0, 4));
    assertEquals([...data.train.labels], [1, 2, 1, 2]);
    assertEquals(data.test, all.test);
    assertEquals(data.files, all.files);
  },
);

testWithFolder("loadFolder() has ten classes where there are some digits", async (folder) => {
  const [two, seven, nine] = [drawn(2, 1)[0], drawn(7, 1)[0], drawn(9, 1)[0]];
  await write(folder, { 2: [two], 7: [seven], 9: [nine] });
  const { data } = await load(folder);
  assertEquals(data.classes, [..."0123456789"]);
  assertEquals(list(data.train), expected([2, two], [7, seven]));
  assertEquals(list(data.test), expected([9, nine]));
});

testWithFolder("loadFolder() brings what is not in MNIST's form into it", async (folder) => {
  const five = pen(FIVE, [15, 12], 40, 5);
  const picture = paint(70, 66, (x, y) => {
    const tone = Math.round(255 * (1 - five(x, y)));
    return [tone, tone, tone, 255];
  });
  const toneAt = (x: number, y: number) => picture.data[4 * (70 * y + x)];
  await Deno.mkdir(`${folder}/5`);
  await Deno.writeFile(
    `${folder}/5/1.png`,
    await encodeAnyPng(70, 66, { colourType: 0, bitDepth: 8 }, (x, y) => [toneAt(x, y)]),
  );
  await Deno.writeFile(
    `${folder}/5/2.bmp`,
    encodeBmp(70, 66, { bits: 24 }, (x, y) => toneAt(x, y) * 0x010101),
  );
  const { data } = await load(folder);
  const { pixels } = normalise(picture)!;
  assertEquals(list(data.train), expected([5, pixels]));
  assertEquals(list(data.test), expected([5, pixels]));
});

testWithFolder("loadFolder() leaves out what it cannot read, and says so", async (folder) => {
  const fine = drawn(1, 2);
  await write(folder, { 1: [fine[0], new Uint8Array(784), fine[1]] });
  await Deno.writeTextFile(`${folder}/1/4.png`, "no picture");
  await Deno.writeFile(`${folder}/1/5.jpg`, (await encodePng(fine[0], 28, 28)).subarray(0, 60));
  // Not a word of these.
  await Deno.writeTextFile(`${folder}/corrections.json`, "[]");
  await Deno.writeTextFile(`${folder}/1/notes.txt`, "");
  await Deno.writeTextFile(`${folder}/1/.hidden.png`, "");
  await Deno.mkdir(`${folder}/.git`);
  const { data, notes } = await load(folder);
  assertEquals([...list(data.train), ...list(data.test)], expected([1, fine[0]], [1, fine[1]]));
  assertEquals(notes.length, 4);
  assertEquals(notes[0], `Reading 5 pictures in ${folder}`);
  assertEquals(notes[1], `${folder}/1/2.png is left out: There is nothing on the paper`);
  assertMatch(notes[2], /\/1\/4\.png is left out: .*text/);
  assertMatch(notes[3], /\/1\/5\.jpg is left out: The PNG is truncated/);
});

const REFUSED: Record<string, [classes: Record<string, Uint8Array[]>, message: RegExp]> = {
  "an empty folder": [{}, /^Found 0 classes in .*, expected 2 to 62\. A folder of pictures has a/],
  "one class": [{ a: drawn(1, 4) }, /^Found 1 class in .*, expected 2 to 62/],
  "63 classes": [
    Object.fromEntries(Array.from({ length: 63 }, (_, i) => [`class ${i}`, []])),
    /^Found 63 classes in/,
  ],
  "a class of one picture": [
    { a: drawn(1, 2), b: drawn(2, 1), c: [] },
    /^Found fewer than 2 pictures that can be read of b, c in .* remove the class$/,
  ],
  "one digit in all": [
    { 3: drawn(3, 1), 4: [] },
    /^Found 1 of the pictures in .* that can be read, expected at least 2/,
  ],
};
for (const [name, [classes, message]] of Object.entries(REFUSED)) {
  testWithFolder(`loadFolder() refuses ${name}`, async (folder) => {
    await write(folder, classes);
    const error = await assertRejects(() => loadFolder(folder, {}), UserError);
    assertMatch(error.message, message);
  });
}

testWithFolder("loadFolder() stops when it is asked to", async (folder) => {
  await write(folder, { 1: drawn(1, 2) });
  await assertRejects(() => loadFolder(folder, { signal: AbortSignal.abort() }), DOMException);
});

testWithFolder("loadDataset() takes a folder by its path", async (folder) => {
  await write(folder, { 1: drawn(1, 2), x: drawn(2, 2) });
  const data = await loadDataset(folder, { directory: "unused" });
  assertEquals(data.classes, ["1", "x"]);
  const error = await assertRejects(
    () => loadDataset(`${folder}/none`, { directory: "unused" }),
    UserError,
  );
  assert(error.message.startsWith(`There is no folder "${folder}/none", only mnist, `));
  assertMatch(error.message, /or a folder of pictures, FOLDER\/CLASS\/\*\.png$/);
  assertEquals(error.exitCode, 2);
});
