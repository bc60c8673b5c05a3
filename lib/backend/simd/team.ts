// Threads that run one program together: this one, and workers that share its memory. They meet at
// barriers, spinning for a moment, since the others are seldom late, and sleeping after that.

import { ownUrl } from "../../own.ts";
import type { Address } from "./module.ts";
import type { Plan } from "./compile.ts";
import type { Command, Program } from "./program.ts";

/** What the threads tell each other: int32 words, and the learning rate as a float64. */
const WORD = { generation: 0, arrived: 1, over: 2, kind: 3, count: 4, step: 5 };
const LEARNING_RATE_AT = 32;

/** Bytes that the control block takes at the beginning of the memory. */
export const CONTROL_BYTES = 64;

const KINDS = ["train", "gradients", "logits"] as const;

/**
 * Looks at the barrier before a thread goes to sleep: some 0.3 ms. Between two steps the main thread
 * picks the next batch in less, and to be woken up takes a good part of a small network's step.
 */
const SPINS = 30_000;

/** How long the main thread may be kept from its event loop by a thread that does not come. */
const PATIENCE_MS = 1000;
const LOOK_AGAIN_MS = 20;

/** What a worker begins with. */
export interface Assignment {
  plan: Plan;
  thread: number;
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  control: Address;
}

/** What a worker says: that it is ready, or what went wrong. */
export type Report = { ready: true } | { error: string };

/** The block of shared memory by which threads meet, and learn what to do. */
export class Control {
  readonly #words: Int32Array;
  readonly #rate: Float64Array;
  readonly #threads: number;

  constructor(buffer: ArrayBufferLike, address: Address, threads: number) {
    this.#words = new Int32Array(buffer, address, LEARNING_RATE_AT / 4);
    this.#rate = new Float64Array(buffer, address + LEARNING_RATE_AT, 1);
    this.#threads = threads;
  }

  /** Whether the team is no more: it was ended, or one of its threads has failed. */
  get over(): boolean {
    return Atomics.load(this.#words, WORD.over) !== 0;
  }

  /** Wakes all who wait, and holds up nobody from here on: the team is over. */
  end(): void {
    Atomics.store(this.#words, WORD.over, 1);
    this.#open();
  }

  /** Arrives at the barrier. Gives what to wait for, or undefined when all others are there. */
  arrive(): number | undefined {
    const generation = Atomics.load(this.#words, WORD.generation);
    if (Atomics.add(this.#words, WORD.arrived, 1) + 1 < this.#threads) return generation;
    Atomics.store(this.#words, WORD.arrived, 0);
    this.#open();
    return undefined;
  }

  #open(): void {
    Atomics.add(this.#words, WORD.generation, 1);
    Atomics.notify(this.#words, WORD.generation);
  }

  /** Whether the barrier opened within some time; waits without bound where none is given. */
  wait(generation: number, timeoutMs = Infinity): boolean {
    // The end of the team may have come before this thread did: then nobody opens any more.
    const opened = () => this.over || Atomics.load(this.#words, WORD.generation) !== generation;
    for (let i = 0; i < SPINS; i++) if (opened()) return true;
    const until = performance.now() + timeoutMs;
    while (!opened()) {
      const left = until - performance.now();
      if (left <= 0) return false;
      Atomics.wait(this.#words, WORD.generation, generation, left);
    }
    return true;
  }

  /** To be written before the barrier at which the others wait for it. */
  set command(command: Command) {
    this.#words[WORD.kind] = KINDS.indexOf(command.kind);
    this.#words[WORD.count] = command.count;
    this.#words[WORD.step] = "step" in command ? command.step : 0;
    this.#rate[0] = "learningRate" in command ? command.learningRate : 0;
  }

  get command(): Command {
    const [count, step] = [this.#words[WORD.count], this.#words[WORD.step]];
    const learningRate = this.#rate[0];
    return { kind: KINDS[this.#words[WORD.kind]], count, step, learningRate };
  }
}

/** A worker's life: waits for commands and runs its part of them, until the team is over. */
export function work(program: Program, control: Control): void {
  const meet = () => {
    const generation = control.arrive();
    if (generation !== undefined) control.wait(generation);
    return !control.over;
  };
  while (meet()) {
    for (const _ of program.run(control.command)) if (!meet()) return;
    if (!meet()) return;
  }
}

/** The main thread's view of the team. */
export class Team {
  readonly #program: Program;
  readonly #control: Control;
  #failure: Error | undefined;

  private constructor(program: Program, control: Control) {
    [this.#program, this.#control] = [program, control];
  }

  /**
   * Starts a worker for every thread of the plan but this one, which runs `program`.
   *
   * @throws {Error} when a worker does not start; none is left running then.
   */
  static async start(
    program: Program,
    assignment: Omit<Assignment, "thread">,
  ): Promise<Team> {
    const { plan, memory, control: address } = assignment;
    const control = new Control(memory.buffer, address, plan.threads);
    const team = new Team(program, control);
    const ready: Promise<void>[] = [];
    for (let thread = 1; thread < plan.threads; thread++) {
      const worker = new Worker(ownUrl("lib/backend/simd/worker.ts"), { type: "module" });
      const { promise, resolve } = Promise.withResolvers<void>();
      ready.push(promise);
      const failed = (message: string) => {
        team.#failure ??= new Error(`Thread ${thread} of the simd backend failed: ${message}`);
        control.end();
        resolve();
      };
      worker.onmessage = ({ data }: MessageEvent<Report>) => {
        if ("error" in data) failed(data.error);
        else resolve();
      };
      worker.onerror = (event) => {
        event.preventDefault();
        failed(event.message);
      };
      worker.onmessageerror = () => failed("a message could not be read");
      worker.postMessage({ ...assignment, thread } satisfies Assignment);
    }
    await Promise.all(ready);
    if (team.#failure) throw team.#failure;
    return team;
  }

  /** @throws {Error} when a thread failed; the team is of no use any more then. */
  async run(command: Command): Promise<void> {
    this.#control.command = command;
    try {
      await this.#meet();
      for (const _ of this.#program.run(command)) await this.#meet();
      await this.#meet();
    } catch (error) {
      this.#failure ??= error as Error;
      this.dispose();
      throw this.#failure;
    }
  }

  /** Waits for the others: first by blocking, for they are seldom late, then by looking again. */
  async #meet(): Promise<void> {
    if (this.#failure) throw this.#failure;
    const generation = this.#control.arrive();
    if (generation !== undefined) {
      let timeoutMs = PATIENCE_MS;
      while (!this.#control.wait(generation, timeoutMs)) {
        // The event loop has its turn, for only there a worker's end becomes known.
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
        timeoutMs = 0;
      }
    }
    if (!this.#control.over) return;
    // What went wrong is on its way.
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    throw this.#failure ?? new Error("A thread of the simd backend failed");
  }

  /**
   * Ends the workers. They are woken for it and end by themselves: a worker that is terminated in
   * its sleep never ends, and the process with it.
   */
  dispose(): void {
    this.#failure ??= new Error("The network has been disposed of");
    this.#control.end();
  }
}
