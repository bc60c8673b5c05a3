// What the page has done in its worker: reading pictures, with the models as the page's host has them.

import type { Backend } from "../../backend/backend.ts";
import { openSimd } from "../../backend/simd/simd.ts";
import { areDigits } from "../../data/classes.ts";
import { decode } from "../../image/decode.ts";
import { MAX_SIDE } from "../../image/method.ts";
import type { Picture } from "../../image/picture.ts";
import { explain, type Explanation } from "../../model/explanation.ts";
import { decodeModel, type Model, REJECT_MODEL, WEIGHTS_FILE } from "../../model/format.ts";
import type { Metrics } from "../../model/metrics.ts";
import { type Classifier, read, type Reading, type RecogniseOptions } from "../../recognise.ts";
import { fetchBytes, fetchText } from "../../fetch.ts";

/** What a picture was read as, by which model, and how long that took. */
export interface Answer extends Reading {
  model: string;
  /** What the model tells apart. */
  classes: readonly string[];
  milliseconds: number;
}

/** A picture file that was opened. */
export interface Opened {
  /** Upright, as large as it is worth while to show. */
  bitmap: ImageBitmap;
  /** The file's size, upright, in pixels: what boxes are in. */
  width: number;
  height: number;
}

/** A model in use. */
export interface OpenedModel {
  name: string;
  classes: readonly string[];
  metrics: Metrics;
}

/** A model ready to read. */
interface Loaded extends Required<Classifier> {
  model: Model;
  metrics: Metrics;
}

/** The picture that is shown has no more pixels a side. */
const PREVIEW_SIDE = 2 * MAX_SIDE;

export class Engine {
  readonly #backend = openSimd({ threads: 1 });
  readonly #models = new Map<string, Promise<Loaded>>();
  #current: Promise<Loaded> | undefined;
  #picture: Picture | undefined;

  /**
   * Reads with a model from now on.
   *
   * @throws {Error} when its files cannot be loaded; the model before it is kept then.
   */
  async use(name: string): Promise<OpenedModel> {
    const loading = this.#load(name);
    const { model: { classes }, metrics } = await loading;
    this.#current = loading;
    return { name, classes, metrics };
  }

  /** Takes a model that was trained here, in place of one that has its name. */
  async add(name: string, model: Model, metrics: Metrics): Promise<void> {
    this.#models.set(name, Promise.resolve(toLoaded(await this.#backend, model, metrics)));
  }

  /**
   * Opens a picture file, of any format that is read anywhere else in the program.
   *
   * @throws {SyntaxError} when it is no picture, or damaged.
   * @throws {RangeError} when it is too large.
   */
  async open(file: Uint8Array): Promise<Opened> {
    const picture = await decode(file, { side: MAX_SIDE });
    this.#picture = picture;
    const { width, height, fullWidth = width, fullHeight = height } = picture;
    return { bitmap: await preview(picture), width: fullWidth, height: fullHeight };
  }

  /**
   * Reads the digits in a picture, that which was opened last unless pixels are given.
   */
  async read(
    pixels: Picture | undefined,
    options: Pick<RecogniseOptions, "invert">,
  ): Promise<Answer> {
    const started = performance.now();
    const picture = pixels ?? this.#picture;
    if (picture === undefined) throw new TypeError("There is no picture to read");
    if (this.#current === undefined) throw new TypeError("There is no model to read with");
    const { model: { name, classes }, network, temperature } = await this.#current;
    const reject = areDigits(classes) ? await this.#load(REJECT_MODEL) : undefined;
    const reading = await read(picture, { ...options, network, temperature, classes, reject });
    return { ...reading, model: name, classes, milliseconds: performance.now() - started };
  }

  /**
   * Tells what a model makes of a digit, and which of its pixels speak for a class.
   *
   * @param pixels (28, 28) row-major, 0 paper to 255 ink.
   */
  async explain(name: string, pixels: Uint8Array, classIndex: number): Promise<Explanation> {
    const { model, network } = await this.#load(name);
    return await explain(model, network, pixels, classIndex);
  }

  #load(name: string): Promise<Loaded> {
    let loading = this.#models.get(name);
    if (loading === undefined) {
      loading = this.#fetch(name);
      this.#models.set(name, loading);
      loading.catch(() => this.#models.delete(name)); // it may be there at the next try
    }
    return loading;
  }

  async #fetch(name: string): Promise<Loaded> {
    const folder = new URL(`models/${name}/`, import.meta.url);
    const [json, weights, metrics, backend] = await Promise.all([
      fetchText(new URL("model.json", folder)),
      fetchBytes(new URL(WEIGHTS_FILE, folder)),
      fetchText(new URL("metrics.json", folder)),
      this.#backend,
    ]);
    return toLoaded(backend, decodeModel(json, weights), JSON.parse(metrics));
  }
}

function toLoaded(backend: Backend, model: Model, metrics: Metrics): Loaded {
  const network = backend.createNetwork(model.architecture, model.weights);
  return { model, metrics, network, temperature: model.temperature ?? 1 };
}

async function preview({ width, height, data }: Picture): Promise<ImageBitmap> {
  const scale = Math.min(1, PREVIEW_SIDE / Math.max(width, height));
  const pixels = data as Uint8ClampedArray<ArrayBuffer>; // decode() has them alone in their buffer
  return await createImageBitmap(new ImageData(pixels, width, height), {
    resizeWidth: Math.max(1, Math.round(scale * width)),
    resizeHeight: Math.max(1, Math.round(scale * height)),
    resizeQuality: "high",
  });
}
