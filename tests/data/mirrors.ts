// Mirrors on this machine for tests of the cache: they serve a small data set of noise, well or in
// one of the ways in which real ones fail.

import { readFiles } from "../../lib/data/cache.ts";
import type { FetchOptions } from "../../lib/data/mirrors.ts";
import { encodeImages, encodeLabels } from "../../lib/data/idx.ts";
import { MNIST, type Part, PARTS, type Source } from "../../lib/data/sources.ts";
import { hashOf } from "../../lib/data/verify.ts";
import { Random } from "../../lib/random.ts";

// Noise, because it does not compress: the file is on its way long enough to be cut.
const random = new Random(1);
const noise = Uint8Array.from({ length: 100 * 28 * 28 }, () => random.integer(256));
/** What the files hold. */
export const PLAIN: Record<Part, Uint8Array<ArrayBuffer>> = {
  trainImages: encodeImages({ count: 100, rows: 28, columns: 28, pixels: noise }),
  trainLabels: encodeLabels(noise.slice(0, 100).map((value) => value % 10)),
  testImages: encodeImages({ count: 1, rows: 28, columns: 28, pixels: noise.slice(0, 784) }),
  testLabels: encodeLabels(Uint8Array.of(3)),
};
/** Their names and hashes. */
export const files = {} as Record<Part, { name: string; sha256: string }>;
/** What the mirrors have. */
export const gzipped = {} as Record<Part, Uint8Array<ArrayBuffer>>;
for (const part of PARTS) {
  files[part] = { name: MNIST.files[part].name, sha256: await hashOf(PLAIN[part]) };
  gzipped[part] = await gzip(PLAIN[part]);
}
/** The first file, and the only large one. */
export const IMAGES = files.trainImages.name;
export const SIZE = gzipped.trainImages.length;

export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export interface Asked {
  mirror: number;
  file: string;
  range: string | null;
}

/** How a mirror answers; `times` counts its requests for that file from 1. */
export type Mirror = (file: Uint8Array<ArrayBuffer>, asked: Asked, times: number) => Response;

/** Answers as a good server does, with ranges. */
export const good: Mirror = (file, { range }) => {
  if (range === null) return new Response(file);
  const start = Number(range.match(/^bytes=(\d+)-$/)![1]);
  if (start >= file.length) {
    return new Response(null, {
      status: 416,
      headers: { "content-range": `bytes */${file.length}` },
    });
  }
  return new Response(file.slice(start), {
    status: 206,
    headers: { "content-range": `bytes ${start}-${file.length - 1}/${file.length}` },
  });
};

/** How many bytes of a file the code under test has received. */
let received = 0;

/** Answers well up to byte `end` of the file, then breaks off or falls silent. */
export function until(
  end: number,
  then: "cut" | "silent",
  file: Uint8Array<ArrayBuffer>,
  asked: Asked,
): Response {
  const start = Number(asked.range?.match(/\d+/) ?? 0);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(file.slice(start, end)),
    pull: async (controller) => {
      // A connection that is reset takes with it what the other side has not read yet.
      if (then === "silent") return new Promise(() => {});
      while (received < end) await new Promise((go) => setTimeout(go, 5));
      controller.error(new Error("cut by the test"));
    },
  }, { highWaterMark: 0 });
  const { status, headers } = good(file, asked, 1);
  headers.set("content-length", String(file.length - start));
  return new Response(body, { status, headers });
}

export interface World {
  source: Source;
  directory: string;
  /** What the mirrors were asked for. */
  asked: Asked[];
  notes: string[];
  read: (options?: Partial<FetchOptions>) => Promise<Record<Part, Uint8Array>>;
  /** Puts a file into the data folder. */
  put: (path: string, bytes: Uint8Array) => Promise<void>;
  /** The names of all files below the data folder. */
  list: () => Promise<string[]>;
}

/** What is published, where it is not the four files of MNIST's names. */
export interface Published {
  source: Partial<Source>;
  /** What the mirrors have, by its name there. */
  served?: Record<string, Uint8Array<ArrayBuffer>>;
}

const SERVED = Object.fromEntries(PARTS.map((part) => [`${files[part].name}.gz`, gzipped[part]]));

/** Runs `body` with an empty data folder and mirrors on this machine. */
export async function withMirrors(
  mirrors: Mirror[],
  body: (world: World) => Promise<void>,
  { source: published = {}, served = SERVED }: Partial<Published> = {},
) {
  const asked: Asked[] = [];
  const notes: string[] = [];
  const stop = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: stop.signal,
    onListen: () => {},
    onError: () => new Response("broken by the test", { status: 500 }),
  }, (request) => {
    const [, mirror, file] = new URL(request.url).pathname.split("/");
    const entry = { mirror: Number(mirror), file, range: request.headers.get("range") };
    asked.push(entry);
    const times = asked.filter((a) => a.mirror === entry.mirror && a.file === file).length;
    return mirrors[entry.mirror](served[file], entry, times);
  });
  const directory = await Deno.makeTempDir({ prefix: "digits-" });
  const source: Source = {
    ...MNIST,
    files,
    ...published,
    mirrors: mirrors.map((_, i) => `http://127.0.0.1:${server.addr.port}/${i}/`),
  };
  try {
    await body({
      source,
      directory,
      asked,
      notes,
      read: (options) =>
        readFiles(source, {
          directory,
          onNote: (note) => notes.push(note),
          ...options,
          onProgress: (progress) => {
            received = progress.bytes;
            options?.onProgress?.(progress);
          },
        }),
      put: async (path, bytes) => {
        const folder = `${directory}/${path}`.replace(/\/[^/]*$/, "");
        await Deno.mkdir(folder, { recursive: true });
        await Deno.writeFile(`${directory}/${path}`, bytes);
      },
      list: () => list(directory),
    });
  } finally {
    stop.abort();
    await server.finished;
    await Deno.remove(directory, { recursive: true });
  }
}

async function list(directory: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (entry.isFile) names.push(entry.name);
    else {
      const below = await list(`${directory}/${entry.name}`);
      names.push(...below.map((name) => `${entry.name}/${name}`));
    }
  }
  return names.sort();
}

/** The requests for the first file, as "mirror range". */
export function requests(asked: Asked[]): string[] {
  return asked.filter(({ file }) => file === `${IMAGES}.gz`)
    .map(({ mirror, range }) => `${mirror} ${range ?? "all"}`);
}
