// Trains a recipe on MNIST twice, from pictures in memory to the test accuracy, as a process of its
// own: fast_process.ts CONFIG. The first time, cold, the backend is opened, too.

import type { Backend } from "../lib/backend/backend.ts";
import { chooseBackend } from "../lib/backend/choose.ts";
import { type Dataset, loadDataset } from "../lib/data/dataset.ts";
import { take } from "../lib/data/examples.ts";
import { evaluate } from "../lib/model/evaluate.ts";
import { initialWeights } from "../lib/model/layers.ts";
import type { Recipe } from "../lib/model/recipes.ts";
import { partsOf } from "../lib/model/training.ts";
import { trainNetwork } from "../lib/model/trainer.ts";
import { Random } from "../lib/random.ts";
import { answer } from "./answers.ts";

export interface FastConfig {
  backend: string;
  threads?: number;
  recipe: Recipe;
  /** MNIST's data folder. */
  data: string;
  /** Of the two runs. */
  seeds: [cold: number, warm: number];
}

/** What a run took, and what came of it. */
export interface FastRun {
  seconds: number;
  /** Of the test set. */
  accuracy: number;
}

async function timedRun(
  open: () => Promise<Backend>,
  recipe: Recipe,
  data: Dataset,
  seed: number,
): Promise<FastRun> {
  const { train } = partsOf({ seed }, recipe, data);
  // Validation would tell somebody how far it is, which is no part of the work.
  const parts = { train, validation: take(train, 0) };
  const begun = performance.now();
  const backend = await open();
  const weights = initialWeights(recipe, new Random(seed));
  const network = backend.createNetwork(recipe, weights, { ...recipe, seed });
  for await (const _ of trainNetwork(network, parts, { ...recipe, seed }));
  const { accuracy } = await evaluate(network, data.test);
  const seconds = (performance.now() - begun) / 1000;
  network.dispose();
  return { seconds, accuracy };
}

async function fast({ backend: name, threads, recipe, data, seeds }: FastConfig): Promise<void> {
  const dataset = await loadDataset("mnist", { directory: data });
  let opened: Backend | undefined;
  const open = async () => opened ??= (await chooseBackend(name, { threads, recipe })).backend;
  const runs: FastRun[] = [];
  for (const seed of seeds) runs.push(await timedRun(open, recipe, dataset, seed));
  answer(runs);
}

await fast(JSON.parse(Deno.args.at(-1)!));
// Threads that wait and a device that is open would keep the process alive.
Deno.exit(0);
