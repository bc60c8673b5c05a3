// `--from`: a model of another program in the place of one of ours. Reading it is left to code that is
// loaded only then.

import { UserError } from "../errors.ts";
import type { Model } from "../model/format.ts";

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
