// digits train: fits the dense network and then the CNN, as the original main.py did.

import type { Backend } from "./lib/backend/backend.ts";
import { chooseBackend } from "./lib/backend/choose.ts";
import {
  BACKEND_FLAGS,
  helpText,
  INTERRUPTED,
  listenForInterrupt,
  type Parsed,
  parseUsage,
  runCommand,
  StatusLine,
  terminalColumns,
} from "./lib/cli.ts";
import { type Dataset, DATASET_CHOICES, DATASET_VALUE, datasetNames } from "./lib/data/dataset.ts";
import { take } from "./lib/data/examples.ts";
import { FOLDER_FORM } from "./lib/data/labels.ts";
import { UserError } from "./lib/errors.ts";
import { exists, writeFiles } from "./lib/files.ts";
import { loadBase } from "./lib/import/from.ts";
import { DATA_FLAG, loadShowing } from "./lib/load.ts";
import { lockFolder } from "./lib/lock.ts";
import { checkpointPath, findCheckpoint, type RunOptions } from "./lib/model/checkpoint.ts";
import { FINE_TUNING, fineTune, type Start, trainedOn } from "./lib/model/finetune.ts";
import { parameterCount } from "./lib/model/layers.ts";
import { findRecipe, type Recipe, recipeFor, RECIPES } from "./lib/model/recipes.ts";
import { type RunEvent, runRecipe } from "./lib/model/run.ts";
import { loadMetrics, loadModel, makeDirectory, trainCommand } from "./lib/model/store.ts";
import { partsOf } from "./lib/model/training.ts";
import { PROGRAM } from "./lib/own.ts";
import { assessModel } from "./lib/report/assess.ts";
import { trainingCurve } from "./lib/report/curve.ts";
import { encodePng } from "./lib/report/png.ts";
import { duration } from "./lib/report/reading.ts";
import { reportHtml } from "./lib/report/report.ts";
import { previewSheet } from "./lib/report/sheet.ts";
import { epochText, partTexts, progressText, seedText, testText } from "./lib/report/training.ts";

const USAGE = {
  name: "train",
  summary: "Trains the dense network, then the CNN, and saves them in models/.",
  flags: {
    model: { type: "text", value: Object.keys(RECIPES).join("|"), help: "train this one only" },
    classic: {
      type: "boolean",
      help: "with the original settings: constant rate, no augmentation",
    },
    epochs: { type: "number", value: "N", help: "instead of the recipe's own" },
    batch: { type: "number", value: "N", help: "pictures a step, instead of the recipe's own" },
    seed: { type: "number", value: "N", min: 0, help: "of everything random (default 1)" },
    seeds: {
      type: "number",
      value: "N",
      help:
        "train N times, with seed, seed + 1, ...; keep what validation prefers, report the mean",
    },
    dataset: {
      type: "text",
      value: DATASET_VALUE,
      help:
        `${PROGRAM} data lists names; a folder has ${FOLDER_FORM} (default the recipe's own, mnist mostly)`,
    },
    from: {
      type: "text",
      value: "MODEL",
      help: "fine-tune a model with --dataset, and mix in what it was trained on; NAME or PATH",
    },
    data: DATA_FLAG,
    limit: { type: "number", value: "N", help: "use the first N pictures only, of each set" },
    ...BACKEND_FLAGS,
    out: { type: "text", value: "DIR", help: "where models are saved (default models)" },
    float16: { type: "boolean", help: "store weights in half the bytes" },
    preview: {
      type: "text",
      value: "FILE.png",
      help: "show what augmentation makes of the training pictures, and train nothing",
    },
    resume: { type: "boolean", help: "go on with the run that was interrupted" },
  },
  examples: [
    `${PROGRAM} train`,
    `${PROGRAM} train --model cnn --epochs 1 --limit 5000`,
    `${PROGRAM} train --dataset synthetic     (needs no download)`,
    `${PROGRAM} train --dataset my-digits/ --out my-models    (my-digits/0/*.png, my-digits/1/*.png, ...)`,
    `${PROGRAM} train --from best --dataset my-digits/     (learns your hand: models/best-my-digits)`,
    `${PROGRAM} train --model cnn --preview sheet.png`,
    `${PROGRAM} train --resume`,
  ],
} as const;

/** What the original main.py trained, in its order: what is trained where no model is named. */
export const ORIGINALS: readonly string[] = ["dense", "cnn"];

type Flags = Parsed<typeof USAGE["flags"]>["flags"];

const status = new StatusLine();

/** Gives the exit code. */
export async function train(args: string[]): Promise<number> {
  const { flags, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  using interrupt = listenForInterrupt(
    status,
    "Stopping after this step; Ctrl-C again stops at once",
  );
  const out = flags.out?.replace(/(?<=.)[/\\]+$/, "") ?? "models";
  const name = flags.from === undefined ? flags.model : fineTunedName(flags);
  const checkpoint = flags.resume ? await findCheckpoint(out, flags, name) : undefined;
  const runs = checkpoint ? [checkpoint.run, ...checkpoint.next] : plan(flags);

  if (flags.preview !== undefined && !flags.model) {
    throw new UserError("Name the recipe to preview with --model", { exitCode: 2 });
  }

  using _lock = flags.preview === undefined ? await lock(out) : undefined;
  const prepared = await prepare(runs[0], flags.data, interrupt.signal);
  if (!prepared) return INTERRUPTED;
  const { data, start } = prepared;
  if (flags.preview !== undefined) return await preview(flags.preview, runs[0], data);
  let code = 0;
  for (const [i, run] of runs.entries()) {
    const next = runs.slice(i + 1);
    const { signal } = interrupt;
    const directory = `${out}/${run.model}`;
    const recipe = start?.recipe ?? recipeFor(findRecipe(run.model, run), data);
    const started = performance.now();
    const from = i === 0 ? checkpoint : undefined;
    announce(run, recipe);
    const { threads } = flags;
    let { backend, reason } = await chooseBackend(flags.backend ?? "auto", { threads, recipe });
    const fallback = async () => {
      ({ backend } = await chooseBackend("simd", { threads }));
      return backend;
    };
    status.print(`backend: ${backend.description} (${reason})`);
    if (!from && await exists(checkpointPath(directory))) {
      status.print(`This takes the place of the interrupted run in ${directory}`);
    }
    let [finished, saved] = [true, false];
    const context = { backend, fallback, data, start, directory, next, signal, checkpoint: from };
    for await (const event of runRecipe(run, context)) {
      report(event, run, directory, started);
      finished = event.type !== "interrupted";
      saved ||= event.type === "saved";
    }
    if (saved && !await writeReport(directory, backend, data)) code = 1;
    if (finished && !(signal.aborted && next.length > 0)) continue;
    await sayHowToGoOn(run, next, out);
    return INTERRUPTED;
  }
  return code;
}

/** Keeps other trainings out of a folder of models for as long as this process runs. */
async function lock(out: string): Promise<Deno.FsFile> {
  await makeDirectory(out);
  const file = await lockFolder(out).catch((error) => {
    throw new UserError(
      `Cannot write into ${out}: ${(error as Error).message}. Name another folder with --out`,
      { cause: error },
    );
  });
  if (file) return file;
  throw new UserError(
    `Another training writes into ${out}. Wait until it is done, or name another folder with --out`,
  );
}

/** What is left of an interrupted command is in the checkpoint; after a run's end, in the next's name. */
async function sayHowToGoOn(run: RunOptions, next: RunOptions[], out: string): Promise<void> {
  const resumable = await exists(checkpointPath(`${out}/${run.model}`));
  if (!resumable && run.seeds > 1) status.print("What the seeds before came to is saved");
  if (!resumable && next.length === 0) return;
  const command = resumable
    ? trainCommand(`${out}/${run.model}`, "--resume")
    : trainCommand(`${out}/${next[0].model}`);
  status.print(`Go on with: ${command}`);
}

/** The runs that the flags ask for. */
function plan(flags: Flags): RunOptions[] {
  const { from, dataset, classic, float16, seed = 1, seeds = 1, limit = null } = flags;
  const settings = { seed, seeds, limit, classic, float16 };
  if (from !== undefined) {
    return [{
      model: fineTunedName(flags),
      from,
      dataset: dataset!,
      epochs: flags.epochs ?? FINE_TUNING.epochs,
      batch: flags.batch ?? FINE_TUNING.batchSize,
      ...settings,
    }];
  }
  return (flags.model ? [flags.model] : ORIGINALS).map((model) => {
    const recipe = findRecipe(model, flags);
    return {
      model,
      dataset: dataset ?? recipe.dataset ?? "mnist",
      epochs: flags.epochs ?? recipe.epochs,
      batch: flags.batch ?? recipe.batchSize,
      ...settings,
    };
  });
}

/**
 * What a fine-tuned model is called: after what it comes from and what it learned, `best-my-digits`,
 * so that it takes no other's place.
 *
 * @throws {UserError} when flags are missing, or do not go together.
 */
function fineTunedName({ from, dataset, model, classic }: Flags): string {
  const other = model !== undefined ? "--model" : classic ? "--classic" : undefined;
  if (other) throw new UserError(`--from and ${other} exclude each other`, { exitCode: 2 });
  if (dataset === undefined) {
    throw new UserError(
      `Name the pictures to learn from with --dataset: ${DATASET_CHOICES}`,
      { exitCode: 2 },
    );
  }
  return [from!, ...datasetNames(dataset)]
    .map((path) => path.replace(/[/\\](model\.json|labels\.csv)$/, "").replace(/\.(onnx|csv)$/, ""))
    .map((path) => path.split(/[/\\]/).filter(Boolean).at(-1) ?? "")
    .map((name) => name.replace(/[^\p{L}\p{N}._-]+/gu, "-"))
    .join("-");
}

/** What a run trains on and, where it fine-tunes, from; undefined when it was interrupted. */
async function prepare(
  run: RunOptions,
  directory: string | undefined,
  signal: AbortSignal,
): Promise<{ data: Dataset; start?: Start } | undefined> {
  const { from, model: name, seed } = run;
  if (from === undefined) {
    const data = await load(run.dataset, run, directory, signal);
    return data && { data };
  }
  const base = await loadBase(from);
  const known = trainedOn(base);
  const names = datasetNames(run.dataset).filter((name) => !known.includes(name));
  const classes = base.model.classes;
  const own = await load(names.join("+") || run.dataset, { ...run, classes }, directory, signal);
  if (!own) return undefined;
  if (names.length === 0 || known.length === 0) {
    return fineTune(base, own, undefined, { name, seed });
  }
  status.print(`${from} was trained on ${known.join("+")}: mixed in, so that it forgets nothing`);
  const all = await load(known.join("+"), run, directory, signal);
  return all && fineTune(base, own, all, { name, seed });
}

/** Gives undefined when it was interrupted. */
async function load(
  name: string,
  { limit, classes }: { limit: number | null; classes?: readonly string[] },
  directory: string | undefined,
  signal: AbortSignal,
): Promise<Dataset | undefined> {
  const data = await loadShowing(status, name, {
    directory,
    limit: limit ?? undefined,
    classes,
    signal,
  }).catch((error) => {
    if (!signal.aborted) throw error;
    status.print("Interrupted. The same command goes on with the download where it stopped");
  });
  if (!data) return undefined;
  const test = take(data.test, limit ?? Infinity);
  status.print(
    `data: ${data.name}, ${data.train.count} pictures to train on, ${test.count} to test`,
  );
  return { ...data, test };
}

/** Writes a sheet of what the run would train on, and says what its rows are. */
async function preview(path: string, run: RunOptions, data: Dataset): Promise<number> {
  const recipe = findRecipe(run.model, run);
  if (!recipe.augmentation) {
    throw new UserError(
      `${run.model} is trained on the pictures as they are: there is nothing to preview`,
    );
  }
  const { train } = partsOf(run, recipe, data);
  const { pixels, width, height, rows } = previewSheet(train, recipe.augmentation, run);
  await writeFiles({ [path]: await encodePng(pixels, width, height) });
  console.log(`${path}: training pictures of ${run.model}, then what epochs 1 to 9 make of them`);
  for (const [i, row] of rows.entries()) console.log(`row ${i + 1}: ${row}`);
  return 0;
}

/**
 * The page about the model that was kept, and in the terminal how its training went.
 *
 * @returns Whether the page could be written: the model is there without it, too.
 */
async function writeReport(directory: string, backend: Backend, data: Dataset): Promise<boolean> {
  const [model, metrics] = await Promise.all([loadModel(directory), loadMetrics(directory)]);
  const curve = trainingCurve(metrics.history, terminalColumns(Deno.stderr));
  if (curve) status.print(`\n${curve}\n`);
  const { images } = data.test;
  const assessment = await assessModel(backend, model, data.test);
  const page = await reportHtml({
    name: metrics.recipe,
    model,
    metrics,
    dataset: data.name,
    assessment,
    images,
  });
  const path = `${directory}/report.html`;
  try {
    await writeFiles({ [path]: page });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    status.print(`The model is saved, its report is not: ${error.message}`);
    return false;
  }
  status.print(`report: ${path}`);
  return true;
}

function announce({ model, epochs, batch, seed }: RunOptions, recipe: Recipe): void {
  status.print(
    `${model}: ${recipe.summary}, ${parameterCount(recipe)} parameters; ` +
      `epochs ${epochs}, batch ${batch}, seed ${seed}`,
  );
}

/** Progress goes to stderr, results to stdout. */
function report(event: RunEvent, run: RunOptions, directory: string, started: number): void {
  switch (event.type) {
    case "progress":
      return status.update(progressText(event, run.epochs));
    case "epoch":
      return status.print(epochText(event.result, run.epochs));
    case "fallback": {
      const { reason, backend, epoch } = event;
      const done = `${epoch} of ${run.epochs} epochs`;
      return status.print(`${reason}. ${backend} goes on from the last checkpoint, after ${done}`);
    }
    case "interrupted": {
      const { history, batch } = event.position;
      return status.print(`Interrupted in epoch ${history.length + 1}, after batch ${batch}`);
    }
    case "saved": {
      const time = duration((performance.now() - started) / 1000);
      status.clear();
      console.log(`${run.model}: ${testText(event.metrics.test)}, saved in ${directory} (${time})`);
      return partTexts(event.metrics).forEach((line) => console.log(line));
    }
    case "seed":
      status.clear();
      return console.log(`${run.model}: ${seedText(event.seed, event.isKept, event.metrics)}`);
  }
}

if (import.meta.main) await runCommand(train);
