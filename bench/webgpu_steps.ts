// What training steps on a GPU are made of: how many dispatches, what one costs, and which kernels
// take the time.

import { requestAdapter } from "../lib/backend/choose.ts";
import { runProgram, status } from "./contender.ts";
import { ownScript, webgpu } from "./contenders.ts";
import type { Step, StepProfile } from "./profile.ts";
import type { Bench } from "./section.ts";
import { percentText, table, threeDigits } from "./table.ts";
import { BATCH } from "./work.ts";

/** The first is shown kernel by kernel; the others show what a dispatch costs that has little to do. */
const STEPS: Step[] = [
  { network: "cnn", batch: BATCH },
  { network: "cnn", batch: 1 },
  { network: "dense", batch: BATCH },
];

/** What both kinds of WebGPU make of a step. */
export async function steps({ work, seconds }: Bench): Promise<string> {
  if (!(await requestAdapter())?.features.has("timestamp-query")) {
    return "This adapter has no timestamp queries, by which kernels are timed.";
  }
  const profiles: { name: string; steps: StepProfile[] }[] = [];
  for (const { name, config } of [webgpu("webgpu"), webgpu("tfjs-webgpu")]) {
    status.update(`profiling ${name}`);
    const { command, args } = ownScript("profile.ts");
    const { images, labels } = work;
    const { stdout } = await runProgram(command, [
      ...args,
      JSON.stringify({ ...config, images, labels, steps: STEPS, seconds }),
    ]);
    profiles.push({ name, steps: JSON.parse(stdout) });
  }
  status.clear();
  return [
    "### A step, by what it asks of the GPU",
    "",
    table(
      ["", "dispatches", "ms by the clock", "ms in kernels", "ms a dispatch"],
      profiles.flatMap(({ name, steps }) =>
        steps.map((step) => [`${name}, ${stepText(step)}`, ...stepCells(step)])
      ),
    ),
    ...profiles.flatMap(({ name, steps: [step] }) => [
      "",
      `### Kernels of ${name}, ${stepText(step)}`,
      "",
      kernelTable(step),
    ]),
    "",
    "By timestamp queries, each dispatch in a pass of its own.",
  ].join("\n");
}

function stepText({ network, batch }: Step): string {
  return `${network}, batch ${batch}`;
}

function stepCells(step: StepProfile): string[] {
  const dispatches = sum(step.kernels.map(({ calls }) => calls));
  return [
    `${dispatches}`,
    threeDigits(step.milliseconds),
    threeDigits(microseconds(step) / 1000),
    threeDigits(step.milliseconds / dispatches),
  ];
}

function kernelTable(step: StepProfile): string {
  const all = microseconds(step);
  return table(
    ["kernel", "dispatches", "µs", "share"],
    step.kernels.map(({ label, calls, microseconds }) => [
      label,
      `${calls}`,
      threeDigits(microseconds),
      percentText(microseconds / all),
    ]),
  );
}

function microseconds({ kernels }: StepProfile): number {
  return sum(kernels.map(({ microseconds }) => microseconds));
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
