// One picture after the other, by one network: what the main thread and each worker have.

import { type Backend, DeviceError, type Network } from "../backend/backend.ts";
import type { Model } from "../model/format.ts";
import { openClassifier, type Reading, recognise, type RecogniseOptions } from "../recognise.ts";
import { readBytes } from "./bytes.ts";
import type { Input } from "./inputs.ts";

/** How pictures are read. It can be sent to a worker. */
export interface Settings extends Pick<RecogniseOptions, "invert" | "single" | "threshold"> {
  model: Model;
  /** Tells digits from what is none. */
  reject?: Model;
}

/** A picture to be read. */
export interface Job extends Input {
  /** What the pictures of its stages are called, without their endings; none unless given. */
  stages?: string;
}

/** What came of a picture: what is wrong with one is a result, so that the next gets its turn. */
export type Outcome = Reading | { error: string };

export class Reader {
  readonly #options: RecogniseOptions;
  readonly #networks: Network[];

  constructor(backend: Backend, { model, reject, ...settings }: Settings) {
    const classifier = openClassifier(backend, model);
    const rejector = reject && openClassifier(backend, reject);
    this.#networks = [classifier.network, ...(rejector ? [rejector.network] : [])];
    this.#options = { ...settings, ...classifier, classes: model.classes, reject: rejector };
  }

  /** @throws {DeviceError} when no picture could be read any more. */
  async read({ file, error, stages: path }: Job): Promise<Outcome> {
    if (error !== undefined) return { error };
    try {
      const bytes = await readBytes(file);
      if (path === undefined) return await recognise(bytes, this.#options);
      const { stages, ...reading } = await recognise(bytes, { ...this.#options, stages: true });
      const { writeStages } = await import("./stages.ts");
      await writeStages(path, reading, stages);
      return reading;
    } catch (error) {
      if (error instanceof DeviceError) throw error;
      return { error: explain(error as Error) };
    }
  }

  dispose(): void {
    for (const network of this.#networks) network.dispose();
  }
}

/** What went wrong with a picture, for people. */
export function explain(error: Error): string {
  if (error instanceof Deno.errors.NotFound) return "There is no such file";
  const { name } = error;
  // Ours, and what the system says. All else is nothing that the picture should be able to do.
  const isPlain = name === "UserError" || name === "SyntaxError" || name === "RangeError" ||
    Object.hasOwn(Deno.errors, name);
  return isPlain ? error.message : `The picture could not be read: ${error.message}`;
}
