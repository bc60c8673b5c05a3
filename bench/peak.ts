// How much of what one thread can do the kernels make use of.

import { multiplyAdds } from "../lib/model/layers.ts";
import { RECIPES } from "../lib/model/recipes.ts";
import { interleave } from "./contender.ts";
import { simd } from "./contenders.ts";
import { measurePeak } from "./fma.ts";
import { type Section, withContenders } from "./section.ts";
import { median, medianRatio, table, threeDigits } from "./table.ts";
import { BATCH } from "./work.ts";

const ROUNDS = 7;

export const peak: Section = async ({ work, rounds = ROUNDS, seconds }) => {
  const counts = multiplyAdds(RECIPES.cnn);
  const gflops = (samplesPerSecond: number, count: number) => 2 * samplesPerSecond * count / 1e9;
  const config = { ...work, network: "cnn", batch: BATCH, batches: [BATCH], seconds };
  const names = ["multiply-adds alone", "cnn, training", "cnn, inference"];
  const values = await withContenders(
    [simd(1)],
    "train",
    config,
    ([training]) =>
      withContenders([simd(1)], "infer", config, ([inference]) => {
        const measures = [
          () => measurePeak(seconds),
          async () => gflops(await training.running!.ask({}), counts.training),
          async () => gflops(await inference.running!.ask({ batch: BATCH }), counts.forward),
        ];
        return interleave(measures.map((measure, i) => ({ name: names[i], measure })), rounds);
      }),
  );
  return [
    "## Peak of WebAssembly SIMD, one thread",
    "",
    table(
      ["", "GFLOP/s", "of the peak"],
      names.map((name, i) => [
        name,
        threeDigits(median(values[i])),
        `${Math.round(100 * medianRatio(values[i], values[0]))} %`,
      ]),
    ),
    "",
    `The network's operations are those of the textbook, ${threeDigits(counts.forward / 1e6)} ` +
    `million multiply-adds forward and ${threeDigits(counts.training / 1e6)} million to train on ` +
    "one picture. Winograd's convolution and skipping zeros need fewer, which is how more than " +
    "the peak is possible: the fraction is an effective one.",
  ].join("\n");
};
