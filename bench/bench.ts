// deno task bench [SECTION ...]: how fast this project is, beside others on the same work and the
// same machine. Every contender that must not disturb others is a process of its own; they take
// turns, and what counts is the median and the ratio to a peer. The result is Markdown.

import { helpText, parseUsage, runCommand } from "../lib/cli.ts";
import { UserError } from "../lib/errors.ts";
import { readSystemFile, status } from "./contender.ts";
import { CORES, findPyTorch, versionTexts } from "./contenders.ts";
import { fast } from "./fast.ts";
import { finetune } from "./finetune.ts";
import { inference } from "./inference.ts";
import { memory } from "./memory.ts";
import { page } from "./page.ts";
import { peak } from "./peak.ts";
import { predict } from "./predict.ts";
import { reading } from "./reading.ts";
import { run } from "./run.ts";
import type { Section } from "./section.ts";
import { serving } from "./serving.ts";
import { training } from "./training.ts";
import { webgpuTraining } from "./webgpu.ts";
import { writeWork } from "./work.ts";

const SECTIONS: Record<string, Section> = {
  training,
  webgpu: webgpuTraining,
  fast,
  inference,
  predict,
  reading,
  finetune,
  serving,
  page,
  run,
  peak,
  memory,
};
/** They take minutes, or need a GPU to be worth it. */
const LONG = ["webgpu", "fast", "reading", "finetune", "serving", "page", "run"];
const DEFAULT = Object.keys(SECTIONS).filter((name) => !LONG.includes(name));

const USAGE = {
  name: "bench",
  summary: `Measures ${Object.keys(SECTIONS).join(", ")}; without names all but ${
    LONG.join(", ")
  }.`,
  operands: "[SECTION ...]",
  flags: {
    rounds: { type: "number", value: "N", help: "turns of each contender (default by section)" },
    milliseconds: { type: "number", value: "N", help: "length of a turn (default 500)" },
    pictures: {
      type: "text",
      value: "DIR",
      help: "pictures with a manifest.json, for reading and finetune",
    },
    scenes: { type: "number", value: "N", help: "of each kind, for reading (default 40)" },
    load: {
      type: "number",
      value: "SECONDS",
      help: "on each server, for serving (default 20)",
    },
  },
  examples: [
    "deno task bench",
    "deno task bench training inference",
    "deno task bench webgpu fast",
  ],
} as const;

/** Gives the exit code. */
async function bench(args: string[]): Promise<number> {
  const { flags, operands, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  const wrong = operands.find((name) => !Object.hasOwn(SECTIONS, name));
  if (wrong !== undefined) {
    throw new UserError(
      `There is no section ${JSON.stringify(wrong)}, only ${Object.keys(SECTIONS).join(", ")}`,
      { exitCode: 2 },
    );
  }
  const pytorch = await findPyTorch();
  console.log(await machine(versionTexts(pytorch?.versions)));
  const folder = await Deno.makeTempDir({ prefix: "digits-bench-" });
  try {
    const context = {
      work: await writeWork(folder),
      folder,
      python: pytorch?.python,
      gpu: pytorch?.versions.gpu,
      rounds: flags.rounds,
      pictures: flags.pictures,
      scenes: flags.scenes,
      load: flags.load,
      seconds: (flags.milliseconds ?? 500) / 1000,
    };
    for (const name of operands.length > 0 ? operands : DEFAULT) {
      console.log(`\n${await SECTIONS[name](context)}`);
    }
  } finally {
    status.clear();
    await Deno.remove(folder, { recursive: true });
  }
  return 0;
}

/** `AMD EPYC, 2 cores; Deno 2.9.6, ...` */
async function machine(versions: string[]): Promise<string> {
  const model = (await readSystemFile("/proc/cpuinfo"))?.match(/^model name\s*: (.*)$/m)?.[1];
  return `${model ?? Deno.build.arch}, ${CORES} cores; ${versions.join(", ")}.`;
}

if (import.meta.main) await runCommand(bench);
