// Puts load on a server, as a process of its own: load.ts load CONFIG, then a line on stdin for each
// turn. Every connection stays open and sends its next request once the last one is answered, so
// that the load is what the server can bear; every answer is compared with the right one. It runs
// without the project's deno.json and with the lock file beside it; the package is only imported
// when it runs. autocannon 9.0.0, of September 2026, is MIT.

import { Buffer } from "node:buffer";
import { answer, requests } from "../answers.ts";
import { percentile } from "../serving_figures.ts";

export interface LoadConfig {
  /** `npm:autocannon@9.0.0` */
  package: string;
}

/** Pictures to be sent in turn. Without connections they are sent once, and the answers given. */
export interface LoadRequest {
  url: string;
  /** PNG. */
  files: string[];
  connections?: number;
  seconds?: number;
  /** The right answer to each file. */
  expected?: string[];
}

/** What came of a turn. Times are from sending a request to having its answer. */
export interface Load {
  answers: number;
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** Answers that are not the right ones, and requests without any. */
  failed: number;
}

/** The part of autocannon that is used here. */
type Autocannon = (options: {
  url: string;
  connections: number;
  duration: number;
  /** How often it looks whether the time is over, in ms. */
  sampleInt: number;
  requests: {
    method: string;
    headers: Record<string, string>;
    body: Buffer;
    onResponse: (status: number, body: string) => void;
  }[];
}) => PromiseLike<{ errors: number }> & {
  on(
    event: "response",
    listener: (client: unknown, status: number, bytes: number, milliseconds: number) => void,
  ): void;
};

const PNG = { "content-type": "image/png" };

const config: LoadConfig = JSON.parse(Deno.args[1]);
const { default: autocannon }: { default: Autocannon } = await import(config.package);

async function ask({ url, files }: LoadRequest): Promise<string[]> {
  const answers: string[] = [];
  for (const file of files) {
    const body = await Deno.readFile(file);
    const response = await fetch(url, { method: "POST", headers: PNG, body });
    answers.push(await response.text());
  }
  return answers;
}

async function load(
  { url, files, connections, seconds, expected }: Required<LoadRequest>,
): Promise<Load> {
  const bodies = await Promise.all(files.map((file) => Deno.readFile(file)));
  const times: number[] = [];
  let wrong = 0;
  const started = performance.now();
  let last = started;
  const run = autocannon({
    url,
    connections,
    duration: seconds,
    sampleInt: 50,
    requests: bodies.map((body, i) => ({
      method: "POST",
      headers: PNG,
      body: Buffer.from(body),
      onResponse: (status, text) => {
        if (status !== 200 || text !== expected[i]) wrong++;
      },
    })),
  });
  run.on("response", (_client, _status, _bytes, milliseconds) => {
    times.push(milliseconds);
    last = performance.now();
  });
  const { errors } = await run;
  const sorted = Float64Array.from(times).sort();
  return {
    answers: times.length,
    perSecond: 1000 * times.length / (last - started),
    p50Ms: percentile(sorted, 50),
    p95Ms: percentile(sorted, 95),
    p99Ms: percentile(sorted, 99),
    failed: wrong + errors,
  };
}

answer({ detail: config.package });
for await (const request of requests<LoadRequest>()) {
  answer(
    request.connections === undefined
      ? await ask(request)
      : await load(request as Required<LoadRequest>),
  );
}
