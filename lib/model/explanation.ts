// All that a lesson shows of how a network came to its answer, as plain data that a worker can send.

import type { Network } from "../backend/backend.ts";
import { activations, type LayerOutput } from "./activations.ts";
import { softmax } from "./evaluate.ts";
import type { Model } from "./format.ts";
import { occlusionMap } from "./occlusion.ts";

/** What a network does with one picture. */
export interface Explanation {
  /** First to last; see `activations()`. Some share their values with those before them. */
  layers: LayerOutput[];
  /** What each output stands for, and how probable it is. */
  classes: readonly string[];
  probabilities: number[];
  /** What the logits were divided by to get there; 1 changes nothing. */
  temperature: number;
  /** (28, 28): how much each pixel speaks for the class asked about; see `occlusionMap()`. */
  occlusion: Float32Array<ArrayBuffer>;
}

/**
 * Explains what a network makes of a picture, and which of its pixels speak for a class.
 *
 * @param network That of the model, on any backend.
 * @param pixels (28, 28) row-major, 0 paper to 255 ink.
 * @throws {TypeError} when the picture or the weights are not of the network's size.
 * @throws {RangeError} when the network has no such class.
 */
export async function explain(
  model: Pick<Model, "architecture" | "weights" | "classes" | "temperature">,
  network: Pick<Network, "logits">,
  pixels: Uint8Array,
  classIndex: number,
): Promise<Explanation> {
  const { classes, temperature = 1 } = model;
  const layers = activations(model, pixels);
  return {
    layers,
    classes,
    probabilities: softmax(layers.at(-1)!.values, temperature),
    temperature,
    occlusion: await occlusionMap(pixels, classIndex, { network, temperature }),
  };
}
