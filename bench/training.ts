// Samples/s of a training step: forward, backward and update.

import { pytorch, simd, TENSORFLOW, THREADS } from "./contenders.ts";
import { type Section, takeTurns, withContenders } from "./section.ts";
import { cells, median, type Row, table } from "./table.ts";
import { BATCH } from "./work.ts";

const NETWORKS = ["cnn", "dense"];
const ROUNDS = 7;

export const training: Section = async ({ work, python, rounds = ROUNDS, seconds }) => {
  const contenders = [
    ...THREADS.map(simd),
    TENSORFLOW,
    ...THREADS.map((threads) => pytorch(python, threads)),
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
    (peers.every(Boolean) ? ` × PyTorch: beside the faster of its rows, ${ways(peers)}.` : ""),
  ].join("\n");
};

function ways(peers: (Row | undefined)[]): string {
  return NETWORKS.map((network, n) => `${network} with ${peers[n]?.detail}`).join("; ");
}

/** The row of PyTorch with the higher median; undefined where it is not here. */
function fasterPyTorch(rows: Row[]): Row | undefined {
  return rows.filter(({ name, values }) => name.startsWith("PyTorch") && values.length > 0)
    .sort((a, b) => median(b.values) - median(a.values))[0];
}
