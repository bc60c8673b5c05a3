// Decodes and normalises damaged picture files. A process of its own, started by fuzz.test.ts, for
// whether it hangs, crashes or takes too much memory is to be seen from outside only.
//
// Prints the number of each file before it is read, and in the end what became of them as JSON; then
// it waits for its standard input to end.

import { decode } from "../../lib/image/decode.ts";
import { normalise } from "../../lib/image/normalise.ts";
import { type Format, mutant } from "./mutants.ts";

/** What became of the files. */
export interface FuzzReport {
  pictures: Partial<Record<Format, number>>;
  refusals: Partial<Record<Format, number>>;
  /** Errors of a kind that decode() does not promise, and what else is wrong. */
  failures: string[];
  /** The most memory after a file, in bytes. */
  memory: number;
}

/** Unlike console.log() it takes turns with the garbage collector, as reading files does. */
async function print(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}

async function fuzz(count: number): Promise<FuzzReport> {
  const report: FuzzReport = { pictures: {}, refusals: {}, failures: [], memory: 0 };
  for (let number = 0; number < count; number++) {
    await print(`${number}`);
    const { format, bytes } = mutant(number);
    try {
      const { width, height, data } = await decode(bytes);
      if (data.length !== 4 * width * height) throw new TypeError(`${width}x${height} pixels`);
      normalise({ width, height, data });
      report.pictures[format] = (report.pictures[format] ?? 0) + 1;
    } catch (error) {
      report.refusals[format] = (report.refusals[format] ?? 0) + 1;
      if (error instanceof SyntaxError || error instanceof RangeError) continue;
      report.failures.push(`File ${number}, from ${format}: ${error}`);
    }
    report.memory = Math.max(report.memory, Deno.memoryUsage().rss);
  }
  return report;
}

if (import.meta.main) {
  await print(JSON.stringify(await fuzz(Number(Deno.args[0]))));
  await Deno.stdin.read(new Uint8Array(1));
}
