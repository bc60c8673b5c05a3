// Files of MNIST's format that a visitor hands in: what each is, and the data set that they make.

import type { Dataset } from "../../../data/dataset.ts";
import { checkExamples, type Examples, split, toExamples } from "../../../data/examples.ts";
import { parseImages, parseLabels, recognise } from "../../../data/idx.ts";
import { MNIST, type Part, PARTS } from "../../../data/sources.ts";
import { CAN_HASH, decompress, hashOf } from "../../../data/verify.ts";
import { Random } from "../../../random.ts";

const SIDE = 28;
/** What is held back to test with where no files are for that; folders of pictures have as much. */
const TEST_SHARE = 1 / 5;
/** Of the seed: which are held back. The streams of the training itself are others. */
const TEST_STREAM = 4;

/** A file that was found to be right. */
export interface IdxFile {
  name: string;
  part: Part;
  count: number;
  /** [count, 28, 28] row-major, 0 = paper to 255 = ink; or [count] labels. */
  values: Uint8Array;
  /** Decompressed; missing where it cannot be worked out. */
  sha256?: string;
  /** Whether it is MNIST's own, by its SHA-256. */
  isMnist: boolean;
}

/** Those that have been handed in. */
export type IdxFiles = Readonly<Partial<Record<Part, IdxFile>>>;

/**
 * Reads a file, compressed with gzip or not. Which of the four it is, contents say and, where they
 * are not MNIST's, the name: one for testing has `t10k` or `test` in it.
 *
 * @throws {SyntaxError} that names the file, says what was found, and what was expected.
 */
export async function readIdxFile(
  name: string,
  compressed: Uint8Array<ArrayBuffer>,
): Promise<IdxFile> {
  const decompressed = await decompress(compressed);
  if (decompressed.problem !== undefined) {
    throw new SyntaxError(`${name} cannot be used: ${decompressed.problem}`);
  }
  const { bytes } = decompressed;
  const kind = recognise(bytes);
  if (kind !== "images" && kind !== "labels") {
    throw new SyntaxError(
      `${name} is no file of MNIST's format (IDX). Expected files like ` +
        `${MNIST.files.trainImages.name} and ${MNIST.files.trainLabels.name}, as they are or as .gz`,
    );
  }
  const sha256 = CAN_HASH ? await hashOf(bytes) : undefined;
  const own = PARTS.find((part) => MNIST.files[part].sha256 === sha256);
  const values = valuesOf(name, kind, bytes);
  return {
    name,
    part: own ?? partOf(name, kind),
    count: kind === "images" ? values.length / SIDE ** 2 : values.length,
    values,
    sha256,
    isMnist: own !== undefined,
  };
}

function valuesOf(name: string, kind: "images" | "labels", bytes: Uint8Array): Uint8Array {
  try {
    if (kind === "labels") return parseLabels(bytes, { classes: MNIST.classes.length });
    const { rows, columns, pixels } = parseImages(bytes);
    if (rows === SIDE && columns === SIDE) return pixels;
    throw new SyntaxError(
      `Its pictures have ${columns}x${rows} pixels, expected ${SIDE}x${SIDE}`,
    );
  } catch (error) {
    throw new SyntaxError(`${name} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

function partOf(name: string, kind: "images" | "labels"): Part {
  const isTest = /t10k|test/i.test(name);
  if (kind === "images") return isTest ? "testImages" : "trainImages";
  return isTest ? "testLabels" : "trainLabels";
}

/** What is still needed, in words; undefined where there is enough to train. */
export function missingFrom(files: IdxFiles): string | undefined {
  const pairs = [
    ["trainImages", "trainLabels", "to train on"],
    ["testImages", "testLabels", "to test with"],
  ] as const;
  for (const [images, labels, purpose] of pairs) {
    if (!files[images] && files[labels]) return `the pictures ${purpose}`;
    if (files[images] && !files[labels]) return `the labels ${purpose}`;
  }
  return files.trainImages ? undefined : "pictures and labels to train on";
}

/**
 * The data set that files make from which nothing is missing. Without any to test with, a fifth of
 * the others is held back for that.
 *
 * @param seed Of which are held back.
 * @throws {TypeError} where pictures and labels are not as many.
 * @throws {RangeError} where there are none.
 */
export function datasetOf(files: IdxFiles, seed: number): Dataset {
  const { trainImages, trainLabels, testImages, testLabels } = files;
  const given = examplesOf(trainImages!, trainLabels!);
  const { train, validation: held } = testImages
    ? { train: given, validation: undefined }
    : split(given, TEST_SHARE, new Random(seed, TEST_STREAM));
  const test = held ?? examplesOf(testImages!, testLabels!);
  checkExamples(test, MNIST.classes.length);
  const used = Object.values(files);
  const isMnist = used.every((file) => file.isMnist);
  return {
    name: isMnist ? MNIST.name : "own files",
    classes: MNIST.classes,
    train,
    test,
    files: Object.fromEntries(
      used.flatMap(({ name, sha256 }) => sha256 === undefined ? [] : [[name, sha256]]),
    ),
    source: isMnist ? `${MNIST.citation} (${MNIST.licence})` : "Files that a visitor handed in",
  };
}

function examplesOf(images: IdxFile, labels: IdxFile): Examples {
  if (images.count !== labels.count) {
    throw new TypeError(
      `${images.name} has ${images.count} pictures and ${labels.name} ${labels.count} labels, ` +
        "expected as many of both",
    );
  }
  const examples = toExamples(images.values, labels.values);
  checkExamples(examples, MNIST.classes.length);
  return examples;
}
