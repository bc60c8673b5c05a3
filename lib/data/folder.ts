// Data sets that are folders of pictures, one for each class: those of people themselves, and the
// corrections that the page lets them download.

import { isPicture, listFolder } from "../batch/inputs.ts";
import { UserError } from "../errors.ts";
import { stat } from "../files.ts";
import { decode } from "../image/decode.ts";
import { MAX_SIDE } from "../image/method.ts";
import { mnistPixels, pixelsOnBlack } from "../image/mnist_form.ts";
import { normalise } from "../image/normalise.ts";
import { areDigits, classOfFolder } from "../model/classes.ts";
import type { Dataset, DatasetOptions } from "./dataset.ts";
import type { Examples } from "./examples.ts";
import { MNIST } from "./sources.ts";
import { hashOf } from "./verify.ts";

const PICTURE = 28 * 28; // pixels
const FEWEST_CLASSES = 2;
const MOST_CLASSES = 62; // the digits, the capital and the small letters, as in EMNIST's ByClass
const FEWEST_PICTURES = 2; // of a class: one to train on, one to test

const SHAPE = "A folder of pictures has a folder for each class, with the class's name: " +
  "FOLDER/3/*.png, FOLDER/7/*.png, ...";

/** What a folder has to look like, for messages and help. */
export const FOLDER_FORM = "FOLDER/CLASS/*.png";

/** A picture file of a class. */
interface File {
  path: string;
  /** Index into the classes. */
  label: number;
}

/** A picture that was read. */
interface Example {
  /** (28, 28) row-major: 0 paper to 255 ink. */
  pixels: Uint8Array;
  label: number;
  /** 0 for the first of its class, 1 for the second, ... */
  place: number;
}

/**
 * Reads a folder that has a folder of pictures for each class, `FOLDER/CLASS/*.png`, and splits it
 * into pictures to train on and, one of five, to test.
 *
 * The classes are the folders' names, in natural order; `%2F` and the like in them stand for what no
 * folder can be called, see `folderOfClass`. Where all are digits the classes are the
 * ten digits, whichever there are pictures of: a few corrected digits can then train, or measure,
 * a network that reads all ten.
 *
 * Pictures are any that the program reads: the one digit in each is brought into MNIST's form as
 * for `predict --single`, by the first way to see its ink. What is in that form already is taken as
 * it is, and so is what is no digit in any 28x28 on black. A picture that cannot be read, or has nothing on it, is left out, and a note says so.
 *
 * @throws {UserError} where there is no such folder, or it has too few or too many classes, or too
 * few pictures: two of each class or, of digits, two in all.
 */
export async function loadFolder(
  folder: string,
  { limit = Infinity, onNote, signal }: Omit<DatasetOptions, "directory">,
): Promise<Dataset> {
  const path = folder.replace(/(?<=.)[/\\]+$/, "");
  const { classes, files } = findFiles(path);
  onNote?.(`Reading ${files.length} pictures in ${path}`);
  const examples: Example[] = [];
  const counts = classes.map(() => 0);
  for (const file of files) {
    signal?.throwIfAborted();
    const { pixels, problem } = await readPicture(file.path, classes);
    if (!pixels) onNote?.(`${file.path} is left out: ${problem}`);
    else examples.push({ pixels, label: file.label, place: counts[file.label]++ });
  }
  checkCounts(path, classes, counts);

  // All classes in turn, so that the first few are of all.
  examples.sort((a, b) => a.place - b.place || a.label - b.label);
  const { train, test } = splitExamples(examples);
  const [toTrain, toTest] = [toExamples(train), toExamples(test)];
  return {
    name: `${path.split(/[/\\]/).at(-1)}/`, // no data set of another kind has a name like that
    classes,
    train: toExamples(train.slice(0, limit)),
    test: toTest,
    files: {
      "train-images": await hashOf(toTrain.images),
      "train-labels": await hashOf(toTrain.labels),
      "test-images": await hashOf(toTest.images),
      "test-labels": await hashOf(toTest.labels),
    },
    source: `${examples.length} pictures in a folder, one of five to test`,
  };
}

/** The pictures of each class, in the order of classes and then of names. */
function findFiles(folder: string): { classes: readonly string[]; files: File[] } {
  if (!stat(folder)?.isDirectory) throw new UserError(`There is no folder ${folder}. ${SHAPE}`);
  const names = list(folder)
    .map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && stat(`${folder}/${name}`)?.isDirectory);
  const own = [...new Set(names.map(classOfFolder))];
  const classes = own.length > 0 && areDigits(own) ? MNIST.classes : own;
  if (classes.length < FEWEST_CLASSES || classes.length > MOST_CLASSES) {
    throw new UserError(
      `Found ${names.length} ${names.length === 1 ? "class" : "classes"} in ${folder}, expected ` +
        `${FEWEST_CLASSES} to ${MOST_CLASSES}. ${SHAPE}`,
    );
  }
  const files = names.flatMap((name) =>
    list(`${folder}/${name}`)
      .filter((entry) => !entry.isDirectory && isPicture(entry.name))
      .map((entry) => ({
        path: `${folder}/${name}/${entry.name}`,
        label: classes.indexOf(classOfFolder(name)),
      }))
  );
  return { classes, files };
}

/** What is in a folder, in natural order. */
function list(folder: string): Deno.DirEntry[] {
  try {
    return listFolder(folder);
  } catch (error) {
    throw new UserError(`Cannot read the folder ${folder}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** A picture in MNIST's form, or what is wrong with it. */
async function readPicture(
  path: string,
  classes: readonly string[],
): Promise<{ pixels?: Uint8Array; problem?: string }> {
  try {
    const picture = await decode(await Deno.readFile(path), { side: MAX_SIDE });
    const asItIs = areDigits(classes) ? mnistPixels : pixelsOnBlack;
    const pixels = asItIs(picture) ?? normalise(picture)?.pixels;
    return pixels ? { pixels } : { problem: "There is nothing on the paper" };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** @throws {UserError} when a class has too few pictures, or digits have in all. */
function checkCounts(folder: string, classes: readonly string[], counts: readonly number[]): void {
  if (classes === MNIST.classes) {
    const count = counts.reduce((sum, count) => sum + count, 0);
    if (count >= FEWEST_PICTURES) return;
    throw new UserError(
      `Found ${count} of the pictures in ${folder} that can be read, expected at least ` +
        `${FEWEST_PICTURES}: one to train on, one to test. Add some to it`,
    );
  }
  const few = classes.filter((_, label) => counts[label] < FEWEST_PICTURES);
  if (few.length === 0) return;
  throw new UserError(
    `Found fewer than ${FEWEST_PICTURES} pictures that can be read of ${few.join(", ")} in ` +
      `${folder}, expected one to train on and one to test at least. Add some, or remove the class`,
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

function toExamples(
  examples: readonly Example[],
): Examples & { images: Uint8Array<ArrayBuffer>; labels: Uint8Array<ArrayBuffer> } {
  const images = new Uint8Array(examples.length * PICTURE);
  examples.forEach(({ pixels }, i) => images.set(pixels, i * PICTURE));
  const labels = Uint8Array.from(examples, ({ label }) => label);
  return { images, labels, count: examples.length };
}
