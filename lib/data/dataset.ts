// Data sets by name, in the form that training takes them.

import { UserError } from "../errors.ts";
import { stat } from "../files.ts";
import { drawnDataset, joinDatasets, publishedDataset } from "./assemble.ts";
import { readFiles } from "./cache.ts";
import { type DatasetPart, type Examples, take, toExamples } from "./examples.ts";
import { loadFolder } from "./folder.ts";
import { FOLDER_FORM, isList } from "./labels.ts";
import type { FetchOptions } from "./mirrors.ts";
import { digitsAndOthers, KINDS } from "./others.ts";
import { DIGIT_OR_OTHER, type Source, SOURCES } from "./sources.ts";
import { hashOf } from "./verify.ts";

/** A data set, with what is needed to say later which one it was. */
export interface Dataset {
  name: string;
  classes: readonly string[];
  train: Examples;
  /** What is held back to measure each epoch on; otherwise training takes a part of `train`. */
  validation?: Examples;
  test: Examples;
  /** The SHA-256 of each file (decompressed) or, where drawn, of each array. */
  files: Record<string, string>;
  /** Where the pictures come from, for people to read. */
  source: string;
  /** What kinds of test pictures there are within the classes, where that is known. */
  testKinds?: MadeKinds;
  /** The file of each test picture, where it has one of its own. */
  testFiles?: readonly (string | undefined)[];
  /** The data sets that it was joined of, in the order of their pictures; otherwise missing. */
  parts?: readonly DatasetPart[];
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
  /**
   * Use only so many training pictures, the first; of several data sets, of each. The test pictures
   * are always all there.
   */
  limit?: number;
  /**
   * A model's classes: where those of a folder are all among them, its labels are indices into these.
   */
  classes?: readonly string[];
  /**
   * Given to measure, not to train: whether of a folder, by its data set's name, all pictures are to
   * test and none to train on. There may be few or none of a class then.
   */
  testAll?: (name: string) => boolean;
  /** Told how many pictures of a folder have been read, of how many. */
  onRead?: (done: number, total: number) => void;
}

const LOADERS: Record<string, (options: DatasetOptions) => Promise<Dataset>> = {
  ...Object.fromEntries(
    SOURCES.map((source) => [
      source.name,
      (options: DatasetOptions) => loadPublished(source, options),
    ]),
  ),
  synthetic: drawSynthetic,
  "mnist-or-others": (options) => makeOthers("mnist", options),
  "synthetic-or-others": (options) => makeOthers("synthetic", options),
};

/** The names that `loadDataset` knows; others stand for folders. */
export const DATASETS: readonly string[] = Object.keys(LOADERS);

/** What `loadDataset` takes: as help has it, */
export const DATASET_VALUE = "NAME|FOLDER";

/** and in a sentence. */
export const DATASET_CHOICES: string = `${
  DATASETS.join(", ")
}, or a folder of pictures, ${FOLDER_FORM}`;

/**
 * Loads a data set: `mnist` and the others that are published from the data folder or the network,
 * `synthetic` drawn on the spot; `-or-others`, digits of the one or the other beside as many pictures
 * of something else. Another name is the path of a folder of pictures or of a list of them, see
 * `loadFolder`; `./mnist` is one, too. Several names with `+` between them are joined, see
 * `joinDatasets`.
 *
 * @throws {UserError} Where there is no such data set, or it cannot be had; see `readFiles`.
 */
export async function loadDataset(name: string, options: DatasetOptions): Promise<Dataset> {
  const sets: Dataset[] = [];
  for (const one of datasetNames(name)) sets.push(await loadOne(one, options));
  return sets.length === 1 ? sets[0] : joinDatasets(sets);
}

/** The names of the data sets that are joined; one, where the name has no `+`, or is a folder's. */
export function datasetNames(name: string): string[] {
  return DATASETS.includes(name) || stat(name) ? [name] : name.split("+");
}

async function loadOne(name: string, options: DatasetOptions): Promise<Dataset> {
  if (DATASETS.includes(name)) return await LOADERS[name](options);
  const info = stat(name);
  if (info?.isDirectory || info?.isFile && isList(name)) return await loadFolder(name, options);
  const what = isList(name) ? "file" : /[/\\]/.test(name) ? "folder" : "data set";
  throw new UserError(`There is no ${what} "${name}", only ${DATASET_CHOICES}`, { exitCode: 2 });
}

async function loadPublished(source: Source, options: DatasetOptions): Promise<Dataset> {
  const data = await publishedDataset(source, await readFiles(source, options));
  return { ...data, train: take(data.train, options.limit ?? Infinity) };
}

async function drawSynthetic({ seed = 1, limit = 60_000 }: DatasetOptions): Promise<Dataset> {
  return await drawnDataset({ train: Math.min(limit, 60_000), test: 10_000, seed }); // MNIST's sizes
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
