// Models of other programs, as models of this one, which every backend runs.

import { UserError } from "../errors.ts";
import { stat } from "../files.ts";
import type { Model } from "../model/format.ts";
import { classCount } from "../model/layers.ts";
import { PROGRAM } from "../own.ts";
import type { Read } from "./builder.ts";
import { readKerasModel } from "./keras.ts";
import { readOnnxModel } from "./onnx.ts";

/** The most that is read of a model, in bytes: networks for 28x28 pixels take some megabytes. */
const MOST_BYTES = 256e6;

/** How people get a file that can be read from one that cannot. */
const CONVERSIONS: Readonly<Record<string, string>> = {
  h5: "tensorflowjs_converter --input_format keras",
  keras: "tensorflowjs_converter --input_format keras_keras",
  pt: "torch.onnx.export(model, torch.zeros(1, 1, 28, 28), 'model.onnx')",
  pth: "torch.onnx.export(model, torch.zeros(1, 1, 28, 28), 'model.onnx')",
  pb: "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx",
  tflite: "python -m tf2onnx.convert --tflite FILE --output model.onnx",
};

/**
 * Reads an ONNX file, a TensorFlow.js model.json, or the folder of one. By contract it takes pictures
 * of 28x28 as MNIST has them, 0 (paper) to 1 (ink), or to 255 where it begins by scaling them down.
 *
 * @throws {UserError} when there is none, it is damaged, or holds what this program cannot do: names
 * the file, and the layer or node.
 */
export async function importModel(path: string): Promise<Model> {
  const info = stat(path);
  if (!info?.isFile && !info?.isDirectory) {
    throw new UserError(
      `There is no file ${path}; --from takes an .onnx file, a model.json or its folder`,
    );
  }
  const file = info.isDirectory ? `${path.replace(/[/\\]+$/, "")}/model.json` : path;
  try {
    return toModel(path, await readAny(file));
  } catch (error) {
    if (error instanceof UserError || !(error instanceof SyntaxError)) throw error;
    const problem = error.message.replace(/[.]$/, "");
    throw new UserError(
      `The model ${file} cannot be used: ${problem}. Export it anew, with nothing but what can be ` +
        `run, or train a model here: ${PROGRAM} train`,
      { cause: error },
    );
  }
}

async function readAny(file: string): Promise<Read> {
  const ending = /\.(\w+)$/.exec(file)?.[1].toLowerCase() ?? "";
  if (Object.hasOwn(CONVERSIONS, ending)) {
    throw new UserError(
      `${file} cannot be read as it is. Convert it first, with: ${CONVERSIONS[ending]}`,
    );
  }
  const budget = { left: MOST_BYTES };
  const bytes = await readWithin(file, budget);
  if (ending !== "json") return readOnnxModel(bytes);
  const folder = /^(.*[/\\])?/.exec(file)![0];
  return await readKerasModel(
    new TextDecoder().decode(bytes),
    (name) => readWithin(folder + name, budget),
  );
}

/** @param budget How many bytes may still be read. */
async function readWithin(
  path: string,
  budget: { left: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const { isFile = false, size = 0 } = stat(path) ?? {};
  if (!isFile) throw new UserError(`There is no file ${path}, which the model needs`);
  budget.left -= size;
  if (budget.left < 0) {
    throw new UserError(
      `${path} is too large for a model of digits: it has ${(size / 1e6).toFixed()} MB, and ` +
        `${MOST_BYTES / 1e6} MB in all are read at most`,
    );
  }
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw new UserError(`Could not read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws {SyntaxError} when its classes or its temperature are none. */
function toModel(name: string, { classes, temperature, ...built }: Read): Model {
  const count = classCount(built.architecture);
  if (count < 2) {
    throw new SyntaxError("The model has one output, and has to have one for each class");
  }
  const names = classes ?? Array.from({ length: count }, (_, i) => String(i));
  if (!isNames(names) || names.length !== count) {
    throw new SyntaxError(
      `The model has ${count} outputs, and names as classes: ${JSON.stringify(names)}`,
    );
  }
  if (temperature === undefined) return { name, ...built, classes: names };
  if (typeof temperature !== "number" || !(temperature > 0 && temperature < Infinity)) {
    throw new SyntaxError(
      `The temperature is ${JSON.stringify(temperature)}, and no number over 0`,
    );
  }
  return { name, ...built, classes: names, temperature };
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}
