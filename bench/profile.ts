// Profiles a backend's training steps on the GPU, as a process of its own: profile.ts CONFIG.

import { type Backend, TRAINING } from "../lib/backend/backend.ts";
import { chooseBackend } from "../lib/backend/choose.ts";
import type { Examples } from "../lib/data/examples.ts";
import { initialWeights } from "../lib/model/layers.ts";
import { RECIPES } from "../lib/model/recipes.ts";
import { Random } from "../lib/random.ts";
import { answer, perSecond, WARM_UP } from "./answers.ts";
import { byKernel, type KernelTime, Profiler } from "./profiler.ts";
import { readExamples, trainingSteps } from "./steps.ts";
import { median } from "./table.ts";

export interface Step {
  /** The recipe whose network it trains. */
  network: string;
  /** Pictures. */
  batch: number;
}

export interface ProfileConfig {
  backend: string;
  images: string;
  labels: string;
  steps: Step[];
  /** How long each kind of step is repeated. */
  seconds: number;
}

export interface StepProfile extends Step {
  /** By the clock, where steps follow each other and kernels are not timed. */
  milliseconds: number;
  /** The longest first. */
  kernels: KernelTime[];
}

/** Steps whose kernels are timed, one by one; what counts is the median. */
const PROFILED = 3;

async function profileStep(
  profiler: Profiler,
  backend: Backend,
  examples: Examples,
  { network: name, batch, seconds }: Step & { seconds: number },
): Promise<StepProfile> {
  const recipe = RECIPES[name];
  const weights = initialWeights(recipe, new Random(1));
  const network = backend.createNetwork(recipe, weights, { ...TRAINING, ...recipe });
  const step = trainingSteps(network, examples, batch);
  const finish = () => network.takeResults();
  await perSecond(step, WARM_UP * seconds, finish);
  const milliseconds = 1000 / await perSecond(step, seconds, finish);
  const runs: KernelTime[][] = [];
  for (let i = 0; i < PROFILED; i++) {
    profiler.start();
    await step(i);
    const read = profiler.stop();
    await finish();
    runs.push(byKernel(await read()));
  }
  network.dispose();
  return { network: name, batch, milliseconds, kernels: medians(runs) };
}

/** @param runs The same kernels, as often, in all of them. */
function medians(runs: KernelTime[][]): KernelTime[] {
  const timesOf = (label: string) =>
    runs.map((kernels) => kernels.find((kernel) => kernel.label === label)!.microseconds);
  return runs[0]
    .map(({ label, calls }) => ({ label, calls, microseconds: median(timesOf(label)) }))
    .sort((a, b) => b.microseconds - a.microseconds);
}

async function profile({ backend: name, steps, seconds, ...files }: ProfileConfig): Promise<void> {
  using profiler = new Profiler();
  const { backend } = await chooseBackend(name);
  const examples = await readExamples(files);
  const profiles: StepProfile[] = [];
  for (const step of steps) {
    profiles.push(await profileStep(profiler, backend, examples, { ...step, seconds }));
  }
  answer(profiles);
}

await profile(JSON.parse(Deno.args[0]));
// A device that is open would keep the process alive.
Deno.exit(0);
