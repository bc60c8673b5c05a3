// Damaged picture files: none may hang or crash what reads them, or make it take much memory.

import { assert, assertEquals } from "@std/assert";
import type { FuzzReport } from "./fuzz.ts";

const FILES = 10_000;
const MOST_MEMORY = 512e6; // bytes
const HANGING_MS = 60_000; // a file takes some milliseconds: this says nothing about speed

Deno.test(`${FILES} damaged pictures are read or refused, in 512 MB`, async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", new URL("fuzz.ts", import.meta.url).href, `${FILES}`],
    cwd: new URL("../..", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const last = await lastLine(child);
  const peak = await peakMemory(child.pid);
  await child.stdin.close();
  const { code, signal } = await child.status;
  assertEquals([code, signal, last.startsWith("{")], [0, null, true], `It ended at file ${last}`);

  const { pictures, refusals, failures, memory }: FuzzReport = JSON.parse(last);
  assertEquals(failures, []);
  assert(Math.max(memory, peak) < MOST_MEMORY, `${memory} bytes after a file, ${peak} within`);
  const formats = ["BMP", "GIF", "JPEG", "PNG", "WebP"];
  assertEquals([Object.keys(pictures).sort(), Object.keys(refusals).sort()], [formats, formats]);
  const counts = [...Object.values(pictures), ...Object.values(refusals)];
  assertEquals(counts.reduce((sum, count) => sum + count), FILES);
});

/** The last line that the process writes, of which it ends if it hangs. */
async function lastLine(child: Deno.ChildProcess): Promise<string> {
  let last = "";
  let rest = "";
  let watchdog = setTimeout(() => child.kill("SIGKILL"), HANGING_MS);
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => child.kill("SIGKILL"), HANGING_MS);
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    last = lines.at(-1) ?? last;
    if (last.startsWith("{")) break; // it waits, so that its memory can be looked at
  }
  clearTimeout(watchdog);
  return last;
}

/** The most memory that a process has had, in bytes; 0 where the system does not tell. */
async function peakMemory(pid: number): Promise<number> {
  if (Deno.build.os !== "linux") return 0;
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).output();
  const [, kibibytes] = new TextDecoder().decode(stdout).match(/^VmHWM:\s*(\d+) kB$/m) ?? [];
  return 1024 * Number(kibibytes ?? 0);
}
