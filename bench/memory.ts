// The largest resident size of a process that trains the CNN.

import { CORES, pytorch, simd, TENSORFLOW, THREADS } from "./contenders.ts";
import { fastestPyTorch, type Section, withContenders } from "./section.ts";
import { NOT_HERE, table } from "./table.ts";
import { BATCH } from "./work.ts";

export const memory: Section = async (bench) => {
  // Chosen by another process, because the choice takes memory too.
  const settings = await fastestPyTorch(bench);
  const contenders = [...THREADS.map(simd), TENSORFLOW, pytorch(bench.python, CORES)];
  const config = { ...bench.work, network: "cnn", batch: BATCH, seconds: bench.seconds, settings };
  const rows: string[][] = [];
  for (const contender of contenders) {
    const megabytes = await withContenders([contender], "train", config, async ([{ running }]) => {
      await running?.ask({});
      return running ? toMegabytes(await running.peakMemory()) : NOT_HERE;
    });
    rows.push([contender.name, megabytes]);
  }
  return [
    "## Memory, peak resident size of a process that trains the CNN",
    "",
    table(["", "MB"], rows),
    "",
    `In batches of ${BATCH}, for ${bench.seconds} s.${
      settings ? ` PyTorch: ${settings.detail}.` : ""
    }`,
  ].join("\n");
};

function toMegabytes(bytes: number | undefined): string {
  return bytes === undefined ? "unknown" : (bytes / 1e6).toFixed(0);
}
