// POST /api/predict: pictures in, what `predict --json` prints out.

import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { STDIN } from "../batch/inputs.ts";
import { type Answer, isFailure, type PictureJob, type PictureSettings } from "./job.ts";
import type { Metrics } from "./metrics.ts";
import { findModel, type ServedModel } from "./models.ts";
import type { Readers } from "./readers.ts";

export interface PredictOptions {
  readers: Readers;
  metrics: Metrics;
  models: ReadonlyMap<string, ServedModel>;
  /** The model that reads where none is named. */
  defaultModel: string;
}

export function predictRoutes(options: PredictOptions): Hono {
  const app = new Hono();
  app.post("/api/predict", async (c) => {
    const settings = readQuery(c, options);
    const type = c.req.header("content-type")?.split(";", 1)[0].trim().toLowerCase() ?? "";
    if (type === "multipart/form-data") return await predictFiles(c, settings, options);
    if (!type.startsWith("image/") && type !== "application/octet-stream") throw wrongType(type);
    return await predictBody(c, settings, options);
  });
  return app;
}

async function predictBody(c: Context, settings: PictureSettings, options: PredictOptions) {
  const bytes = await c.req.bytes();
  // The same name as that of a picture which a pipe brings to the command.
  const [answer] = await read(c, [{ name: STDIN, bytes, settings }], options);
  return c.body(jsonOf(STDIN, answer), isFailure(answer) ? answer.status as 422 : 200, JSON_TYPE);
}

async function predictFiles(c: Context, settings: PictureSettings, options: PredictOptions) {
  const files = await filesOf(c);
  const jobs = await Promise.all(files.map(async (file): Promise<PictureJob> => {
    return { name: file.name, bytes: await file.bytes(), settings };
  }));
  const answers = await read(c, jobs, options);
  const objects = answers.map((answer, i) => jsonOf(files[i].name, answer));
  return c.body(`[${objects.join(",")}]`, 200, JSON_TYPE);
}

async function read(
  c: Context,
  jobs: readonly PictureJob[],
  { readers, metrics }: PredictOptions,
) {
  const answers = await Promise.all(readers.submit(jobs, c.req.raw.signal));
  for (const answer of answers) {
    if (!isFailure(answer)) metrics.countPictures(1, answer.digits);
  }
  return answers;
}

const JSON_TYPE = { "content-type": "application/json" };

function jsonOf(file: string, answer: Answer<PictureJob>): string {
  return isFailure(answer) ? JSON.stringify({ file, error: answer.error }) : answer.json;
}

async function filesOf(c: Context): Promise<File[]> {
  const form = await c.req.formData().catch((error) => {
    // That is what multipart/form-data cannot be read with; all else is the body's arrival.
    if (!(error instanceof TypeError)) throw error;
    throw new HTTPException(400, { message: "The body is no multipart/form-data", cause: error });
  });
  const files = Array.from(form, ([name, value]) => {
    if (value instanceof File) return value;
    throw new HTTPException(400, {
      message: `The field ${JSON.stringify(name)} has no file. With curl: -F file=@picture.png; ` +
        "how pictures are read is said in the query: ?single=true",
    });
  });
  if (files.length === 0) throw new HTTPException(400, { message: "There is no file in the form" });
  return files;
}

function wrongType(type: string): HTTPException {
  return new HTTPException(415, {
    message:
      `Found ${type === "" ? "no content-type" : `content-type ${type}`}, expected image/*, ` +
      "application/octet-stream or multipart/form-data. With curl: " +
      "-H 'content-type: image/png' --data-binary @picture.png",
  });
}

const QUERY = ["model", "single", "invert", "threshold"];

function readQuery(c: Context, { models, defaultModel }: PredictOptions): PictureSettings {
  const query = c.req.queries();
  for (const [name, values] of Object.entries(query)) {
    if (!QUERY.includes(name)) {
      throw wrongQuery(
        `There is no ${JSON.stringify(name)} in a query; there are: ${QUERY.join(", ")}`,
      );
    }
    if (values.length > 1) throw wrongQuery(`The query has ${name} more than once`);
  }
  const model = c.req.query("model") ?? defaultModel;
  findModel(model, models);
  const single = choice(c, "single", ["true", "false"]);
  const invert = choice(c, "invert", ["auto", "yes", "no"]);
  return { model, invert, single: single === "true", threshold: threshold(c) };
}

function choice<T extends string>(c: Context, name: string, choices: readonly T[]): T | undefined {
  const value = c.req.query(name);
  const chosen = choices.find((choice) => choice === value);
  if (value === chosen) return chosen;
  throw wrongQuery(`${name} is ${choices.join(", ")}, not ${JSON.stringify(value)}`);
}

/** As a share, where the query has percent. */
function threshold(c: Context): number | undefined {
  const text = c.req.query("threshold");
  if (text === undefined) return undefined;
  const percent = text.trim() === "" ? NaN : Number(text);
  if (percent >= 0 && percent <= 100) return percent / 100;
  throw wrongQuery(`threshold is a number from 0 to 100, not ${JSON.stringify(text)}`);
}

function wrongQuery(message: string): HTTPException {
  return new HTTPException(400, { message });
}
