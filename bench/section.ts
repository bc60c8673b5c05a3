// What every section of the benchmark is given, and what most of them do: start the contenders,
// let them take turns, and stop them.

import { CORES, pytorch } from "./contenders.ts";
import { type Contender, interleave, type Ready, Running, status } from "./contender.ts";
import type { Row } from "./table.ts";
import { BATCH, type Work } from "./work.ts";

export interface Bench {
  work: Work;
  /** A folder to write into, which is deleted in the end. */
  folder: string;
  /** The Python that has PyTorch. */
  python: string | undefined;
  /** The GPU that its PyTorch has. */
  gpu: string | undefined;
  /** How many times each contender has its turn, unless the section says otherwise. */
  rounds: number | undefined;
  /** How long a turn takes. */
  seconds: number;
  /** A folder of pictures with a manifest.json, to be read. */
  pictures?: string;
  /** How many scenes of each kind are made to be read. */
  scenes?: number;
  /** How many seconds of load a server is put under. */
  load?: number;
}

/** Gives the section's text in Markdown. */
export type Section = (bench: Bench) => Promise<string>;

/** Contenders in the order given; `running` is missing where one is not here. */
export interface Started {
  contender: Contender;
  running?: Running;
  ready?: Ready;
}

/** Starts contenders one after the other, hands them over, and stops them whatever happens. */
export async function withContenders<T>(
  contenders: Contender[],
  mode: string,
  config: object,
  work: (started: Started[]) => Promise<T>,
): Promise<T> {
  const started: Started[] = [];
  try {
    for (const contender of contenders) {
      status.update(`starting ${contender.name}`);
      started.push({ contender, ...await Running.start(contender, mode, { ...config }) });
    }
    status.clear();
    return await work(started);
  } finally {
    for (const { running } of started) await running?.stop();
  }
}

/** Asks all that are here for a number in turns. */
export async function takeTurns(
  started: Started[],
  request: unknown,
  rounds: number,
): Promise<Row[]> {
  const here = started.filter(({ running }) => running);
  const values = await interleave(
    here.map(({ contender, running }) => ({
      name: contender.name,
      measure: () => running!.ask<number>(request),
    })),
    rounds,
  );
  return started.map((one) => ({
    name: one.contender.name,
    detail: one.ready?.detail,
    values: values[here.indexOf(one)] ?? [],
  }));
}

/** PyTorch's fastest way to train the CNN here; undefined where it is not here. */
export async function fastestPyTorch(
  { work, python, seconds }: Omit<Bench, "rounds">,
): Promise<Ready | undefined> {
  const config = { ...work, network: "cnn", batch: BATCH, seconds };
  const contender = pytorch(python, CORES);
  return await withContenders(
    [contender],
    "train",
    config,
    ([{ ready }]) => Promise.resolve(ready),
  );
}
