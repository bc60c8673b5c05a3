// The models that the server has, all of them in memory: no request leads to a file.

import { HTTPException } from "hono/http-exception";
import { areDigitOrOther } from "../data/classes.ts";
import { UserError } from "../errors.ts";
import { exists } from "../files.ts";
import type { Model } from "../model/format.ts";
import { parameterCount } from "../model/layers.ts";
import { loadMetrics, loadModel } from "../model/store.ts";

/** A model that reads digits, or whatever else it was trained on. */
export interface ServedModel {
  model: Model;
  parameters: number;
  /** Of the test pictures; null where nobody has measured it. */
  accuracy: number | null;
}

/** What GET /api/models says of a model. */
export interface ModelCard extends Pick<ServedModel, "parameters" | "accuracy"> {
  name: string;
  /** It reads where no other is named. */
  default: boolean;
  classes: readonly string[];
}

/**
 * Loads the models of a folder that read pictures, by their names, in the order of the names.
 *
 * @throws {UserError} when one is damaged.
 */
export async function loadModels(directory: string): Promise<Map<string, ServedModel>> {
  const models = new Map<string, ServedModel>();
  for (const name of await namesIn(directory)) {
    const model = await loadModel(`${directory}/${name}`);
    if (!canRead(model)) continue;
    const { test } = await exists(`${directory}/${name}/metrics.json`)
      ? await loadMetrics(`${directory}/${name}`)
      : { test: { accuracy: null } };
    models.set(name, {
      model,
      parameters: parameterCount(model.architecture),
      accuracy: test.accuracy,
    });
  }
  return models;
}

async function namesIn(directory: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(directory)) {
      if (await exists(`${directory}/${name}/model.json`)) names.push(name);
    }
  } catch (error) {
    throw new UserError(
      `The folder of models ${directory} cannot be read: ${(error as Error).message}. ` +
        "Name another with --models",
      { cause: error },
    );
  }
  return names.sort();
}

function canRead({ architecture, classes }: Model): boolean {
  return architecture.inputShape.join() === "28,28,1" && !areDigitOrOther(classes);
}

export function cardsOf(
  models: ReadonlyMap<string, ServedModel>,
  defaultModel: string,
): ModelCard[] {
  return Array.from(models, ([name, { model, parameters, accuracy }]) => ({
    name,
    default: name === defaultModel,
    classes: model.classes,
    parameters,
    accuracy,
  }));
}

/** @throws {HTTPException} 404 when there is no such model. */
export function findModel(name: string, models: ReadonlyMap<string, ServedModel>): ServedModel {
  const found = models.get(name);
  if (found) return found;
  throw new HTTPException(404, {
    message: `There is no model ${JSON.stringify(name)}; there are: ${
      [...models.keys()].join(", ")
    }`,
  });
}
