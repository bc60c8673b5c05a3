// Images/s of the trained CNN, from pictures in memory to logits.

import { onnxRuntime, pytorch, simd, TENSORFLOW, THREADS } from "./contenders.ts";
import { type Section, type Started, takeTurns, withContenders } from "./section.ts";
import { cells, type Row, table } from "./table.ts";

const BATCHES = [1, 64, 256];
const ROUNDS = 7;
/** How far logits may be apart, as a fraction of the largest. */
const TOLERANCE = 1e-4;

export const inference: Section = async ({ work, python, rounds = ROUNDS, seconds }) => {
  const contenders = [
    ...THREADS.map(simd),
    TENSORFLOW,
    ...THREADS.map((threads) => onnxRuntime("web", threads)),
    ...THREADS.map((threads) => onnxRuntime("node", threads)),
    ...THREADS.map((threads) => pytorch(python, threads)),
  ];
  const config = { ...work, batches: BATCHES, seconds: seconds / 2 };
  const results = await withContenders(contenders, "infer", config, async (all) => {
    const results: Row[][] = [];
    for (const batch of BATCHES) {
      await compareLogits(all, batch);
      results.push(await takeTurns(all, { batch }, rounds));
    }
    return results;
  });
  const peer = onnxRuntime("web", 1).name;
  const at = contenders.findIndex(({ name }) => name === peer);
  return [
    "## Inference with the CNN, images/s",
    "",
    table(
      ["", ...BATCHES.flatMap((batch) => [`batch ${batch}`, "× ort-web"])],
      contenders.map(({ name }, i) => [
        name,
        ...results.flatMap((rows) => cells(rows[i].values, rows[at].values)),
      ]),
    ),
    "",
    `Medians of ${rounds} rounds; ort-web is ${peer}. The logits of all agree within ` +
    `${TOLERANCE} of the largest.${pytorchWays(results[0])}`,
  ].join("\n");
};

/** How PyTorch did the work. */
function pytorchWays(rows: Row[]): string {
  const { detail } = rows.at(-1)!;
  return detail ? ` PyTorch: ${detail}.` : "";
}

/** @throws {Error} naming the contender whose logits are not those of the first. */
async function compareLogits(started: Started[], batch: number): Promise<void> {
  let expected: number[] | undefined;
  for (const { contender, running } of started) {
    if (!running) continue;
    const logits = await running.ask<number[]>({ batch, logits: true });
    expected ??= logits;
    const scale = Math.max(...expected.map(Math.abs));
    const apart = Math.max(...expected.map((value, i) => Math.abs(value - logits[i])));
    // Written so that NaN, from numbers that are missing, is no agreement.
    if (!(apart <= TOLERANCE * scale && logits.length === expected.length)) {
      throw new Error(`Logits of ${contender.name} are ${apart / scale} apart at batch ${batch}`);
    }
  }
}
