// A program that has the library installed, and does with it what it is for. It is checked by
// TypeScript, and runs in Node and in a browser.

import {
  createRecogniser,
  evaluate,
  type Metrics,
  type PictureReading,
  syntheticDigits,
  train,
} from "@digits/digits";

/** What came of it. */
export interface Outcome {
  /** Of the pictures. */
  readings: PictureReading[];
  /** Of a network that was trained on a few digits. */
  metrics: Metrics;
  /** Its accuracy when measured anew. */
  accuracy: number;
}

export async function consume(pictures: readonly Uint8Array[]): Promise<Outcome> {
  const recogniser = await createRecogniser();
  const readings = await Promise.all(pictures.map((picture) => recogniser.read(picture)));
  recogniser.dispose();
  const test = syntheticDigits({ count: 100, seed: 1, stream: 2 });
  const data = { train: syntheticDigits({ count: 500, seed: 1, stream: 1 }), test };
  for await (const event of train("dense", data, { epochs: 1 })) {
    if (event.type !== "trained") continue;
    const { accuracy } = await evaluate(event.model, test);
    return { readings, metrics: event.metrics, accuracy };
  }
  throw new Error("Training came to no end");
}
