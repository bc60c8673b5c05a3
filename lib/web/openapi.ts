// The OpenAPI 3.1 document of all routes that programs call. tests/web/openapi.test.ts holds it against
// the routes and their answers.

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const list = (items: object) => ({ type: "array", items });
const json = (schema: object) => ({ "application/json": { schema } });
const answer = (description: string, schema: object) => ({ description, content: json(schema) });
const failure = (description: string) => answer(description, ref("Error"));
const object = (properties: Record<string, object>, optional: readonly string[] = []) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

const TEXT = { type: "string" };
const CLASS = { ...TEXT, description: "One of the model's classes, see /api/models" };
const SHARE = { type: "number", minimum: 0, maximum: 1 };
const BINARY = { type: "string", format: "binary" };

const SCHEMAS = {
  Error: object({ error: { ...TEXT, description: "What is wrong, for people" } }),
  Candidate: object({ digit: CLASS, confidence: SHARE }),
  Digit: object({
    digit: CLASS,
    confidence: SHARE,
    box: {
      ...list({ type: "number" }),
      minItems: 4,
      maxItems: 4,
      description: "[x, y, width, height] in pixels of the upright picture",
    },
    alternatives: {
      ...list(ref("Candidate")),
      description: "The other classes, the most probable first",
    },
    uncertain: { type: "boolean", description: "It may be something else" },
  }),
  Reading: object({
    file: { ...TEXT, description: "The name in the form; - for a picture that is the body" },
    text: {
      ...TEXT,
      description:
        "The digits from left to right, a line of them in each line; with spaces between " +
        "them where classes have names of several characters",
    },
    digits: list(ref("Digit")),
    model: TEXT,
  }),
  Failure: object({ file: TEXT, error: { ...TEXT, description: "What is wrong, for people" } }),
  Model: object({
    name: TEXT,
    default: { type: "boolean", description: "It reads where no other is named" },
    classes: list(TEXT),
    parameters: { type: "integer" },
    accuracy: {
      type: ["number", "null"],
      description: "Share of test pictures that it classified rightly",
    },
  }),
  Ready: object({ ready: { type: "boolean" } }),
  TensorMetadata: object({ name: TEXT, datatype: TEXT, shape: list({ type: "integer" }) }),
  Parameters: { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } },
  InferenceRequest: {
    type: "object",
    required: ["inputs"],
    properties: {
      id: TEXT,
      parameters: ref("Parameters"),
      inputs: { ...list(ref("InputTensor")), minItems: 1, maxItems: 1 },
      outputs: list({
        type: "object",
        required: ["name"],
        properties: { name: ref("OutputName"), parameters: ref("Parameters") },
      }),
    },
  },
  InputTensor: {
    type: "object",
    required: ["name", "shape", "datatype"],
    properties: {
      name: { const: "image" },
      shape: {
        type: "array",
        prefixItems: [{ type: "integer", minimum: 1 }, { const: 28 }, { const: 28 }, { const: 1 }],
        minItems: 4,
        maxItems: 4,
      },
      datatype: {
        enum: ["FP32", "UINT8"],
        description:
          "FP32 from 0, paper, to 1, ink, which are rounded to bytes; UINT8 from 0 to 255",
      },
      parameters: ref("Parameters"),
      data: { type: "array", description: "Row by row, flat or nested" },
    },
  },
  OutputName: { enum: ["logits", "probabilities"] },
  OutputTensor: object({
    name: ref("OutputName"),
    datatype: { const: "FP32" },
    shape: { ...list({ type: "integer" }), minItems: 2, maxItems: 2 },
    data: list({ type: "number" }),
    parameters: object({ binary_data_size: { type: "integer" } }),
  }, ["data", "parameters"]),
  Inference: object({
    model_name: TEXT,
    model_version: TEXT,
    id: TEXT,
    outputs: list(ref("OutputTensor")),
  }, ["id"]),
};

const query = (name: string, schema: object, description: string) => ({
  name,
  in: "query",
  schema,
  description,
});

const BODY_FAILURES = {
  400: failure("The request is wrong"),
  404: failure("There is no such model"),
  408: failure("The body took too long to arrive"),
  413: failure("The request is too large"),
  500: failure("The server failed"),
  503: {
    ...failure("The server has too much to do"),
    headers: { "retry-after": { schema: { type: "integer" }, description: "Seconds" } },
  },
  504: failure("The answer took too long"),
};

const PREDICT = {
  summary: "Read the digits in pictures",
  description: "PNG, JPEG, GIF, BMP or WebP, up to 8 MB a request and 64 megapixels a picture.",
  parameters: [
    query("model", TEXT, "A model's name, see /api/models"),
    query("single", { type: "boolean" }, "There is one digit in each picture"),
    query("invert", { enum: ["auto", "yes", "no"] }, "yes: ink is lighter than paper"),
    query(
      "threshold",
      { type: "number", minimum: 0, maximum: 100 },
      "With less confidence, in percent, a digit is marked uncertain",
    ),
  ],
  requestBody: {
    required: true,
    content: {
      "image/*": { schema: BINARY },
      "application/octet-stream": { schema: BINARY },
      "multipart/form-data": { schema: { type: "object", additionalProperties: list(BINARY) } },
    },
  },
  responses: {
    200: answer(
      "What was read; of a form a list, in the order of its files",
      { oneOf: [ref("Reading"), list({ oneOf: [ref("Reading"), ref("Failure")] })] },
    ),
    ...BODY_FAILURES,
    413: answer("The request, or the picture, is too large", {
      oneOf: [ref("Error"), ref("Failure")],
    }),
    415: failure("The content-type is of no picture"),
    422: answer("The file is no picture, or damaged", ref("Failure")),
  },
};

const NO_MODEL = { 404: failure("There is no such model, or no such version") };

const MODEL = {
  get: {
    summary: "What a model takes and gives",
    responses: {
      200: answer(
        "Its tensors",
        object({
          name: TEXT,
          versions: list(TEXT),
          platform: TEXT,
          inputs: list(ref("TensorMetadata")),
          outputs: list(ref("TensorMetadata")),
        }),
      ),
      ...NO_MODEL,
    },
  },
};

const READY = object({ name: TEXT, ready: { type: "boolean" } });
const MODEL_READY = {
  get: {
    summary: "Whether a model can be asked",
    responses: { 200: answer("Yes", READY), 503: answer("Not yet", READY), ...NO_MODEL },
  },
};

const INFER = {
  post: {
    summary: "Classify pictures of digits, 28x28",
    description: "The Open Inference Protocol, version 2, with Triton's binary tensors.",
    parameters: [{
      name: "Inference-Header-Content-Length",
      in: "header",
      schema: { type: "integer" },
      description: "How many bytes of JSON stand before the binary tensors",
    }],
    requestBody: {
      required: true,
      content: {
        ...json(ref("InferenceRequest")),
        "application/octet-stream": { schema: BINARY },
      },
    },
    responses: {
      200: {
        description: "The network's outputs; binary where the request asks for it",
        content: {
          ...json(ref("Inference")),
          "application/octet-stream": { schema: BINARY },
        },
      },
      ...BODY_FAILURES,
      415: failure("The body is compressed"),
    },
  },
};

const path = (names: readonly string[], item: object) => ({
  parameters: names.map((name) => ({ name, in: "path", required: true, schema: TEXT })),
  ...item,
});

const READINESS = {
  200: answer("It can", ref("Ready")),
  503: answer("It is starting or stopping", ref("Ready")),
};

const PATHS = {
  "/api/predict": { post: PREDICT },
  "/api/models": {
    get: {
      summary: "The models that can read",
      responses: { 200: answer("All of them", object({ models: list(ref("Model")) })) },
    },
  },
  "/api/openapi.json": {
    get: { summary: "This document", responses: { 200: answer("OpenAPI", { type: "object" }) } },
  },
  "/health": {
    get: {
      summary: "Whether the server runs",
      responses: { 200: answer("It does", object({ status: { const: "ok" } })) },
    },
  },
  "/ready": { get: { summary: "Whether the server can read", responses: READINESS } },
  "/metrics": {
    get: {
      summary: "Counts for Prometheus",
      responses: { 200: { description: "Its text format", content: { "text/plain": {} } } },
    },
  },
  "/v2": {
    get: {
      summary: "What the server is",
      responses: {
        200: answer("It", object({ name: TEXT, version: TEXT, extensions: list(TEXT) })),
      },
    },
  },
  "/v2/health/live": {
    get: {
      summary: "Whether the server runs",
      responses: { 200: answer("It does", object({ live: { const: true } })) },
    },
  },
  "/v2/health/ready": { get: { summary: "Whether the server can read", responses: READINESS } },
  "/v2/models/{name}": path(["name"], MODEL),
  "/v2/models/{name}/ready": path(["name"], MODEL_READY),
  "/v2/models/{name}/infer": path(["name"], INFER),
  "/v2/models/{name}/versions/{version}": path(["name", "version"], MODEL),
  "/v2/models/{name}/versions/{version}/ready": path(["name", "version"], MODEL_READY),
  "/v2/models/{name}/versions/{version}/infer": path(["name", "version"], INFER),
};

/** @param version The program's. */
export function openApi(version: string) {
  return {
    openapi: "3.1.0",
    info: {
      title: "digits",
      version,
      description: "Reads handwritten digits in pictures.",
      license: { name: "MIT", identifier: "MIT" },
    },
    paths: PATHS,
    components: { schemas: SCHEMAS },
  };
}
