// Data sets that are published as one archive of much more.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Zip, ZipDeflate, ZipPassThrough, zipSync } from "fflate";
import { PARTS } from "../../lib/data/sources.ts";
import { UserError } from "../../lib/errors.ts";
import { ARCHIVE, archived, contents, noise } from "./archives.ts";
import { files, good, gzipped, type Mirror, PLAIN, until, withMirrors } from "./mirrors.ts";

const UNPACKED = PARTS.map((part) => `emnist-digits/${files[part].name}.gz`).sort();
const noNetwork = () => Promise.reject(new Error("no network"));

/** Writes an archive as a stream: sizes are behind each file, not before it. */
function streamed(): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    chunks.push(chunk);
  });
  for (const [i, [name, bytes]] of Object.entries(contents()).entries()) {
    const file = i % 2 === 0 ? new ZipPassThrough(name) : new ZipDeflate(name);
    zip.add(file);
    file.push(bytes, true);
  }
  zip.end();
  return concat(chunks);
}

function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

for (
  const [kind, zip] of [
    ["compressed", zipSync(contents())],
    ["stored", zipSync(contents(), { level: 0 })],
    ["written as a stream", streamed()],
    ["with a comment at its end", withComment(zipSync(contents()))],
  ] as const
) {
  Deno.test(`readFiles() unpacks what it wants of an archive, ${kind}`, async () =>
    withMirrors([good], async ({ read, asked, notes, list }) => {
      assertEquals(await read(), PLAIN);
      assertEquals(await list(), ["emnist-digits/.lock", ...UNPACKED]);
      assertEquals(await read({ fetch: noNetwork }), PLAIN);
      assertEquals([asked.length, notes], [1, []]);
    }, await archived(zip)));
}

/** One that looks like the archive's end itself. */
function withComment(zip: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const comment = new TextEncoder().encode(
    "PK\x05\x06 is how an archive's directory ends: this one",
  );
  const bytes = concat([zip, comment]);
  new DataView(bytes.buffer).setUint16(zip.length - 2, comment.length, true);
  return bytes;
}

Deno.test("readFiles() takes an archive up again where the connection was cut", async () => {
  const mirror: Mirror = (file, asked, times) =>
    times === 1 ? until(5000, "cut", file, asked) : good(file, asked, times);
  await withMirrors([mirror], async ({ read, asked, notes }) => {
    assertEquals(await read(), PLAIN);
    assertEquals(asked.map(({ range }) => range), [null, "bytes=5000-"]);
    assertEquals(notes, []);
  }, await archived());
});

Deno.test("readFiles() goes on with an archive as long as each attempt brings much", async () => {
  const zip = zipSync({ ...contents(), "large.gz": noise(3_600_000) }, { level: 0 });
  const mirror: Mirror = (file, asked, times) =>
    times <= 3 ? until(1_100_000 * times, "cut", file, asked) : good(file, asked, times);
  await withMirrors([mirror], async ({ read, asked }) => {
    assertEquals(await read(), PLAIN);
    assertEquals(asked.length, 4);
  }, await archived(zip));
});

Deno.test("readFiles() unpacks an archive that an earlier run has downloaded, without asking", async () => {
  const published = await archived();
  await withMirrors([], async ({ read, put, list }) => {
    await put(`emnist-digits/${ARCHIVE}.part`, published.served![ARCHIVE]);
    // Two files were unpacked, and a third one was not done with.
    await put(`emnist-digits/${files.trainImages.name}.gz`, gzipped.trainImages);
    await put(`emnist-digits/${files.trainLabels.name}.gz`, gzipped.trainLabels);
    await put(`emnist-digits/${files.testImages.name}.gz.part`, Uint8Array.of(1, 2, 3));
    assertEquals(await read({ fetch: noNetwork }), PLAIN);
    assertEquals(await list(), ["emnist-digits/.lock", ...UNPACKED]);
  }, published);
});

Deno.test("readFiles() deletes an archive of which all was unpacked", async () => {
  const published = await archived();
  await withMirrors([], async ({ read, put, list }) => {
    for (const part of PARTS) await put(`emnist-digits/${files[part].name}.gz`, gzipped[part]);
    await put(`emnist-digits/${ARCHIVE}.part`, published.served![ARCHIVE]);
    assertEquals(await read(), PLAIN);
    assertEquals(await list(), ["emnist-digits/.lock", ...UNPACKED]);
  }, published);
});

Deno.test("readFiles() downloads an archive once when two ask at the same time", async () =>
  withMirrors([good], async ({ read, asked, list }) => {
    assertEquals(await Promise.all([read(), read()]), [PLAIN, PLAIN]);
    assertEquals(asked.length, 1);
    assertEquals(await list(), ["emnist-digits/.lock", ...UNPACKED]);
  }, await archived()));

for (const folder of ["emnist-digits", "EMNIST/raw"]) {
  Deno.test(`readFiles() unpacks the user's archive in ${folder}, and leaves it there`, async () =>
    withMirrors([], async ({ read, put, list }) => {
      // Packed by somebody else: another file, and the same in it.
      await put(`${folder}/${ARCHIVE}`, zipSync(contents(), { level: 1 }));
      assertEquals(await read({ fetch: noNetwork }), PLAIN);
      const expected = ["emnist-digits/.lock", ...UNPACKED, `${folder}/${ARCHIVE}`];
      assertEquals(await list(), expected.sort());
    }, await archived()));
}

const wrong = zipSync(contents({ ...gzipped, testImages: gzipped.trainImages }));
const whole = zipSync(contents());

for (
  const [kind, zip, problem] of [
    [
      "lacks a file",
      zipSync({ "gzip/a": noise(9) }),
      "there is no gzip/train-images-idx3-ubyte.gz",
    ],
    ["has another file", wrong, `of its ${files.testImages.name}.gz, its SHA-256`],
    ["is cut short", whole.subarray(0, -30_000), "End of central directory not found"],
    [
      "is an HTML page",
      new TextEncoder().encode("<!doctype html>"),
      "File format is not recognized",
    ],
    ["is empty", new Uint8Array(), "File format is not recognized"],
    ["has a damaged directory", damagedAt(-100), "Central directory header not found"],
    ["has a damaged file", damagedAt(60_000), "Invalid CRC32"],
  ] as const
) {
  Deno.test(`readFiles() refuses the user's archive that ${kind}, and leaves it alone`, async () =>
    withMirrors([good], async ({ read, put, list, asked, directory }) => {
      await put(`emnist-digits/${ARCHIVE}`, zip);
      const { message } = await assertRejects(read, UserError);
      const path = `${directory}/emnist-digits/${ARCHIVE}`;
      assertStringIncludes(message, `${path} is not the archive of EMNIST Digits: ${problem}`);
      assertStringIncludes(message, "Delete it or move it away and run again");
      const rest = await list();
      assert(rest.includes(`emnist-digits/${ARCHIVE}`));
      assert(!rest.some((name) => name.endsWith(".part")), String(rest));
      assertEquals(asked, []);
    }, await archived()));
}

function damagedAt(at: number): Uint8Array {
  const bytes = zipSync(contents(), { level: 0 });
  bytes.fill(0x55, at < 0 ? bytes.length + at : at, at < 0 ? bytes.length + at + 40 : at + 40);
  return bytes;
}

Deno.test("readFiles() goes on to the next mirror for every kind of wrong archive", async () => {
  const other = new Uint8Array(whole.length);
  const endless = () =>
    new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(2 ** 16)) }),
    );
  const bad: Mirror[] = [
    () => new Response("gone", { status: 404 }),
    () => new Response("<html>Sign in</html>", { headers: { "content-type": "text/html" } }),
    () => new Response("<!doctype html><title>Sign in</title>"),
    (file) => new Response(file.slice(0, -9)),
    (file) => new Response(concat([file, other])),
    endless,
    () => new Response(other),
  ];
  await withMirrors([...bad, good], async ({ read, notes, put, list, asked }) => {
    await put(`emnist-digits/${ARCHIVE}.part`, whole.subarray(0, 777));
    assertEquals(await read(), PLAIN);
    const size = whole.length;
    const reasons = [
      "answered 404 Not Found",
      "answered with an HTML page instead of a file",
      `has a file of 37 bytes, expected ${size}`,
      `has a file of ${size - 9} bytes, expected ${size}`,
      `has a file of ${2 * size} bytes, expected ${size}`,
      `sends more than the ${size} bytes expected`,
      "its SHA-256 is ",
    ];
    reasons.forEach((reason, i) => assertStringIncludes(notes[i], reason));
    assertEquals(notes.length, reasons.length);
    // What had come was kept for as long as nobody sent another beginning.
    assertEquals(asked.slice(0, 6).map(({ range }) => range), Array(6).fill("bytes=777-"));
    assertEquals(await list(), ["emnist-digits/.lock", ...UNPACKED]);
  }, await archived(whole));
});

Deno.test("readFiles() does not take a mirror for dead that sends a little now and then", async () => {
  const idleTimeoutMs = 1500;
  const dripping: Mirror = (file) => {
    let at = 0;
    const drip = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      await new Promise((go) => setTimeout(go, 100));
      const end = at < 20 ? at + 1 : file.length; // for longer than it may be silent
      controller.enqueue(file.slice(at, end));
      at = end;
      if (at === file.length) controller.close();
    };
    return new Response(new ReadableStream({ pull: drip }, { highWaterMark: 0 }));
  };
  await withMirrors([dripping], async ({ read, notes, asked }) => {
    assertEquals(await read({ idleTimeoutMs }), PLAIN);
    assertEquals([notes, asked.length], [[], 1]);
  }, await archived());
});

Deno.test("readFiles() says what to do where an archive cannot be had", async () =>
  withMirrors([() => new Response("", { status: 503 })], async ({ read, directory }) => {
    const { message } = await assertRejects(read, UserError);
    assertStringIncludes(message, `Cannot download ${ARCHIVE} of EMNIST Digits:\n  127.0.0.1:`);
    assertStringIncludes(
      message,
      `Either put ${ARCHIVE} or these files, plain or as .gz, into ${directory}/emnist-digits`,
    );
  }, await archived()));
