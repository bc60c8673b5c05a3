import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { gzipSync } from "fflate";
import { join, resolve } from "node:path";
import { locateFiles, readFiles } from "../../lib/data/cache.ts";
import { MNIST, type Part, PARTS, type SourceFile } from "../../lib/data/sources.ts";
import { hashOf } from "../../lib/data/verify.ts";
import { UserError } from "../../lib/errors.ts";
import {
  files,
  good,
  gzipped,
  IMAGES,
  type Mirror,
  PLAIN,
  requests,
  SIZE,
  until,
  withMirrors,
} from "./mirrors.ts";

Deno.test("readFiles() downloads once and then reads from the data folder", () =>
  withMirrors([good], async ({ read, asked, notes, list }) => {
    assertEquals(await read(), PLAIN);
    const noNetwork = () => Promise.reject(new Error("no network"));
    assertEquals(await read({ fetch: noNetwork }), PLAIN);
    assertEquals(asked.length, 4);
    assertEquals(notes, []);
    const names = PARTS.map((part) => `mnist/${files[part].name}.gz`);
    assertEquals(await list(), ["mnist/.lock", ...names].sort());
  }));

Deno.test("readFiles() reports progress", () =>
  withMirrors([good], async ({ read }) => {
    const seen: { bytes: number; total?: number }[] = [];
    await read({
      onProgress: ({ file, host, bytes, total }) => {
        assert(host.startsWith("127.0.0.1:"));
        if (file === `${IMAGES}.gz`) seen.push({ bytes, total });
      },
    });
    assertEquals(seen[0], { bytes: 0, total: SIZE });
    assertEquals(seen.at(-1), { bytes: SIZE, total: SIZE });
  }));

Deno.test("readFiles() takes a cut download up again where it broke off", () => {
  const mirror: Mirror = (file, asked, times) =>
    file.length === SIZE && times === 1
      ? until(5000, "cut", file, asked)
      : good(file, asked, times);
  return withMirrors([mirror], async ({ read, asked, notes }) => {
    assertEquals(await read(), PLAIN);
    assertEquals(requests(asked), ["0 all", "0 bytes=5000-"]);
    assertEquals(notes, []);
  });
});

Deno.test("readFiles() continues on the next mirror when one is cut twice", () => {
  const broken: Mirror = (file, asked, times) => until(5000 * times, "cut", file, asked);
  return withMirrors([broken, good], async ({ read, asked, notes }) => {
    assertEquals((await read()).trainImages, PLAIN.trainImages);
    assertEquals(requests(asked), ["0 all", "0 bytes=5000-", "1 bytes=10000-"]);
    assertStringIncludes(notes[0], `the connection was cut after 10000 of ${SIZE} bytes`);
  });
});

Deno.test("readFiles() takes a silent mirror for a cut one", () => {
  const mirror: Mirror = (file, asked, times) =>
    file.length === SIZE && times === 1
      ? until(5000, "silent", file, asked)
      : good(file, asked, times);
  return withMirrors([mirror], async ({ read, asked }) => {
    assertEquals(await read({ idleTimeoutMs: 2000 }), PLAIN);
    assertEquals(requests(asked), ["0 all", "0 bytes=5000-"]);
  });
});

Deno.test("readFiles() leaves a mirror that never answers", () =>
  withMirrors([good, good], async ({ read, source, notes }) => {
    // As fetch() does where packets are dropped: nothing, until the signal says stop.
    const dead: typeof fetch = (url, init) => {
      if (!String(url).startsWith(source.mirrors[0])) return fetch(url, init);
      return new Promise((_, reject) => {
        const signal = init!.signal!;
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    };
    assertEquals(await read({ fetch: dead, idleTimeoutMs: 2000 }), PLAIN);
    assertEquals(notes.length, 1);
    assertStringIncludes(notes[0], "no data for 2 s");
  }));

Deno.test("readFiles() continues a download that an earlier run began", () =>
  withMirrors([good], async ({ read, put, asked, list }) => {
    await put(`mnist/${IMAGES}.gz.part`, gzipped.trainImages.subarray(0, 777));
    const progress: number[] = [];
    assertEquals(await read({ onProgress: ({ bytes }) => progress.push(bytes) }), PLAIN);
    assertEquals(requests(asked), ["0 bytes=777-"]);
    assertEquals(progress[0], 777);
    assert(!(await list()).some((name) => name.endsWith(".part")));
  }));

Deno.test("readFiles() takes a download that was complete but not yet renamed", () =>
  withMirrors([good], async ({ read, put, asked }) => {
    await put(`mnist/${IMAGES}.gz.part`, gzipped.trainImages);
    assertEquals(await read(), PLAIN);
    assertEquals(requests(asked), [`0 bytes=${SIZE}-`]);
  }));

Deno.test("readFiles() starts again where the partial file is longer than the whole", () =>
  withMirrors([good], async ({ read, put, asked }) => {
    await put(`mnist/${IMAGES}.gz.part`, new Uint8Array(SIZE + 1));
    assertEquals(await read(), PLAIN);
    assertEquals(requests(asked), [`0 bytes=${SIZE + 1}-`, "0 all"]);
  }));

Deno.test("readFiles() starts again where the partial file is of other bytes", () =>
  withMirrors([good], async ({ read, put, asked, notes }) => {
    await put(`mnist/${IMAGES}.gz.part`, new Uint8Array(777));
    assertEquals(await read(), PLAIN);
    assertEquals(requests(asked), ["0 bytes=777-", "0 all"]);
    assertEquals(notes, []);
  }));

Deno.test("readFiles() starts again where the server ignores the range", () => {
  const ignorant: Mirror = (file) => new Response(file);
  return withMirrors([ignorant], async ({ read, put, asked }) => {
    await put(`mnist/${IMAGES}.gz.part`, gzipped.trainImages.subarray(0, 777));
    assertEquals(await read(), PLAIN);
    assertEquals(requests(asked), ["0 bytes=777-"]);
  });
});

Deno.test("readFiles() starts again where the server sends another range", () => {
  const confused: Mirror = (file, asked) =>
    asked.range === null ? new Response(file) : good(file, { ...asked, range: "bytes=9-" }, 1);
  return withMirrors([confused], async ({ read, put, asked }) => {
    await put(`mnist/${IMAGES}.gz.part`, gzipped.trainImages.subarray(0, 777));
    assertEquals(await read(), PLAIN);
    assertEquals(requests(asked), ["0 bytes=777-", "0 all"]);
  });
});

Deno.test("readFiles() goes on to the next mirror for every kind of wrong answer", () => {
  const bad: Mirror[] = [
    () => new Response("gone", { status: 404 }),
    () => new Response("<html>Sign in</html>", { headers: { "content-type": "text/html" } }),
    () => new Response("<!doctype html><title>Sign in</title>"),
    (file) => new Response(file.slice(0, -9)),
    (file) => new Response(file.map((byte, i) => i === 5000 ? byte ^ 1 : byte)),
    () => new Response("something else"),
  ];
  return withMirrors([...bad, good], async ({ read, asked, notes, list }) => {
    assertEquals((await read()).trainImages, PLAIN.trainImages);
    assertEquals(requests(asked), bad.map((_, i) => `${i} all`).concat("6 all"));
    const reasons = [
      "answered 404 Not Found",
      "answered with an HTML page instead of a file",
      "it is an HTML page",
      `its ${SIZE - 9} bytes of gzip are damaged or cut short`,
      `its ${SIZE} bytes of gzip are damaged or cut short`,
      `its SHA-256, decompressed, is ${await hashOf(
        new TextEncoder().encode("something else"),
      )}, ` +
      `expected ${files.trainImages.sha256}`,
    ];
    reasons.forEach((reason, i) => {
      assert(notes[i].startsWith(`No ${IMAGES}.gz from 127.0.0.1:`));
      assert(notes[i].endsWith(`: ${reason}`), notes[i]);
    });
    assert(!(await list()).some((name) => name.endsWith(".part")));
  });
});

Deno.test("readFiles() asks the mirror that worked first from then on", () =>
  withMirrors([() => new Response("", { status: 503 }), good], async ({ read, asked }) => {
    assertEquals(await read(), PLAIN);
    assertEquals(asked.map(({ mirror }) => mirror), [0, 1, 1, 1, 1]);
  }));

Deno.test("readFiles() follows redirects", () => {
  const moved: Mirror = (_, { file }) =>
    new Response(null, { status: 302, headers: { location: `/1/${file}` } });
  return withMirrors([moved, good], async ({ read, asked, notes }) => {
    assertEquals(await read(), PLAIN);
    assertEquals(requests(asked), ["0 all", "1 all"]);
    assertEquals(notes, []);
  });
});

Deno.test("readFiles() takes files that a server has decompressed on the way", () => {
  const helpful: Mirror = (file) =>
    new Response(PLAIN[PARTS.find((part) => gzipped[part] === file)!]);
  return withMirrors([helpful], async ({ read }) => {
    assertEquals(await read(), PLAIN);
    assertEquals(await read({ fetch: () => Promise.reject(new Error("no network")) }), PLAIN);
  });
});

Deno.test("readFiles() lists every mirror and what to do when all fail", () => {
  const gone: Mirror = () => new Response("", { status: 404 });
  const busy: Mirror = () => new Response("", { status: 503 });
  return withMirrors([gone, busy], async ({ source, directory, read }) => {
    const error = await assertRejects(read, UserError);
    const { host } = new URL(source.mirrors[0]);
    assertEquals(
      error.message,
      `Cannot download train-images-idx3-ubyte.gz of MNIST:
  ${host}: answered 404 Not Found
  ${host}: answered 503 Service Unavailable
Either put these files, plain or as .gz, into ${join(directory, "mnist")} and run again:
  train-images-idx3-ubyte
  train-labels-idx1-ubyte
  t10k-images-idx3-ubyte
  t10k-labels-idx1-ubyte
or use --dataset synthetic, which needs neither files nor a network`,
    );
    assertEquals(error.exitCode, 1);
  });
});

Deno.test("readFiles() says why a mirror cannot be reached", () =>
  withMirrors([good], async ({ source, directory }) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const closed = { ...source, mirrors: [`http://127.0.0.1:${port}/`] };
    const error = await assertRejects(() => readFiles(closed, { directory }), UserError);
    assertStringIncludes(error.message, `  127.0.0.1:${port}: client error (Connect): `);
  }));

Deno.test("readFiles() downloads each file once when two ask at the same time", () =>
  withMirrors([good], async ({ read, asked, notes, list }) => {
    const both = await Promise.all([read(), read()]);
    assertEquals(both, [PLAIN, PLAIN]);
    assertEquals(asked.length, 4);
    assertEquals(notes.length, 1);
    assert(notes[0].startsWith("Waiting for another process that downloads into "));
    assert(!(await list()).some((name) => name.endsWith(".part")));
  }));

Deno.test("readFiles() stops when aborted and continues in the next run", () => {
  const slow: Mirror = (file, asked, times) =>
    times === 1 ? until(5000, "silent", file, asked) : good(file, asked, times);
  return withMirrors([slow], async ({ read, asked, list }) => {
    const ctrlC = new AbortController();
    const reason = new Error("Ctrl-C");
    const error = await assertRejects(() =>
      read({
        signal: ctrlC.signal,
        onProgress: ({ bytes }) => bytes === 5000 && ctrlC.abort(reason),
      })
    );
    assertEquals(error, reason);
    assertEquals(await list(), ["mnist/.lock", `mnist/${IMAGES}.gz.part`]);

    assertEquals((await read()).trainImages, PLAIN.trainImages);
    assertEquals(requests(asked), ["0 all", "0 bytes=5000-"]);
  });
});

Deno.test("readFiles() can be aborted while it waits for another process", () =>
  withMirrors([good], async ({ read, put, asked, directory }) => {
    await put("mnist/.lock", new Uint8Array());
    using other = await Deno.open(`${directory}/mnist/.lock`, { write: true });
    await other.lock(true);
    const ctrlC = new AbortController();
    const reason = new Error("Ctrl-C");
    const waiting = read({ signal: ctrlC.signal, onNote: () => ctrlC.abort(reason) });
    assertEquals(await assertRejects(() => waiting), reason);
    assertEquals(asked, []);
  }));

for (
  const [where, path] of [
    ["plain in the data folder", (name: string) => name],
    ["compressed in the data folder", (name: string) => `${name}.gz`],
    ["plain in the set's own folder", (name: string) => `mnist/${name}`],
    ["compressed in the set's own folder", (name: string) => `mnist/${name}.gz`],
    ["plain where torchvision puts them", (name: string) => `MNIST/raw/${name}`],
    ["compressed where torchvision puts them", (name: string) => `MNIST/raw/${name}.gz`],
  ] as const
) {
  Deno.test(`readFiles() finds files ${where}`, () =>
    withMirrors([], async ({ read, put }) => {
      for (const part of PARTS) {
        const file = path(files[part].name);
        await put(file, file.endsWith(".gz") ? gzipped[part] : PLAIN[part]);
      }
      assertEquals(await read(), PLAIN);
    }));
}

// As published, where only the SHA-256 of that is known.
const asPublished = {} as Record<Part, SourceFile>;
for (const part of PARTS) {
  const sha256 = await hashOf(gzipped[part]);
  asPublished[part] = { ...files[part], sha256, isHashedAsGzip: true };
}

Deno.test("readFiles() checks a file as published where only that hash is known", () => {
  // The same compressed otherwise, and what is no gzip at all.
  const bad: Mirror[] = [() => new Response(repacked), () => new Response(PLAIN.trainImages)];
  return withMirrors([...bad, good], async ({ read, notes, put, asked }) => {
    await put(`mnist/${IMAGES}`, PLAIN.trainImages); // nobody can say whether it is right
    assertEquals(await read(), PLAIN);
    assertEquals(requests(asked), ["0 all", "1 all", "2 all"]);
    assertEquals(notes.length, 2);
    const reason = "its SHA-256, compressed as it is, is ";
    for (const note of notes) assertStringIncludes(note, reason);
    assertEquals(await read({ fetch: () => Promise.reject(new Error("no network")) }), PLAIN);
  }, { source: { files: asPublished } });
});

const repacked = gzipSync(PLAIN.trainImages, { level: 1 });

Deno.test("locateFiles() goes by names, and passes over folders", () =>
  withMirrors([], async ({ source, directory, put }) => {
    const places = () => locateFiles(source, { directory });
    assertEquals(places(), {});
    await put(`${IMAGES}/notes.txt`, new Uint8Array());
    await put(`MNIST/raw/${files.testLabels.name}.gz`, new Uint8Array());
    assertEquals(places(), {
      testLabels: join(directory, `MNIST/raw/${files.testLabels.name}.gz`),
    });
    await put(`mnist/${IMAGES}.gz`, new Uint8Array());
    assertEquals(Object.keys(places()), ["trainImages", "testLabels"]);
  }));

Deno.test("readFiles() goes by the content, not by the ending .gz", () =>
  withMirrors([], async ({ read, put }) => {
    for (const part of PARTS) await put(`${files[part].name}.gz`, PLAIN[part]);
    assertEquals(await read(), PLAIN);
  }));

Deno.test("readFiles() passes over folders named like the files", () =>
  withMirrors([good], async ({ read, put }) => {
    await put(`${IMAGES}/${IMAGES}`, PLAIN.trainImages);
    assertEquals(await read(), PLAIN);
  }));

Deno.test("readFiles() refuses a wrong file of the user's, and leaves it alone", () =>
  withMirrors([good], async ({ read, put, directory, list, asked }) => {
    const wrong = PLAIN.trainImages.slice(0, -1);
    await put(IMAGES, wrong);
    const error = await assertRejects(read, UserError);
    assertEquals(
      error.message,
      `${join(directory, IMAGES)} is not the file of MNIST: its SHA-256, decompressed, is ` +
        `${await hashOf(wrong)}, expected ${files.trainImages.sha256}. ` +
        "Delete it or move it away and run again, then it is downloaded",
    );
    assertEquals(await list(), [IMAGES]);
    assertEquals(asked, []);
  }));

Deno.test("readFiles() uses a right file even where another folder has a wrong one", () =>
  withMirrors([good], async ({ read, put, asked }) => {
    await put(`mnist/${IMAGES}`, PLAIN.trainImages.slice(0, -1));
    await put(IMAGES, PLAIN.trainImages);
    assertEquals(await read(), PLAIN);
    assertEquals(requests(asked), []);
  }));

Deno.test("readFiles() fetches a damaged download anew", () =>
  withMirrors([good], async ({ read, put, directory, notes }) => {
    await put(`mnist/${IMAGES}.gz`, gzipped.trainImages.subarray(0, -100));
    assertEquals(await read(), PLAIN);
    assertEquals(notes, [`${join(directory, "mnist", IMAGES)}.gz is damaged and fetched anew`]);
    assertEquals(await Deno.readFile(`${directory}/mnist/${IMAGES}.gz`), gzipped.trainImages);
  }));

Deno.test("readFiles() keeps a damaged download until there is a better one", () =>
  withMirrors([() => new Response("", { status: 404 })], async ({ read, put, list }) => {
    await put(`mnist/${IMAGES}.gz`, gzipped.trainImages.subarray(0, -100));
    await assertRejects(read, UserError, "Cannot download");
    assertEquals(await list(), ["mnist/.lock", `mnist/${IMAGES}.gz`]);
  }));

Deno.test("readFiles() says when the data folder cannot be written", () =>
  withMirrors([good], async ({ source, put, directory }) => {
    await put("file", new Uint8Array());
    const error = await assertRejects(
      () => readFiles(source, { directory: `${directory}/file` }),
      UserError,
      `Cannot write ${join(directory, "file", "mnist")}: `,
    );
    assertStringIncludes(
      error.message,
      "or choose another data folder with --data DIR or DIGITS_DATA",
    );
  }));

Deno.test({
  name: "readFiles() says when writing is not permitted",
  permissions: { read: true, write: false },
  fn: async () => {
    const directory = "/nonexistent-folder-of-a-test";
    await assertRejects(
      () => readFiles({ ...MNIST, files }, { directory }),
      UserError,
      `Cannot write ${resolve(directory, "mnist")}: Requires write access to `,
    );
  },
});

Deno.test({
  name: "readFiles() says when reading is not permitted",
  permissions: { read: false },
  fn: async () => {
    await assertRejects(
      () => readFiles({ ...MNIST, files }, { directory: "data" }),
      UserError,
      "Requires read access to ",
    );
  },
});

Deno.test({
  name: "readFiles() says when the network is not permitted",
  permissions: { read: true, write: true, net: false },
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "digits-" });
    try {
      const error = await assertRejects(
        () => readFiles({ ...MNIST, files }, { directory }),
        UserError,
      );
      for (const mirror of MNIST.mirrors) {
        const { host } = new URL(mirror);
        assertStringIncludes(error.message, `  ${host}: Requires net access to "${host}`);
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
