// A training run from start to files on disk: one recipe, one or several seeds, checkpoints on the
// way. Like the trainer it tells what happens as a stream of events, and prints nothing.

import type { Backend } from "../backend/backend.ts";
import type { Dataset } from "../data/dataset.ts";
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
import { saveMetrics, saveModel } from "./store.ts";
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
 * Trains a recipe or fine-tunes a model, see {@linkcode trainRecipe}, and saves model and metrics in `directory`; a
 * checkpoint is there after each epoch, and no more once the model is saved. There is none for
 * the seeds after the first.
 *
 * An event of type `interrupted` is the last one.
 *
 * @throws {UserError} when a file cannot be written, a weight not be stored in float16, or a device
 * failed and no other backend can take over.
 */
export async function* runRecipe(
  run: RunOptions,
  { directory, next = [], ...context }: RunContext,
): AsyncGenerator<RunEvent> {
  const recipe = context.start?.recipe ?? recipeFor(findRecipe(run.model, run), context.data);
  const events = trainRecipe(recipe, run, {
    ...context,
    saveCheckpoint: (checkpoint) => saveCheckpoint(directory, { run, next, ...checkpoint }),
  });
  for await (const event of events) {
    if (event.type !== "trained") {
      yield event;
      continue;
    }
    const { seed, isKept, model, metrics } = event;
    if (isKept) await saveModel(directory, model, metrics, { float16: run.float16 });
    else await saveMetrics(directory, metrics);
    if (seed === run.seed) {
      await removeCheckpoint(directory);
      yield { type: "saved", metrics };
    } else yield { type: "seed", seed, isKept, metrics };
  }
}
