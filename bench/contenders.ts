// Who is timed, and how each is started.

import config from "../deno.json" with { type: "json" };
import { ADAM } from "../lib/model/recipes.ts";
import type { Contender } from "./contender.ts";

export const CORES = navigator.hardwareConcurrency;

/** One, and as many as there are cores. */
export const THREADS = CORES > 1 ? [1, CORES] : [1];

/** The newest of September 2026; pinned here and in peers/deno.lock. */
export const ONNX_RUNTIME = "1.30.0";

/** Where a Python with PyTorch may be: on the PATH, which may lead to a virtual environment, or Debian's. */
const PYTHONS = ["python3", "/usr/bin/python3"];

/** `1 thread`, `2 threads` */
export function threadsText(threads: number): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}

/** This project's own kernels. */
export function simd(threads: number): Contender {
  return {
    name: `digits simd, ${threadsText(threads)}`,
    ...ownScript("network.ts"),
    config: { backend: "simd", threads },
  };
}

/** TensorFlow.js, which has one thread outside of browsers, with this project's gradient kernels. */
export const TENSORFLOW: Contender = {
  name: "TensorFlow.js wasm, 1 thread",
  ...ownScript("network.ts"),
  config: { backend: "wasm" },
};

/** ONNX Runtime, which only runs what others have trained. */
export function onnxRuntime(kind: "web" | "node", threads: number): Contender {
  return {
    name: `onnxruntime-${kind}, ${threadsText(threads)}`,
    command: "deno",
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-config", "--lock=bench/peers/deno.lock"],
      ...["--frozen", "--allow-read", ...(kind === "node" ? ["--allow-ffi"] : [])],
      "bench/peers/onnxruntime.ts",
    ],
    config: { package: `npm:onnxruntime-${kind}@${ONNX_RUNTIME}`, threads },
  };
}

/** PyTorch in its fastest way, found out at the start: threads up to so many, layout, fused Adam. */
export function pytorch(python: string | undefined, threads: number): Contender {
  return {
    name: threads === 1 ? "PyTorch, tuned, 1 thread" : `PyTorch, tuned, up to ${threads} threads`,
    command: python ?? PYTHONS[0],
    args: ["bench/peers/pytorch.py"],
    config: { threads },
  };
}

/** PyTorch as it comes: its own memory layout and optimizer, with just so many threads. */
export function plainPyTorch(python: string | undefined, threads: number): Contender {
  const settings = { threads, channelsLast: false, fused: false };
  return {
    ...pytorch(python, threads),
    name: `PyTorch, ${threadsText(threads)}`,
    config: { threads, settings },
  };
}

/** A GPU through WebGPU: this project's own kernels, or stock TensorFlow.js. */
export function webgpu(backend: "webgpu" | "tfjs-webgpu"): Contender {
  return {
    name: backend === "webgpu" ? "digits webgpu" : "TensorFlow.js webgpu",
    ...ownScript("network.ts"),
    config: { backend },
  };
}

/** PyTorch on a GPU: in eager mode as it comes, or whole steps as CUDA graphs. */
export function pytorchCuda(python: string | undefined, graphs: boolean): Contender {
  return {
    name: graphs ? "PyTorch, CUDA graphs" : "PyTorch, CUDA eager",
    command: python ?? PYTHONS[0],
    args: ["-B", "bench/peers/pytorch_cuda.py"],
    config: { device: "cuda", graphs, adam: ADAM },
  };
}

/** A script of this folder. */
export function ownScript(script: string) {
  return {
    command: "deno",
    args: ["run", "--quiet", "--no-prompt", "--allow-read", `bench/${script}`],
  };
}

/** The arguments of a task's one deno command, without the program. */
export function taskArgs(task: keyof typeof config.tasks): string[] {
  return config.tasks[task].command.split(" ").slice(1);
}

/** What a Python says of its PyTorch. */
export interface PyTorchVersions {
  python: string;
  torch: string;
  /** Who multiplies matrices there. */
  blas: string;
  /** What CUDA has; missing where there is none. */
  gpu?: string;
  /** Missing where there is none. */
  pillow?: string;
}

/** The first Python that has PyTorch; undefined where there is none. */
export async function findPyTorch(): Promise<
  { python: string; versions: PyTorchVersions } | undefined
> {
  for (const python of PYTHONS) {
    try {
      const { success, stdout } = await new Deno.Command(python, {
        args: ["bench/peers/pytorch.py", "versions"],
        stderr: "null",
      }).output();
      if (success) return { python, versions: JSON.parse(new TextDecoder().decode(stdout)) };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Versions of the libraries that come with Deno's side, by name. */
export function versionTexts(pytorch: PyTorchVersions | undefined): string[] {
  const tensorflow = config.imports["@tensorflow/tfjs"].split("@").at(-1);
  return [
    `Deno ${Deno.version.deno}`,
    `TensorFlow.js ${tensorflow}`,
    `ONNX Runtime ${ONNX_RUNTIME}`,
    pytorch
      ? `PyTorch ${pytorch.torch} (${pytorch.blas}, ${
        pytorch.gpu ?? "no CUDA"
      }, Python ${pytorch.python})`
      : "no PyTorch here",
  ];
}
