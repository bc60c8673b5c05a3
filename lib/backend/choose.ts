// Which backend does the work: the one that was asked for, or the fastest that is here.

import { UserError } from "../errors.ts";
import type { Recipe } from "../model/recipes.ts";
import { importOwn } from "../own.ts";
import type { Backend, BackendName } from "./backend.ts";
import { BACKEND_CHOICES, BACKEND_NAMES } from "./backend.ts";
import { openSimd } from "./simd/simd.ts";
import type { TensorFlowName } from "./tensorflow.ts";
import { type Adapter, describeAdapter } from "./webgpu/adapter.ts";

/** Names the WebGPU adapter that would be used; undefined where there is none. */
export async function findAdapter(): Promise<Adapter | undefined> {
  const adapter = await requestAdapter();
  return adapter ? describeAdapter(adapter) : undefined;
}

/** Of several GPUs the fastest: a laptop's own rather than the processor's. */
async function requestAdapter(): Promise<GPUAdapter | null | undefined> {
  return await globalThis.navigator?.gpu?.requestAdapter({ powerPreference: "high-performance" });
}

export interface ChooseOptions {
  /** Of the simd backend, and none of the others: one per core unless given. */
  threads?: number;
  /** What is to be trained; without it the backend is to classify pictures. */
  recipe?: Recipe;
}

/** An opened backend, and why it was taken, in a line for people. */
export interface Choice {
  backend: Backend;
  reason: string;
}

/**
 * Opens a backend and says in one line which and why. The code of the others is not even loaded.
 *
 * @param wanted A backend's name, or `auto`: trains on whichever of simd and a hardware GPU is
 * faster in a short trial, and classifies pictures with simd, which has answered before a GPU's
 * shaders are compiled.
 * @throws {UserError} when there is no such backend, or it does not start on this machine.
 */
export async function chooseBackend(
  wanted: string,
  { threads, recipe }: ChooseOptions = {},
): Promise<Choice> {
  if (wanted === "auto") {
    const backend = await openSimd({ threads });
    return recipe ? await chooseFaster(backend, recipe) : { backend, reason: "starts at once" };
  }
  if (!isBackendName(wanted)) {
    throw new UserError(
      `There is no backend ${JSON.stringify(wanted)}; there are: ${BACKEND_CHOICES.join(", ")}`,
      { exitCode: 2 },
    );
  }
  if (threads !== undefined && wanted !== "simd") {
    throw new UserError(
      `The backend ${wanted} has no threads to choose: leave --threads out, or use --backend simd`,
      { exitCode: 2 },
    );
  }
  if (wanted === "simd") return { backend: await openSimd({ threads }), reason: "as asked for" };
  if (wanted !== "webgpu" && wanted !== "tfjs-webgpu") {
    return { backend: await openTensorFlow(wanted, wanted), reason: "as asked for" };
  }
  const adapter = await requestAdapter();
  if (!adapter) {
    throw new UserError(
      "No WebGPU adapter was found on this machine. Install the driver of your GPU (on Linux: its " +
        "Vulkan driver, or mesa-vulkan-drivers for one in software), or use --backend simd",
    );
  }
  const { name, isSoftware } = describeAdapter(adapter);
  const backend = wanted === "webgpu"
    ? await openWebGpu(adapter)
    : await openTensorFlow(wanted, `${wanted} on ${name}`);
  return { backend, reason: isSoftware ? "as asked for; in software" : "as asked for" };
}

/** Of simd and a hardware GPU, whichever trains the recipe faster. */
async function chooseFaster(simd: Backend, recipe: Recipe): Promise<Choice> {
  const adapter = await requestAdapter();
  if (!adapter) return { backend: simd, reason: "no WebGPU adapter here" };
  const { name, isSoftware } = describeAdapter(adapter);
  if (isSoftware) {
    return { backend: simd, reason: `the only WebGPU adapter, ${name}, is software` };
  }
  try {
    const webgpu = await openWebGpu(adapter);
    const { samplesPerSecond } = await importOwn(TRIAL) as typeof import("./trial.ts");
    const gpus = await samplesPerSecond(webgpu, recipe);
    const ours = await samplesPerSecond(simd, recipe);
    const [backend, rate, other, otherRate] = ours >= gpus
      ? [simd, ours, webgpu, gpus]
      : [webgpu, gpus, simd, ours];
    return {
      backend,
      reason: `${Math.round(rate)} samples/s in a trial; ` +
        `${other.description}: ${Math.round(otherRate)}`,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { backend: simd, reason: error.message };
  }
}

// Deno resolves literal names before a program starts, and predict does without all of these: the
// packages behind TensorFlow.js alone take a tenth of the time of a whole prediction.
const TENSORFLOW = "lib/backend/tensorflow.ts";
const TRIAL = "lib/backend/trial.ts";
const WEBGPU = "lib/backend/webgpu/webgpu.ts";

async function openWebGpu(adapter: GPUAdapter): Promise<Backend> {
  const webgpu = await importOwn(WEBGPU) as typeof import("./webgpu/webgpu.ts");
  return await webgpu.openWebGpu(adapter);
}

async function openTensorFlow(name: TensorFlowName, description: string): Promise<Backend> {
  const tensorflow = await importOwn(TENSORFLOW) as typeof import("./tensorflow.ts");
  return await tensorflow.openTensorFlow(name, description);
}

function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}
