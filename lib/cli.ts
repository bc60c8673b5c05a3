// What every command shares: flags from a table, help made from the same table, errors that people
// can read, and progress on stderr.

import { parseArgs } from "@std/cli/parse-args";
import { BACKEND_CHOICES, DeviceError } from "./backend/backend.ts";
import { UserError } from "./errors.ts";
import { PROGRAM } from "./own.ts";
import { bar, duration } from "./report/reading.ts";

/** One flag. Numbers are whole numbers unless `decimal` says otherwise. */
export interface Flag {
  type: "text" | "number" | "boolean";
  help: string;
  /** What stands for the value in the help text: `DIR`. */
  value?: string;
  /** The smallest number that makes sense; 1 unless given. */
  min?: number;
  /** The largest number that makes sense. */
  max?: number;
  /** Numbers need not be whole. */
  decimal?: boolean;
  /** The only texts that make sense. */
  choices?: readonly string[];
}

/** What every command takes that runs a network. */
export const BACKEND_FLAGS = {
  backend: {
    type: "text",
    choices: BACKEND_CHOICES,
    help: "who does the arithmetic (default auto)",
  },
  threads: { type: "number", value: "N", help: "of the simd backend (default one per core)" },
} as const;

/** A command as its help shows it. */
export interface Usage<Flags extends Record<string, Flag>> {
  /** As typed after `deno task` or `digits`. */
  name: string;
  summary: string;
  /** What may follow beside flags: `[FILE|FOLDER ...]`; without it nothing may. */
  operands?: string;
  flags: Flags;
  examples: readonly string[];
}

type Value<F extends Flag> = F["type"] extends "boolean" ? boolean
  : F["type"] extends "number" ? number | undefined
  : (F extends { choices: readonly (infer Choice)[] } ? Choice : string) | undefined;

/** What was typed: one value per flag, and the rest. */
export interface Parsed<Flags extends Record<string, Flag>> {
  flags: { [Name in keyof Flags]: Value<Flags[Name]> };
  operands: string[];
  /** `--help` or `-h`: nothing else counts then. */
  help: boolean;
}

/**
 * Reads a command's arguments.
 *
 * @throws {UserError} with exit code 2 for a flag or value that the table does not allow.
 */
export function parseUsage<Flags extends Record<string, Flag>>(
  usage: Usage<Flags>,
  args: readonly string[],
): Parsed<Flags> {
  const wrong = (message: string) =>
    new UserError(`${message}. See: ${PROGRAM} ${usage.name} --help`, { exitCode: 2 });
  const names = Object.keys(usage.flags);
  const booleans = names.filter((name) => usage.flags[name].type === "boolean");
  const parsed = parseArgs([...args], {
    boolean: [...booleans, "help"],
    alias: { help: "h" },
    string: names.filter((name) => !booleans.includes(name)),
    unknown: (arg: string, key?: string) => {
      if (key === undefined) return true; // an operand
      const near = names.find((name) => editDistance(name, key) <= 2);
      throw wrong(`There is no flag ${arg}${near ? `; did you mean --${near}?` : ""}`);
    },
  }) as Record<string, unknown> & { _: (string | number)[] };
  const help = parsed.help === true;

  const read = (name: string) => {
    const { type, choices, min = 1, max = Infinity, decimal = false } = usage.flags[name];
    const value = parsed[name];
    if (help || type === "boolean" || value === undefined) return value;
    if (value === "") throw wrong(`--${name} needs a value`);
    if (choices && !choices.includes(String(value))) {
      throw wrong(`--${name} is ${choices.join(", ")}, not ${JSON.stringify(value)}`);
    }
    if (type === "text") return value;
    const number = Number(value);
    const isNumber = decimal ? Number.isFinite(number) : Number.isSafeInteger(number);
    if (!isNumber || number < min || number > max) {
      const kind = `a ${decimal ? "" : "whole "}number from ${min}`;
      const range = max === Infinity ? kind : `${kind} to ${max}`;
      throw wrong(`--${name} is ${range}, not ${JSON.stringify(value)}`);
    }
    return number;
  };
  const flags = Object.fromEntries(names.map((name) => [name, read(name)]));
  const operands = parsed._.map(String);
  if (!help && !usage.operands && operands.length > 0) {
    throw wrong(`What is ${JSON.stringify(operands[0])}?`);
  }
  return { flags: flags as Parsed<Flags>["flags"], operands, help };
}

/** Insertions, deletions and replacements that make one text of the other (Levenshtein 1966). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      row.push(Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + change));
    }
  }
  return row[b.length];
}

/** The text of `--help`. */
export function helpText(usage: Usage<Record<string, Flag>>): string {
  const flags = Object.entries({
    ...usage.flags,
    help: { type: "boolean", help: "show this" } as Flag,
  }).map(([name, { value, help, choices }]) => [
    `--${name}${value ? ` ${value}` : choices ? ` ${choices.join("|")}` : ""}`,
    help,
  ]);
  const width = Math.max(...flags.map(([left]) => left.length));
  return [
    usage.summary,
    "",
    `Usage: ${PROGRAM} ${usage.name} [flags]${usage.operands ? ` ${usage.operands}` : ""}`,
    "",
    ...flags.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    "",
    "Examples:",
    ...usage.examples.map((example) => `  ${example}`),
  ].join("\n");
}

/**
 * Runs a command as a program of its own and ends the process with its exit code: errors that the
 * person can mend are printed without a stack.
 *
 * @param command Gives the exit code.
 */
export async function runCommand(
  command: (args: string[]) => Promise<number>,
  args: string[] = Deno.args,
): Promise<never> {
  try {
    Deno.exit(await command(args));
  } catch (error) {
    if (error instanceof UserError) {
      const advice = error instanceof DeviceError ? ". Try again, or with --backend simd" : "";
      console.error(`error: ${error.message}${advice}`);
      Deno.exit(error.exitCode);
    }
    // A reader that has enough, as `head` does, is no failure of ours.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
}

/** What asks a server to stop: Ctrl-C and, where there is such a thing, SIGTERM. */
export const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** Exit code of a process that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/**
 * Listens for Ctrl-C until it is disposed of: the first aborts the signal, the second ends the process
 * at once.
 *
 * @param note What the first one has printed.
 */
export function listenForInterrupt(
  status: StatusLine,
  note: string,
): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const stop = () => Deno.removeSignalListener("SIGINT", onInterrupt);
  const onInterrupt = () => {
    stop();
    status.print(note);
    controller.abort();
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  return { signal: controller.signal, [Symbol.dispose]: stop };
}

/**
 * Progress on stderr: one line that is rewritten in a terminal, and nothing where stderr goes to a
 * file. Finished lines are always printed.
 */
export class StatusLine {
  readonly #isTerminal = Deno.stderr.isTerminal();

  /** Shows `text` in the place of the last one. */
  update(text: string): void {
    if (this.#isTerminal) write(`\r\x1b[K${text.slice(0, terminalColumns(Deno.stderr) - 1)}`);
  }

  /** Prints a line that stays. */
  print(text: string): void {
    write(`${this.#isTerminal ? "\r\x1b[K" : ""}${text}\n`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isTerminal) write("\r\x1b[K");
  }
}

/** The progress of a list is shown from here on, and renewed so often. */
const PROGRESS_AFTER_MS = 500;
const PROGRESS_EVERY_MS = 100;

/**
 * The progress of a long list, on stderr: how many of how many, how fast, and for how long still.
 * Results may go to the same terminal in between.
 */
export class Progress {
  readonly #status = new StatusLine();
  readonly #sharesTerminal = Deno.stdout.isTerminal();
  readonly #total: number;
  readonly #started = performance.now();
  #next = this.#started + PROGRESS_AFTER_MS;

  constructor(total: number) {
    this.#total = total;
  }

  /**
   * Prints a result, a line or several, on stdout.
   *
   * @throws {Deno.errors.BrokenPipe} when the reader has enough, as `head` has.
   */
  result(text: string): void {
    if (this.#sharesTerminal) this.#status.clear();
    write(`${text}\n`, Deno.stdout); // console.log() would not say that nobody reads any more
    if (this.#sharesTerminal) this.#next = Math.min(this.#next, this.#started + PROGRESS_AFTER_MS);
  }

  /** Prints a line that stays, on stderr. */
  print(text: string): void {
    this.#status.print(text);
  }

  update(done: number): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + PROGRESS_EVERY_MS;
    this.#status.update(progressText(done, this.#total, (now - this.#started) / 1000));
  }

  /** Takes the line away. */
  clear(): void {
    this.#status.clear();
  }
}

/** `[==  ] 5,000 of 10,000 (50 %), 812 files/s, 6 s left`. */
export function progressText(done: number, total: number, seconds: number): string {
  const rate = done / seconds;
  const left = done === 0 ? "" : `, ${duration((total - done) / rate)} left`;
  return `${bar(done / total)} ${count(done)} of ${count(total)} ` +
    `(${Math.floor(100 * done / total)} %), ${rate.toFixed(rate < 10 ? 1 : 0)} files/s${left}`;
}

/** `12,345`. */
function count(value: number): string {
  return value.toLocaleString("en");
}

function write(text: string, stream: Pick<typeof Deno.stdout, "writeSync"> = Deno.stderr): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}

/** Columns of the terminal; 80 where there is none. */
export function terminalColumns(stream: { isTerminal(): boolean }): number {
  return stream.isTerminal() ? Deno.consoleSize().columns || 80 : 80;
}
