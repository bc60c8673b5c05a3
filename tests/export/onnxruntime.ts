// Runs ONNX files in onnxruntime-web, as a process of its own: onnxruntime.ts PACKAGE PICTURES FILE ...,
// the pictures as float32 of 28x28, one behind the other. Prints a line of JSON for each file, what the
// network gives for them. It runs without the project's deno.json and with a lock file of its own, and
// the package is named by an argument, so that nobody downloads it who does not ask for it.

/** The part of the package that is used here. */
interface OnnxRuntime {
  env: { wasm: { numThreads?: number } };
  InferenceSession: { create(model: Uint8Array): Promise<Session> };
  Tensor: new (type: "float32", data: Float32Array, shape: number[]) => Tensor;
}

interface Session {
  run(inputs: { image: Tensor }): Promise<{ logits: Tensor; probabilities: Tensor }>;
}

interface Tensor {
  dims: number[];
  data: Float32Array;
}

/** A tensor as JSON. */
export interface Numbers {
  shape: number[];
  data: number[];
}

/** What a line says. */
export interface Outputs {
  logits: Numbers;
  probabilities: Numbers;
}

if (import.meta.main) {
  const [name, pictures, ...files] = Deno.args;
  const module = await import(name);
  const { env, InferenceSession, Tensor }: OnnxRuntime = module.default ?? module;
  env.wasm.numThreads = 1;
  const data = new Float32Array((await Deno.readFile(pictures)).buffer);
  for (const file of files) {
    const session = await InferenceSession.create(await Deno.readFile(file));
    const image = new Tensor("float32", data, [data.length / (28 * 28), 28, 28, 1]);
    const { logits, probabilities } = await session.run({ image });
    const outputs: Outputs = { logits: numbers(logits), probabilities: numbers(probabilities) };
    console.log(JSON.stringify(outputs));
  }
}

function numbers({ dims, data }: Tensor): Numbers {
  return { shape: dims, data: [...data] };
}
