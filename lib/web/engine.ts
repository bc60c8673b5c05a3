// Does jobs, several at the same time: what each of the server's threads has.

import type { Backend } from "../backend/backend.ts";
import { explain } from "../batch/reader.ts";
import { areDigits } from "../data/classes.ts";
import { readHeader } from "../image/header.ts";
import { type Classifier, openClassifier, recognise } from "../recognise.ts";
import { readingJson } from "../report/reading.ts";
import { Batcher } from "./batcher.ts";
import { Gate } from "./gate.ts";
import { type Answer, type Failure, type Job, type PictureJob, PIXELS, type Setup } from "./job.ts";

/**
 * Pictures that are read at the same time. Each then takes a tenth less of the processor's time than one
 * by one; with twice as many it is hardly less, and each takes a page's memory, 20 MB for a small one.
 */
const CONCURRENT = 4;

/** The same of those that have hardly more than a digit's pixels: one of 28x28 takes 1.5 MB. */
const CONCURRENT_TINY = 16;
const TINY_PIXELS = 64 * 64;

/** Pixels that are open at the same time. A larger picture is read alone: it is not faster with others. */
const OPEN_PIXELS = 2_000_000;

/** A picture of more pixels has memory grow that would not be used again. */
const BLOATING_PIXELS = 16_000_000;

export class Engine {
  readonly #backend: Backend;
  readonly #setup: Setup;
  readonly #batcher = new Batcher((bytes) => this.#batches.push(bytes / PIXELS));
  readonly #gate = new Gate(OPEN_PIXELS);
  readonly #reject?: Classifier;
  readonly #classifiers = new Map<string, Classifier>();
  #batches: number[] = [];
  #isBloated = false;

  constructor(backend: Backend, setup: Setup) {
    [this.#backend, this.#setup] = [backend, setup];
    this.#reject = setup.reject && this.#open(setup.reject);
  }

  /** Classifies a blank picture, so that the first reading finds everything in its place. */
  async warmUp(): Promise<void> {
    await this.answer({ images: new Uint8Array(PIXELS), model: this.#setup.defaultModel });
    this.takeBatches();
  }

  /**
   * Whether it has opened a large picture: WebAssembly's memories never shrink, and the garbage collector
   * does not see how large they are. Four of 48 megapixels left a gigabyte.
   */
  get isBloated(): boolean {
    return this.#isBloated;
  }

  /** Does a job, and never throws. */
  async answer(job: Job): Promise<Answer> {
    const pixels = "images" in job ? job.images.length : pixelsOf(job);
    this.#isBloated ||= pixels > BLOATING_PIXELS;
    const concurrent = pixels <= TINY_PIXELS ? CONCURRENT_TINY : CONCURRENT;
    const weight = Math.max(OPEN_PIXELS / concurrent, pixels);
    try {
      return await this.#gate.pass(weight, () => this.#batcher.run(() => this.#do(job)));
    } catch (error) {
      return toFailure(error as Error);
    }
  }

  /** How many pictures the networks were given at a time, since this was last asked. */
  takeBatches(): number[] {
    const taken = this.#batches;
    this.#batches = [];
    return taken;
  }

  async #do(job: Job): Promise<Answer> {
    if ("images" in job) return await this.#classifier(job.model).network.logits(job.images);
    const { model, ...settings } = job.settings;
    const { classes } = this.#setup.models.get(model)!;
    const reading = await recognise(job.bytes, {
      ...settings,
      ...this.#classifier(model),
      classes,
      reject: areDigits(classes) ? this.#reject : undefined,
    });
    const json = JSON.stringify(readingJson(job.name, reading, model));
    return { json, digits: reading.digits.length };
  }

  /** Models that nobody asks for take no memory. */
  #classifier(name: string): Classifier {
    return this.#classifiers.getOrInsertComputed(
      name,
      () => this.#open(this.#setup.models.get(name)!),
    );
  }

  #open(model: Parameters<typeof openClassifier>[1]): Classifier {
    const { network, temperature } = openClassifier(this.#backend, model);
    return { network: this.#batcher.share(network), temperature };
  }
}

/** 0 for what will not be opened. */
function pixelsOf({ bytes }: PictureJob): number {
  try {
    const { width, height } = readHeader(bytes);
    return width * height;
  } catch {
    return 0;
  }
}

function toFailure(error: Error): Failure {
  if (error instanceof RangeError) return { status: 413, error: explain(error) };
  if (error instanceof SyntaxError) return { status: 422, error: explain(error) };
  return { status: 500, error: explain(error) };
}
