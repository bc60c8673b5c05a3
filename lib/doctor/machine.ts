// The programs that are at work, and the processor that they run on.

import config from "../../deno.json" with { type: "json" };
import { chooseBuild, type Features, probeFeatures } from "../backend/simd/module.ts";
import type { Check } from "./check.ts";

/** The versions of everything that the result of a run could depend on. */
export function checkVersions(): Check[] {
  const { deno, v8 } = Deno.version;
  const ok = (name: string, finding: string): Check => ({ name, state: "ok", finding });
  return [
    ok("digits", config.version),
    ok("Deno", deno),
    ok("V8", v8),
    ok("TensorFlow.js", config.imports["@tensorflow/tfjs"].replace(/^.*@/, "")),
    ok("system", [Deno.build.target, systemRelease()].filter(Boolean).join(", ")),
  ];
}

/** Undefined where the program may not ask. */
function systemRelease(): string | undefined {
  try {
    return Deno.osRelease();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
}

/** What WebAssembly has of the processor, and which build of our kernels that means. */
export function checkProcessor(features: Features = probeFeatures()): Check[] {
  const cores: Check = {
    name: "cores",
    state: "ok",
    finding: String(navigator.hardwareConcurrency),
  };
  if (!features.simd) return [cores, WITHOUT_SIMD];
  return [
    cores,
    { name: "SIMD", state: "ok", finding: "yes, 128 bits" },
    features.relaxed
      ? { name: "relaxed SIMD", state: "ok", finding: "yes: multiply-add in one instruction" }
      : {
        name: "relaxed SIMD",
        state: "note",
        finding: "no: multiply-add takes two instructions, and training half as long again",
      },
    features.shared ? { name: "shared memory", state: "ok", finding: "yes: a thread a core" } : {
      name: "shared memory",
      state: "warning",
      finding: "no: there is one thread",
      advice: "Use Deno itself in place of what runs this program",
    },
    { name: "kernels", state: "ok", finding: chooseBuild(features).file },
  ];
}

/** Predict and serve take the simd backend unless told otherwise. */
const WITHOUT_SIMD: Check = {
  name: "SIMD",
  state: "broken",
  finding: "no: the simd backend cannot run",
  advice: "Update Deno with: deno upgrade, or add --backend wasm to every command",
};
