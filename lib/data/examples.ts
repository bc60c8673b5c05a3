// Pictures with their labels, and what training does with them: taking a few, holding some back for
// validation. Pure functions on arrays.

import type { Random } from "../random.ts";

const PICTURE = 28 * 28; // pixels, in MNIST and everything that succeeds it

/** Pictures with their labels. */
export interface Examples {
  /** `[count, 28, 28]`, row-major, 0 = paper to 255 = ink. */
  images: Uint8Array;
  /** `[count]`, indices into the data set's classes. */
  labels: Uint8Array;
  /** How many. */
  count: number;
}

/** One of several data sets that were joined: its pictures are next to each other. */
export interface DatasetPart {
  /** The data set's. */
  name: string;
  /** How many pictures to train on, */
  train: number;
  /** and to test. */
  test: number;
}

/**
 * Makes sure that examples are what they should be, before much time is spent on them.
 *
 * @param classes How many classes there are.
 * @throws {TypeError} Where there are not as many pictures of 28x28 as labels.
 * @throws {RangeError} Where there are none, or a label is of no class.
 */
export function checkExamples({ images, labels, count }: Examples, classes: number): void {
  if (labels.length !== count || images.length !== count * PICTURE) {
    throw new TypeError(
      `Expected ${count} labels and ${count} pictures of ${PICTURE} pixels, found ` +
        `${labels.length} and ${images.length / PICTURE}`,
    );
  }
  if (count === 0) throw new RangeError("Expected at least one picture, found none");
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new RangeError(
      `Expected labels from 0 to ${classes - 1}, found ${labels[wrong]} (picture ${wrong})`,
    );
  }
}

/** The first `count` examples, or all where there are fewer; a view, not a copy. */
export function take(examples: Examples, count: number): Examples {
  if (!(count >= 0)) throw new RangeError(`Expected a count of 0 or more, found ${count}`);
  return toExamples(
    examples.images.subarray(0, count * PICTURE),
    examples.labels.subarray(0, count),
  );
}

/** What is behind the first `count` examples; a view, not a copy. */
export function drop({ images, labels }: Examples, count: number): Examples {
  return toExamples(images.subarray(count * PICTURE), labels.subarray(count));
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

/** Examples of arrays that belong together. */
export function toExamples(images: Uint8Array, labels: Uint8Array): Examples {
  return { images, labels, count: labels.length };
}
