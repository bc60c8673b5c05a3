// The routes of the Open Inference Protocol: see tensors.ts.

import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { concatenate } from "../arrays.ts";
import { isFailure, MOST_IN_TENSOR, PIXELS, type TensorJob } from "./job.ts";
import { findModel } from "./models.ts";
import type { PredictOptions } from "./predict.ts";
import { HEADER_LENGTH, INPUT, OUTPUTS, readInferenceRequest, writeInference } from "./tensors.ts";

/** The only version of every model. */
const VERSION = "1";

export interface InferenceOptions extends PredictOptions {
  /** The program's. */
  version: string;
}

export function inferenceRoutes(options: InferenceOptions): Hono {
  const { readers, models, version } = options;
  const app = new Hono();
  app.get("/v2", (c) => c.json({ name: "digits", version, extensions: ["binary_tensor_data"] }));
  app.get("/v2/health/live", (c) => c.json({ live: true }));
  app.get("/v2/health/ready", (c) => {
    const ready = readers.isReady;
    return c.json({ ready }, ready ? 200 : 503);
  });
  for (const path of ["/v2/models/:name", "/v2/models/:name/versions/:version"]) {
    const find = (c: Context) => {
      checkVersion(c.req.param("version"));
      return { name: c.req.param("name")!, ...findModel(c.req.param("name")!, models) };
    };
    app.get(path, (c) => {
      const { name, model } = find(c);
      return c.json(describe(name, model.classes.length));
    });
    app.get(`${path}/ready`, (c) => {
      const { name } = find(c);
      const ready = readers.isReady;
      return c.json({ name, ready }, ready ? 200 : 503);
    });
    app.post(`${path}/infer`, async (c) => {
      const { name, model } = find(c);
      const body = new Uint8Array(await c.req.arrayBuffer());
      const { id, images, outputs } = readInferenceRequest(body, c.req.header(HEADER_LENGTH));
      const logits = await classify(c, { images, model: name }, options);
      const classes = model.classes.length;
      const { temperature } = model;
      const answer = writeInference(
        { id, model: name, version: VERSION, logits, classes, temperature },
        outputs,
      );
      return c.body(answer.body, 200, answer.headers);
    });
  }
  return app;
}

/**
 * What the protocol says of a model. It has one datatype for each input; UINT8 is taken all the same.
 */
function describe(name: string, classes: number) {
  return {
    name,
    versions: [VERSION],
    platform: "digits",
    inputs: [{ name: INPUT.name, datatype: "FP32", shape: [-1, ...INPUT.shape] }],
    outputs: OUTPUTS.map((output) => ({ name: output, datatype: "FP32", shape: [-1, classes] })),
  };
}

function checkVersion(version = VERSION): void {
  if (version === VERSION) return;
  throw new HTTPException(404, {
    message: `There is no version ${JSON.stringify(version)}; there is: ${VERSION}`,
  });
}

async function classify(
  c: Context,
  { images, model }: TensorJob,
  { readers, metrics }: InferenceOptions,
): Promise<Float32Array> {
  const step = MOST_IN_TENSOR * PIXELS;
  const jobs = Array.from(
    { length: Math.ceil(images.length / step) },
    (_, i): TensorJob => ({ images: images.slice(i * step, (i + 1) * step), model }),
  );
  const parts = await Promise.all(readers.submit(jobs, c.req.raw.signal));
  metrics.countPictures(images.length / PIXELS);
  const logits = parts.map((part) => {
    if (isFailure(part)) throw new HTTPException(part.status as 500, { message: part.error });
    return part;
  });
  return concatenate(logits, (length) => new Float32Array(length));
}
