// Seconds to 99 % of MNIST's test set: the recipe `fast`, from pictures in memory to the test
// accuracy.

import { findAdapter } from "../lib/backend/choose.ts";
import { dataFolder } from "../lib/data/cache.ts";
import { RECIPES } from "../lib/model/recipes.ts";
import { type Contender, interleave, runProgram } from "./contender.ts";
import { CORES, ownScript, pytorchCuda, simd, webgpu } from "./contenders.ts";
import type { FastConfig, FastRun } from "./fast_process.ts";
import type { Section } from "./section.ts";
import { cells, median, NOT_HERE, percentText, table, threeDigits } from "./table.ts";
import { adapterText } from "./webgpu.ts";
import { findMnist } from "./work.ts";

const ROUNDS = 5;
/** A software adapter takes minutes. */
const SOFTWARE_ROUNDS = 1;

/** Somebody who trains the recipe, as a process of its own that ends with its answer. */
type Entrant = Contender & { isHere: boolean };

export const fast: Section = async ({ python, gpu, rounds: wanted }) => {
  const data = dataFolder();
  const mnist = await findMnist(data);
  const adapter = await findAdapter();
  const isSoftware = adapter?.isSoftware ?? false;
  const rounds = wanted ?? (isSoftware ? SOFTWARE_ROUNDS : ROUNDS);
  const hasAdapter = adapter !== undefined;
  const eager = theirs(pytorchCuda(python, false), mnist, gpu !== undefined);
  const entrants = [
    ours(webgpu("webgpu"), data, hasAdapter),
    // In software it would take half an hour.
    ...(isSoftware ? [] : [ours(webgpu("tfjs-webgpu"), data, hasAdapter)]),
    ours(simd(CORES), data),
    eager,
    theirs(pytorchCuda(python, true), mnist, gpu !== undefined),
  ];
  const here = entrants.filter(({ isHere }) => isHere);
  const runs = await interleave(here.map(turn), rounds);
  const peer = runs[here.indexOf(eager)]?.map(([, warm]) => warm.seconds);
  return [
    `## From MNIST in memory to the test accuracy: the recipe fast, ${RECIPES.fast.summary}`,
    "",
    table(
      ["", "s, cold", "s, warm", "× PyTorch eager", "test accuracy"],
      entrants.map((entrant) => [
        entrant.name,
        ...runCells(runs[here.indexOf(entrant)] ?? [], peer),
      ]),
    ),
    "",
    `Medians of ${rounds} rounds; accuracies are means of the ${2 * rounds} seeds. Cold: a new ` +
    "process, which opens the device and compiles its kernels; the driver may know them from " +
    "before. Warm: once more in that process." +
    (adapter ? ` WebGPU: ${adapterText(adapter)}.` : ""),
  ].join("\n");
};

/** A backend of ours. */
function ours(contender: Contender, data: string, isHere = true): Entrant {
  const { command, args } = ownScript("fast_process.ts");
  const config = { ...contender.config, recipe: RECIPES.fast, data };
  return { ...contender, command, args, config, isHere };
}

function theirs(contender: Contender, mnist: string, isHere: boolean): Entrant {
  const config = { ...contender.config, recipe: RECIPES.fast, mnist };
  return { ...contender, args: [...contender.args, "fast"], config, isHere };
}

/** Two runs, each time with seeds that it has not had. */
function turn({ name, command, args, config }: Entrant) {
  let seed = 1;
  const measure = async () => {
    const seeds: FastConfig["seeds"] = [seed++, seed++];
    const { stdout } = await runProgram(command, [...args, JSON.stringify({ ...config, seeds })]);
    return JSON.parse(stdout) as [cold: FastRun, warm: FastRun];
  };
  return { name, measure };
}

function runCells(runs: [cold: FastRun, warm: FastRun][], peer: number[] | undefined): string[] {
  if (runs.length === 0) return [NOT_HERE, "", "", ""];
  const accuracies = runs.flat().map(({ accuracy }) => accuracy);
  return [
    threeDigits(median(runs.map(([cold]) => cold.seconds))),
    ...cells(runs.map(([, warm]) => warm.seconds), peer),
    percentText(accuracies.reduce((a, b) => a + b) / accuracies.length),
  ];
}
