// The data sets' files: which are here, and whether they are what they should be.

import { resolve } from "node:path";
import { DATA_FOLDER, dataFolder, type Found, inspectFile, locateFiles } from "../data/cache.ts";
import { MNIST, type Part, PARTS, type Source, SOURCES } from "../data/sources.ts";
import { UserError } from "../errors.ts";
import { PROGRAM } from "../own.ts";
import { type Check, requireRead } from "./check.ts";

export interface DataCheck extends Check {
  /** Where the file is; missing where it is nowhere. */
  path?: string;
  /** What it has to have, decompressed unless nobody has published that. */
  sha256: string;
}

/**
 * The four files of a data set.
 *
 * @param directory The data folder; `DIGITS_DATA` or `data` unless given.
 * @throws {Deno.errors.NotCapable} where the folder may not be read.
 */
export async function checkData(
  directory: string = allowedFolder(),
  source: Source = MNIST,
): Promise<DataCheck[]> {
  await requireRead(directory);
  return await Promise.all(PARTS.map((part) => checkFile(source, part, directory)));
}

/** The data sets beside MNIST that are here, wholly or in part, by their files' names alone. */
export function listOthers(directory: string = allowedFolder()): Check[] {
  return SOURCES.filter((source) => source !== MNIST).flatMap((source): Check[] => {
    const count = Object.keys(locateFiles(source, { directory })).length;
    if (count === 0) return [];
    return [{
      name: source.name,
      state: count === PARTS.length ? "ok" : "note",
      finding: `${count} of ${PARTS.length} files are here; ${PROGRAM} data check ${source.name} ` +
        "looks into them",
    }];
  });
}

/** As train and evaluate have it, where the program may ask for the variable. */
function allowedFolder(): string {
  try {
    return dataFolder();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return DATA_FOLDER;
  }
}

async function checkFile(source: Source, part: Part, directory: string): Promise<DataCheck> {
  const { name, sha256 } = source.files[part];
  try {
    const files = await inspectFile(source, part, { directory });
    return { name, sha256, ...judge(files, source, directory) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, sha256, state: "broken", finding: error.message };
  }
}

/** @param files All but the last are wrong. */
function judge(
  files: readonly Found[],
  source: Source,
  directory: string,
): Pick<DataCheck, "state" | "finding" | "advice" | "path"> {
  const command = `${PROGRAM} data get ${source.name}`;
  const right = files.find(({ problem }) => problem === undefined);
  if (right) return { state: "ok", finding: `right: ${right.path}`, path: right.path };
  if (files.length === 0) {
    return {
      state: "note",
      finding: `not there: ${command} downloads it`,
      advice: `Without a network: put these files into ${resolve(directory)}, or train with ` +
        "--dataset synthetic",
    };
  }
  const theirs = files.find(({ isOurs }) => !isOurs);
  const { path, problem } = theirs ?? files[0];
  const finding = `${path} is wrong: ${problem}`;
  if (!theirs) {
    return { state: "warning", finding, path, advice: `${command} downloads it anew` };
  }
  return { state: "broken", finding, path, advice: `Delete it or move it away: ${path}` };
}
