import { assertEquals } from "@std/assert";
import { softmax } from "../../lib/model/evaluate.ts";
import { openReader } from "../reader.ts";
import { ask, testWithService } from "./service.ts";

/** As many pictures as are asked of several jobs. */
const COUNT = 150;
const IMAGES = Uint8Array.from({ length: 784 * COUNT }, (_, i) => i * i % 256);

function infer(request: object, binary?: Uint8Array): RequestInit {
  const json = new TextEncoder().encode(JSON.stringify(request));
  if (!binary) return { method: "POST", body: json };
  return {
    method: "POST",
    body: new Blob([json, binary.slice()]),
    headers: { "inference-header-content-length": String(json.length) },
  };
}

function input(tensor: object) {
  return { inputs: [{ name: "image", shape: [COUNT, 28, 28, 1], datatype: "UINT8", ...tensor }] };
}

testWithService("POST infer gives logits and their probabilities, in JSON", async (service) => {
  const request = { id: "7", ...input({ data: [...IMAGES] }) };
  const path = "/v2/models/best/infer";
  const { status, body } = await ask(service, path, infer(request));
  assertEquals(status, 200);
  const { network, temperature } = await openReader();
  const logits = await network.logits(IMAGES);
  const rows = Array.from({ length: COUNT }, (_, i) => logits.subarray(10 * i, 10 * (i + 1)));
  const probabilities = Float32Array.from(rows.flatMap((row) => softmax(row, temperature)));
  const about = { datatype: "FP32", shape: [COUNT, 10] };
  assertEquals(body, {
    model_name: "best",
    model_version: "1",
    id: "7",
    outputs: [
      { name: "logits", ...about, data: [...logits] },
      { name: "probabilities", ...about, data: [...probabilities] },
    ],
  });
  const versioned = "/v2/models/best/versions/1/infer";
  assertEquals((await ask(service, versioned, infer(request))).body, body);
});

testWithService(
  "POST infer takes and gives binary tensors, as Triton's clients do",
  async (service) => {
    const tensor = input({ parameters: { binary_data_size: IMAGES.length } });
    const outputs = [{ name: "logits", parameters: { binary_data: true } }];
    const request = infer({ ...tensor, outputs }, IMAGES);
    const { headers, body } = await ask(service, "/v2/models/dense/infer", request);
    assertEquals(headers.get("content-type"), "application/octet-stream");
    const bytes = body as Uint8Array;
    const length = Number(headers.get("inference-header-content-length"));
    const { outputs: [output] } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)));
    assertEquals(output, {
      name: "logits",
      datatype: "FP32",
      shape: [COUNT, 10],
      parameters: { binary_data_size: 40 * COUNT },
    });
    const { body: json } = await ask(
      service,
      "/v2/models/dense/infer",
      infer(input({ data: [...IMAGES] })),
    );
    const [{ data }] = (json as { outputs: { data: number[] }[] }).outputs;
    assertEquals([...new Float32Array(bytes.slice(length).buffer)], data);
  },
);

testWithService("the Open Inference Protocol says what there is", async (service) => {
  const get = async (path: string) => {
    const { status, body } = await ask(service, path);
    return [status, body];
  };
  assertEquals(await get("/v2/health/live"), [200, { live: true }]);
  const [status, server] = await get("/v2");
  assertEquals(status, 200);
  assertEquals((server as { extensions: string[] }).extensions, ["binary_tensor_data"]);
  const model = {
    name: "cnn",
    versions: ["1"],
    platform: "digits",
    inputs: [{ name: "image", datatype: "FP32", shape: [-1, 28, 28, 1] }],
    outputs: [
      { name: "logits", datatype: "FP32", shape: [-1, 10] },
      { name: "probabilities", datatype: "FP32", shape: [-1, 10] },
    ],
  };
  assertEquals(await get("/v2/models/cnn"), [200, model]);
  assertEquals(await get("/v2/models/cnn/versions/1"), [200, model]);
});

testWithService("the Open Inference Protocol's errors are 400 and 404", async (service) => {
  const fails = async (status: number, path: string, init?: RequestInit) => {
    const { status: found, body } = await ask(service, path, init);
    assertEquals(found, status, path);
    assertEquals(Object.keys(body as object), ["error"]);
  };
  await fails(404, "/v2/models/none");
  await fails(404, "/v2/models/reject/ready");
  await fails(404, "/v2/models/best/versions/2");
  await fails(404, "/v2/models/none/infer", infer({}));
  await fails(400, "/v2/models/best/infer", infer({}));
  await fails(400, "/v2/models/best/infer", { method: "POST" });
  await fails(413, "/v2/models/best/infer", { method: "POST", body: new Uint8Array(8_000_001) });
  await fails(405, "/v2/models/best/infer");
});
