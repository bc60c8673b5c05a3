// Which backend does the work: the one that was asked for, or the fastest that is here.

import { UserError } from "../errors.ts";
import type { Recipe } from "../model/recipes.ts";
import { importOwn } from "../own.ts";
import type { Backend, BackendName } from "./backend.ts";
import { BACKEND_CHOICES, BACKEND_NAMES } from "./backend.ts";
import { openSimd } from "./simd/simd.ts";

/** A WebGPU adapter as people know it. */
export interface Adapter {
  /** `NVIDIA H200`, `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  name: string;
  /** It only imitates a GPU on the CPU. */
  isSoftware: boolean;
}

/** Names the WebGPU adapter that would be used; undefined where there is none. */
export async function findAdapter(): Promise<Adapter | undefined> {
  const adapter = await globalThis.navigator?.gpu?.requestAdapter({
    powerPreference: "high-performance",
  });
  return adapter ? describeAdapter(adapter) : undefined;
}

/** An adapter as people know it. */
export function describeAdapter(adapter: GPUAdapter): Adapter {
  const { description, vendor, architecture, isFallbackAdapter } = adapter.info;
  const name = description || `${vendor} ${architecture}`.trim() || "unnamed adapter";
  // Some drivers do not own up to it; these are the software drivers in use.
  const isSoftware = isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|basic render/i.test(name);
  return { name, isSoftware };
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
 * @throws {UserError} when there is no such backend, or not on this machine.
 */
export async function chooseBackend(
  wanted: string,
  { threads, recipe }: ChooseOptions = {},
): Promise<Choice> {
  if (wanted === "auto") {
    const backend = await openSimd({ threads });
    if (!recipe) return { backend, reason: "starts at once" };
    const adapter = await findAdapter();
    if (!adapter) return { backend, reason: "no WebGPU adapter here" };
    if (adapter.isSoftware) {
      return { backend, reason: `the only WebGPU adapter, ${adapter.name}, is software` };
    }
    return await chooseFaster(backend, adapter, recipe);
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
  if (wanted !== "webgpu") {
    return { backend: await openTensorFlow(wanted, wanted), reason: "as asked for" };
  }
  const adapter = await findAdapter();
  if (!adapter) {
    throw new UserError(
      "No WebGPU adapter was found on this machine. Install the driver of your GPU (on Linux: its " +
        "Vulkan driver, or mesa-vulkan-drivers for one in software), or use --backend simd",
    );
  }
  return {
    backend: await openWebGpu(adapter),
    reason: adapter.isSoftware ? "as asked for; in software" : "as asked for",
  };
}

// Deno resolves literal names before a program starts, and the packages behind TensorFlow.js take a
// tenth of the time of a whole prediction.
const TENSORFLOW = "lib/backend/tensorflow.ts";
const TRIAL = "lib/backend/trial.ts";

async function chooseFaster(simd: Backend, adapter: Adapter, recipe: Recipe): Promise<Choice> {
  const { samplesPerSecond } = await importOwn(TRIAL) as typeof import("./trial.ts");
  const webgpu = await openWebGpu(adapter).catch((error) => {
    if (!(error instanceof UserError)) throw error;
  });
  if (!webgpu) return { backend: simd, reason: `${adapter.name} did not start` };
  const [ours, gpus] = [
    await samplesPerSecond(simd, recipe),
    await samplesPerSecond(webgpu, recipe),
  ];
  const [backend, rate, other, otherRate] = ours >= gpus
    ? [simd, ours, webgpu, gpus]
    : [webgpu, gpus, simd, ours];
  return {
    backend,
    reason: `${Math.round(rate)} samples/s in a trial; ` +
      `${other.description}: ${Math.round(otherRate)}`,
  };
}

async function openWebGpu(adapter: Adapter): Promise<Backend> {
  return await openTensorFlow("webgpu", `webgpu on ${adapter.name}`);
}

async function openTensorFlow(
  name: Exclude<BackendName, "simd">,
  description: string,
): Promise<Backend> {
  const tensorflow = await importOwn(TENSORFLOW) as typeof import("./tensorflow.ts");
  return await tensorflow.openTensorFlow(name, description);
}

function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}
