// The GPUs that WebGPU gives.

import { describeAdapter } from "../backend/webgpu/adapter.ts";
import type { Check } from "./check.ts";

export interface AdapterCheck extends Check {
  isSoftware: boolean;
  /** What of the features that matter to networks it has. */
  features: string[];
  /** What decides how large a network and its batches can be; bytes, or numbers of threads. */
  limits: Record<typeof LIMITS[number], number>;
}

/** Half precision, sums across threads, and clocks: what kernels for networks could use beyond WebGPU. */
const FEATURES = ["shader-f16", "subgroups", "timestamp-query"];

/** The limits that they run into. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupStorageSize",
] as const;

/** Each adapter once, the one that would be used first. */
export async function checkAdapters(): Promise<(AdapterCheck | Check)[]> {
  const found = new Map<string, AdapterCheck>();
  for (
    const options of [
      { powerPreference: "high-performance" },
      { powerPreference: "low-power" },
      { forceFallbackAdapter: true },
    ] as const
  ) {
    const adapter = await navigator.gpu?.requestAdapter(options);
    if (!adapter) continue;
    const check = checkAdapter(adapter);
    if (!found.has(check.name)) found.set(check.name, check);
  }
  return found.size > 0 ? [...found.values()] : [NO_ADAPTER];
}

function checkAdapter(adapter: GPUAdapter): AdapterCheck {
  const { name, isSoftware } = describeAdapter(adapter);
  const features = FEATURES.filter((feature) => adapter.features.has(feature as GPUFeatureName));
  const limits = Object.fromEntries(
    LIMITS.map((limit) => [limit, adapter.limits[limit]]),
  ) as AdapterCheck["limits"];
  const finding = [
    isSoftware ? "software, on the CPU" : "hardware",
    `${features.join(", ") || "no optional features"}`,
    `buffers of ${megabytes(limits.maxBufferSize)}, ` +
    `bound ${megabytes(limits.maxStorageBufferBindingSize)}`,
    `workgroups of ${limits.maxComputeInvocationsPerWorkgroup} ` +
    `with ${limits.maxComputeWorkgroupStorageSize / 1024} KiB`,
  ].join("; ");
  const base = { name, finding, isSoftware, features, limits };
  if (!isSoftware) return { ...base, state: "ok" };
  return { ...base, state: "note", advice: `If there is a GPU: ${DRIVER}` };
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)} MiB`;
}

const DRIVER = "install its driver (on Linux the Vulkan one)";

const NO_ADAPTER: Check = {
  name: "WebGPU",
  state: "note",
  finding: "no adapter: training runs on the CPU",
  advice: `If there is a GPU: ${DRIVER}`,
};
