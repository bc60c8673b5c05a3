import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { type Dataset, type DatasetOptions, loadDataset } from "../../lib/data/dataset.ts";
import type { Examples } from "../../lib/data/examples.ts";
import { loadFolder } from "../../lib/data/folder.ts";
import { parseImages, parseLabels } from "../../lib/data/idx.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { UserError } from "../../lib/errors.ts";
import { normalise } from "../../lib/image/normalise.ts";
import { encodePng } from "../../lib/report/png.ts";
import { VERSION } from "../../lib/versions.ts";
import { FIVE, paint, pen } from "../image/draw.ts";
import { encodeBmp, encodePng as encodeAnyPng } from "../image/encode.ts";
import { namesIn, testWithFolder } from "../parts.ts";

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

/** Loads a folder; gives the notes, too. What is kept is kept in `folder/.data`. */
async function load(
  folder: string,
  options: Partial<DatasetOptions> = {},
): Promise<{ data: Dataset; notes: string[] }> {
  const notes: string[] = [];
  const data = await loadFolder(folder, {
    directory: `${folder}/.data`,
    onNote: (note) => notes.push(note),
    ...options,
  });
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
    const { data } = await load(folder, { limit: 4 });
    assertEquals(list(data.train), list(all.train).slice(0, 4));
    assertEquals([...data.train.labels], [1, 2, 1, 2]);
    assertEquals(data.test, all.test);
    assertEquals(data.files, all.files);
  },
);

testWithFolder("loadFolder() has ten classes where there are some digits", async (folder) => {
  const [twos, sevens] = [drawn(2, 2), drawn(7, 2)];
  await write(folder, { 2: twos, 7: sevens });
  const { data } = await load(folder);
  assertEquals(data.classes, [..."0123456789"]);
  assertEquals(list(data.train), expected([2, twos[0]], [7, sevens[0]]));
  assertEquals(list(data.test), expected([2, twos[1]], [7, sevens[1]]));
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
    /^Found fewer than 2 pictures that can be read of b, c in .*, remove the class, or fine-tune/,
  ],
  "a digit of one picture": [
    { 3: drawn(3, 1), 4: [], 5: drawn(5, 2) },
    /^Found fewer than 2 pictures .* of 3, 4 in .*: deno task train --from best --dataset /,
  ],
};
for (const [name, [classes, message]] of Object.entries(REFUSED)) {
  testWithFolder(`loadFolder() refuses ${name}`, async (folder) => {
    await write(folder, classes);
    const error = await assertRejects(() => load(folder), UserError);
    assertMatch(error.message, message);
  });
}

testWithFolder("loadFolder() stops when it is asked to", async (folder) => {
  await write(folder, { 1: drawn(1, 2) });
  await assertRejects(() => load(folder, { signal: AbortSignal.abort() }), DOMException);
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
  assertMatch(
    error.message,
    /or a folder of pictures, FOLDER\/CLASS\/\*\.png, or labels\.csv with the columns file,label$/,
  );
  assertEquals(error.exitCode, 2);
});

testWithFolder(
  "loadFolder() takes a model's classes where it knows all of them",
  async (folder) => {
    const [b, z] = [drawn(1, 1)[0], drawn(2, 2)];
    await write(folder, { b: [b], z });
    const { data } = await load(folder, { classes: ["z", "y", "b"] });
    assertEquals(data.classes, ["z", "y", "b"]);
    assertEquals(list(data.train), expected([2, b], [0, z[0]]));
    assertEquals(list(data.test), expected([0, z[1]]));
    const { message } = await assertRejects(
      () => load(folder, { classes: ["z", "y"] }),
      UserError,
      "Found fewer than 2 pictures that can be read of b",
    );
    assertMatch(message, /train --from best --dataset /);
  },
);

testWithFolder(
  "loadFolder() gives all pictures to measure on, though it is one",
  async (folder) => {
    const [three] = drawn(3, 1);
    await write(folder, { 3: [three], 4: [] });
    const asked: string[] = [];
    const { data } = await load(folder, { testAll: (name) => asked.push(name) > 0 });
    assertEquals(asked, [data.name]);
    assertEquals([data.train.count, list(data.test)], [0, expected([3, three])]);
    assertEquals(data.testFiles, [`${folder}/3/1.png`]);
    assertEquals(data.source, "1 pictures in a folder, all to test");
    await Deno.remove(`${folder}/3/1.png`);
    await assertRejects(
      () => load(folder, { testAll: () => true }),
      UserError,
      `Found 0 of the pictures in ${folder} that can be read, expected at least 1. Add some`,
    );
  },
);

testWithFolder("loadFolder() names ten of the files that it leaves out", async (folder) => {
  await write(folder, { 1: drawn(1, 2), 2: Array(13).fill(new Uint8Array(784)) });
  const { notes } = await load(folder, { testAll: () => true });
  assertEquals(notes.length, 12);
  assertEquals(notes[10], `${folder}/2/10.png is left out: There is nothing on the paper`);
  assertEquals(notes[11], "and 3 more are left out");
});

// Lists

/** Writes pictures into `folder/scans/` and a list of them. */
async function writeList(folder: string, text: string, list = "labels.csv"): Promise<void> {
  await write(folder, { scans: [...drawn(1, 2), ...drawn(2, 2)] });
  await Deno.writeTextFile(`${folder}/${list}`, text);
}

testWithFolder("loadFolder() reads the pictures of a list, in its order", async (folder) => {
  await writeList(
    folder,
    "\ufeffLabel;who;file\r\n" +
      '"b";"Anna; and\r\nBen";scans\\4.png\r\n' +
      "\r\n" +
      `a;;${folder}/scans/1.png\r\n` +
      "a;;scans/none.png\r\n" +
      'b;;"scans/3.png"\r\n' +
      "a;;./scans/2.png\r\n" +
      "a;;scans/2.png", // twice the same is no contradiction
  );
  const [[a1, a2], [b3, b4]] = [drawn(1, 2), drawn(2, 2)];
  for (const path of [folder, `${folder}/labels.csv`]) {
    const { data, notes } = await load(path, { directory: `${folder}/.data` });
    assertEquals([data.name, data.classes], [`${folder.split("/").at(-1)}/`, ["a", "b"]]);
    assertEquals(list(data.train), expected([0, a1], [1, b4]));
    assertEquals(list(data.test), expected([0, a2], [1, b3]));
    assertEquals(data.testFiles, [`${folder}/scans/2.png`, `${folder}/scans/3.png`]);
    assertEquals(notes.slice(1), [
      `${folder}/scans/none.png is left out: There is no such file`,
    ]);
  }
});

testWithFolder("loadDataset() takes lists by their paths, beside each other", async (folder) => {
  await writeList(folder, "file,label\nscans/1.png,1\nscans/2.png,1\n", "one.csv");
  await Deno.writeTextFile(`${folder}/two.csv`, "file,label\nscans/3.png,2\nscans/4.png,2\n");
  const name = folder.split("/").at(-1);
  const data = await loadDataset(`${folder}/one.csv+${folder}/two.csv`, { directory: folder });
  assertEquals(data.name, `${name}/one.csv+${name}/two.csv`);
  assertEquals(data.testFiles, [`${folder}/scans/2.png`, `${folder}/scans/4.png`]);
  await assertRejects(
    () => loadDataset(`${folder}/none.csv`, { directory: folder }),
    UserError,
    `There is no file "${folder}/none.csv"`,
  );
});

const WRONG_LISTS: Record<string, [text: string, message: string]> = {
  "that is empty": ["", "has to name the columns file and label, found none"],
  "without a column of labels": [
    "file,digit\n1.png,1",
    "has to name the columns file and label, found file, digit",
  ],
  "with a line without label": [
    'file,label,note\n1.png,1,"of two\nlines"\n\n2.png, ,\n',
    "Line 5 of FOLDER/labels.csv has no label",
  ],
  "with a line without file": ["file,label\n,3", "Line 2 of FOLDER/labels.csv has no file"],
  "with a comma in a name": [
    "file,label\na,b.png,1",
    "Line 2 of FOLDER/labels.csv has 3 fields, expected 2",
  ],
  "with two labels for a file": [
    "file,label\n1.png,1\n2.png,1\nx/../1.png,2",
    "Line 4 of FOLDER/labels.csv gives x/../1.png the label 2, line 2 gives it 1. Keep",
  ],
  "with a quote that does not end": [
    'file,label\n"1.png,1',
    "FOLDER/labels.csv is no CSV file: Syntax error on line 2",
  ],
  "with a heading only": ["file,label", "Found 0 classes in FOLDER"],
};
for (const [name, [text, message]] of Object.entries(WRONG_LISTS)) {
  testWithFolder(`loadFolder() refuses a list ${name}`, async (folder) => {
    await Deno.writeTextFile(`${folder}/labels.csv`, text);
    const error = await assertRejects(() => load(folder), UserError);
    assertStringIncludes(error.message, message.replace("FOLDER", folder));
  });
}

testWithFolder("loadFolder() refuses a list in another encoding", async (folder) => {
  await Deno.writeFile(`${folder}/labels.csv`, Uint8Array.of(0xff, 0xfe, 0x66, 0x00));
  await assertRejects(() => load(folder), UserError, "labels.csv is not in UTF-8");
});

// What is kept of many pictures

/** As many as are kept, the last without ink. */
async function writeMany(folder: string): Promise<void> {
  const { images, count } = DRAWN;
  const pictures = Array.from({ length: count }, (_, i) => images.slice(784 * i, 784 * (i + 1)));
  await write(folder, {
    a: pictures.slice(0, 60),
    b: [...pictures.slice(60, 119), new Uint8Array(784)],
  });
}

/** The folder where all is kept. */
async function keptIn(folder: string): Promise<string> {
  const [name, ...others] = await namesIn(`${folder}/.data/folders`);
  assertEquals(others, []);
  return `${folder}/.data/folders/${name}`;
}

testWithFolder("loadFolder() reads none of many pictures twice", async (folder) => {
  await writeMany(folder);
  const first = await load(folder);
  const kept = await keptIn(folder);
  assertMatch(kept, /\/digits-[0-9a-f]+-[0-9a-f]{8}$/);
  assertEquals(first.notes[0], `Reading 120 pictures in ${folder}`);
  const second = await load(folder);
  assertEquals(second.data, first.data);
  assertEquals(second.notes, [
    `Taking 120 pictures of ${folder} from ${kept}, as read before`,
    first.notes[1],
  ]);

  // It is a pair of files as MNIST has them.
  const { pixels, count } = parseImages(await Deno.readFile(`${kept}/images-idx3-ubyte`));
  const labels = parseLabels(await Deno.readFile(`${kept}/labels-idx1-ubyte`), { classes: 2 });
  assertEquals([count, labels.length], [119, 119]);
  assertEquals(
    list({ images: pixels, labels, count }).map(String).sort(),
    [...list(first.data.train), ...list(first.data.test)].map(String).sort(),
  );
});

testWithFolder("loadFolder() reads again what has changed, and no more", async (folder) => {
  await writeMany(folder);
  const before = (await load(folder)).data;
  const [other] = drawn(9, 1);
  await Deno.writeFile(`${folder}/a/1.png`, await encodePng(other, 28, 28));
  await Deno.utime(`${folder}/a/1.png`, 1, 1);
  await Deno.remove(`${folder}/a/60.png`);
  await Deno.copyFile(`${folder}/a/1.png`, `${folder}/b/61.png`);
  const { data, notes } = await load(folder);
  assertEquals(notes[0], `Reading 2 pictures in ${folder}`);
  assertEquals(list(data.train)[0], [0, other.toHex()]);
  assertEquals(data.train.count + data.test.count, before.train.count + before.test.count);
  const again = await load(folder);
  assertEquals(again.data, data);
  assertMatch(again.notes[0], /^Taking 120 pictures /);
});

testWithFolder("loadFolder() makes anew what is damaged", async (folder) => {
  await writeMany(folder);
  const { data, notes } = await load(folder);
  const kept = await keptIn(folder);
  const damage: Record<string, (path: string) => Promise<void>> = {
    "images-idx3-ubyte": async (path) => {
      const bytes = await Deno.readFile(path);
      bytes[2000] ^= 1;
      await Deno.writeFile(path, bytes);
    },
    "labels-idx1-ubyte": (path) => Deno.remove(path),
    "index.json": (path) => Deno.truncate(path, 1000),
  };
  for (const [name, spoil] of Object.entries(damage)) {
    await spoil(`${kept}/${name}`);
    const spoilt = await load(folder);
    assertEquals(spoilt.data, data, name);
    assert(spoilt.notes[0].startsWith(`${kept} is damaged and made anew: `), spoilt.notes[0]);
    assertEquals(spoilt.notes.slice(1), notes);
    assertMatch((await load(folder)).notes[0], /^Taking 120 pictures /);
  }
  // Another version of the program may read pictures otherwise.
  const index = await Deno.readTextFile(`${kept}/index.json`);
  await Deno.writeTextFile(`${kept}/index.json`, index.replace(VERSION, "0.0.1"));
  assertEquals((await load(folder)).notes, notes);
});

testWithFolder("loadFolder() goes on where nothing can be kept", async (folder) => {
  await writeMany(folder);
  await Deno.writeTextFile(`${folder}/file`, "");
  const { data, notes } = await load(folder, { directory: `${folder}/file` });
  assertEquals(data.train.count + data.test.count, 119);
  assertMatch(notes[1], /^What was read is not kept for the next time: /);
});

testWithFolder("loadFolder() keeps what it has read when it is stopped", async (folder) => {
  await writeMany(folder);
  const controller = new AbortController();
  const onRead = (done: number, total: number) => {
    assertEquals(total, 120);
    if (done === 70) controller.abort();
  };
  await assertRejects(() => load(folder, { onRead, signal: controller.signal }), DOMException);
  assertEquals((await load(folder)).notes[0], `Reading 49 pictures in ${folder}`);
});

testWithFolder("loadFolder() keeps nothing of few pictures", async (folder) => {
  await write(folder, { 1: drawn(1, 3) });
  await load(folder);
  assertEquals(await namesIn(folder), ["1"]);
});
