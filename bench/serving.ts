// Load on the server, and on what people would otherwise set up: the same CNN in onnxruntime-node
// behind node:http, the picture decoded by sharp or jimp.

import { DEFAULT_MODEL } from "../lib/model/format.ts";
import { type Contender, interleave, Running, status } from "./contender.ts";
import type { Load, LoadRequest } from "./peers/load.ts";
import { percent, share } from "./reading_score.ts";
import type { Section } from "./section.ts";
import {
  digits,
  installNodeServers,
  nodeServers,
  type ServingContender,
} from "./serving_contenders.ts";
import { lateGrowth } from "./serving_figures.ts";
import { type Pictures, writePictures } from "./serving_pictures.ts";
import { Server } from "./serving_process.ts";
import { cells, median, NOT_HERE, table, threeDigits } from "./table.ts";

const CLIENTS = 50;
const ROUNDS = 5;
/** On each server with each kind of picture, all rounds together. */
const LOAD_SECONDS = 20;
/** How long one client is alone, as a share of a round. */
const ALONE = 0.25;
/** From one look at a server's memory to the next. */
const LOOK_MS = 250;

/** The newest of September 2026; pinned here and in peers/deno.lock. */
const AUTOCANNON = "autocannon@9.0.0";

/** What asks: many clients in one process. */
const CLIENTS_PROCESS: Contender = {
  name: AUTOCANNON,
  command: "deno",
  args: [
    ...["run", "--quiet", "--no-prompt", "--no-config", "--lock=bench/peers/deno.lock"],
    ...["--frozen", "--allow-read", "--allow-net=127.0.0.1", "--allow-env", "--allow-sys"],
    "bench/peers/load.ts",
  ],
  config: { package: `npm:${AUTOCANNON}` },
};

interface Started {
  contender: ServingContender;
  server: Server;
}

/** What came of a round. */
interface Turn extends Load {
  aloneMs: number;
  /** Of the server for each answer; undefined where the system does not tell. */
  cpuMs: number | undefined;
  residentBytes: number[];
}

/** A server with one kind of picture. */
interface Result {
  name: string;
  turns: Turn[];
  /** The share of pictures that were read rightly. */
  right: number;
}

export const serving: Section = async ({ work, folder, rounds = ROUNDS, load = LOAD_SECONDS }) => {
  const versions = await installNodeServers();
  const peers = nodeServers(work.onnx);
  const kinds = await writePictures(folder);
  const results: Result[][] = [];
  await withServers(
    [digits("cnn"), digits(DEFAULT_MODEL), ...(versions === undefined ? [] : peers)],
    async (started, clients) => {
      for (const pictures of kinds) {
        results.push(await measure(started, clients, pictures, rounds, load / rounds));
      }
    },
  );
  const missing = versions === undefined ? peers.map(({ name }) => name) : [];
  return [
    `## Serving over HTTP: ${CLIENTS} clients on loopback, for ${load} s each`,
    ...kinds.flatMap(({ kind }, i) => ["", loadTable(kind, results[i], peers[0].name, missing)]),
    "",
    costTable(kinds, results),
    "",
    `Medians of ${rounds} rounds in which all took turns; times are from request to answer, and ` +
    "alone is one client's. Fitted: the digit is cut out and fitted into 20x20, as MNIST's are; otherwise the picture is " +
    "resized to 28x28. Tuned: a process for each core, with one thread for the network. Failed are " +
    "answers other than those without load. CPU is the server's for an answer; memory is what is " +
    "resident in the end, and its growth since the second third of the time. " +
    `${versions ?? "Node or its packages are not here"}; clients: ${AUTOCANNON}.`,
  ].join("\n");
};

/** Starts servers and clients, hands them over, and stops them whatever happens. */
async function withServers(
  contenders: ServingContender[],
  work: (started: Started[], clients: Running) => Promise<void>,
): Promise<void> {
  const started: Started[] = [];
  const clients = await Running.start(CLIENTS_PROCESS, "load", {});
  if (clients === undefined) throw new Error(`${AUTOCANNON} did not start; see above`);
  try {
    for (const contender of contenders) {
      status.update(`starting ${contender.name}`);
      started.push({ contender, server: await Server.start(contender) });
    }
    status.clear();
    await work(started, clients.running);
  } finally {
    await clients.running.stop();
    for (const { server } of started) await server.stop();
  }
}

/**
 * @param seconds How long a round of all clients is.
 * @throws {Error} when a server of this project gives a wrong answer or none.
 */
async function measure(
  started: Started[],
  clients: Running,
  { kind, files, labels }: Pictures,
  rounds: number,
  seconds: number,
): Promise<Result[]> {
  const turns = [];
  const right: number[] = [];
  for (const { contender, server } of started) {
    const { name, textOf } = contender;
    status.update(`${kind}, first answers of ${name}`);
    const url = server.address + contender.path;
    const expected = await clients.ask<string[]>({ url, files } satisfies LoadRequest);
    await compareAnswers(contender, files, expected);
    right.push(share(labels, (label, i) => textOf(expected[i]) === label));
    const request = { url, files, expected };
    // Compiled and cached from here on.
    await clients.ask<Load>({ ...request, connections: CLIENTS, seconds } satisfies LoadRequest);
    turns.push({
      name: `${kind}, ${name}`,
      measure: () => turn(server, clients, request, seconds),
    });
  }
  const results = await interleave(turns, rounds);
  return started.map(({ contender: { name } }, i) => ({
    name,
    turns: results[i],
    right: right[i],
  }));
}

/** @throws {Error} when a server reads otherwise than the same code without a server. */
async function compareAnswers(
  { name, read }: ServingContender,
  files: string[],
  answers: string[],
): Promise<void> {
  const expected = await read?.(files) ?? answers;
  const at = answers.findIndex((answer, i) => answer !== expected[i]);
  if (at >= 0) throw new Error(`${name} answers ${answers[at]} where ${expected[at]} is right`);
}

/** A round of one server: all clients, and then one alone. */
async function turn(
  server: Server,
  clients: Running,
  request: Pick<LoadRequest, "url" | "files" | "expected">,
  seconds: number,
): Promise<Turn> {
  const residentBytes: number[] = [];
  const look = async () => {
    const usage = await server.usage();
    if (usage !== undefined) residentBytes.push(usage.residentBytes);
  };
  const before = await server.usage();
  const looking = setInterval(look, LOOK_MS);
  const load = await clients.ask<Load>({ ...request, connections: CLIENTS, seconds });
  clearInterval(looking);
  const after = await server.usage();
  const alone = await clients.ask<Load>({ ...request, connections: 1, seconds: ALONE * seconds });
  return {
    ...load,
    answers: load.answers + alone.answers,
    failed: load.failed + alone.failed,
    aloneMs: alone.p50Ms,
    cpuMs: before && after && 1000 * (after.cpuSeconds - before.cpuSeconds) / load.answers,
    residentBytes,
  };
}

function loadTable(kind: string, results: Result[], peer: string, missing: string[]): string {
  const header = [
    `${kind} PNG`,
    "requests/s",
    "× sharp",
    "p50 ms",
    "p95",
    "p99",
    "alone p50",
    "failed",
  ];
  const peers = results.find(({ name }) => name === peer)?.turns;
  const rate = ({ perSecond }: Turn) => perSecond;
  const middle = (turns: Turn[], of: (turn: Turn) => number) => threeDigits(median(turns.map(of)));
  return table(header, [
    ...results.map(({ name, turns }) => [
      name,
      ...cells(turns.map(rate), peers?.map(rate)),
      middle(turns, ({ p50Ms }) => p50Ms),
      middle(turns, ({ p95Ms }) => p95Ms),
      middle(turns, ({ p99Ms }) => p99Ms),
      middle(turns, ({ aloneMs }) => aloneMs),
      [total(turns, ({ failed }) => failed), total(turns, ({ answers }) => answers)]
        .map((count) => count.toLocaleString("en")).join(" of "),
    ]),
    ...missing.map((name) => [name, NOT_HERE, ...header.slice(2).map(() => "")]),
  ]);
}

function total(turns: Turn[], of: (turn: Turn) => number): number {
  return turns.reduce((sum, turn) => sum + of(turn), 0);
}

/** What servers take for it, and how right they are. */
function costTable(kinds: Pictures[], results: Result[][]): string {
  return table(
    ["", ...kinds.flatMap(({ kind }) => [`${kind}: CPU ms`, "MB", "growth", "right"])],
    results[0].map(({ name }, row) => [
      name,
      ...results.flatMap((result) => costCells(result[row])),
    ]),
  );
}

function costCells({ turns, right }: Result): string[] {
  const cpu = turns.flatMap(({ cpuMs }) => cpuMs ?? []);
  const megabytes = turns.flatMap(({ residentBytes }) => residentBytes.map((bytes) => bytes / 1e6));
  const growth = lateGrowth(megabytes);
  return [
    cpu.length === 0 ? "unknown" : threeDigits(median(cpu)),
    megabytes.at(-1)?.toFixed(0) ?? "unknown",
    growth === undefined ? "unknown" : percent(growth),
    percent(right),
  ];
}
