// From the bytes of a picture to the digit in it: what the command line, and whoever embeds this
// program, asks for.

import type { Network } from "./backend/backend.ts";
import { decode } from "./image/decode.ts";
import { normalise, type NormaliseOptions } from "./image/normalise.ts";
import { softmax } from "./model/evaluate.ts";

/** A class and how probable the network holds it, 0 to 1. */
export interface Candidate {
  digit: string;
  confidence: number;
}

export interface Digit extends Candidate {
  /** Where its ink is: [x, y, width, height] in pixels of the upright picture. */
  box: readonly [number, number, number, number];
  /** The other classes, most probable first. */
  alternatives: Candidate[];
  /** The 28x28 that the network saw, row by row, 0 = paper, 255 = ink. */
  pixels: Uint8Array;
}

/** What was read in a picture; no digits where it is blank. */
export interface Reading {
  text: string;
  digits: Digit[];
}

export interface RecogniseOptions extends NormaliseOptions {
  network: Network;
  /** What each output of the network stands for. */
  classes: readonly string[];
  /** The model's temperature: 1, which changes nothing, unless given. */
  temperature?: number;
}

/**
 * Reads the digit in a picture.
 *
 * @param bytes A PNG, JPEG or GIF file.
 * @throws {SyntaxError} when the bytes are no such picture, or damaged.
 * @throws {RangeError} when the picture is too large to decode.
 */
export async function recognise(
  bytes: Uint8Array,
  { network, classes, temperature, ...options }: RecogniseOptions,
): Promise<Reading> {
  const found = normalise(await decode(bytes), options);
  if (!found) return { text: "", digits: [] };
  const { pixels, box } = found;
  const probabilities = softmax(await network.logits(pixels), temperature);
  const [best, ...alternatives] = probabilities
    .map((confidence, i): Candidate => ({ digit: classes[i], confidence }))
    .sort((a, b) => b.confidence - a.confidence);
  return { text: best.digit, digits: [{ ...best, box, alternatives, pixels }] };
}
