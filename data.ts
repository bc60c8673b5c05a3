// digits data: lists the published data sets, downloads them, and checks those that are here.

import { dirname } from "node:path";
import {
  helpText,
  INTERRUPTED,
  listenForInterrupt,
  type Parsed,
  parseUsage,
  runCommand,
  StatusLine,
} from "./lib/cli.ts";
import { dataFolder, locateFiles } from "./lib/data/cache.ts";
import { DATASETS } from "./lib/data/dataset.ts";
import { FOLDER_FORM } from "./lib/data/labels.ts";
import { PARTS, type Source, SOURCES } from "./lib/data/sources.ts";
import { checkData, type DataCheck } from "./lib/doctor/data.ts";
import { UserError } from "./lib/errors.ts";
import { DATA_FLAG, fetchShowing } from "./lib/load.ts";
import { PROGRAM } from "./lib/own.ts";

const NAMES = SOURCES.map(({ name }) => name);

const USAGE = {
  name: "data",
  summary: `Lists, downloads and checks the data sets that others have published.

list: what there is, and what of it is here, by the files' names.
get: downloads what is not here, and checks everything by its SHA-256.
check: checks what is here, or what is named. The exit code is 1 if any of it is wrong or missing.`,
  operands: "[list | get NAME ... | get all | check [NAME ...]]",
  flags: {
    data: DATA_FLAG,
    json: { type: "boolean", help: "list and check: print one JSON object a line" },
  },
  examples: [
    `${PROGRAM} data`,
    `${PROGRAM} data get fashion-mnist`,
    `${PROGRAM} data get all --data /srv/datasets`,
    `${PROGRAM} data check`,
  ],
} as const;

type Flags = Parsed<typeof USAGE["flags"]>["flags"];

/** Each gives the exit code. */
const ACTIONS: Readonly<
  Record<string, (names: string[], flags: Flags) => number | Promise<number>>
> = { list, get, check };

const status = new StatusLine();

/** Gives the exit code. */
export async function data(args: string[]): Promise<number> {
  const { flags, operands, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  const [action = "list", ...names] = operands;
  if (!Object.hasOwn(ACTIONS, action)) {
    throw wrong(`There is no ${JSON.stringify(action)}, only ${Object.keys(ACTIONS).join(", ")}`);
  }
  return await ACTIONS[action](names, flags);
}

function list(names: string[], { data, json }: Flags): number {
  if (names.length > 0) throw wrong(`What is ${JSON.stringify(names[0])}?`);
  const directory = data ?? dataFolder();
  const rows = SOURCES.map((source) => ({
    source,
    paths: Object.values(locateFiles(source, { directory })),
  }));
  console.log(json ? rows.map(listed).join("\n") : tableOf(rows));
  if (!json) {
    const drawn = DATASETS.filter((name) => !NAMES.includes(name));
    console.log(
      `\nMade when they are used: ${drawn.join(", ")}.\n` +
        `Your own pictures: a folder, ${FOLDER_FORM}. Several at once: mnist+emnist-digits.`,
    );
  }
  return 0;
}

/** A data set, and those of its files that are here. */
interface Row {
  source: Source;
  paths: string[];
}

function listed({ source, paths }: Row): string {
  const { name, title, train, test, classes, bytes, citation, licence } = source;
  const here = paths.length === PARTS.length;
  return JSON.stringify(
    { name, title, train, test, classes, bytes, here, files: paths, citation, licence },
  );
}

function tableOf(rows: readonly Row[]): string {
  const count = (value: number) => value.toLocaleString("en");
  const lines = rows.map(({ source, paths }) => [
    source.name,
    source.title,
    `${count(source.train)} + ${count(source.test)}`,
    String(source.classes.length),
    `${(source.bytes / 1e6).toFixed(1)} MB`,
    paths.length === 0 ? "no" : paths.length < PARTS.length ? "in part" : "yes",
    source.licence,
  ]);
  const heads = ["name", "title", "train + test", "classes", "download", "here", "licence"];
  const widths = heads.map((head, i) =>
    Math.max(head.length, ...lines.map((cells) => cells[i].length))
  );
  return [heads, ...lines].map((cells) =>
    cells.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd()
  ).join("\n");
}

async function get(names: string[], { data, json }: Flags): Promise<number> {
  if (json) throw wrong("--json is for list and check");
  if (names.length === 0) throw wrong(`Name what to get: ${NAMES.join(", ")}, or all`);
  const sources = find(names.includes("all") ? NAMES : names);
  using interrupt = listenForInterrupt(status, "Stopping; Ctrl-C again stops at once");
  const { signal } = interrupt;
  let code = 0;
  for (const source of sources) {
    try {
      await fetchShowing(status, source, { directory: data, signal });
    } catch (error) {
      if (signal.aborted) {
        status.print(
          "Interrupted. What has come is kept, as .part; the same command goes on from there",
        );
        return INTERRUPTED;
      }
      if (!(error instanceof UserError)) throw error;
      status.print(`error: ${error.message}`); // the others may do better
      code = 1;
      continue;
    }
    status.clear();
    console.log(`${source.name}: all is right, in ${foldersOf(source, data).join(" and ")}`);
  }
  return code;
}

function foldersOf(source: Source, data?: string): string[] {
  const paths = Object.values(locateFiles(source, { directory: data ?? dataFolder() }));
  return [...new Set(paths.map(dirname))];
}

async function check(names: string[], { data, json }: Flags): Promise<number> {
  const directory = data ?? dataFolder();
  const isHere = (source: Source) => Object.keys(locateFiles(source, { directory })).length > 0;
  const sources = names.length > 0 ? find(names) : SOURCES.filter(isHere);
  if (sources.length === 0) status.print(`There is no data set in ${directory} to check`);
  let code = 0;
  for (const source of sources) {
    status.update(`checking ${source.title}`);
    const checks = await checkData(directory, source);
    status.clear();
    for (const check of checks) {
      console.log(
        json ? JSON.stringify({ dataset: source.name, ...check }) : lineOf(source, check),
      );
      if (check.state !== "ok") code = 1;
    }
  }
  return code;
}

function lineOf(source: Source, { name, state, finding, advice }: DataCheck): string {
  return `${source.name}: ${name}: ${finding}` +
    (state === "ok" || state === "note" ? "" : `\n  -> ${advice}`);
}

/** @throws {UserError} where there is no data set of a name. */
function find(names: readonly string[]): Source[] {
  return [...new Set(names)].map((name) => {
    const source = SOURCES.find((source) => source.name === name);
    if (source) return source;
    throw wrong(
      DATASETS.includes(name)
        ? `${name} is made when it is used; there is nothing to get or to check`
        : `There is no data set ${JSON.stringify(name)}, only ${NAMES.join(", ")}`,
    );
  });
}

function wrong(message: string): UserError {
  return new UserError(`${message}. See: ${PROGRAM} ${USAGE.name} --help`, { exitCode: 2 });
}

if (import.meta.main) await runCommand(data);
