import { assert, assertEquals, assertThrows } from "@std/assert";
import { BusyError } from "../../lib/web/errors.ts";
import type { Answer, Job, Message, PictureJob } from "../../lib/web/job.ts";
import { Readers, type ReadersOptions } from "../../lib/web/readers.ts";

/** Stands for a thread: notes what it is given, and does what the test says. */
class FakeWorker {
  onmessage?: (event: { data: Message }) => void;
  onerror?: (event: ErrorEvent) => void;
  readonly groups: number[][] = [];
  isEnded = false;

  postMessage(jobs: Job[]): void {
    this.groups.push(jobs.map((job) => (job as PictureJob).bytes[0]));
  }

  terminate(): void {
    this.isEnded = true;
  }

  say(message: Message): void {
    this.onmessage!({ data: message });
  }

  /** Answers the last group with its pictures' own names. */
  finish(isBloated = false): void {
    const answers = this.groups.at(-1)!.map((name, index) => [index, reading(name)] as const);
    this.say({ kind: "answers", answers, batches: [1, 2], isBloated });
  }

  answer(index: number, name: number, isBloated = false): void {
    this.say({ kind: "answers", answers: [[index, reading(name)]], batches: [1], isBloated });
  }

  die(): void {
    this.onerror!(new ErrorEvent("error", { message: "died", cancelable: true }));
  }
}

function reading(name: number): Answer<PictureJob> {
  return { json: String(name), digits: 0 };
}

/** @param name Its first byte. */
function picture(name: number, bytes = 1): PictureJob {
  return { name: "-", bytes: new Uint8Array(bytes).fill(name), settings: { model: "best" } };
}

function pictures(...names: number[]): PictureJob[] {
  return names.map((name) => picture(name));
}

function open(options: Partial<ReadersOptions> = {}) {
  const workers: FakeWorker[] = [];
  const batches: number[] = [];
  const readers = new Readers({
    threads: 1,
    start: () => {
      workers.push(new FakeWorker());
      return workers.at(-1) as unknown as Worker;
    },
    mostWaiting: 100,
    patienceMs: 1e6,
    onBatch: (pictures) => batches.push(pictures),
    ...options,
  });
  return { readers, workers, batches };
}

Deno.test("Readers give a thread at a time what has come meanwhile", async () => {
  const { readers, workers, batches } = open();
  assertEquals(workers.length, 0); // started when there is something to do
  const answers = [1, 2, 3].flatMap((name) => readers.submit(pictures(name)));
  assertEquals(workers[0].groups, [[1]]);
  assertEquals(readers.waiting, 2);
  workers[0].finish();
  assertEquals(workers[0].groups, [[1], [2, 3]]);
  workers[0].finish();
  assertEquals(await Promise.all(answers), [1, 2, 3].map(reading));
  assertEquals(batches, [1, 2, 1, 2]);
  assertEquals(readers.waiting, 0);
  readers.end();
});

Deno.test("Readers share what waits among the threads", () => {
  const { readers, workers } = open({ threads: 2 });
  readers.submit(pictures(1, 2, 3, 4, 5, 6));
  assertEquals(workers.map(({ groups }) => groups), [[[1, 2, 3]], [[4, 5]]]);
  workers[1].finish();
  assertEquals(workers[1].groups, [[4, 5], [6]]);
  readers.end();
});

Deno.test("Readers give a thread no more than a group's number and bytes", () => {
  const { readers, workers } = open();
  readers.submit(Array.from({ length: 40 }, (_, i) => picture(i)));
  assertEquals(workers[0].groups[0].length, 32);
  workers[0].finish();
  readers.submit([1, 2, 3].map((name) => picture(name, 8_000_000)));
  workers[0].finish();
  assertEquals(workers[0].groups.slice(2), [[1, 2]]);
  readers.end();
});

Deno.test("Readers refuse work when too much waits, and take it when there is room", () => {
  const { readers, workers } = open({ mostWaiting: 2 });
  readers.submit(pictures(1)); // which does not wait
  readers.submit(pictures(2, 3));
  assertThrows(() => readers.submit(pictures(4)), BusyError);
  workers[0].finish();
  readers.submit(pictures(5));
  assertEquals(workers[0].groups, [[1], [2, 3]]);
  readers.end();
});

Deno.test("Readers drop what nobody waits for", async () => {
  const { readers, workers } = open({ mostWaiting: 2 });
  const gone = new AbortController();
  readers.submit(pictures(1));
  const dropped = readers.submit(pictures(2, 3), gone.signal);
  gone.abort();
  const kept = readers.submit(pictures(4)); // in their place
  const alsoDropped = readers.submit(pictures(5), gone.signal);
  workers[0].finish();
  assertEquals(workers[0].groups, [[1], [4]]);
  workers[0].finish();
  assertEquals(await Promise.all(kept), [reading(4)]);
  for (const answer of await Promise.all([...dropped, ...alsoDropped])) {
    assert("status" in answer && answer.status === 499);
  }
  readers.end();
});

Deno.test("Readers find the one that a thread dies of, and answer the others", async () => {
  const { readers, workers } = open();
  const answers = [readers.submit(pictures(1)), readers.submit(pictures(2, 3, 4))].flat();
  workers[0].finish();
  workers[0].answer(0, 2);
  workers[0].die(); // of 3 or 4
  assert(workers[0].isEnded);
  assertEquals(workers[1].groups, [[3]]);
  workers[1].die();
  assertEquals(workers[2].groups, [[4]]);
  answers.push(...readers.submit(pictures(5, 6)));
  workers[2].finish();
  assertEquals(workers[2].groups, [[4], [5, 6]]);
  workers[2].finish();
  const expected = [1, 2, 3, 4, 5, 6].map(reading);
  expected[2] = { status: 500, error: "The thread that read it failed" };
  assertEquals(await Promise.all(answers), expected);
  readers.end();
});

Deno.test("Readers end a thread that takes too long", async () => {
  const { readers, workers } = open({ patienceMs: 1 });
  const [answer] = readers.submit(pictures(1));
  assertEquals(await answer, { status: 504, error: "It took more than 0.001 s" });
  assert(workers[0].isEnded);
  assertEquals(workers.length, 1);
  readers.end();
});

Deno.test("Readers replace a thread that has too much memory, between two groups", () => {
  const { readers, workers } = open();
  readers.submit(pictures(1));
  readers.submit(pictures(2, 3));
  readers.submit(pictures(4));
  workers[0].say({ kind: "ready" });
  workers[0].finish();
  workers[0].answer(0, 2, true);
  assert(!workers[0].isEnded); // it is at 3 and 4
  workers[0].answer(1, 3, true);
  workers[0].answer(2, 4, true);
  assert(workers[0].isEnded);
  assert(readers.isReady);
  readers.submit(pictures(5));
  assertEquals(workers[1].groups, [[5]]);
  workers[1].finish();
  assert(!workers[1].isEnded);
  readers.end();
});

Deno.test("Readers are ready when a thread has said so, until it ends", () => {
  const { readers, workers } = open({ threads: 2 });
  readers.start();
  assertEquals(workers.length, 2);
  assert(!readers.isReady);
  workers[1].say({ kind: "ready" });
  assert(readers.isReady);
  workers[1].die();
  assert(!readers.isReady);
  assertEquals(workers.length, 3);
  workers[1].say({ kind: "ready" }); // that was on its way
  assert(!readers.isReady);
  workers[2].die(); // before it could read: the next would too
  assertEquals(workers.length, 3);
  readers.submit(pictures(1));
  assertEquals(workers[0].groups, [[1]]);
  readers.end();
});
