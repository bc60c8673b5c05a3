// Readings that go on at the same time ask networks together: a batch takes less time than its
// pictures one by one.

import type { Network } from "../backend/backend.ts";
import { concatenate } from "../arrays.ts";

/** All that reading takes of a network. */
export type Classify = Pick<Network, "logits">;

interface Call {
  network: Classify;
  images: Uint8Array;
  resolve: (logits: Float32Array) => void;
  reject: (error: unknown) => void;
}

/**
 * Puts calls together. No clock is involved: a batch is run as soon as each reading that goes on waits
 * for one, since nothing could join it then.
 */
export class Batcher {
  readonly #onBatch: (bytes: number) => void;
  #active = 0;
  #calls: Call[] = [];

  /** @param onBatch Hears of each call to a network, how many bytes of pictures it was given. */
  constructor(onBatch: (bytes: number) => void = () => {}) {
    this.#onBatch = onBatch;
  }

  /** The network as readings are to have it. */
  share(network: Classify): Classify {
    return {
      logits: (images) => {
        const { promise, resolve, reject } = Promise.withResolvers<Float32Array>();
        this.#calls.push({ network, images, resolve, reject });
        queueMicrotask(() => this.#runIfAllWait()); // others that begin now come before that
        return promise;
      },
    };
  }

  /**
   * Does a reading, which may have one call to a shared network at a time. All others wait for it: it
   * must not wait for anything else that takes long.
   */
  async run<T>(reading: () => Promise<T>): Promise<T> {
    this.#active++;
    try {
      return await reading();
    } finally {
      this.#active--;
      queueMicrotask(() => this.#runIfAllWait());
    }
  }

  #runIfAllWait(): void {
    if (this.#calls.length < this.#active) return;
    const calls = this.#calls;
    this.#calls = [];
    for (const [network, own] of Map.groupBy(calls, ({ network }) => network)) {
      this.#runBatch(network, own);
    }
  }

  async #runBatch(network: Classify, calls: readonly Call[]): Promise<void> {
    const images = concatenate(
      calls.map(({ images }) => images),
      (length) => new Uint8Array(length),
    );
    this.#onBatch(images.length);
    try {
      const logits = await network.logits(images);
      let at = 0;
      for (const { images: own, resolve } of calls) {
        const length = logits.length * own.length / images.length;
        resolve(logits.subarray(at, at += length));
      }
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }
}
