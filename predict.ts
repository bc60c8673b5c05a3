// digits predict: reads the digits in pictures and shows each as ASCII art, as the original
// main.py did with 1.png, 2.png, ...

import { chooseBackend } from "./lib/backend/choose.ts";
import { readAll } from "./lib/batch/batch.ts";
import { type Input, listInputs, numberedPictures } from "./lib/batch/inputs.ts";
import type { Job, Outcome } from "./lib/batch/reader.ts";
import {
  BACKEND_FLAGS,
  helpText,
  parseUsage,
  Progress,
  runCommand,
  terminalColumns,
} from "./lib/cli.ts";
import { areDigitOrOther, areDigits } from "./lib/data/classes.ts";
import { UserError } from "./lib/errors.ts";
import { ownFolder } from "./lib/files.ts";
import { FROM_CONTRACT, FROM_FLAG, loadFrom } from "./lib/import/from.ts";
import { DEFAULT_MODEL, type Model, REJECT_MODEL } from "./lib/model/format.ts";
import { loadModel } from "./lib/model/store.ts";
import { PROGRAM } from "./lib/own.ts";
import { THRESHOLD } from "./lib/recognise.ts";
import { CSV_HEADER, readingCsv, readingJson, readingText } from "./lib/report/reading.ts";

const USAGE = {
  name: "predict",
  summary: `Reads the digits in pictures; unless some are named, in images/1.png, 2.png, ...

A folder stands for the pictures in it, without those of its sub-folders; 'scans/**' for these too.
A glob in quotes ('scans/*.jpg') is expanded here, and - is a picture from the standard input.

${FROM_CONTRACT}`,
  operands: "[FILE|FOLDER|GLOB|- ...]",
  flags: {
    model: { type: "text", value: "NAME", help: `a folder of models/ (default ${DEFAULT_MODEL})` },
    models: { type: "text", value: "DIR", help: "where models are (default models)" },
    from: FROM_FLAG,
    ...BACKEND_FLAGS,
    single: { type: "boolean", help: "there is one digit in each picture" },
    invert: {
      type: "text",
      choices: ["auto", "yes", "no"],
      help: "yes: ink is lighter than paper (default auto)",
    },
    threshold: {
      type: "number",
      value: "PERCENT",
      min: 0,
      max: 100,
      decimal: true,
      help: `with less confidence a digit is marked uncertain (default ${100 * THRESHOLD})`,
    },
    json: { type: "boolean", help: "print one JSON object a line for each picture" },
    csv: { type: "boolean", help: "print a table for spreadsheets, a row for each picture" },
    debug: {
      type: "text",
      value: "DIR",
      help: "write what was seen in each picture into DIR, as pictures",
    },
  },
  examples: [
    `${PROGRAM} predict`,
    `${PROGRAM} predict my-digit.jpg scans/`,
    `${PROGRAM} predict --csv 'scans/**/*.jpg' > readings.csv`,
    `${PROGRAM} predict --json --model dense photo.png`,
    `${PROGRAM} predict --debug debug photo.png`,
    `${PROGRAM} predict --from mnist.onnx photo.png`,
  ],
} as const;

/** From how many pictures on the end says how many were read. */
const LONG_LIST = 20;

/** Gives the exit code: 1 when a picture could not be read. */
export async function predict(args: string[]): Promise<number> {
  const { flags, operands, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  if (flags.json && flags.csv) {
    throw new UserError("--json and --csv exclude each other", { exitCode: 2 });
  }
  const name = flags.from ?? flags.model ?? DEFAULT_MODEL;
  const inputs = operands.length > 0 ? await listInputs(operands) : await numberedPictures();
  const [jobs, [model, reject], { backend, reason }] = await Promise.all([
    flags.debug === undefined ? inputs : showStages(inputs, flags.debug),
    loadModels(name, flags),
    chooseBackend(flags.backend ?? "auto", { threads: flags.threads }),
  ]);
  console.error(`model: ${name}, backend: ${backend.description} (${reason})`);
  const { invert, single } = flags;
  const threshold = flags.threshold === undefined ? undefined : flags.threshold / 100;
  const outcomes = readAll(jobs, {
    backend,
    settings: { model, reject, invert, single, threshold },
    threads: flags.threads ?? navigator.hardwareConcurrency,
  });
  return await print(jobs, outcomes, formatter(flags, name));
}

/** The model to read with and, where it reads digits, the one that tells them from what is none. */
async function loadModels(
  name: string,
  flags: { from?: string; model?: string; models?: string },
): Promise<[Model, Model?]> {
  // Both at once: most models read digits. Where this one does not, nobody waits for the other.
  const rejecting = ownFolder("models", REJECT_MODEL).then((folder) =>
    loadModel(`${folder}/${REJECT_MODEL}`)
  );
  rejecting.catch(() => {});
  const model = flags.from === undefined
    ? await loadModel(`${flags.models ?? await ownFolder("models", name)}/${name}`)
    : await loadFrom(flags.from, flags);
  if (areDigitOrOther(model.classes)) {
    throw new UserError(
      `The model ${name} says whether there is a digit, not which: name another with --model`,
      { exitCode: 2 },
    );
  }
  return areDigits(model.classes) ? [model, await rejecting] : [model];
}

/** What a picture's result looks like on stdout; undefined where only stderr has to know. */
interface Formatter {
  /** Comes before all results. */
  header?: string;
  format(file: string, outcome: Outcome): string | undefined;
}

function formatter({ json, csv }: { json: boolean; csv: boolean }, model: string): Formatter {
  if (json) return { format: (...result) => JSON.stringify(readingJson(...result, model)) };
  if (csv) return { header: CSV_HEADER, format: readingCsv };
  const columns = terminalColumns(Deno.stdout);
  return {
    format: (file, outcome) => "error" in outcome ? undefined : readingText(file, outcome, columns),
  };
}

/** Prints results as they come; gives the exit code. */
async function print(
  jobs: readonly Job[],
  outcomes: AsyncIterable<Outcome>,
  { header, format }: Formatter,
): Promise<number> {
  const progress = new Progress(jobs.length);
  const counts = { read: 0, uncertain: 0, blank: 0, failed: 0 };
  let done = 0;
  if (header !== undefined) progress.result(header);
  for await (const outcome of outcomes) {
    const { file } = jobs[done];
    const result = format(file, outcome);
    if (result !== undefined) progress.result(result);
    else if ("error" in outcome) progress.print(`${file}: ${outcome.error}`);
    counts[kindOf(outcome)]++;
    progress.update(++done);
  }
  progress.clear();
  if (done > LONG_LIST) progress.print(summary(counts));
  return counts.failed > 0 ? 1 : 0;
}

/** Each picture with the name of those that show its stages, in a folder that can be written to. */
async function showStages(inputs: readonly Input[], folder: string): Promise<Job[]> {
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new UserError(
        `--debug may not write into ${folder}: ${PROGRAM} predict may write into the folder debug ` +
          `only. Name that one, or allow another with: deno run --allow-read ` +
          `--allow-write=${folder} predict.ts --debug ${folder} ...`,
        { cause: error },
      );
    }
    throw new UserError(
      `Could not make the folder ${folder}: ${(error as Error).message}. ` +
        "Name another with --debug",
      { cause: error },
    );
  }
  const { stageNames } = await import("./lib/batch/stages.ts");
  const names = stageNames(inputs.map(({ file }) => file));
  return inputs.map((input, i) => ({ ...input, stages: `${folder}/${names[i]}` }));
}

function kindOf(outcome: Outcome) {
  if ("error" in outcome) return "failed";
  if (outcome.digits.length === 0) return "blank";
  return outcome.uncertain ? "uncertain" : "read";
}

function summary({ read, uncertain, blank, failed }: Record<ReturnType<typeof kindOf>, number>) {
  return `${read + uncertain + blank + failed} pictures: ${read} read, ${uncertain} uncertain, ` +
    `${blank} blank, ${failed} failed`;
}

if (import.meta.main) await runCommand(predict);
