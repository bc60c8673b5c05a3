// The training steps that are timed, of any network.

import type { Network } from "../lib/backend/backend.ts";
import { type Examples, take, toExamples } from "../lib/data/examples.ts";

const LEARNING_RATE = 0.001;

/** Pictures and labels in files, see writeWork(). */
export async function readExamples(files: { images: string; labels: string }): Promise<Examples> {
  return toExamples(await Deno.readFile(files.images), await Deno.readFile(files.labels));
}

/** Views of `size` examples each; what is left over is left out. */
export function cut({ images, labels, count }: Examples, size: number): Examples[] {
  const pixels = images.length / count;
  return Array.from({ length: Math.floor(count / size) }, (_, i) =>
    toExamples(
      images.subarray(i * size * pixels, (i + 1) * size * pixels),
      labels.subarray(i * size, (i + 1) * size),
    ));
}

/** The step of a number counted from 0, on the next `size` examples: on the device where it holds them. */
export function trainingSteps(
  network: Network,
  examples: Examples,
  size: number,
): (i: number) => Promise<void> {
  const batches = cut(examples, size);
  const held = network.hold?.(take(examples, batches.length * size), { seed: 1 });
  const order = Uint32Array.from({ length: batches.length * size }, (_, i) => i);
  return async (i) => {
    const batch = i % batches.length;
    if (!held) {
      await network.trainBatch(batches[batch].images, batches[batch].labels, LEARNING_RATE);
    } else {
      if (batch === 0) held.startEpoch(1 + i / batches.length, order);
      await held.trainBatch(
        { first: batch * size, count: size, isAugmented: false },
        LEARNING_RATE,
      );
    }
  };
}
