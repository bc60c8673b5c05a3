// Data sets that are people's own labelled pictures, and the corrections that the page lets them
// download.

import { UserError } from "../errors.ts";
import { PROGRAM } from "../own.ts";
import type { Dataset, DatasetOptions } from "./dataset.ts";
import { type Examples, take } from "./examples.ts";
import { findLabelled, FOLDER_SHAPE, type LabelledPictures } from "./labels.ts";
import { type Outcome, readPictures } from "./pictures.ts";
import { MNIST } from "./sources.ts";
import { hashOf } from "./verify.ts";

const PICTURE = 28 * 28; // pixels
const FEWEST_CLASSES = 2;
const MOST_CLASSES = 62; // the digits, the capital and the small letters, as in EMNIST's ByClass
const FEWEST_PICTURES = 2; // of a class: one to train on, one to test

/** Notes that say which pictures are left out; more of them would hide all others. */
const MOST_NOTES = 10;

/** A picture that was read. */
interface Example {
  /** (28, 28) row-major: 0 paper to 255 ink. */
  pixels: Uint8Array;
  /** Index into the folder's own labels: the split is the same whatever the classes are. */
  label: number;
  /** 0 for the first of its class, 1 for the second, ... */
  place: number;
  /** Its file's path. */
  file: string;
}

/**
 * Reads a folder that has a folder of pictures for each class, `FOLDER/CLASS/*.png`, or a list of
 * pictures, see `findLabelled`, and splits them into pictures to train on and, one of five, to test.
 *
 * The classes are the labels, in natural order. Where all are digits the classes are the ten digits,
 * whichever there are pictures of. Where all are among `options.classes`, these are the classes, and
 * there need be no more than two pictures: a few corrected digits can then train on a network that
 * reads all ten. To measure, one picture is enough.
 *
 * Pictures are any that the program reads: the one digit in each is brought into MNIST's form as
 * for `predict --single`, by the first way to see its ink. What is in that form already is taken as
 * it is. A picture that cannot be read, or has nothing on it, is left out, and a note says so. Of
 * many pictures, what was read is kept in the data folder, see `readPictures`.
 *
 * @throws {UserError} where there is no such folder or list, or it has too few or too many classes, or
 * too few pictures of one.
 */
export async function loadFolder(folder: string, options: DatasetOptions): Promise<Dataset> {
  const { limit = Infinity, onNote, testAll } = options;
  const labelled = await findLabelled(folder);
  const { name, labels, path } = labelled;
  const isKnown = areAllIn(options.classes ?? [], labels);
  const mayBeFew = isKnown || testAll !== undefined;
  const areDigits = areAllIn(MNIST.classes, labels);
  checkClasses(path, labels.length, areDigits || mayBeFew ? 1 : FEWEST_CLASSES);
  const own = areDigits ? MNIST.classes : labels;
  const classes = isKnown ? options.classes! : own;

  const outcomes = await readPictures(labelled, own, options);
  const examples = examplesOf(labelled, outcomes, onNote);
  if (!mayBeFew) checkCounts(path, labels, examples);
  checkCount(path, examples.length, testAll ? 1 : FEWEST_PICTURES);

  // All classes in turn, so that the first few are of all.
  examples.sort((a, b) => a.place - b.place || a.label - b.label);
  const all = testAll?.(name) ?? false;
  const { train, test } = all ? { train: [], test: examples } : splitExamples(examples);
  const indices = labels.map((label) => classes.indexOf(label));
  const [toTrain, toTest] = [toExamples(train, indices), toExamples(test, indices)];
  return {
    name,
    classes,
    train: take(toTrain, limit),
    test: toTest,
    testFiles: test.map(({ file }) => file),
    files: {
      "train-images": await hashOf(toTrain.images),
      "train-labels": await hashOf(toTrain.labels),
      "test-images": await hashOf(toTest.images),
      "test-labels": await hashOf(toTest.labels),
    },
    source: `${examples.length} pictures in a folder, ${all ? "all" : "one of five"} to test`,
  };
}

/** Whether there are labels, and all of them are among the names. */
function areAllIn(names: readonly string[], labels: readonly string[]): boolean {
  return labels.length > 0 && labels.every((label) => names.includes(label));
}

/** The pictures that could be read; a note says which could not. */
function examplesOf(
  { pictures, labels }: LabelledPictures,
  outcomes: readonly Outcome[],
  onNote: DatasetOptions["onNote"],
): Example[] {
  const examples: Example[] = [];
  const problems: string[] = [];
  const counts = labels.map(() => 0);
  for (const [i, picture] of pictures.entries()) {
    const [file, label, outcome] = [picture.path, labels.indexOf(picture.label), outcomes[i]];
    if (outcome.problem !== undefined) problems.push(`${file} is left out: ${outcome.problem}`);
    else examples.push({ pixels: outcome.pixels, label, place: counts[label]++, file });
  }
  problems.slice(0, MOST_NOTES).forEach((problem) => onNote?.(problem));
  const others = problems.length - MOST_NOTES;
  if (others > 0) onNote?.(`and ${others} more are left out`);
  return examples;
}

/** @throws {UserError} when there are too few or too many classes. */
function checkClasses(folder: string, count: number, fewest: number): void {
  if (count >= fewest && count <= MOST_CLASSES) return;
  throw new UserError(
    `Found ${count} ${count === 1 ? "class" : "classes"} in ${folder}, expected ` +
      `${fewest} to ${MOST_CLASSES}. ${FOLDER_SHAPE}`,
  );
}

/** @throws {UserError} when a class has too few pictures to train on them alone. */
function checkCounts(
  folder: string,
  labels: readonly string[],
  examples: readonly Example[],
): void {
  const count = (label: number) => examples.filter((example) => example.label === label).length;
  const few = labels.filter((_, label) => count(label) < FEWEST_PICTURES);
  if (few.length === 0) return;
  throw new UserError(
    `Found fewer than ${FEWEST_PICTURES} pictures that can be read of ${few.join(", ")} in ` +
      `${folder}, expected one to train on and one to test at least. Add some, remove the class, ` +
      `or fine-tune a trained model, for which there may be as few as there are: ` +
      `${PROGRAM} train --from best --dataset ${folder}`,
  );
}

/** @throws {UserError} when there are too few pictures in all. */
function checkCount(folder: string, count: number, fewest: number): void {
  if (count >= fewest) return;
  throw new UserError(
    `Found ${count} of the pictures in ${folder} that can be read, expected at least ` +
      `${fewest}${fewest === 1 ? "" : ": one to train on, one to test"}. Add some to it`,
  );
}

/**
 * The second of each five of a class is to test. Pictures that are added at the end so leave the
 * others where they are, and a class has one to train on before it has one to test. Where no class
 * has a second picture, the last of all is to test.
 */
function splitExamples(examples: readonly Example[]): { train: Example[]; test: Example[] } {
  const train = examples.filter(({ place }) => place % 5 !== 1);
  const test = examples.filter(({ place }) => place % 5 === 1);
  return test.length > 0 ? { train, test } : { train: train.slice(0, -1), test: train.slice(-1) };
}

/** @param indices Of the labels, into the classes. */
function toExamples(
  examples: readonly Example[],
  indices: readonly number[],
): Examples & { images: Uint8Array<ArrayBuffer>; labels: Uint8Array<ArrayBuffer> } {
  const images = new Uint8Array(examples.length * PICTURE);
  examples.forEach(({ pixels }, i) => images.set(pixels, i * PICTURE));
  const labels = Uint8Array.from(examples, ({ label }) => indices[label]);
  return { images, labels, count: examples.length };
}
