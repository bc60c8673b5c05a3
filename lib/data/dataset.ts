// Data sets by name, in the form that training takes them, and what training does with them:
// taking a few, holding some back for validation.

import { UserError } from "../errors.ts";
import { stat } from "../files.ts";
import type { Random } from "../random.ts";
import { type FetchOptions, hashOf, readFiles } from "./cache.ts";
import { FOLDER_FORM, loadFolder } from "./folder.ts";
import { parseImages, parseLabels } from "./idx.ts";
import { digitsAndOthers, KINDS } from "./others.ts";
import { DIGIT_OR_OTHER, MNIST, type Source } from "./sources.ts";
import { syntheticDigits } from "./synthetic.ts";

const PICTURE = 28 * 28; // pixels, in MNIST and everything that succeeds it

/** Pictures with their labels. */
export interface Examples {
  /** `[count, 28, 28]`, row-major, 0 = paper to 255 = ink. */
  images: Uint8Array;
  /** `[count]`, indices into the data set's classes. */
  labels: Uint8Array;
  count: number;
}

/** A data set, with what is needed to say later which one it was. */
export interface Dataset {
  name: string;
  classes: readonly string[];
  train: Examples;
  test: Examples;
  /** The SHA-256 of each file (decompressed) or, where drawn, of each array. */
  files: Record<string, string>;
  /** Where the pictures come from, for people to read. */
  source: string;
  /** What kinds of test pictures there are within the classes, where that is known. */
  testKinds?: MadeKinds;
}

/** The kind of each of some pictures. */
export interface MadeKinds {
  names: readonly string[];
  /** `[count]`, indices into `names`. */
  of: Uint8Array;
}

export interface DatasetOptions extends FetchOptions {
  /** For drawn data sets. Default 1. */
  seed?: number;
  /** Use only so many training pictures, the first. The test pictures are always all there. */
  limit?: number;
}

const LOADERS: Record<string, (options: DatasetOptions) => Promise<Dataset>> = {
  mnist: (options) => loadPublished(MNIST, options),
  synthetic: drawSynthetic,
  "mnist-or-others": (options) => makeOthers("mnist", options),
  "synthetic-or-others": (options) => makeOthers("synthetic", options),
};

/** The names that `loadDataset` knows; others stand for folders. */
export const DATASETS: readonly string[] = Object.keys(LOADERS);

/** What `loadDataset` takes: as help has it, */
export const DATASET_VALUE = [...DATASETS, "FOLDER"].join("|");

/** and in a sentence. */
export const DATASET_CHOICES = `${DATASETS.join(", ")}, or a folder of pictures, ${FOLDER_FORM}`;

/**
 * Loads a data set: `mnist` from the data folder or the network, `synthetic` drawn on the spot;
 * `-or-others`, digits of the one or the other beside as many pictures of something else. Another
 * name is the path of a folder of pictures, see `loadFolder`; `./mnist` is one, too.
 *
 * @throws {UserError} Where there is no such data set, or it cannot be had; see `readFiles`.
 */
export async function loadDataset(name: string, options: DatasetOptions): Promise<Dataset> {
  if (DATASETS.includes(name)) return await LOADERS[name](options);
  if (stat(name)?.isDirectory) return await loadFolder(name, options);
  const what = /[/\\]/.test(name) ? "folder" : "data set";
  throw new UserError(`There is no ${what} "${name}", only ${DATASET_CHOICES}`, { exitCode: 2 });
}

/** The first `count` examples, or all where there are fewer; a view, not a copy. */
export function take(examples: Examples, count: number): Examples {
  if (!(count >= 0)) throw new RangeError(`Expected a count of 0 or more, found ${count}`);
  return toExamples(
    examples.images.subarray(0, count * PICTURE),
    examples.labels.subarray(0, count),
  );
}

/**
 * Copies some examples, in the order of `indices`.
 *
 * @throws {RangeError} Where an index is outside of the examples.
 */
export function select(examples: Examples, indices: ArrayLike<number>): Examples {
  const images = new Uint8Array(indices.length * PICTURE);
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!(index >= 0 && index < examples.count)) {
      throw new RangeError(`Expected an index from 0 to ${examples.count - 1}, found ${index}`);
    }
    images.set(examples.images.subarray(index * PICTURE, (index + 1) * PICTURE), i * PICTURE);
    labels[i] = examples.labels[index];
  }
  return toExamples(images, labels);
}

/** The examples of both, those of `a` first; a copy. */
export function join(a: Examples, b: Examples): Examples {
  const images = new Uint8Array(a.images.length + b.images.length);
  images.set(a.images);
  images.set(b.images, a.images.length);
  const labels = new Uint8Array(a.count + b.count);
  labels.set(a.labels);
  labels.set(b.labels, a.count);
  return toExamples(images, labels);
}

/**
 * Holds back a random part of the examples for validation. None is lost and none is in both.
 *
 * @param fraction How much is held back, at least 0 and less than 1.
 */
export function split(
  examples: Examples,
  fraction: number,
  random: Random,
): { train: Examples; validation: Examples } {
  if (!(fraction >= 0 && fraction < 1)) {
    throw new RangeError(`Expected a fraction from 0 to less than 1, found ${fraction}`);
  }
  const order = random.permutation(examples.count);
  const held = Math.round(fraction * examples.count);
  return {
    train: select(examples, order.subarray(held)),
    validation: select(examples, order.subarray(0, held)),
  };
}

async function loadPublished(source: Source, options: DatasetOptions): Promise<Dataset> {
  const { trainImages, trainLabels, testImages, testLabels } = await readFiles(source, options);
  const classes = source.classes.length;
  const examples = (images: Uint8Array, labels: Uint8Array) =>
    toExamples(parseImages(images).pixels, parseLabels(labels, { classes }));
  return {
    name: source.name,
    classes: source.classes,
    train: take(examples(trainImages, trainLabels), options.limit ?? Infinity),
    test: examples(testImages, testLabels),
    files: Object.fromEntries(
      Object.values(source.files).map(({ name, sha256 }) => [name, sha256]),
    ),
    source: `${source.citation} (${source.licence})`,
  };
}

async function drawSynthetic({ seed = 1, limit = 60_000 }: DatasetOptions): Promise<Dataset> {
  const train = syntheticDigits({ count: Math.min(limit, 60_000), seed, stream: 1 }); // MNIST's sizes
  const test = syntheticDigits({ count: 10_000, seed, stream: 2 });
  return {
    name: "synthetic",
    classes: MNIST.classes,
    train: toExamples(train.images, train.labels),
    test: toExamples(test.images, test.labels),
    files: {
      "train-images": await hashOf(train.images),
      "train-labels": await hashOf(train.labels),
      "test-images": await hashOf(test.images),
      "test-labels": await hashOf(test.labels),
    },
    source: `Drawn by a random pen with seed ${seed}`,
  };
}

/** Digits of a data set, and what is none; the test pictures have kinds that training has not. */
async function makeOthers(name: string, options: DatasetOptions): Promise<Dataset> {
  const { seed = 1, limit = Infinity, onNote } = options;
  const digits = await loadDataset(name, { ...options, limit: Math.ceil(limit / 2) });
  onNote?.("Drawing what is no digit; that takes up to two minutes");
  const train = digitsAndOthers(digits.train, { seed, stream: 1, count: limit });
  const test = digitsAndOthers(digits.test, {
    seed,
    stream: 2,
    count: digits.test.count, // half of them digits: as many pictures as other data sets have
    withUnseen: true,
  });
  return {
    name: `${name}-or-others`,
    classes: DIGIT_OR_OTHER,
    train: toExamples(train.images, train.labels),
    test: toExamples(test.images, test.labels),
    files: {
      ...digits.files,
      "made-train-images": await hashOf(train.images),
      "made-test-images": await hashOf(test.images),
    },
    source: `${digits.source}; and what is no digit, made of them and by a random pen with seed ` +
      `${seed}`,
    testKinds: { names: KINDS, of: test.kinds },
  };
}

function toExamples(images: Uint8Array, labels: Uint8Array): Examples {
  return { images, labels, count: labels.length };
}
