// `--from`: a model of another program in the place of one of ours, or one to go on from. Reading
// another program's is left to code that is loaded only then.

import { UserError } from "../errors.ts";
import { exists, ownFolder, stat } from "../files.ts";
import type { Base } from "../model/finetune.ts";
import type { Model } from "../model/format.ts";
import { METRICS_FILE } from "../model/metrics.ts";
import { loadMetrics, loadModel } from "../model/store.ts";

/** What the commands take that can read with such a model. */
export const FROM_FLAG = {
  type: "text",
  value: "PATH",
  help: "read with another program's model: .onnx, or a TensorFlow.js layers folder",
} as const;

/** What a model has to be, for help texts. */
export const FROM_CONTRACT =
  `A model of another program (--from) gets pictures of 28x28 as MNIST has them: 0 paper to 1 ink, or
to 255 where it begins by scaling its input down.`;

/** @throws {UserError} when a model of ours is named, too; and see `importModel`. */
export async function loadFrom(
  path: string,
  { model, models }: { model?: string; models?: string },
): Promise<Model> {
  const other = model === undefined ? models === undefined ? undefined : "--models" : "--model";
  if (other) {
    throw new UserError(`--from and ${other} exclude each other: --from names the model`, {
      exitCode: 2,
    });
  }
  const { importModel } = await import("./import.ts");
  return await importModel(path);
}

/**
 * The model to go on from: the name of one of ours, or the path of any.
 *
 * @throws {UserError} when there is none; and see `loadModel` and `importModel`.
 */
export async function loadBase(from: string): Promise<Base> {
  if (!/[/\\]|\.(onnx|json)$/.test(from)) {
    const folder = `${await ownFolder("models", from)}/${from}`;
    return { name: from, model: await loadModel(folder), metrics: await loadMetrics(folder) };
  }
  const { importModel } = await import("./import.ts");
  const model = await importModel(from);
  const folder = stat(from)?.isDirectory ? from : from.replace(/[^/\\]*$/, "");
  const known = !from.endsWith(".onnx") && await exists(`${folder}/${METRICS_FILE}`);
  return { name: from, model, metrics: known ? await loadMetrics(folder) : undefined };
}
