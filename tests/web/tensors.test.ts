import { assert, assertEquals, assertThrows } from "@std/assert";
import { HTTPException } from "hono/http-exception";
import { softmax } from "../../lib/model/evaluate.ts";
import { readInferenceRequest, writeInference } from "../../lib/web/tensors.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** N pictures' bytes, all values among them. */
function pictures(count: number): Uint8Array {
  return Uint8Array.from({ length: 784 * count }, (_, i) => i % 256);
}

/** A request's body, and binary tensors behind it. */
function request(
  { input = {}, binary = new Uint8Array(), ...others }: {
    input?: object;
    binary?: Uint8Array;
    [field: string]: unknown;
  } = {},
) {
  const json = encode(JSON.stringify({
    inputs: [{ name: "image", shape: [2, 28, 28, 1], datatype: "UINT8", ...input }],
    ...others,
  }));
  const body = new Uint8Array(json.length + binary.length);
  body.set(json);
  body.set(binary, json.length);
  return { body, headerLength: String(json.length) };
}

function read(options: Parameters<typeof request>[0]) {
  const { body, headerLength } = request(options);
  return readInferenceRequest(body, headerLength);
}

Deno.test("readInferenceRequest() takes numbers flat or nested, bytes or floats", () => {
  const images = pictures(2);
  const flat = [...images];
  const rows = Array.from(
    { length: 2 },
    (_, n) =>
      Array.from(
        { length: 28 },
        (_, y) => Array.from({ length: 28 }, (_, x) => [flat[(28 * n + y) * 28 + x]]),
      ),
  );
  assertEquals(read({ input: { data: flat } }).images, images);
  assertEquals(read({ input: { data: rows } }).images, images);
  const floats = flat.map((byte) => byte / 255);
  assertEquals(read({ input: { data: floats, datatype: "FP32" } }).images, images);
  const { body } = request({ input: { data: flat } });
  assertEquals(readInferenceRequest(body).images, images); // all of it is JSON
});

Deno.test("readInferenceRequest() takes binary tensors, wherever they lie in the body", () => {
  const images = pictures(2);
  const floats = new Uint8Array(Float32Array.from(images, (byte) => byte / 255).buffer);
  for (const id of ["", "a", "ab", "abc"]) { // moves the floats off their alignment
    const bytes = { input: { parameters: { binary_data_size: 1568 } }, binary: images, id };
    assertEquals(read(bytes).images, images);
    const input = { datatype: "FP32", parameters: { binary_data_size: 6272 } };
    assertEquals(read({ input, binary: floats, id }).images, images);
  }
});

Deno.test("readInferenceRequest() gives the outputs that are asked for, as they are asked for", () => {
  const input = { data: [...pictures(2)] };
  const all = (isBinary: boolean) => [
    { name: "logits", isBinary },
    { name: "probabilities", isBinary },
  ];
  assertEquals(read({ input }).outputs, all(false));
  assertEquals(read({ input, parameters: { binary_data_output: true } }).outputs, all(true));
  const outputs = [
    { name: "probabilities", parameters: { binary_data: true } },
    { name: "logits", parameters: {} },
  ];
  assertEquals(read({ input, outputs }).outputs, [
    { name: "probabilities", isBinary: true },
    { name: "logits", isBinary: false },
  ]);
  assertEquals(read({ input, outputs: [{ name: "logits" }] }).outputs, [all(false)[0]]);
  assertEquals(read({ input, id: "7" }).id, "7");
});

Deno.test("readInferenceRequest() says what is wrong with a request", () => {
  const data = [...pictures(2)];
  const fails = (body: Uint8Array, message: string, headerLength?: string) => {
    const error = assertThrows(
      () => readInferenceRequest(body, headerLength),
      HTTPException,
      message,
    );
    assertEquals(error.status, 400);
  };
  const failsWith = (options: Parameters<typeof request>[0], message: string) => {
    const { body, headerLength } = request(options);
    fails(body, message, headerLength);
  };
  fails(encode("{"), "The request is no JSON: ");
  fails(encode("[]"), "The request is an object of JSON, not []");
  fails(encode("{}"), "inputs is a list of one tensor, image");
  fails(encode("{}"), "inference-header-content-length is 3, and the body has 2 bytes", "3");
  fails(encode("{}"), "inference-header-content-length is x", "x");
  failsWith({ inputs: [null] }, "The input is an object of JSON, not null");
  failsWith({ id: 7, input: { data } }, "id is a text");
  failsWith({ input: { data, name: "x" } }, 'There is no input "x"; there is: image');
  failsWith({ input: { data, datatype: "FP64" } }, 'The input is FP32 or UINT8, not "FP64"');
  for (const shape of [undefined, [2, 784], [0, 28, 28, 1], [1.5, 28, 28, 1], [2, 28, 28, 3]]) {
    failsWith({ input: { data, shape } }, "The input's shape is [N, 28, 28, 1], not ");
  }
  failsWith({ input: { shape: [1, 28, 28, 1], data } }, "data has 1568 numbers, and its shape 784");
  failsWith({ input: {} }, "The input has neither a list of numbers, data, nor binary_data_size");

  for (const wrong of [256, -1, 0.5, null, "1", true]) {
    failsWith({ input: { data: data.with(5, wrong as number) } }, "number 5 is ");
  }
  failsWith(
    { input: { data: data.with(5, 256) } },
    "numbers are whole, from 0 to 255, 0 for paper",
  );
  failsWith(
    { input: { data, datatype: "FP32" } },
    "numbers are from 0 to 1, 0 for paper; number 2",
  );
  const nan = { datatype: "FP32", parameters: { binary_data_size: 6272 } };
  failsWith({ input: nan, binary: new Uint8Array(6272).fill(255) }, "number 0 is null");
  const size = { parameters: { binary_data_size: 1568 } };
  failsWith({ input: { ...size, data }, binary: pictures(2) }, "both data and binary_data_size");
  failsWith({ input: size, binary: pictures(1) }, "binary_data_size is 1568, and 784 follow");
  failsWith({ input: { data }, outputs: [{ name: "x" }] }, 'There is no output "x"');
  failsWith({ input: { data }, outputs: {} }, "outputs is a list");
  failsWith(
    { input: { data }, parameters: { binary_data_output: 1 } },
    "binary_data_output is true or false, not 1",
  );
  const outputs = [{ name: "logits", parameters: { classification: 3 } }];
  failsWith({ input: { data }, outputs }, "leave classification out");
});

Deno.test("writeInference() writes numbers or bytes, in the order that was asked for", () => {
  const logits = Float32Array.of(1, 2, 3, -1, 0, 1.5);
  const inference = { model: "best", version: "1", id: "7", logits, classes: 3, temperature: 0.5 };
  const probabilities = Float32Array.from([
    ...softmax([1, 2, 3], 0.5),
    ...softmax([-1, 0, 1.5], 0.5),
  ]);
  const json = writeInference(inference, [
    { name: "probabilities", isBinary: false },
    { name: "logits", isBinary: false },
  ]);
  assertEquals(json.headers, { "content-type": "application/json" });
  const about = { datatype: "FP32", shape: [2, 3] };
  assertEquals(JSON.parse(new TextDecoder().decode(json.body)), {
    model_name: "best",
    model_version: "1",
    id: "7",
    outputs: [
      { name: "probabilities", ...about, data: [...probabilities] },
      { name: "logits", ...about, data: [...logits] },
    ],
  });

  const { body, headers } = writeInference({ ...inference, id: undefined }, [
    { name: "logits", isBinary: true },
    { name: "probabilities", isBinary: true },
  ]);
  assertEquals(headers["content-type"], "application/octet-stream");
  const length = Number(headers["inference-header-content-length"]);
  assert(length > 0);
  const parameters = { binary_data_size: 24 };
  assertEquals(JSON.parse(new TextDecoder().decode(body.subarray(0, length))), {
    model_name: "best",
    model_version: "1",
    outputs: [{ name: "logits", ...about, parameters }, {
      name: "probabilities",
      ...about,
      parameters,
    }],
  });
  assertEquals([...new Float32Array(body.slice(length).buffer)], [...logits, ...probabilities]);
});

Deno.test("readInferenceRequest() refuses lists within lists without end", () => {
  const depth = 100_000;
  const bomb = `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const body = encode(
    `{"inputs":[{"name":"image","shape":[1,28,28,1],"datatype":"UINT8","data":${bomb}}]}`,
  );
  const { status } = assertThrows(() => readInferenceRequest(body), HTTPException);
  assertEquals(status, 400);
});
