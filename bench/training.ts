// Samples/s of a training step: forward, backward and update.

import { CORES, plainPyTorch, pytorch, simd, TENSORFLOW, THREADS } from "./contenders.ts";
import { type Section, takeTurns, withContenders } from "./section.ts";
import { cells, median, type Row, table } from "./table.ts";
import { BATCH } from "./work.ts";

const NETWORKS = ["cnn", "dense"];
const ROUNDS = 7;

export const training: Section = async ({ work, python, rounds = ROUNDS, seconds }) => {
  const contenders = [
    ...THREADS.map(simd),
    TENSORFLOW,
    ...THREADS.map((threads) => plainPyTorch(python, threads)),
    pytorch(python, CORES),
  ];
  const results: Row[][] = [];
  for (const network of NETWORKS) {
    const config = { ...work, network, batch: BATCH, seconds };
    results.push(
      await withContenders(contenders, "train", config, (all) => takeTurns(all, {}, rounds)),
    );
  }
  const peers = results.map(fasterPyTorch);
  return [
    `## Training, samples/s in batches of ${BATCH}`,
    "",
    table(
      ["", ...NETWORKS.flatMap((network) => [network, "× PyTorch"])],
      contenders.map(({ name }, i) => [
        name,
        ...results.flatMap((rows, n) => cells(rows[i].values, peers[n]?.values)),
      ]),
    ),
    "",
    `Medians of ${rounds} rounds. TensorFlow.js trains with this project's gradient kernels.` +
    (peers.every(Boolean)
      ? ` × PyTorch: beside the faster of its rows as it comes. Tuned: ${ways(results)}.`
      : ""),
  ].join("\n");
};

/** How the tuned PyTorch does each network. */
function ways(results: Row[][]): string {
  return NETWORKS.map((network, n) => `${network} with ${results[n].at(-1)?.detail}`).join("; ");
}

/** The row of PyTorch as it comes with the higher median; undefined where it is not here. */
function fasterPyTorch(rows: Row[]): Row | undefined {
  return rows.slice(-1 - THREADS.length, -1).filter(({ values }) => values.length > 0)
    .sort((a, b) => median(b.values) - median(a.values))[0];
}
