// The library's own files in its npm package, in which this takes the place of lib/own.ts. Each is
// named in full beside import.meta.url: by that, bundlers know which files belong to the code. The
// paths are right where this is bundled to, in the package's folder.

import { UserError } from "../errors.ts";
import { readFrom } from "../fetch.ts";

/** Copies of the project's files, by their paths there. */
export const FILES: Readonly<Record<string, URL>> = {
  "lib/image/wasm/page.wasm": new URL("./lib/image/wasm/page.wasm", import.meta.url),
  "lib/image/wasm/png.wasm": new URL("./lib/image/wasm/png.wasm", import.meta.url),
  "lib/image/wasm/jpeg.wasm": new URL("./lib/image/wasm/jpeg.wasm", import.meta.url),
  "lib/image/wasm/gif.wasm": new URL("./lib/image/wasm/gif.wasm", import.meta.url),
  "lib/image/wasm/bmp.wasm": new URL("./lib/image/wasm/bmp.wasm", import.meta.url),
  "lib/image/wasm/webp.wasm": new URL("./lib/image/wasm/webp.wasm", import.meta.url),
  "lib/backend/simd/kernels/kernels.wasm": new URL(
    "./lib/backend/simd/kernels/kernels.wasm",
    import.meta.url,
  ),
  "lib/backend/simd/kernels/kernels.relaxed.wasm": new URL(
    "./lib/backend/simd/kernels/kernels.relaxed.wasm",
    import.meta.url,
  ),
  "lib/backend/simd/kernels/kernels.shared.wasm": new URL(
    "./lib/backend/simd/kernels/kernels.shared.wasm",
    import.meta.url,
  ),
  "lib/backend/simd/kernels/kernels.relaxed.shared.wasm": new URL(
    "./lib/backend/simd/kernels/kernels.relaxed.shared.wasm",
    import.meta.url,
  ),
  "models/best/model.json": new URL("./models/best/model.json", import.meta.url),
  "models/best/weights.bin": new URL("./models/best/weights.bin", import.meta.url),
  "models/cnn/model.json": new URL("./models/cnn/model.json", import.meta.url),
  "models/cnn/weights.bin": new URL("./models/cnn/weights.bin", import.meta.url),
  "models/dense/model.json": new URL("./models/dense/model.json", import.meta.url),
  "models/dense/weights.bin": new URL("./models/dense/weights.bin", import.meta.url),
  "models/fast/model.json": new URL("./models/fast/model.json", import.meta.url),
  "models/fast/weights.bin": new URL("./models/fast/weights.bin", import.meta.url),
  "models/tiny/model.json": new URL("./models/tiny/model.json", import.meta.url),
  "models/tiny/weights.bin": new URL("./models/tiny/weights.bin", import.meta.url),
  "models/reject/model.json": new URL("./models/reject/model.json", import.meta.url),
  "models/reject/weights.bin": new URL("./models/reject/weights.bin", import.meta.url),
};

/** Scripts of threads; each is bundled for itself. */
export const SCRIPTS: Readonly<Record<string, URL>> = {
  "lib/backend/simd/worker.ts": new URL("./lib/backend/simd/worker.js", import.meta.url),
};

export function ownUrl(path: string): URL {
  return FILES[path] ?? SCRIPTS[path];
}

export async function readOwn(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await readFrom(ownUrl(path));
}

/** Imports what a backend other than simd is made of: the library does without all other such modules. */
export async function importOwn(path: string): Promise<unknown> {
  if (path === "lib/backend/webgpu/webgpu.ts") return await import("../backend/webgpu/webgpu.ts");
  try {
    return await import("../backend/tensorflow.ts");
  } catch (error) {
    throw new UserError(
      `TensorFlow.js could not be loaded: ${(error as Error).message}. Install @tensorflow/tfjs, ` +
        "and for tfjs-webgpu and wasm @tensorflow/tfjs-backend-webgpu or -wasm; or use the backend " +
        "simd or webgpu",
      { cause: error },
    );
  }
}
