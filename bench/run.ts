// A whole training run, from the process's start to the test accuracy.

import { dataFolder } from "../lib/data/cache.ts";
import { RECIPES } from "../lib/model/recipes.ts";
import { loadMetrics } from "../lib/model/store.ts";
import { interleave, runProgram } from "./contender.ts";
import { CORES, pytorch, taskArgs } from "./contenders.ts";
import { fastestPyTorch, type Section } from "./section.ts";
import { cells, median, NOT_HERE, percentText, table } from "./table.ts";
import { findMnist } from "./work.ts";

const ROUNDS = 3;

/** PyTorch as it comes. */
const PLAIN = { threads: CORES, channelsLast: false, fused: false };

export const run: Section = async ({ rounds = ROUNDS, ...bench }) => {
  const data = dataFolder();
  const mnist = await findMnist(data);
  const recipe = RECIPES.cnn;
  const settings = await fastestPyTorch(bench);
  const ways = settings
    ? [{ name: "PyTorch", settings: PLAIN }, { name: "PyTorch, tuned", settings }]
    : [];
  const accuracies: number[][] = [[], [], []];
  const turns = [
    {
      name: "digits train --classic --backend simd",
      measure: async () => {
        const out = `${bench.folder}/run`;
        const args = [
          ...taskArgs("train"),
          "--model=cnn",
          "--classic", // what PyTorch is given to do
          "--backend=simd",
          `--data=${data}`,
          `--out=${out}`,
        ];
        const { seconds } = await runProgram("deno", args);
        accuracies[0].push((await loadMetrics(`${out}/cnn`)).test.accuracy);
        return seconds;
      },
    },
    ...ways.map(({ name, settings }, i) => ({
      name,
      measure: async () => {
        const { command, args } = pytorch(bench.python, CORES);
        const { epochs, batchSize: batch, validationSplit } = recipe;
        const config = { mnist, settings, epochs, batch, validationSplit };
        const { seconds, stdout } = await runProgram(command, [
          ...args,
          "run",
          JSON.stringify(config),
        ]);
        accuracies[1 + i].push(JSON.parse(stdout).accuracy);
        return seconds;
      },
    })),
  ];
  const values = await interleave(turns, rounds);
  return [
    `## A whole run: the CNN, ${recipe.epochs} epochs of MNIST, process start to test accuracy`,
    "",
    table(["", "s", "× PyTorch", "test accuracy"], [
      ...turns.map(({ name }, i) => [
        name,
        ...cells(values[i], values[1]),
        percentText(median(accuracies[i])),
      ]),
      ...(settings ? [] : [["PyTorch", NOT_HERE, "", ""]]),
    ]),
    "",
    `Medians of ${rounds} rounds.${settings ? ` Tuned: ${settings.detail}.` : ""}`,
  ].join("\n");
};
