// Any number of pictures, by the main thread alone or by workers on all cores.

import type { Backend } from "../backend/backend.ts";
import { ownUrl } from "../own.ts";
import { type Job, type Outcome, Reader, type Settings } from "./reader.ts";

/**
 * Workers are started once the main thread has read for this long, and would have to for as long
 * again: about what it takes, on two cores, to start them and have the engine compile in each what
 * it has compiled here.
 */
const WORTH_WORKERS_MS = 100;

export interface BatchOptions {
  backend: Backend;
  settings: Settings;
  /** The most workers that may be started. */
  threads: number;
  /** How long the main thread reads alone, at least, in place of {@linkcode WORTH_WORKERS_MS}. */
  worthWorkersMs?: number;
}

/** Reads pictures; gives what came of each in the pictures' order. */
export async function* readAll(
  jobs: readonly Job[],
  { backend, settings, threads, worthWorkersMs = WORTH_WORKERS_MS }: BatchOptions,
): AsyncGenerator<Outcome> {
  // The others have a device, or a single thread, that all would wait for.
  const mayShare = threads > 1 && backend.name === "simd";
  const reader = new Reader(backend, settings);
  let done = 0;
  try {
    for (let spentMs = 0; done < jobs.length; done++) {
      const leftMs = spentMs / done * (jobs.length - done);
      if (mayShare && spentMs > worthWorkersMs && leftMs > worthWorkersMs) break;
      const started = performance.now();
      const outcome = await reader.read(jobs[done]);
      spentMs += performance.now() - started;
      yield outcome;
    }
  } finally {
    reader.dispose();
  }
  if (done < jobs.length) yield* readByWorkers(jobs.slice(done), settings, threads);
}

async function* readByWorkers(
  jobs: readonly Job[],
  settings: Settings,
  threads: number,
): AsyncGenerator<Outcome> {
  const { runOnWorkers } = await import("./pool.ts");
  yield* runOnWorkers<Job, Outcome>(jobs, {
    workers: Math.min(threads, jobs.length),
    start: () => {
      const worker = new Worker(ownUrl("lib/batch/worker.ts"), { type: "module" });
      worker.postMessage(settings);
      return worker;
    },
    failed: (_, message) => ({ error: `The thread that read the picture failed: ${message}` }),
  });
}
