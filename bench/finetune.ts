// What ten corrected pictures do: a model is fine-tuned with them, then reads the others of their kind,
// and MNIST's test pictures.

import { openSimd } from "../lib/backend/simd/simd.ts";
import type { Backend } from "../lib/backend/backend.ts";
import { dataFolder } from "../lib/data/cache.ts";
import { corrupt } from "../lib/data/corruptions.ts";
import { type Dataset, loadDataset } from "../lib/data/dataset.ts";
import { type Examples, select, take } from "../lib/data/examples.ts";
import { loadFolder } from "../lib/data/folder.ts";
import { MNIST } from "../lib/data/sources.ts";
import { loadBase } from "../lib/import/from.ts";
import type { Evaluation } from "../lib/model/evaluate.ts";
import { type Base, fineTune } from "../lib/model/finetune.ts";
import type { Model } from "../lib/model/format.ts";
import { trainRecipe } from "../lib/model/training.ts";
import { Random } from "../lib/random.ts";
import { assessModel } from "../lib/report/assess.ts";
import { status } from "./contender.ts";
import type { Section } from "./section.ts";
import { percentText, table } from "./table.ts";

const MODELS = ["dense", "cnn", "best"];
const SEEDS = 2;
/** Pictures that are corrected. */
const CORRECTED = 10;
/** With fewer that are left of a kind nothing can be said. */
const FEWEST_OTHERS = 5;

/** Without pictures of people's: MNIST's training pictures, so many, spoilt in these ways. */
const CORRUPTED = ["stripe", "zigzag", "dotted_line", "rotate"];
const CORRUPTED_COUNT = 500;

/** What a fine-tuning came to. */
interface Result {
  /** How many others there are. */
  count: number;
  others: { before: Evaluation; after: Evaluation };
  mnist: { before: Evaluation; after: Evaluation };
}

export const finetune: Section = async ({ folder, pictures, rounds = SEEDS }) => {
  const backend = await openSimd();
  const mnist = await loadDataset(MNIST.name, { directory: dataFolder() });
  const kinds = pictures === undefined
    ? corruptedKinds(mnist)
    : await picturesByCategory(pictures, folder);
  const rows: string[][] = [];
  for (const name of MODELS) {
    const base = await loadBase(name);
    const all: Result[] = [];
    for (const [kind, examples] of kinds) {
      if (examples.count < CORRECTED + FEWEST_OTHERS) continue;
      const results: Result[] = [];
      for (let seed = 1; seed <= rounds; seed++) {
        status.update(`${name} ${kind} ${seed}/${rounds}`);
        results.push(await tryOut(base, examples, mnist, { backend, seed }));
      }
      rows.push([`${name}, ${kind}`, ...cells(results)]);
      all.push(...results);
    }
    rows.push([`${name}, all`, ...cells(all)]);
  }
  status.clear();
  return [
    `## Fine-tuning with ${CORRECTED} pictures`,
    "",
    table(
      ["", "others", "right before", "after", "loss before", "after", "MNIST before", "after"],
      rows,
    ),
    "",
    `Means over ${rounds} choices of the ${CORRECTED}, each with a seed of its own: one picture of ` +
    "each digit, where there is one. Right are pictures by the most probable class of the one way " +
    "to see their ink that training has.",
  ].join("\n");
};

function corruptedKinds({ train }: Dataset): [string, Examples][] {
  const some = take(train, CORRUPTED_COUNT);
  return CORRUPTED.map((name) => [name, { ...some, images: corrupt(some.images, name) }]);
}

/** The pictures of a folder with a manifest.json that show one digit each, as they are trained on. */
async function picturesByCategory(
  pictures: string,
  folder: string,
): Promise<[string, Examples][]> {
  const listed: { file: string; label: string; category: string }[] = JSON.parse(
    await Deno.readTextFile(`${pictures}/manifest.json`),
  );
  const kinds: [string, Examples][] = [];
  for (const [category, files] of Map.groupBy(listed, ({ category }) => category)) {
    if (category === "multi") continue;
    const list = `${folder}/${category}.csv`;
    const lines = files.map(({ file, label }) => `${Deno.realPathSync(pictures)}/${file},${label}`);
    await Deno.writeTextFile(list, ["file,label", ...lines].join("\n"));
    const data = await loadFolder(list, {
      directory: folder,
      classes: MNIST.classes,
      testAll: () => true,
    });
    kinds.push([category, data.test]);
  }
  return kinds;
}

/** Fine-tunes a model with a few pictures of a kind. */
async function tryOut(
  base: Base,
  kind: Examples,
  mnist: Dataset,
  { backend, seed }: { backend: Backend; seed: number },
): Promise<Result> {
  const { corrected, others } = choose(kind, new Random(seed));
  const own: Dataset = {
    name: "corrected/",
    classes: MNIST.classes,
    train: corrected,
    test: take(corrected, 0),
    files: {},
    source: "",
  };
  const { start, data } = fineTune(base, own, mnist, { name: `${base.name}-corrected`, seed });
  const { epochs, batchSize: batch } = start.recipe;
  const plan = { epochs, batch, seed, seeds: 1, classic: false, float16: false };
  for await (const event of trainRecipe(start.recipe, plan, { backend, data, start })) {
    if (event.type !== "trained") continue;
    const measure = (model: Model) => assessModel(backend, model, others);
    const { test, from } = event.metrics;
    return {
      count: others.count,
      others: { before: await measure(base.model), after: await measure(event.model) },
      mnist: { before: from!.test, after: test },
    };
  }
  throw new Error("Training ended without a model");
}

/** Of each digit one picture, then any. */
function choose(kind: Examples, random: Random): { corrected: Examples; others: Examples } {
  const order = [...random.permutation(kind.count)];
  const labels = order.map((i) => kind.labels[i]);
  const isFirst = (place: number) => labels.indexOf(labels[place]) === place;
  const sorted = [...order.filter((_, i) => isFirst(i)), ...order.filter((_, i) => !isFirst(i))];
  return {
    corrected: select(kind, sorted.slice(0, CORRECTED)),
    others: select(kind, sorted.slice(CORRECTED)),
  };
}

function cells(results: readonly Result[]): string[] {
  const count = results.reduce((sum, { count }) => sum + count, 0);
  const mean = (of: (result: Result) => number, weigh = (result: Result) => result.count) =>
    results.reduce((sum, result) => sum + of(result) * weigh(result), 0) /
    results.reduce((sum, result) => sum + weigh(result), 0);
  const each = () => 1;
  return [
    String(count),
    percentText(mean(({ others }) => others.before.accuracy)),
    percentText(mean(({ others }) => others.after.accuracy)),
    mean(({ others }) => others.before.loss).toFixed(4),
    mean(({ others }) => others.after.loss).toFixed(4),
    percentText(mean(({ mnist }) => mnist.before.accuracy, each)),
    percentText(mean(({ mnist }) => mnist.after.accuracy, each)),
  ];
}
