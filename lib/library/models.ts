// The models that a recogniser reads with: those that come along, and any in the TensorFlow.js
// layers format.

import { concatenate } from "../arrays.ts";
import { areDigitOrOther } from "../data/classes.ts";
import { UserError } from "../errors.ts";
import { readFrom } from "../fetch.ts";
import { decodeModel, type Model, weightFiles } from "../model/format.ts";
import { readOwn } from "../own.ts";

/** The names of the models that come along and read digits. */
export const MODELS: readonly string[] = ["best", "cnn", "dense", "fast", "tiny"];

/**
 * Loads a model.
 *
 * @param model A name of {@linkcode MODELS}; or the address or path of a folder, or of a model.json,
 * in the TensorFlow.js layers format. A path has a slash in it. A model is given back as it is.
 * @throws {UserError} when there is none of that name, or it is damaged or cannot be run.
 */
export async function openModel(model: string | URL | Model): Promise<Model> {
  if (typeof model === "object" && !(model instanceof URL)) return model;
  if (model instanceof URL || /[/\\]/.test(model)) return await load(String(model), readFrom);
  if (!MODELS.includes(model)) {
    throw new UserError(
      `There is no model ${JSON.stringify(model)}, only ${MODELS.join(", ")}; ` +
        `the path of a folder has a slash: ./${model}/`,
    );
  }
  return await openOwnModel(model);
}

/** Loads a model that comes along. */
export async function openOwnModel(name: string): Promise<Model> {
  return await load(`models/${name}/`, readOwn);
}

async function load(
  location: string,
  read: (path: string) => Promise<Uint8Array>,
): Promise<Model> {
  const folder = location.replace(/(?<=[/\\])model\.json$/, "").replace(/[/\\]?$/, "/");
  try {
    const json = new TextDecoder().decode(await read(`${folder}model.json`));
    const parts = await Promise.all(weightFiles(json).map((file) => read(folder + file)));
    return decodeModel(json, concatenate(parts, (length) => new Uint8Array(length)));
  } catch (error) {
    throw new UserError(
      `The model in ${folder} cannot be used: ${(error as Error).message}. Expected a folder ` +
        "with model.json and weights in the TensorFlow.js layers format",
      { cause: error },
    );
  }
}

/** @throws {UserError} when it is no model that tells digits of 28x28 pixels apart. */
export function checkReads({ name, architecture, classes }: Model): void {
  const shape = architecture.inputShape.join("x");
  if (shape !== "28x28x1") {
    throw new UserError(`The model ${name} takes pictures of ${shape}, expected 28x28x1`);
  }
  if (areDigitOrOther(classes)) {
    throw new UserError(`The model ${name} says whether there is a digit, not which`);
  }
}
