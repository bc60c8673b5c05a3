// A training run from start to files on disk: one recipe, one or several seeds, checkpoints on the
// way. Like the trainer it tells what happens as a stream of events, and prints nothing.

import type { Backend } from "../backend/backend.ts";
import type { Dataset } from "../data/dataset.ts";
import { UserError } from "../errors.ts";
import {
  type Checkpoint,
  removeCheckpoint,
  type RunOptions,
  saveCheckpoint,
} from "./checkpoint.ts";
import type { Start } from "./finetune.ts";
import type { Metrics } from "./metrics.ts";
import { findRecipe, recipeFor } from "./recipes.ts";
import type { Fallback } from "./seed.ts";
import { saveModel, trainCommand } from "./store.ts";
import type { TrainingEvent } from "./trainer.ts";
import { trainRecipe } from "./training.ts";

export type RunEvent =
  | TrainingEvent
  | Fallback
  /** The first seed's model is trained, tested and on disk. */
  | { type: "saved"; metrics: Metrics }
  /** A further seed is done; the metrics on disk count it. */
  | { type: "seed"; seed: number; isKept: boolean; metrics: Metrics };

export interface RunContext {
  backend: Backend;
  /** Opens the backend that takes over where that one's device fails. */
  fallback?: () => Promise<Backend>;
  data: Dataset;
  /** What a fine-tuning begins with. */
  start?: Start;
  /** The model's own folder: `models/cnn`. */
  directory: string;
  /** Where to go on; it has to be one of the same run. */
  checkpoint?: Checkpoint;
  /** Runs that are to follow: a checkpoint remembers them. */
  next?: RunOptions[];
  /** Asks to stop after the current step; a checkpoint is saved then. */
  signal?: AbortSignal;
}

/**
 * Trains a recipe or fine-tunes a model, see {@linkcode trainRecipe}, and saves model and metrics in
 * `directory`; a checkpoint is there after each epoch, and no more once the model is saved. There is
 * none for the seeds after the first.
 *
 * An event of type `interrupted` is the last one.
 *
 * @throws {UserError} when a file cannot be written, a weight not be stored in float16, the data set
 * is not the one that the checkpoint was made with, or a device failed and no other backend can take
 * over.
 */
export async function* runRecipe(
  run: RunOptions,
  { directory, next = [], ...context }: RunContext,
): AsyncGenerator<RunEvent> {
  const recipe = context.start?.recipe ?? recipeFor(findRecipe(run.model, run), context.data);
  const { files } = context.data;
  if (context.checkpoint) checkData(context.checkpoint, files);
  let kept = context.checkpoint ? ofCheckpoint(context.checkpoint, directory) : NOTHING;
  const events = trainRecipe(recipe, run, {
    ...context,
    saveCheckpoint: async (reached) => {
      const checkpoint = { run, next, files, ...reached };
      await telling(kept, saveCheckpoint(directory, checkpoint));
      kept = ofCheckpoint(checkpoint, directory);
    },
  });
  for await (const event of events) {
    if (event.type !== "trained") {
      yield event;
      continue;
    }
    const { seed, isKept, model, metrics } = event;
    await telling(kept, saveModel(directory, model, metrics, { float16: run.float16 }));
    kept = `What the seeds before came to is saved in ${directory}`;
    if (seed === run.seed) {
      await removeCheckpoint(directory);
      yield { type: "saved", metrics };
    } else yield { type: "seed", seed, isKept, metrics };
  }
}

/** @throws {UserError} when the data set has changed since the checkpoint. */
function checkData({ run, files: before }: Checkpoint, now: Record<string, string>): void {
  if (before === undefined) return;
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = names.filter((name) => before[name] !== now[name]);
  if (changed.length === 0) return;
  throw new UserError(
    `The data set ${run.dataset} is not the one that the interrupted run of ${run.model} began ` +
      `with: ${changed.join(", ")} changed. Restore it, or train anew without --resume`,
  );
}

/** What there is of a run that stops because a file cannot be written, and how to go on: at first, */
const NOTHING = "There is no checkpoint of this run yet: run the same command again then";

/** and from its first checkpoint on. */
function ofCheckpoint({ position: { history, batch } }: Checkpoint, directory: string): string {
  const place = batch === 0 ? `after epoch ${history.length}` : `in epoch ${history.length + 1}`;
  return `The checkpoint ${place} is still there, as is the model of before where there was one; ` +
    `go on then with: ${trainCommand(directory, "--resume")}`;
}

/** Adds to an error of writing what is kept. */
async function telling(kept: string, writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${error.message}. ${kept}`, { cause: error });
  }
}
