// The threads that read pictures, and the queue before them.

import { BusyError } from "./errors.ts";
import type { Answer, Failure, Job, Message } from "./job.ts";

/** Jobs that a thread is given at a time, if so many wait, and their bytes: one job may have more. */
const GROUP = 32;
const GROUP_BYTES = 16_000_000;

const ABANDONED: Failure = { status: 499, error: "Nobody waits for the answer any more" };

export interface ReadersOptions {
  /** At least 1. */
  threads: number;
  /** Starts a thread: see worker.ts. */
  start: () => Worker;
  /** Requests are refused while more jobs wait than this. */
  mostWaiting: number;
  /** A thread that gives no answer for so long is ended. */
  patienceMs: number;
  /** Hears how many pictures the networks were given at a time. */
  onBatch: (pictures: number) => void;
}

/** A job, and who waits for its answer. */
interface Pending {
  job: Job;
  signal?: AbortSignal;
  resolve: (answer: Answer) => void;
  /** It is not to be done together with others: one of them was the end of a thread. */
  isSuspect?: boolean;
}

/** Threads that do jobs in the order in which they come. */
export class Readers {
  readonly #options: ReadersOptions;
  readonly #seats: Seat[];
  #queue: Pending[] = [];
  #isRetired = false;

  constructor(options: ReadersOptions) {
    this.#options = options;
    const events: SeatEvents = {
      onFree: () => this.#feed(),
      onReturn: (jobs) => this.#queue.unshift(...jobs),
    };
    this.#seats = Array.from({ length: options.threads }, () => new Seat(options, events));
  }

  /** Starts all threads, which otherwise start when there is something to do. */
  start(): void {
    for (const seat of this.#seats) seat.start();
  }

  /** Whether there is a thread that can read, and is meant to. */
  get isReady(): boolean {
    return !this.#isRetired && this.#seats.some(({ isReady }) => isReady);
  }

  /** Whether no new requests are to be taken. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** From now on there are to be no new requests; what those before have to be read is read still. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Jobs that wait for a thread. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Has jobs done; gives a promise for each, which is never rejected.
   *
   * @param signal Says that nobody waits for them any more: those not begun by then are not done.
   * @throws {BusyError} when too many wait already. As many as a request has are taken together.
   */
  submit<J extends Job>(jobs: readonly J[], signal?: AbortSignal): Promise<Answer<J>>[] {
    const { mostWaiting } = this.#options;
    if (this.#queue.length >= mostWaiting) this.#dropAbandoned();
    if (this.#queue.length >= mostWaiting) {
      throw new BusyError("Too many pictures are waiting to be read: try again in a second");
    }
    const answers = jobs.map((job) =>
      new Promise<Answer<J>>((resolve) => {
        this.#queue.push({ job, signal, resolve: resolve as Pending["resolve"] });
      })
    );
    this.#feed();
    return answers;
  }

  /** Ends all threads: to be called when nobody waits for an answer. */
  end(): void {
    for (const seat of this.#seats) seat.end();
  }

  #dropAbandoned(): void {
    this.#queue = this.#queue.filter(({ signal, resolve }) => {
      if (signal?.aborted) resolve(ABANDONED);
      return !signal?.aborted;
    });
  }

  #feed(): void {
    for (const seat of this.#seats) {
      if (!seat.isFree) continue;
      const group = this.#takeGroup();
      if (group.length === 0) return;
      seat.give(group);
    }
  }

  /** What a thread is to do next: its share of what waits. */
  #takeGroup(): Pending[] {
    const share = Math.ceil(this.#queue.length / this.#seats.length);
    const group: Pending[] = [];
    let bytes = 0;
    while (this.#queue.length > 0 && group.length < Math.min(share, GROUP)) {
      const [{ job, signal, resolve, isSuspect }] = this.#queue;
      if (signal?.aborted) {
        resolve(ABANDONED);
        this.#queue.shift();
        continue;
      }
      bytes += sizeOf(job);
      if (group.length > 0 && (isSuspect || bytes > GROUP_BYTES)) break;
      group.push(this.#queue.shift()!);
      if (isSuspect) break;
    }
    return group;
  }
}

function sizeOf(job: Job): number {
  return "images" in job ? job.images.length : job.bytes.length;
}

interface SeatEvents {
  /** It can be given something to do. */
  onFree: () => void;
  /** Jobs come back undone. */
  onReturn: (jobs: Pending[]) => void;
}

/** A place for a thread and, should that die, the next. */
class Seat {
  readonly #options: ReadersOptions;
  readonly #events: SeatEvents;
  #worker: Worker | undefined;
  #isReady = false;
  /** What the thread is at, by its index in what it was given. */
  #group: Map<number, Pending> = new Map();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ReadersOptions, events: SeatEvents) {
    [this.#options, this.#events] = [options, events];
  }

  get isFree(): boolean {
    return this.#group.size === 0;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  start(): void {
    if (this.#worker) return;
    const worker = this.#worker = this.#options.start();
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      if (worker === this.#worker) this.#hear(data); // else it has been ended
    };
    worker.onerror = (event) => {
      event.preventDefault(); // or the whole program ends; what it was, Deno prints
      if (worker !== this.#worker) return;
      this.#fail({ status: 500, error: "The thread that read it failed" });
    };
  }

  give(group: readonly Pending[]): void {
    this.#group = new Map(group.entries());
    this.start();
    this.#worker!.postMessage(group.map(({ job }) => job));
    this.#watch();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#isReady = false;
  }

  #hear(message: Message): void {
    switch (message.kind) {
      case "ready":
        this.#isReady = true;
        return;
      case "answers":
        for (const pictures of message.batches) this.#options.onBatch(pictures);
        for (const [index, answer] of message.answers) {
          this.#group.get(index)!.resolve(answer);
          this.#group.delete(index);
        }
        this.#watch();
        if (!this.isFree) return;
        if (message.isBloated) this.#replace();
        this.#events.onFree();
    }
  }

  /** Puts a new thread in the place of one that has done all that it was given. */
  #replace(): void {
    this.#worker!.terminate();
    this.#worker = undefined;
    this.start();
  }

  /** Gives the thread so much time for its next answer, if it is at something. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.isFree) return;
    const { patienceMs } = this.#options;
    this.#timer = setTimeout(
      () => this.#fail({ status: 504, error: `It took more than ${patienceMs / 1000} s` }),
      patienceMs,
    );
  }

  /**
   * Ends the thread; another takes its place: at once, unless it failed before it could read, for the
   * next would too. It is not known which of several jobs is to blame: each is done again, alone.
   */
  #fail(failure: Failure): void {
    const jobs = [...this.#group.values()];
    const wasReady = this.#isReady;
    this.#group = new Map();
    this.end();
    if (wasReady) this.start();
    if (jobs.length === 1) jobs[0].resolve(failure);
    else this.#events.onReturn(jobs.map((job) => ({ ...job, isSuspect: true })));
    this.#events.onFree();
  }
}
