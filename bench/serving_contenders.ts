// Who serves: this project, and what people would otherwise set up with the same CNN.

import { openSimd } from "../lib/backend/simd/simd.ts";
import { Reader } from "../lib/batch/reader.ts";
import { REJECT_MODEL } from "../lib/model/format.ts";
import { loadModel } from "../lib/model/store.ts";
import { readingJson } from "../lib/report/reading.ts";
import { CORES, taskArgs } from "./contenders.ts";
import peers from "./peers/serving/package.json" with { type: "json" };
import type { ServerCommand } from "./serving_process.ts";

/** A server, and how it is asked. */
export interface ServingContender extends ServerCommand {
  name: string;
  /** Where pictures are sent, with the query. */
  path: string;
  /** What was read, by an answer. */
  textOf: (answer: string) => string;
  /** The right answers to files, by the same code without a server. */
  read?: (files: string[]) => Promise<string[]>;
}

/** This project's server with one of its models. */
export function digits(model: string): ServingContender {
  return {
    name: `digits serve --model ${model}`,
    command: "deno",
    args: [...taskArgs("serve"), `--model=${model}`, "--port=0"],
    path: "/api/predict?single=true",
    textOf: (answer) => JSON.parse(answer).text,
    read: (files) => readHere(model, files),
  };
}

/** The answers that `predict --single --json` gives to pictures from its standard input. */
async function readHere(name: string, files: string[]): Promise<string[]> {
  const [model, reject] = await Promise.all(
    [name, REJECT_MODEL].map((name) => loadModel(`models/${name}`)),
  );
  const reader = new Reader(await openSimd({ threads: 1 }), { model, reject, single: true });
  try {
    const answers: string[] = [];
    for (const file of files) {
      answers.push(JSON.stringify(readingJson("-", await reader.read({ file }), name)));
    }
    return answers;
  } finally {
    reader.dispose();
  }
}

const PEERS = "bench/peers/serving";

/** How a server of bench/peers/serving is set up: see server.mjs there. */
interface PeerSettings {
  library: "sharp" | "jimp";
  fit: boolean;
  processes: number;
  threads?: number;
}

/** One process, and threads as ONNX Runtime likes. */
const PLAIN = { processes: 1 };
/** A process for each core, none of which has to wait for another's threads. */
const TUNED = { processes: CORES, threads: 1 };

/** The first is the one that most would set up. */
export function nodeServers(onnx: string): ServingContender[] {
  const libraries = ["sharp", "jimp"] as const;
  return libraries.flatMap((library) => [
    nodeServer(library, onnx, { library, fit: false, ...PLAIN }),
    nodeServer(`${library}, tuned`, onnx, { library, fit: false, ...TUNED }),
    nodeServer(`${library}, fitted, tuned`, onnx, { library, fit: true, ...TUNED }),
  ]);
}

function nodeServer(name: string, onnx: string, settings: PeerSettings): ServingContender {
  return {
    name: `node:http, ${name}`,
    command: "node",
    args: [`${PEERS}/server.mjs`, JSON.stringify({ onnx, ...settings })],
    path: "/",
    textOf: (answer) => JSON.parse(answer).digit,
  };
}

/** The versions of Node and of what is installed for it, which is done here; undefined without Node. */
export async function installNodeServers(): Promise<string | undefined> {
  const node = await nodeVersion();
  if (node === undefined) return undefined;
  const install = ["install", "--quiet", "--frozen"];
  const { success } = await new Deno.Command("deno", { args: install, cwd: PEERS }).spawn().status;
  if (!success) return undefined;
  const packages = Object.entries(peers.dependencies).map(([name, version]) =>
    `${name} ${version}`
  );
  return [`Node ${node}`, ...packages].join(", ");
}

async function nodeVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
    // Where there is no Node, a task of Deno has Deno under its name, which says more than a version.
    return new TextDecoder().decode(stdout).trim().match(/^v([\d.]+)$/)?.[1];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
