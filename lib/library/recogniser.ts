// A recogniser: networks that are kept ready to read one picture after the other.

import type { BackendName, Network } from "../backend/backend.ts";
import { chooseBackend } from "../backend/choose.ts";
import { areDigits } from "../data/classes.ts";
import type { Picture } from "../image/picture.ts";
import { DEFAULT_MODEL, type Model, REJECT_MODEL } from "../model/format.ts";
import { type PictureReading, toPictureReading } from "../reading.ts";
import { openClassifier, read, recognise, type RecogniseOptions } from "../recognise.ts";
import { Turns } from "../turns.ts";
import { checkReads, openModel, openOwnModel } from "./models.ts";

/** How a recogniser is made. */
export interface RecogniserOptions {
  /**
   * What it reads with: the name of a model that comes along (`best`, `cnn`, `dense`, `fast`,
   * `tiny`), the address or path of a folder with a TensorFlow.js layers model, or a model. A path
   * has a slash in it: `./my-model/`. Default `best`.
   */
  model?: string | URL | Model;
  /**
   * Who does the arithmetic: `simd`, the default, the CPU; `webgpu` a GPU. The others are
   * TensorFlow.js, which is loaded then and not otherwise.
   */
  backend?: BackendName;
  /**
   * Threads of the simd backend, where threads can share memory. Default 1: more are of use for
   * pictures of dozens of digits only.
   */
  threads?: number;
}

/** How a picture is read. */
export interface ReadOptions {
  /** There is one digit in the picture; else it is found out how many there are. */
  single?: boolean;
  /** Whether the ink is lighter than the paper. Default `auto`: find out. */
  invert?: "auto" | "yes" | "no";
  /** With less confidence than this, 0 to 1, a digit is marked uncertain. Default 0.65. */
  threshold?: number;
}

/** Reads digits in pictures, until it is disposed of. */
export interface Recogniser extends Disposable {
  /**
   * Reads the digits in a picture. Several calls may be made without waiting: they take turns, so
   * that memory holds one picture at a time.
   *
   * @param picture The bytes of a PNG, JPEG, GIF, BMP or WebP file; or pixels, such as a browser's
   * `ImageData`.
   * @throws {SyntaxError} when the bytes are no such picture, or damaged.
   * @throws {RangeError} when the picture is too large, or the threshold not from 0 to 1.
   * @throws {TypeError} when it is neither bytes nor pixels.
   * @throws {UserError} when the GPU that does the arithmetic has failed.
   */
  read(picture: Uint8Array | Picture, options?: ReadOptions): Promise<PictureReading>;
  /**
   * Gives back the memory of the networks; pictures that wait are not read any more. What a `using`
   * declaration calls, too.
   */
  dispose(): void;
}

/**
 * Makes a recogniser.
 *
 * @example Reading a picture file
 * ```ts
 * import { createRecogniser } from "@digits/digits";
 * import { assert, assertEquals } from "@std/assert";
 *
 * using recogniser = await createRecogniser();
 * const { text, digits } = await recogniser.read(await Deno.readFile("images/7.png"));
 * assertEquals(text, "7");
 * assert(digits[0].confidence > 0.99);
 * ```
 *
 * @example Pixels in place of a file
 * ```ts
 * import { createRecogniser } from "@digits/digits";
 * import { assertEquals } from "@std/assert";
 *
 * using recogniser = await createRecogniser({ model: "tiny" });
 * const blank = { width: 64, height: 64, data: new Uint8ClampedArray(4 * 64 * 64).fill(255) };
 * assertEquals((await recogniser.read(blank)).digits, []);
 * ```
 *
 * @throws {UserError} when there is no such model or backend, or the model reads no digits.
 */
export async function createRecogniser(
  { model = DEFAULT_MODEL, backend: wanted = "simd", threads }: RecogniserOptions = {},
): Promise<Recogniser> {
  const [[opened, reject], { backend }] = await Promise.all([
    openModels(model),
    chooseBackend(wanted, { threads: wanted === "simd" ? threads ?? 1 : threads }),
  ]);
  const classifier = openClassifier(backend, opened);
  const rejector = reject && openClassifier(backend, reject);
  const networks = [classifier.network, ...(rejector ? [rejector.network] : [])];
  return new NetworkRecogniser(opened.name, networks, {
    ...classifier,
    classes: opened.classes,
    reject: rejector,
  });
}

/** The model to read with and, where it reads digits, the one that tells them from what is none. */
async function openModels(model: string | URL | Model): Promise<[Model, Model?]> {
  const opened = await openModel(model);
  checkReads(opened);
  return areDigits(opened.classes) ? [opened, await openOwnModel(REJECT_MODEL)] : [opened];
}

class NetworkRecogniser implements Recogniser {
  readonly #model: string;
  readonly #networks: readonly Network[];
  readonly #options: RecogniseOptions;
  readonly #turns = new Turns();
  #isDisposed = false;

  constructor(model: string, networks: readonly Network[], options: RecogniseOptions) {
    [this.#model, this.#networks, this.#options] = [model, networks, options];
  }

  async read(picture: Uint8Array | Picture, options: ReadOptions = {}): Promise<PictureReading> {
    checkPicture(picture);
    checkOptions(options);
    return await this.#turns.take(() => this.#read(picture, options));
  }

  async #read(
    picture: Uint8Array | Picture,
    { single, invert, threshold }: ReadOptions,
  ): Promise<PictureReading> {
    if (this.#isDisposed) throw new Error("The recogniser has been disposed of");
    const options = { ...this.#options, single, invert, threshold };
    const reading = picture instanceof Uint8Array
      ? await recognise(picture, options)
      : await read(picture, options);
    return toPictureReading(reading, this.#model);
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const network of this.#networks) network.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checkPicture(picture: Uint8Array | Picture): void {
  if (picture instanceof Uint8Array) return;
  const { width, height, data } = picture ?? {};
  if (!(width > 0 && height > 0 && data?.length === 4 * width * height)) {
    throw new TypeError(
      "Expected the bytes of a picture file in a Uint8Array, or pixels as { width, height, data } " +
        "with four numbers each, red, green, blue and alpha",
    );
  }
}

function checkOptions({ invert, threshold = 0 }: ReadOptions): void {
  if (invert !== undefined && !["auto", "yes", "no"].includes(invert)) {
    throw new RangeError(`Expected invert to be auto, yes or no, found ${JSON.stringify(invert)}`);
  }
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new RangeError(`Expected a threshold from 0 to 1, found ${threshold}`);
  }
}
