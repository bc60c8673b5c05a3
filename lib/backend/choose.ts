// Which backend does the work: the one that was asked for, or the fastest that is here.

import { UserError } from "../errors.ts";
import type { Backend, BackendName } from "./backend.ts";
import { BACKEND_CHOICES, BACKEND_NAMES } from "./backend.ts";
import { openTensorFlow } from "./tensorflow.ts";

/** A WebGPU adapter as people know it. */
export interface Adapter {
  /** `NVIDIA H200`, `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  name: string;
  /** It only imitates a GPU on the CPU. */
  isSoftware: boolean;
}

/** Names the WebGPU adapter that would be used; undefined where there is none. */
export async function findAdapter(): Promise<Adapter | undefined> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return undefined;
  const { description, vendor, architecture, isFallbackAdapter } = adapter.info;
  const name = description || `${vendor} ${architecture}`.trim() || "unnamed adapter";
  // Some drivers do not own up to it; these are the software drivers in use.
  const isSoftware = isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|basic render/i.test(name);
  return { name, isSoftware };
}

/**
 * Opens a backend and says in one line which and why.
 *
 * @param wanted A backend's name, or `auto`.
 * @param purpose `auto` trains on a hardware GPU where there is one. To classify a few pictures it
 * stays on the CPU, which has answered before a GPU's shaders are compiled.
 * @throws {UserError} when there is no such backend, or not on this machine.
 */
export async function chooseBackend(
  wanted: string,
  purpose: "train" | "predict",
): Promise<{ backend: Backend; reason: string }> {
  if (wanted === "auto") {
    if (purpose === "predict") return await open("wasm", "starts at once");
    const adapter = await findAdapter();
    if (!adapter) return await open("wasm", "no WebGPU adapter here");
    if (adapter.isSoftware) {
      return await open("wasm", `the only WebGPU adapter, ${adapter.name}, is software`);
    }
    try {
      return await open("webgpu", "a hardware GPU", adapter);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return await open("wasm", `${adapter.name} did not start`);
    }
  }
  if (!isBackendName(wanted)) {
    throw new UserError(
      `There is no backend ${JSON.stringify(wanted)}; there are: ${BACKEND_CHOICES.join(", ")}`,
      { exitCode: 2 },
    );
  }
  if (wanted !== "webgpu") return await open(wanted, "as asked for");
  const adapter = await findAdapter();
  if (!adapter) {
    throw new UserError(
      "No WebGPU adapter was found on this machine. Install the driver of your GPU (on Linux: its " +
        "Vulkan driver, or mesa-vulkan-drivers for one in software), or use --backend wasm",
    );
  }
  return await open(
    wanted,
    adapter.isSoftware ? "as asked for; in software" : "as asked for",
    adapter,
  );
}

async function open(
  name: BackendName,
  reason: string,
  adapter?: Adapter,
): Promise<{ backend: Backend; reason: string }> {
  const description = adapter ? `${name} on ${adapter.name}` : name;
  return { backend: await openTensorFlow(name, description), reason };
}

function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}
