// A model repository of Triton Inference Server: the network as ONNX, and how it is served. Source:
// triton-inference-server/server, docs/user_guide/model_repository.md and model_configuration.md.

import type { Exported } from "./contract.ts";
import { encodeOnnx, INPUT, LOGITS, PROBABILITIES } from "./onnx.ts";

const LABELS_FILE = "labels.txt";

/** Requests in one batch: beyond that the network gains little, and others wait. */
const MAX_BATCH = 64;

/** How long a request may wait for others to share its batch; a picture takes about as long on a core. */
const MAX_QUEUE_DELAY_US = 500;

/** The repository's files by their paths in it. */
export function tritonRepository(exported: Exported): Record<string, string | Uint8Array> {
  const { name, classes } = exported.model;
  return {
    [`${name}/1/model.onnx`]: encodeOnnx(exported),
    [`${name}/${LABELS_FILE}`]: classes.map((label) => `${label}\n`).join(""),
    [`${name}/config.pbtxt`]: config(exported),
  };
}

/** inference.ModelConfig as protobuf text; shapes are without the batch. */
function config({ model }: Exported): string {
  const { name, classes, architecture } = model;
  const output = (tensor: string) =>
    `  {
    name: "${tensor}"
    data_type: TYPE_FP32
    dims: [ ${classes.length} ]
    label_filename: "${LABELS_FILE}"
  }`;
  return `name: ${JSON.stringify(name)}
backend: "onnxruntime"
max_batch_size: ${MAX_BATCH}
input [
  {
    name: "${INPUT}"
    data_type: TYPE_FP32
    dims: [ ${architecture.inputShape.join(", ")} ]
  }
]
output [
${[LOGITS, PROBABILITIES].map(output).join(",\n")}
]
# The folder with the highest number is served.
version_policy: { latest { num_versions: 1 } }
# One on each GPU, or one on the CPU.
instance_group [ { kind: KIND_AUTO count: 1 } ]
# Requests that come close together share a batch.
dynamic_batching { max_queue_delay_microseconds: ${MAX_QUEUE_DELAY_US} }
`;
}
