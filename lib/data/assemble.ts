// Data sets put together from what is in memory, or drawn: the part of loading them that needs
// neither files nor a network, so that a page can train, too.

import type { Dataset } from "./dataset.ts";
import { type Examples, join, toExamples } from "./examples.ts";
import { parseImages, parseLabels } from "./idx.ts";
import { MNIST, type Part, type Source } from "./sources.ts";
import { syntheticDigits } from "./synthetic.ts";
import { CAN_HASH, hashOf } from "./verify.ts";

/** As many as labels, which are bytes, can tell apart. */
const MOST_CLASSES = 256;

/**
 * A published data set.
 *
 * @param files Its four files, decompressed, which have been found to be right.
 */
export function publishedDataset(
  { name, classes, files: published, citation, licence }: Source,
  { trainImages, trainLabels, testImages, testLabels }: Readonly<Record<Part, Uint8Array>>,
): Dataset {
  const examples = (images: Uint8Array, labels: Uint8Array) =>
    toExamples(parseImages(images).pixels, parseLabels(labels, { classes: classes.length }));
  return {
    name,
    classes,
    train: examples(trainImages, trainLabels),
    test: examples(testImages, testLabels),
    files: Object.fromEntries(Object.values(published).map(({ name, sha256 }) => [name, sha256])),
    source: `${citation} (${licence})`,
  };
}

/**
 * Digits drawn by the random pen.
 *
 * @param options How many to train on and to test, and the seed of both.
 */
export async function drawnDataset(
  options: { train: number; test: number; seed: number },
): Promise<Dataset> {
  const { seed } = options;
  const train = syntheticDigits({ count: options.train, seed, stream: 1 });
  const test = syntheticDigits({ count: options.test, seed, stream: 2 });
  const arrays = {
    "train-images": train.images,
    "train-labels": train.labels,
    "test-images": test.images,
    "test-labels": test.labels,
  };
  const files: Record<string, string> = {};
  if (CAN_HASH) {
    for (const [name, bytes] of Object.entries(arrays)) files[name] = await hashOf(bytes);
  }
  const source = `Drawn by a random pen with seed ${seed}`;
  return { name: "synthetic", classes: MNIST.classes, train, test, files, source };
}

/**
 * Several data sets as one: the pictures of the first, then those of the second, ... Its classes are
 * those of the first, and behind them what the others have besides.
 *
 * @param first Classes that come before all of those.
 * @throws {RangeError} Where there are more classes than a label can tell apart.
 */
export function joinDatasets(sets: readonly Dataset[], first: readonly string[] = []): Dataset {
  const classes = [...new Set([...first, ...sets.flatMap(({ classes }) => classes)])];
  if (classes.length > MOST_CLASSES) {
    throw new RangeError(`Expected at most ${MOST_CLASSES} classes, found ${classes.length}`);
  }
  const all = (part: "train" | "test") => sets.map((set) => relabel(set[part], set, classes));
  const hasFiles = sets.some(({ testFiles }) => testFiles);
  return {
    name: sets.map(({ name }) => name).join("+"),
    classes,
    train: all("train").reduce(join),
    test: all("test").reduce(join),
    ...(hasFiles
      ? {
        testFiles: sets.flatMap(({ testFiles, test }) =>
          testFiles ?? Array(test.count).fill(undefined)
        ),
      }
      : {}),
    files: Object.fromEntries(
      sets.flatMap(({ name, files }) =>
        Object.entries(files).map(([file, hash]) => [`${name.replace(/\/$/, "")}/${file}`, hash])
      ),
    ),
    source: sets.map(({ source }) => source).join("; "),
    parts: sets.map(({ name, train, test }) => ({ name, train: train.count, test: test.count })),
  };
}

/** Examples of a data set, with labels that are indices into other classes. */
export function relabel(
  { images, labels }: Examples,
  { classes: from }: Pick<Dataset, "classes">,
  to: readonly string[],
): Examples {
  const index = from.map((name) => to.indexOf(name));
  return toExamples(images, labels.map((label) => index[label]));
}
