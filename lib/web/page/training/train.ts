// What the page has done in its second worker: the program's own training, from a choice of data to a
// tested model.

import { chooseBackend } from "../../../backend/choose.ts";
import { drawnDataset } from "../../../data/assemble.ts";
import type { Dataset } from "../../../data/dataset.ts";
import { MNIST, PAGE_MIRROR } from "../../../data/sources.ts";
import { findRecipe } from "../../../model/recipes.ts";
import { type TrainedModel, trainRecipe } from "../../../model/training.ts";
import { fetchDataset } from "./mirror.ts";
import { DRAWN, type Order, SEED, type Told } from "./order.ts";

/**
 * Trains a recipe, and tests it once.
 *
 * @throws {Error} where the data cannot be had, or no backend starts.
 */
export async function train(
  { data: wanted, recipe: name, epochs }: Order,
  tell: (told: Told) => void | Promise<void>,
): Promise<TrainedModel> {
  const recipe = findRecipe(name);
  const data = await load(wanted, tell);
  await tell({ type: "preparing", what: "Looking for the fastest way to train here" });
  const { backend, reason } = await chooseBackend("auto", { recipe });
  const { description } = backend;
  await tell({ type: "begun", pictures: data.train.count, backend: description, reason });
  const plan = {
    epochs,
    batch: recipe.batchSize,
    seed: SEED,
    seeds: 1,
    classic: false,
    float16: false,
  };
  const fallback = async () => (await chooseBackend("simd")).backend;
  for await (const event of trainRecipe(recipe, plan, { backend, fallback, data })) {
    if (event.type === "trained") return event;
    if (event.type !== "interrupted") await tell(event);
  }
  throw new Error("Training has ended without a model");
}

async function load(
  wanted: Order["data"],
  tell: (told: Told) => void | Promise<void>,
): Promise<Dataset> {
  if (wanted === "drawn") {
    await tell({ type: "preparing", what: "Drawing digits" });
    return await drawnDataset({ ...DRAWN, seed: SEED });
  }
  if (wanted !== "mnist") return wanted;
  return await fetchDataset(MNIST, PAGE_MIRROR, {
    onProgress: (file, bytes, total) => {
      const of = total === undefined ? "" : ` of ${megabytes(total)}`;
      tell({ type: "preparing", what: `Downloading ${file}, ${megabytes(bytes)}${of} MB` });
    },
  });
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
