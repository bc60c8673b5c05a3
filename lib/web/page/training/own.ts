// The program's own files for training on a web page: beside its scripts, and modules that not every
// training needs. In a bundle for browsers this takes the place of lib/own.ts.

export * from "../own.ts";

/** TensorFlow.js is no part of the page. */
const MODULES: Readonly<Record<string, () => Promise<unknown>>> = {
  "lib/backend/trial.ts": () => import("../../../backend/trial.ts"),
  "lib/backend/webgpu/webgpu.ts": () => import("../../../backend/webgpu/webgpu.ts"),
};

export async function importOwn(path: string): Promise<unknown> {
  return await MODULES[path]();
}
