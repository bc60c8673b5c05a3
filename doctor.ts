// digits doctor: what is there of everything that the program can use, and what to do about what is not.

import { helpText, parseUsage, runCommand, StatusLine, terminalColumns } from "./lib/cli.ts";
import { examine } from "./lib/doctor/examine.ts";
import { examinationText } from "./lib/doctor/text.ts";
import { PROGRAM } from "./lib/own.ts";

const USAGE = {
  name: "doctor",
  summary:
    `Looks at everything that the program can use: versions, processor, GPUs, models, data sets.

Tries each backend for a second or two. Every finding is marked: ok; note, where something is not
there that predict does without; warning, where something is wrong that the program copes with;
broken, where a command would fail. The exit code is 1 if anything is broken.`,
  flags: {
    json: { type: "boolean", help: "print one JSON object" },
  },
  examples: [`${PROGRAM} doctor`, `${PROGRAM} doctor --json`],
} as const;

/** Gives the exit code: 1 when something is broken. */
export async function doctor(args: string[]): Promise<number> {
  const { flags, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  const status = new StatusLine();
  const examination = await examine({ onProgress: (what) => status.update(what) });
  status.clear();
  console.log(
    flags.json
      ? JSON.stringify(examination)
      : examinationText(examination, terminalColumns(Deno.stdout)),
  );
  return examination.state === "broken" ? 1 : 0;
}

if (import.meta.main) await runCommand(doctor);
