// What the server's main thread and those that read pictures tell each other.

import type { Model } from "../model/format.ts";
import type { RecogniseOptions } from "../recognise.ts";

/** How the pictures of a request are read. */
export interface PictureSettings extends Pick<RecogniseOptions, "invert" | "single" | "threshold"> {
  /** The model's name. */
  model: string;
}

/** A picture to be read; the answer is a {@linkcode PictureAnswer}. */
export interface PictureJob {
  /** What the answer is to call it. */
  name: string;
  /** The picture file. */
  bytes: Uint8Array;
  settings: PictureSettings;
}

/** What was read, as it is sent: threads make it, and the pixels of the digits stay with them. */
export interface PictureAnswer {
  /** The object that `predict --json` prints. */
  json: string;
  /** How many digits there are. */
  digits: number;
}

/** Pictures of digits to be classified; the answer is their logits, [N, classes]. */
export interface TensorJob {
  /** [N, 28, 28, 1], 0 paper to 255 ink; N is at most {@linkcode MOST_IN_TENSOR}. */
  images: Uint8Array;
  /** The model's name. */
  model: string;
}

/** Bytes of a picture of a digit. */
export const PIXELS = 28 * 28;

/** More pictures than this make several jobs, lest those of others wait for all of them. */
export const MOST_IN_TENSOR = 64;

export type Job = PictureJob | TensorJob;

/**
 * Why there is no answer, as a status of HTTP: 413 the picture is too large, 422 it is none, 499 nobody
 * waits for it any more, 500 the thread died of it, 504 it took too long.
 */
export interface Failure {
  status: 413 | 422 | 499 | 500 | 504;
  error: string;
}

/** What came of a job. */
export type Answer<J extends Job = Job> =
  | Failure
  | (J extends PictureJob ? PictureAnswer : Float32Array);

/** What a thread is told first. */
export interface Setup {
  models: ReadonlyMap<string, Model>;
  /** The model that is used where none is named. */
  defaultModel: string;
  /** Tells digits from what is none; there where some model reads digits. */
  reject?: Model;
}

/** What a thread says: once that it can read, then what came of jobs, until it has done all. */
export type Message =
  | { kind: "ready" }
  | {
    kind: "answers";
    /** By the jobs' indexes in what it was given. */
    answers: readonly (readonly [index: number, answer: Answer])[];
    /** How many pictures the networks were given at a time. */
    batches: number[];
    /** It has more memory than it will need, and never gives it back: see Engine. */
    isBloated: boolean;
  };

export function isFailure(answer: Answer): answer is Failure {
  return "error" in answer;
}
