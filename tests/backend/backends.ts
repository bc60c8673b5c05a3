// The backends that tests run on.

import type { Backend, BackendName } from "../../lib/backend/backend.ts";
import { chooseBackend, findAdapter } from "../../lib/backend/choose.ts";
import { testWith } from "../parts.ts";

const adapter = await findAdapter();

/** What TensorFlow.js is tried with on a GPU, which in software takes it seconds a step. */
const FEW = ["odd", "regular", "cnn"];

export async function openBackend(name: BackendName, threads?: number): Promise<Backend> {
  return (await chooseBackend(name, { threads })).backend;
}

function withThreads(name: BackendName, threads?: number) {
  const label = threads ? `${name} with ${threads} thread${threads > 1 ? "s" : ""}` : name;
  return {
    name,
    open: () => openBackend(name, threads),
    /** Whether tests of this network are for it. */
    runs: (network: string) => name !== "tfjs-webgpu" || FEW.includes(network),
    /** Registers a test whose title goes on after the backend's name. */
    test: (title: string, body: () => Promise<void>) =>
      name.endsWith("webgpu")
        ? testWith("webgpu", adapter !== undefined, `${label} ${title}`, body)
        : Deno.test(`${label} ${title}`, body),
  };
}

export const BACKENDS = [
  withThreads("cpu"),
  withThreads("wasm"),
  withThreads("webgpu"),
  withThreads("tfjs-webgpu"),
  withThreads("simd", 1),
  // More than many machines have, and no divisor of any batch in the tests.
  withThreads("simd", 3),
];
