/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
// A worker that reads pictures: it is told how first, and answers each picture with what came of it.

import type { Job, Outcome, Reader, Settings } from "./reader.ts";

let reader: Promise<Reader>;
/** Jobs take turns: one picture at a time is what memory has to hold. */
let last = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Settings>) => {
  reader = open(data);
  reader.catch(() => {}); // each job will say so
  self.onmessage = ({ data }: MessageEvent<Job>) => {
    last = last.then(async () => self.postMessage(await answer(data)));
  };
};

async function open(settings: Settings): Promise<Reader> {
  // Not before: they wait for WebAssembly, and meanwhile nobody would hear what this is told.
  const { openSimd } = await import("../backend/simd/simd.ts");
  const { Reader } = await import("./reader.ts");
  return new Reader(await openSimd({ threads: 1 }), settings);
}

async function answer(job: Job): Promise<Outcome> {
  try {
    return await (await reader).read(job);
  } catch (error) {
    return { error: `A thread to read pictures did not start: ${(error as Error).message}` };
  }
}
