// digits train: fits the dense network and then the CNN, as the original main.py did.

import type { Backend } from "./lib/backend/backend.ts";
import { chooseBackend } from "./lib/backend/choose.ts";
import {
  BACKEND_FLAGS,
  bar,
  helpText,
  type Parsed,
  parseUsage,
  runCommand,
  StatusLine,
  terminalColumns,
} from "./lib/cli.ts";
import { type Dataset, DATASET_VALUE } from "./lib/data/dataset.ts";
import { take } from "./lib/data/examples.ts";
import { FOLDER_FORM } from "./lib/data/folder.ts";
import { UserError } from "./lib/errors.ts";
import { exists, writeFiles } from "./lib/files.ts";
import { DATA_FLAG, loadShowing } from "./lib/load.ts";
import { lockFolder } from "./lib/lock.ts";
import {
  type Checkpoint,
  checkpointPath,
  loadCheckpoint,
  type RunOptions,
} from "./lib/model/checkpoint.ts";
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

const USAGE = {
  name: "train",
  summary: "Trains the dense network, then the CNN, and saves them in models/.",
  flags: {
    model: { type: "text", choices: Object.keys(RECIPES), help: "train this one only" },
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
      help: `a folder has ${FOLDER_FORM} (default the recipe's own, mnist mostly)`,
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
    `${PROGRAM} train --model cnn --preview sheet.png`,
    `${PROGRAM} train --resume`,
  ],
} as const;

/** What the original main.py trained, in its order: what is trained where no model is named. */
export const ORIGINALS: readonly string[] = ["dense", "cnn"];

type Flags = Parsed<typeof USAGE["flags"]>["flags"];

/** Exit code of a process that Ctrl-C ended: 128 + SIGINT. */
const INTERRUPTED = 130;

const status = new StatusLine();

/** Gives the exit code. */
export async function train(args: string[]): Promise<number> {
  const { flags, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  using interrupt = listenForInterrupt();
  const out = flags.out?.replace(/(?<=.)[/\\]+$/, "") ?? "models";
  const checkpoint = flags.resume ? await findCheckpoint(out, flags) : undefined;
  const runs = checkpoint ? [checkpoint.run, ...checkpoint.next] : plan(flags);

  if (flags.preview !== undefined && !flags.model) {
    throw new UserError("Name the recipe to preview with --model", { exitCode: 2 });
  }

  using _lock = flags.preview === undefined ? await lock(out) : undefined;
  const data = await load(runs[0], flags.data, interrupt.signal);
  if (!data) return INTERRUPTED;
  if (flags.preview !== undefined) return await preview(flags.preview, runs[0], data);
  let code = 0;
  for (const [i, run] of runs.entries()) {
    const next = runs.slice(i + 1);
    const { signal } = interrupt;
    const directory = `${out}/${run.model}`;
    const recipe = recipeFor(findRecipe(run.model, run), data);
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
    const context = { backend, fallback, data, directory, next, signal, checkpoint: from };
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
  return (flags.model ? [flags.model] : ORIGINALS).map((model) => {
    const { epochs, batchSize, dataset } = findRecipe(model, flags);
    return {
      model,
      dataset: flags.dataset ?? dataset ?? "mnist",
      epochs: flags.epochs ?? epochs,
      batch: flags.batch ?? batchSize,
      seed: flags.seed ?? 1,
      seeds: flags.seeds ?? 1,
      limit: flags.limit ?? null,
      classic: flags.classic,
      float16: flags.float16,
    };
  });
}

/** The run to go on with; a flag that says otherwise than the run began is an error. */
async function findCheckpoint(out: string, flags: Flags): Promise<Checkpoint> {
  for (const name of flags.model ? [flags.model] : Object.keys(RECIPES)) {
    const checkpoint = await loadCheckpoint(`${out}/${name}`);
    if (!checkpoint) continue;
    const keys = [
      "epochs",
      "batch",
      "seed",
      "seeds",
      "dataset",
      "limit",
      "classic",
      "float16",
    ] as const;
    for (const key of keys) {
      // False is a flag of type boolean that was not typed.
      if (flags[key] === undefined || flags[key] === false) continue;
      if (flags[key] === checkpoint.run[key]) continue;
      throw new UserError(
        `The interrupted run of ${name} has --${key} ${checkpoint.run[key]}, not ${flags[key]}. ` +
          `Resume it without --${key}, or train anew without --resume`,
        { exitCode: 2 },
      );
    }
    return checkpoint;
  }
  throw new UserError(
    `There is no interrupted run${flags.model ? ` of ${flags.model}` : ""} in ${out}. ` +
      "Train without --resume, or name the folder with --out (of several seeds the first alone has " +
      "checkpoints)",
  );
}

/** Gives undefined when it was interrupted. */
async function load(
  { dataset, limit }: RunOptions,
  directory: string | undefined,
  signal: AbortSignal,
): Promise<Dataset | undefined> {
  const data = await loadShowing(status, dataset, {
    directory,
    limit: limit ?? undefined,
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
  const digits = (value: number) => value.toFixed(4);
  switch (event.type) {
    case "progress": {
      const { epoch, done, total, loss, accuracy, samplesPerSecond, secondsLeft } = event;
      return status.update(
        `epoch ${epoch}/${run.epochs} ${bar(done / total)} loss ${digits(loss)}  ` +
          `accuracy ${digits(accuracy)}  ${Math.round(samplesPerSecond)} samples/s, ` +
          `${duration(secondsLeft)} left`,
      );
    }
    case "epoch": {
      const { epoch, loss, accuracy, valLoss, valAccuracy, seconds, samplesPerSecond } =
        event.result;
      const validation = valLoss === null || valAccuracy === null
        ? ""
        : `val_loss ${digits(valLoss)}  val_accuracy ${digits(valAccuracy)}  `;
      return status.print(
        `epoch ${epoch}/${run.epochs}  loss ${digits(loss)}  accuracy ${digits(accuracy)}  ` +
          `${validation}${seconds.toFixed(1)} s  ${Math.round(samplesPerSecond)} samples/s`,
      );
    }
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
      const { accuracy, loss } = event.metrics.test;
      status.clear();
      return console.log(
        `${run.model}: test accuracy ${digits(accuracy)}, test loss ${digits(loss)}, ` +
          `saved in ${directory} (${duration((performance.now() - started) / 1000)})`,
      );
    }
    case "seed": {
      const { n, mean, std, values } = event.metrics.seeds!;
      status.clear();
      return console.log(
        `${run.model}: seed ${event.seed}: test accuracy ${digits(values[n - 1])}` +
          `${event.isKept ? ", kept" : ""}; ` +
          `mean of ${n} ${digits(mean)}, standard deviation ${digits(std)}`,
      );
    }
  }
}

/** The first Ctrl-C asks to stop after the current step; the second ends the process at once. */
function listenForInterrupt(): { signal: AbortSignal; [Symbol.dispose](): void } {
  const controller = new AbortController();
  const stop = () => Deno.removeSignalListener("SIGINT", onInterrupt);
  const onInterrupt = () => {
    stop();
    status.print("Stopping after this step; Ctrl-C again stops at once");
    controller.abort();
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  return { signal: controller.signal, [Symbol.dispose]: stop };
}

if (import.meta.main) await runCommand(train);
