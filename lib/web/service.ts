// Everything that the server needs, from the files it serves to the threads that read.

import { areDigits } from "../data/classes.ts";
import { UserError } from "../errors.ts";
import { ownFolder } from "../files.ts";
import { DEFAULT_MODEL, REJECT_MODEL } from "../model/format.ts";
import { loadModel } from "../model/store.ts";
import { ownUrl, PROGRAM } from "../own.ts";
import { VERSION } from "../versions.ts";
import { createApp, type Limits } from "./app.ts";
import type { Setup } from "./job.ts";
import { Metrics } from "./metrics.ts";
import { loadModels } from "./models.ts";
import { Readers, type ReadersOptions } from "./readers.ts";
import { readSite } from "./site.ts";

export interface ServiceOptions {
  /** The model that reads where a request names none; the program's default unless given. */
  model?: string;
  /** The folder of models; the program's own unless given. */
  models?: string;
  /** The folder of the built page; the program's own unless given. */
  page?: string;
  /** Threads that read. */
  threads: number;
  /** Hears of errors that nobody foresaw. */
  onError: (error: Error) => void;
  /** In place of {@linkcode LIMITS}. */
  limits?: Partial<ServiceLimits>;
}

type ServiceLimits = Limits & Pick<ReadersOptions, "mostWaiting" | "patienceMs">;

/** What keeps clients from taking more than their share. */
export const LIMITS: ServiceLimits = {
  mostBytes: 8_000_000, // phones' photos are 2 to 6 million
  mostBytesTogether: 256_000_000,
  arrivalMs: 30_000, // 2 Mbit/s for the largest
  answerMs: 60_000, // as many proxies wait
  mostWaiting: 256, // a second or two of work
  patienceMs: 30_000, // 64 megapixels in every way take a few seconds
};

export interface Service {
  /** Answers a request. */
  fetch: (request: Request) => Promise<Response>;
  /** What it answers, patterns of paths. */
  routes: readonly { method: string; path: string }[];
  readers: Readers;
  /** The model that reads where a request names none. */
  model: string;
  /** Takes no more pictures from now on, and waits until those that have come before are answered. */
  retire(): Promise<void>;
}

/** @throws {UserError} when there is no such model, or one is damaged. */
export async function openService(
  { model = DEFAULT_MODEL, models: folder, page, threads, onError, limits }: ServiceOptions,
): Promise<Service> {
  const directory = folder ?? await ownFolder("models", model);
  const [models, site] = await Promise.all([
    loadModels(directory),
    readSite(page ?? await ownFolder("dist/page", "index.html")),
  ]);
  if (!models.has(model)) {
    throw new UserError(
      `There is no model ${model} that can read in ${directory}; there are: ` +
        `${[...models.keys()].join(", ") || "none"}. Train it with: ${PROGRAM} train --model ` +
        `${model}, or name another with --model, or another folder with --models`,
    );
  }
  const readDigits = [...models.values()].some(({ model }) => areDigits(model.classes));
  const setup: Setup = {
    models: new Map(Array.from(models, ([name, { model }]) => [name, model])),
    defaultModel: model,
    reject: readDigits
      ? await loadModel(`${await ownFolder("models", REJECT_MODEL)}/${REJECT_MODEL}`)
      : undefined,
  };
  const all = { ...LIMITS, ...limits };
  const metrics: Metrics = new Metrics(() => readers.waiting);
  const readers = new Readers({
    ...all,
    threads,
    start: () => {
      const worker = new Worker(ownUrl("lib/web/worker.ts"), { type: "module" });
      worker.postMessage(setup);
      return worker;
    },
    onBatch: (pictures) => metrics.countBatch(pictures),
  });
  const app = createApp({
    readers,
    metrics,
    models,
    defaultModel: model,
    site,
    version: VERSION,
    limits: all,
    onError,
  });
  const running = new Set<Promise<Response>>();
  return {
    fetch: async (request) => {
      const answer = Promise.resolve(app.fetch(request));
      running.add(answer);
      try {
        return await answer;
      } finally {
        running.delete(answer);
      }
    },
    routes: app.routes,
    readers,
    model,
    retire: async () => {
      readers.retire();
      await Promise.all(running);
    },
  };
}
