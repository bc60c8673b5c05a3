// The models that are here: those that came with the program, and the person's own.

import { resolve } from "node:path";
import { hashOf } from "../data/verify.ts";
import { UserError } from "../errors.ts";
import { exists, stat } from "../files.ts";
import { DEFAULT_MODEL, REJECT_MODEL, WEIGHTS_FILE } from "../model/format.ts";
import { parameterCount } from "../model/layers.ts";
import { METRICS_FILE } from "../model/metrics.ts";
import { RECIPES } from "../model/recipes.ts";
import { loadMetrics, loadModel } from "../model/store.ts";
import { OWN_FOLDER, PROGRAM } from "../own.ts";
import { percent } from "../report/reading.ts";
import { type Check, isNotAllowed, requireRead } from "./check.ts";

export interface ModelCheck extends Check {
  /** Where it is. */
  folder: string;
  parameters: number;
  /** On the test pictures, from 0 to 1; null where nobody has measured it. */
  accuracy: number | null;
  /** Of weights.bin. */
  sha256: string;
}

/** What predict cannot do without. */
const NEEDED: readonly string[] = [DEFAULT_MODEL, REJECT_MODEL];

/**
 * Each model by its name, where the program would take it from: `models/` of the working folder
 * hides those of the same names that came with the program.
 *
 * @param folders Where models are.
 * @throws {Deno.errors.NotCapable} where the folders may not be read.
 */
export async function checkModels(
  folders: readonly string[] = ["models", `${OWN_FOLDER}/models`],
): Promise<(ModelCheck | Check)[]> {
  for (const folder of folders) await requireRead(folder);
  const places = new Map<string, string>();
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      if (!places.has(name)) places.set(name, resolve(folder, name));
    }
  }
  const sorted = [...places].sort(([a], [b]) => a < b ? -1 : 1);
  const checks = await Promise.all(sorted.map(([name, folder]) => checkModel(name, folder)));
  const missing = NEEDED.filter((name) => !places.has(name)).map((name): Check => ({
    name,
    state: "broken",
    finding: `there is none in ${folders.map((folder) => resolve(folder)).join(" or ")}`,
    advice: remedy(name),
  }));
  return [...checks, ...missing];
}

async function namesIn(folder: string): Promise<string[]> {
  if (!stat(folder)?.isDirectory) return [];
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.filter(({ isFile }) => !isFile).map(({ name }) => name)
    .filter((name) => stat(`${folder}/${name}/model.json`) !== undefined);
}

async function checkModel(name: string, folder: string): Promise<ModelCheck | Check> {
  try {
    const { architecture, weights } = await loadModel(folder);
    const wild = weights.find(({ data }) => !data.every(Number.isFinite));
    if (wild) throw new UserError(`${folder}: the weight ${wild.name} holds what is no number`);
    const accuracy = await exists(`${folder}/${METRICS_FILE}`)
      ? (await loadMetrics(folder)).test.accuracy
      : null;
    const parameters = parameterCount(architecture);
    const sha256 = await hashOf(await Deno.readFile(`${folder}/${WEIGHTS_FILE}`));
    const measured = accuracy === null ? "not measured" : `accuracy ${percent(accuracy, 2)}`;
    return {
      name,
      state: "ok",
      finding: `${parameters.toLocaleString("en")} parameters, ${measured}, ` +
        `SHA-256 ${sha256.slice(0, 16)}..., ${folder}`,
      folder,
      parameters,
      accuracy,
      sha256,
    };
  } catch (error) {
    if (isNotAllowed(error)) throw error;
    return {
      name,
      state: "broken",
      finding: (error as Error).message,
      advice: remedy(name, folder),
    };
  }
}

/**
 * How to get a model back.
 *
 * @param folder The damaged one.
 */
function remedy(name: string, folder?: string): string {
  const own = resolve(OWN_FOLDER, "models", name);
  if (folder !== undefined && folder !== own && stat(own)) {
    return `Delete ${folder}: then the one is taken that came with the program`;
  }
  return Object.hasOwn(RECIPES, name)
    ? `Restore it with: git checkout models/${name}, or train it with: ${PROGRAM} train --model ${name}`
    : "Put a copy in its place, or delete its folder";
}
