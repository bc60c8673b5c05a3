// A contender is a program that is timed: a process of its own that waits, without work, until it
// is its turn. Turns go round (A B C A B C ...), because the speed of machines drifts.

import { StatusLine } from "../lib/cli.ts";
import { lines } from "./answers.ts";

/** Says on stderr what is being measured. */
export const status = new StatusLine();

/** How a contender is started; `args` end where MODE and CONFIG follow. */
export interface Contender {
  name: string;
  command: string;
  args: string[];
  /** What it is told whatever the mode. */
  config?: Record<string, unknown>;
}

/** What a process says once it is ready. */
export interface Ready {
  /** How it does the work: `2 threads, channels_last`. */
  detail: string;
}

/** A contender that is running. */
export class Running {
  readonly #process: Deno.ChildProcess;
  readonly #answers: AsyncGenerator<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#answers = lines(process.stdout);
    this.#writer = process.stdin.getWriter();
  }

  /** Gives undefined where the program is not here, or does not start; stderr says why. */
  static async start(
    { command, args, config }: Contender,
    mode: string,
    modeConfig: Record<string, unknown>,
  ): Promise<{ running: Running; ready: Ready } | undefined> {
    let process;
    try {
      process = new Deno.Command(command, {
        args: [...args, mode, JSON.stringify({ ...config, ...modeConfig })],
        env: { NO_COLOR: "1" },
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    const running = new Running(process);
    const ready = await running.#answers.next();
    if (!ready.done) return { running, ready: JSON.parse(ready.value) };
    await running.stop();
    return undefined;
  }

  /** @throws {Error} when the process ends instead of answering. */
  async ask<T>(request: unknown): Promise<T> {
    await this.#writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`A process ended while it was timed; see above`);
    return JSON.parse(value);
  }

  /** Largest resident size so far, in bytes; undefined where the system does not tell. */
  async peakMemory(): Promise<number | undefined> {
    const status = await readSystemFile(`/proc/${this.#process.pid}/status`);
    const kibibytes = status?.match(/^VmHWM:\s*(\d+) kB$/m)?.[1];
    return kibibytes === undefined ? undefined : 1024 * Number(kibibytes);
  }

  /** Closes its stdin, upon which it ends. */
  async stop(): Promise<void> {
    await this.#writer.close().catch(() => {}); // it may have ended already
    await this.#answers.return(undefined);
    await this.#process.status;
  }
}

/**
 * Runs a program from start to end.
 *
 * @throws {Error} with what it said when it fails.
 */
export async function runProgram(
  command: string,
  args: string[],
): Promise<{ seconds: number; stdout: string }> {
  const start = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const seconds = (performance.now() - start) / 1000;
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${command} ${args.join(" ")} failed: ${decode(stderr)}`);
  return { seconds, stdout: decode(stdout) };
}

/** A file of /proc, which Deno itself opens only to those who may do everything. */
export async function readSystemFile(path: string): Promise<string | undefined> {
  try {
    const cat = new Deno.Command("cat", { args: [path], stderr: "null" });
    return new TextDecoder().decode((await cat.output()).stdout);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Whatever can be measured in turns. */
export interface Turn<T = number> {
  name: string;
  measure: () => Promise<T>;
}

/** Measures each in turn, so many times over; gives a list of values for each. */
export async function interleave<T>(turns: Turn<T>[], rounds: number): Promise<T[][]> {
  const values: T[][] = turns.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { name, measure }] of turns.entries()) {
      status.update(`round ${round + 1}/${rounds}: ${name}`);
      values[i].push(await measure());
    }
  }
  status.clear();
  return values;
}
