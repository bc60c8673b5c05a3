// Times ONNX Runtime, as a process of its own: onnxruntime.ts infer CONFIG, then a line on stdin
// for each round. It runs without the project's deno.json and with a lock file of its own, and the
// package is only imported when it runs, so that nobody downloads it who does not measure.
// onnxruntime-web and onnxruntime-node, 1.30.0 of September 2026, are MIT.

import { answer, perSecond, requests, WARM_UP } from "../answers.ts";
import type { InferenceConfig, InferenceRequest } from "../work.ts";

/** The part of either package that is used here. */
interface OnnxRuntime {
  env: { wasm: { numThreads?: number } };
  InferenceSession: {
    create(model: Uint8Array, options: Record<string, unknown>): Promise<Session>;
  };
  Tensor: new (type: "float32", data: Float32Array, shape: number[]) => unknown;
}

interface Session {
  run(inputs: { image: unknown }, outputs: ["logits"]): Promise<{ logits: { data: Float32Array } }>;
}

interface Own {
  /** `npm:onnxruntime-web@1.30.0` */
  package: string;
  threads: number;
}

const PIXELS = 28 * 28;

const config: InferenceConfig & Own = JSON.parse(Deno.args[1]);
const module = await import(config.package);
const { env, InferenceSession, Tensor }: OnnxRuntime = module.default ?? module;
env.wasm.numThreads = config.threads; // onnxruntime-web
const session = await InferenceSession.create(await Deno.readFile(config.onnx), {
  intraOpNumThreads: config.threads, // onnxruntime-node
  interOpNumThreads: 1,
  graphOptimizationLevel: "all",
});
const pictures = Float32Array.from(await Deno.readFile(config.images), (byte) => byte / 255);

/** The logits of the i-th batch, [size, 10]. */
async function logitsOf(i: number, size: number): Promise<Float32Array> {
  const batches = Math.floor(pictures.length / PIXELS / size);
  const first = i % batches * size * PIXELS;
  const data = pictures.subarray(first, first + size * PIXELS);
  const image = new Tensor("float32", data, [size, 28, 28, 1]);
  const { logits } = await session.run({ image }, ["logits"]);
  return logits.data;
}

answer({ detail: `${config.threads} thread${config.threads > 1 ? "s" : ""}` });
for await (const { batch, logits } of requests<InferenceRequest>()) {
  const step = (i: number) => logitsOf(i, batch);
  if (logits) {
    answer([...await step(0)]);
  } else {
    await perSecond(step, WARM_UP * config.seconds);
    answer(batch * await perSecond(step, config.seconds));
  }
}
// Threads that wait would keep the process alive.
Deno.exit(0);
