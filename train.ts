// digits train: fits the dense network and then the CNN, as the original main.py did.

import config from "./deno.json" with { type: "json" };
import { chooseBackend } from "./lib/backend/choose.ts";
import { BACKEND_NAMES } from "./lib/backend/backend.ts";
import type { Backend, Network, TrainingState } from "./lib/backend/backend.ts";
import {
  bar,
  duration,
  helpText,
  type Parsed,
  parseUsage,
  runCommand,
  StatusLine,
} from "./lib/cli.ts";
import { type Dataset, DATASETS, loadDataset, split, take } from "./lib/data/dataset.ts";
import { UserError } from "./lib/errors.ts";
import {
  type Checkpoint,
  loadCheckpoint,
  removeCheckpoint,
  type RunOptions,
  saveCheckpoint,
} from "./lib/model/checkpoint.ts";
import { evaluate, type Evaluation } from "./lib/model/evaluate.ts";
import { initialWeights, parameterCount } from "./lib/model/layers.ts";
import { RECIPES } from "./lib/model/recipes.ts";
import { type Metrics, saveMetrics, saveModel, seedStatistics } from "./lib/model/store.ts";
import {
  type EpochResult,
  type Position,
  type TrainingEvent,
  trainNetwork,
} from "./lib/model/trainer.ts";
import { Random } from "./lib/random.ts";

const USAGE = {
  name: "train",
  summary: "Trains the dense network, then the CNN, and saves them in models/.",
  flags: {
    model: { type: "text", choices: Object.keys(RECIPES), help: "train this one only" },
    epochs: { type: "number", value: "N", help: "instead of the recipe's own" },
    batch: { type: "number", value: "N", help: "pictures a step, instead of the recipe's own" },
    seed: { type: "number", value: "N", min: 0, help: "of everything random (default 1)" },
    seeds: {
      type: "number",
      value: "N",
      help: "train N times, with seed, seed + 1, ...; keep the first, report mean and deviation",
    },
    dataset: { type: "text", choices: DATASETS, help: "default mnist" },
    data: {
      type: "text",
      value: "DIR",
      help: "where data sets are kept (DIGITS_DATA, else data/)",
    },
    limit: { type: "number", value: "N", help: "use the first N pictures only, of each set" },
    backend: {
      type: "text",
      choices: ["auto", ...BACKEND_NAMES],
      help: "who does the arithmetic (default auto)",
    },
    out: { type: "text", value: "DIR", help: "where models are saved (default models)" },
    resume: { type: "boolean", help: "go on with the run that was interrupted" },
  },
  examples: [
    "deno task train",
    "deno task train --model cnn --epochs 1 --limit 5000",
    "deno task train --dataset synthetic     (needs no download)",
    "deno task train --resume",
  ],
} as const;

type Flags = Parsed<typeof USAGE["flags"]>["flags"];

/** Exit code of a process that Ctrl-C ended: 128 + SIGINT. */
const INTERRUPTED = 130;

/** Streams of the seed, so that weights and split do not depend on how many numbers the other took. */
const WEIGHTS_STREAM = 1;
const SPLIT_STREAM = 2;

const status = new StatusLine();

/** Gives the exit code. */
export async function train(args: string[]): Promise<number> {
  const { flags, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  using interrupt = listenForInterrupt();
  const out = flags.out ?? "models";
  const checkpoint = flags.resume ? await findCheckpoint(out, flags) : undefined;
  const runs = checkpoint ? [checkpoint.run, ...checkpoint.next] : plan(flags);

  const { backend, reason } = await chooseBackend(flags.backend ?? "auto", "train");
  status.print(`backend: ${backend.description} (${reason})`);
  const data = await load(runs[0], flags.data, interrupt.signal);
  if (!data) return INTERRUPTED;
  for (const [i, run] of runs.entries()) {
    const session = {
      run,
      next: runs.slice(i + 1),
      backend,
      data,
      directory: `${out}/${run.model}`,
    };
    const from = i === 0 ? checkpoint : undefined;
    if (!await trainModel(session, from, interrupt.signal)) return INTERRUPTED;
  }
  return 0;
}

/** The runs that the flags ask for. */
function plan(flags: Flags): RunOptions[] {
  return (flags.model ? [flags.model] : Object.keys(RECIPES)).map((model) => ({
    model,
    dataset: flags.dataset ?? "mnist",
    epochs: flags.epochs ?? RECIPES[model].epochs,
    batch: flags.batch ?? RECIPES[model].batchSize,
    seed: flags.seed ?? 1,
    seeds: flags.seeds ?? 1,
    limit: flags.limit ?? null,
  }));
}

/** The run to go on with; a flag that says otherwise than the run began is an error. */
async function findCheckpoint(out: string, flags: Flags): Promise<Checkpoint> {
  for (const name of flags.model ? [flags.model] : Object.keys(RECIPES)) {
    const checkpoint = await loadCheckpoint(`${out}/${name}`);
    if (!checkpoint) continue;
    for (const key of ["epochs", "batch", "seed", "seeds", "dataset", "limit"] as const) {
      if (flags[key] === undefined || flags[key] === checkpoint.run[key]) continue;
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
      "Train without --resume, or name the folder with --out",
  );
}

/** Gives undefined when it was interrupted. */
async function load(
  { dataset, limit }: RunOptions,
  directory: string | undefined,
  signal: AbortSignal,
): Promise<Dataset | undefined> {
  const notes: string[] = [];
  const data = await loadDataset(dataset, {
    directory: directory ?? Deno.env.get("DIGITS_DATA") ?? "data",
    limit: limit ?? undefined,
    signal,
    onProgress: ({ file, host, bytes, total }) =>
      status.update(
        `${file} from ${host} ${total ? bar(bytes / total) : ""} ${(bytes / 1e6).toFixed(1)} MB`,
      ),
    onNote: (note) => {
      notes.push(note);
      status.update(note);
    },
  }).catch((error) => {
    if (!signal.aborted) throw error;
    status.print("Interrupted. The same command goes on with the download where it stopped");
  });
  if (!data) return undefined;
  // Kept until here, because an error repeats them.
  notes.forEach((note) => status.print(note));
  const test = take(data.test, limit ?? Infinity);
  status.print(
    `data: ${data.name}, ${data.train.count} pictures to train on, ${test.count} to test`,
  );
  return { ...data, test };
}

/** One recipe, once per seed; the first seed's model is kept. */
interface Session {
  run: RunOptions;
  next: RunOptions[];
  backend: Backend;
  data: Dataset;
  directory: string;
}

/** Gives false when it was interrupted. */
async function trainModel(
  session: Session,
  checkpoint: Checkpoint | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { run, next, backend, data, directory } = session;
  const recipe = RECIPES[run.model];
  status.print(
    `${run.model}: ${recipe.summary}, ${parameterCount(recipe)} parameters; ` +
      `${run.epochs} epochs, batch ${run.batch}, seed ${run.seed}`,
  );
  const started = performance.now();
  const goOn = `Go on with: deno task train --resume --model ${run.model}` +
    (directory === `models/${run.model}`
      ? ""
      : ` --out ${directory.slice(0, -run.model.length - 1)}`);

  const first = await trainOnce(session, run.seed, signal, {
    checkpoint,
    save: (position, network) =>
      network.state().then((state) => saveCheckpoint(directory, { run, next, position, state })),
  });
  if ("position" in first) {
    const { history, batch } = first.position;
    status.print(`Interrupted in epoch ${history.length + 1}, after batch ${batch}. ${goOn}`);
    return false;
  }
  const metrics: Metrics = {
    recipe: run.model,
    parameters: parameterCount(recipe),
    seed: run.seed,
    epochs: run.epochs,
    batchSize: run.batch,
    backend: backend.description,
    versions: { digits: config.version, deno: Deno.version.deno, ...backend.versions },
    dataset: {
      name: data.name,
      source: data.source,
      sha256: data.files,
      train: first.trained,
      validation: first.validated,
      test: data.test.count,
    },
    classes: data.classes,
    history: first.history,
    test: first.test,
  };
  const { weights } = first.state;
  await saveModel(
    directory,
    { name: run.model, architecture: recipe, weights, classes: data.classes },
    metrics,
  );
  await removeCheckpoint(directory);
  console.log(
    `${run.model}: test accuracy ${first.test.accuracy.toFixed(4)}, ` +
      `test loss ${first.test.loss.toFixed(4)}, saved in ${directory} ` +
      `(${duration((performance.now() - started) / 1000)})`,
  );

  const accuracies = [first.test.accuracy];
  for (let seed = run.seed + 1; seed < run.seed + run.seeds; seed++) {
    const again = await trainOnce(session, seed, signal);
    if ("position" in again) {
      status.print(`Interrupted in seed ${seed}; what is saved counts ${accuracies.length} seeds`);
      return false;
    }
    accuracies.push(again.test.accuracy);
    const seeds = seedStatistics(accuracies);
    await saveMetrics(directory, { ...metrics, seeds });
    console.log(
      `${run.model}: seed ${seed}: test accuracy ${again.test.accuracy.toFixed(4)}; ` +
        `mean of ${seeds.n} ${seeds.mean.toFixed(4)}, standard deviation ${seeds.std.toFixed(4)}`,
    );
  }
  if (signal.aborted && next.length > 0) {
    const left = next.map(({ model }) => model).join(", ");
    status.print(
      `Interrupted before ${left}. Go on with: deno task train --model ${next[0].model}`,
    );
    return false;
  }
  return true;
}

interface Finished {
  history: EpochResult[];
  test: Evaluation;
  state: TrainingState;
  trained: number;
  validated: number;
}

/** Trains with one seed from the start, or from a checkpoint; saves one each epoch if told how. */
async function trainOnce(
  { run, backend, data }: Session,
  seed: number,
  signal: AbortSignal,
  { checkpoint, save }: {
    checkpoint?: Checkpoint;
    save?: (position: Position, network: Network) => Promise<void>;
  } = {},
): Promise<Finished | { position: Position }> {
  const recipe = RECIPES[run.model];
  const parts = split(data.train, recipe.validationSplit, new Random(seed, SPLIT_STREAM));
  const weights = checkpoint?.state.weights ??
    initialWeights(recipe, new Random(seed, WEIGHTS_STREAM));
  const network = backend.createNetwork(recipe, weights, recipe.optimizer);
  try {
    if (checkpoint) network.setState(checkpoint.state);
    const history: EpochResult[] = [...checkpoint?.position.history ?? []];
    const events = trainNetwork(network, parts, {
      epochs: run.epochs,
      batchSize: run.batch,
      learningRate: recipe.learningRate,
      seed,
      position: checkpoint?.position,
      signal,
    });
    for await (const event of events) {
      report(event, run.epochs);
      if (event.type === "progress") continue;
      await save?.(event.position, network);
      if (event.type === "interrupted") return { position: event.position };
      history.push(event.result);
    }
    return {
      history,
      test: await evaluate(network, data.test),
      state: await network.state(),
      trained: parts.train.count,
      validated: parts.validation.count,
    };
  } finally {
    network.dispose();
  }
}

function report(event: TrainingEvent, epochs: number): void {
  if (event.type === "progress") {
    const { epoch, done, total, loss, accuracy, samplesPerSecond, secondsLeft } = event;
    status.update(
      `epoch ${epoch}/${epochs} ${bar(done / total)} loss ${loss.toFixed(4)} ` +
        `accuracy ${accuracy.toFixed(4)}  ${Math.round(samplesPerSecond)} samples/s, ` +
        `${duration(secondsLeft)} left`,
    );
  } else if (event.type === "epoch") {
    const { epoch, loss, accuracy, valLoss, valAccuracy, seconds, samplesPerSecond } = event.result;
    const validation = valLoss === null
      ? ""
      : `val_loss ${valLoss.toFixed(4)}  val_accuracy ${valAccuracy!.toFixed(4)}  `;
    status.print(
      `epoch ${epoch}/${epochs}  loss ${loss.toFixed(4)}  accuracy ${accuracy.toFixed(4)}  ` +
        `${validation}${seconds.toFixed(1)} s  ${Math.round(samplesPerSecond)} samples/s`,
    );
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
