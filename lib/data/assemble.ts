// Data sets put together from what is in memory, or drawn: the part of loading them that needs
// neither files nor a network, so that a page can train, too.

import type { Dataset } from "./dataset.ts";
import { type Examples, join, toExamples } from "./examples.ts";
import { parseImages, parseLabels } from "./idx.ts";
import { type Files, MNIST, PARTS, type Source } from "./sources.ts";
import { syntheticDigits } from "./synthetic.ts";
import { CAN_HASH, hashOf } from "./verify.ts";

const SIDE = 28; // pixels

/** As many as labels, which are bytes, can tell apart. */
const MOST_CLASSES = 256;

/**
 * A published data set.
 *
 * @param files Its four files, decompressed, which have been found to be right. The pictures are
 * views of them, and are turned there where those of the source are not upright.
 */
export async function publishedDataset(
  source: Source,
  files: Readonly<Files>,
): Promise<Dataset> {
  const { name, classes, citation, licence } = source;
  const hashes: Record<string, string> = {};
  for (const part of PARTS) {
    const { name, sha256, isHashedAsGzip } = source.files[part];
    hashes[name] = isHashedAsGzip ? await hashOf(files[part]) : sha256;
  }
  const examples = (images: Uint8Array, labels: Uint8Array) => {
    const { pixels } = parseImages(images);
    if (source.isTransposed) transpose(pixels);
    return toExamples(pixels, parseLabels(labels, { classes: classes.length }));
  };
  return {
    name,
    classes,
    train: examples(files.trainImages, files.trainLabels),
    test: examples(files.testImages, files.testLabels),
    files: hashes,
    source: `${citation} (${licence})`,
  };
}

/** Swaps rows and columns of pictures, `[count, 28, 28]`, in their place. */
function transpose(pixels: Uint8Array): void {
  for (let at = 0; at < pixels.length; at += SIDE * SIDE) {
    for (let y = 1; y < SIDE; y++) {
      for (let x = 0; x < y; x++) {
        const [a, b] = [at + y * SIDE + x, at + x * SIDE + y];
        const pixel = pixels[a];
        pixels[a] = pixels[b];
        pixels[b] = pixel;
      }
    }
  }
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
