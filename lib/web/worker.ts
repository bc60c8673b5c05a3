/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
// A thread of the server that reads pictures: it is told with what first, then is given jobs, as many
// at a time as were waiting.

import type { Engine } from "./engine.ts";
import type { Answer, Job, Message, Setup } from "./job.ts";

const { promise: engine, resolve } = Promise.withResolvers<Engine>();

self.onmessage = async ({ data }: MessageEvent<Setup>) => {
  self.onmessage = ({ data }: MessageEvent<Job[]>) => answerAll(data);
  // Not before: they wait for WebAssembly, and meanwhile nobody would hear what this is told.
  const { openSimd } = await import("../backend/simd/simd.ts");
  const { Engine } = await import("./engine.ts");
  // What goes wrong here ends the thread, and whoever started it hears why.
  const opened = new Engine(await openSimd({ threads: 1 }), data);
  await opened.warmUp();
  say({ kind: "ready" });
  resolve(opened);
};

async function answerAll(jobs: readonly Job[]): Promise<void> {
  const opened = await engine;
  let answers: [index: number, answer: Answer][] = [];
  const send = () => {
    say({
      kind: "answers",
      answers,
      batches: opened.takeBatches(),
      isBloated: opened.isBloated,
    });
    answers = [];
  };
  for (const [index, job] of jobs.entries()) {
    opened.answer(job).then((answer) => {
      // Those whose digits were classified together are there together, and none waits for others.
      if (answers.length === 0) queueMicrotask(send);
      answers.push([index, answer]);
    });
  }
}

function say(message: Message): void {
  self.postMessage(message);
}
