// The work that all contenders are given: the same pictures, and the trained CNN in three formats.

import { MNIST } from "../lib/data/sources.ts";
import { UserError } from "../lib/errors.ts";
import { encodeOnnx } from "../lib/export/onnx.ts";
import { exists } from "../lib/files.ts";
import { encodeFloats } from "../lib/model/format.ts";
import { loadModel } from "../lib/model/store.ts";
import { syntheticDigits } from "../lib/data/synthetic.ts";
import { VERSION } from "../lib/versions.ts";

/** The model that is timed on pictures. */
export const MODEL = "models/cnn";

/** Pictures in a training step: what the CNN's recipe has. */
export const BATCH = 64;

/**
 * Pictures, as many as training does not see too often in a round. 80 % of their pixels are blank, as
 * 81 % of MNIST's are: kernels that skip zeros have as much to skip.
 */
const PICTURES = 8192;

/** Files with the same pictures for all. */
interface Pictures {
  /** Bytes [N, 28, 28], 0 = paper, 255 = ink. */
  images: string;
  /** One byte each. */
  labels: string;
}

/** What a contender is told that is to be timed training. */
export interface TrainingConfig extends Pictures {
  network: string;
  batch: number;
  /** How long a round takes. */
  seconds: number;
}

/** What a contender is told that is to be timed classifying pictures. */
export interface InferenceConfig extends Pictures {
  /** The folder of model.json. */
  model: string;
  /** The weights alone, float32 in the order and layout of model.json. */
  weights: string;
  onnx: string;
  /** The batch sizes that will be asked for. */
  batches: number[];
  seconds: number;
}

export interface InferenceRequest {
  batch: number;
  /** Answer with the logits of the first batch, in place of images/s. */
  logits?: boolean;
}

/** Writes the files into a folder. */
export async function writeWork(folder: string) {
  const { images, labels } = syntheticDigits({ count: PICTURES, seed: 1 });
  const model = await loadModel(MODEL);
  const files = {
    images: `${folder}/images.bin`,
    labels: `${folder}/labels.bin`,
    onnx: `${folder}/cnn.onnx`,
    weights: `${folder}/weights.bin`,
  };
  await Deno.writeFile(files.images, images);
  await Deno.writeFile(files.labels, labels);
  await Deno.writeFile(files.onnx, encodeOnnx({ model, version: VERSION }));
  await Deno.writeFile(files.weights, encodeFloats(model.weights));
  return { ...files, model: MODEL };
}

export type Work = Awaited<ReturnType<typeof writeWork>>;

/**
 * The folder with MNIST's files: a download must not be timed.
 *
 * @throws {UserError} when it is not in the data folder.
 */
export async function findMnist(data: string): Promise<string> {
  for (const folder of MNIST.folders.map((folder) => `${data}/${folder}`)) {
    const names = Object.values(MNIST.files).flatMap(({ name }) => [name, `${name}.gz`]);
    const found = await Promise.all(names.map((name) => exists(`${folder}/${name}`)));
    if (found.filter(Boolean).length >= names.length / 2) return folder;
  }
  throw new UserError(
    `There is no MNIST in ${data}. Let deno task train download it, or set DIGITS_DATA`,
  );
}
