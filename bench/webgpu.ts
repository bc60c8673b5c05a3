// Training on a GPU through WebGPU: samples/s beside others on the same GPU, and what each step is
// made of.

import { findAdapter } from "../lib/backend/choose.ts";
import type { Adapter } from "../lib/backend/webgpu/adapter.ts";
import { UserError } from "../lib/errors.ts";
import { CORES, pytorchCuda, simd, webgpu } from "./contenders.ts";
import { type Bench, type Section, takeTurns, withContenders } from "./section.ts";
import { cells, type Row, table } from "./table.ts";
import { steps } from "./webgpu_steps.ts";

const NETWORK = "cnn";
const BATCHES = [64, 256, 1024];
const ROUNDS = 7;

/** Where TensorFlow.js takes seconds for a step of 64 pictures. */
const SOFTWARE_BATCHES = [64];
const SOFTWARE_ROUNDS = 3;

export const webgpuTraining: Section = async (bench) => {
  const adapter = await findAdapter();
  if (!adapter) {
    throw new UserError(
      "No WebGPU adapter was found on this machine: deno task doctor says what to do about it",
    );
  }
  return [
    `## Training the ${NETWORK} on ${adapterText(adapter)}, samples/s`,
    "",
    await samples(bench, adapter),
    "",
    await steps(bench),
  ].join("\n");
};

/** `NVIDIA H200`, `llvmpipe (LLVM 15.0.6, 256 bits), in software` */
export function adapterText({ name, isSoftware }: Adapter): string {
  return isSoftware ? `${name}, in software` : name;
}

/** The table of samples/s. */
async function samples(bench: Bench, { isSoftware }: Adapter): Promise<string> {
  const { work, python, seconds } = bench;
  const rounds = bench.rounds ?? (isSoftware ? SOFTWARE_ROUNDS : ROUNDS);
  const batches = isSoftware ? SOFTWARE_BATCHES : BATCHES;
  const contenders = [
    webgpu("webgpu"),
    webgpu("tfjs-webgpu"),
    simd(CORES),
    pytorchCuda(python, false),
    pytorchCuda(python, true),
  ];
  const results: Row[][] = [];
  for (const batch of batches) {
    const config = { ...work, network: NETWORK, batch, seconds };
    results.push(
      await withContenders(contenders, "train", config, (all) => takeTurns(all, {}, rounds)),
    );
  }
  return [
    table(
      ["", ...batches.flatMap((batch) => [`batch ${batch}`, "× TensorFlow.js", "× PyTorch eager"])],
      contenders.map(({ name }, i) => [
        name,
        ...results.flatMap((rows) => {
          const [, tensorflow, , eager] = rows;
          const [median, ratio] = cells(rows[i].values, tensorflow.values);
          return [median, ratio, cells(rows[i].values, eager.values)[1]];
        }),
      ]),
    ),
    "",
    `Medians of ${rounds} rounds. TensorFlow.js is handed each batch; with the others the examples ` +
    "lie where the work is done.",
  ].join("\n");
}
