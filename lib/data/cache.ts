// The files of a published data set: found in the data folder, or else downloaded into it. Nothing
// counts, whether found or fetched, before its SHA-256 is right.

import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { lockFolder } from "../lock.ts";
import { cannotWrite, CutError, download, sizeOf } from "./download.ts";
import { type Part, PARTS, type Source } from "./sources.ts";
import { check, type Checked } from "./verify.ts";

/** Where data sets are kept unless it is said. */
export const DATA_FOLDER = "data";

/** Where they are kept as the user's environment has it. */
export function dataFolder(): string {
  return Deno.env.get("DIGITS_DATA") ?? DATA_FOLDER;
}

/** How far the download of one file is. */
export interface Progress {
  /** The file's name, as on the mirror. */
  file: string;
  /** The mirror's host name. */
  host: string;
  bytes: number;
  /** Missing where the mirror does not tell. */
  total?: number;
}

export interface FetchOptions {
  /** The data folder. */
  directory: string;
  /** Aborting leaves what has come as `<name>.gz.part`; the next run continues from there. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Told what is out of the ordinary but does not stop anything, a sentence each. */
  onNote?: (note: string) => void;
  /** Stands in for `fetch` in tests. */
  fetch?: typeof fetch;
  /** How long a mirror may be silent, in milliseconds. Default 30,000. */
  idleTimeoutMs?: number;
}

/**
 * Reads the four files of a data set, and first downloads those that are not in the data folder.
 *
 * Each file may be plain or compressed with gzip, in any of `source.folders`. A damaged download
 * of ours is fetched anew; a wrong file elsewhere belongs to the user, and is an error. Processes
 * that download into one folder take turns, and the later ones find what the first has fetched.
 *
 * @returns The decompressed files.
 * @throws {UserError} Where a file is wrong, cannot be had from any mirror, or cannot be written.
 */
export async function readFiles(
  source: Source,
  options: FetchOptions,
): Promise<Record<Part, Uint8Array>> {
  const files: Partial<Record<Part, Uint8Array>> = {};
  for (const part of PARTS) files[part] = await find(source, part, options);

  const missing = PARTS.filter((part) => !files[part]);
  if (missing.length > 0) {
    using _lock = await lock(downloadFolder(source, options), options);
    let mirrors = source.mirrors;
    for (const part of missing) {
      files[part] = await find(source, part, options); // another process may have been faster
      if (files[part]) continue;
      const fetched = await fetchFile(source, part, mirrors, options);
      files[part] = fetched.bytes;
      // The mirror that worked goes first, so that a dead one is waited for only once.
      mirrors = [fetched.mirror, ...mirrors.filter((mirror) => mirror !== fetched.mirror)];
    }
  }
  return files as Record<Part, Uint8Array>;
}

/** A file that was found under a name of a data set's, right or not. */
export interface Found {
  path: string;
  /** What is wrong with it. */
  problem?: string;
  /** Where a download would put it: a damaged one is fetched anew. */
  isOurs: boolean;
}

/**
 * All that is in the data folder under the names of one file of a data set, as far as the first that
 * is right.
 *
 * @throws {UserError} Where something is there that cannot be read.
 */
export async function inspectFile(
  source: Source,
  part: Part,
  options: Pick<FetchOptions, "directory">,
): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { bytes: _, ...file } of candidates(source, part, options)) found.push(file);
  return found;
}

async function* candidates(
  source: Source,
  part: Part,
  options: Pick<FetchOptions, "directory">,
): AsyncGenerator<Found & { bytes?: Uint8Array }> {
  const { name, sha256 } = source.files[part];
  const ours = join(downloadFolder(source, options), `${name}.gz`);
  for (const folder of source.folders) {
    for (const file of [name, `${name}.gz`]) {
      const path = resolve(options.directory, folder, file);
      const bytes = await readIfThere(path);
      if (!bytes) continue;
      const checked = await check(bytes, sha256);
      yield { path, isOurs: path === ours, ...checked };
      if (checked.problem === undefined) return;
    }
  }
}

/** Looks for a file in the data folder. */
async function find(
  source: Source,
  part: Part,
  options: FetchOptions,
): Promise<Uint8Array | undefined> {
  let theirs: Found | undefined;
  for await (const file of candidates(source, part, options)) {
    if (file.bytes) return file.bytes;
    if (!file.isOurs) theirs ??= file;
  }
  if (theirs) {
    throw new UserError(
      `${theirs.path} is not the file of ${source.title}: ${theirs.problem}. ` +
        `Delete it or move it away and run again, then it is downloaded`,
    );
  }
}

/** Downloads a file from the first mirror that has it right, and puts it into the data folder. */
async function fetchFile(
  source: Source,
  part: Part,
  mirrors: readonly string[],
  options: FetchOptions,
): Promise<{ bytes: Uint8Array; mirror: string }> {
  const { name } = source.files[part];
  const path = join(downloadFolder(source, options), `${name}.gz`);
  if (await sizeOf(path) > 0) options.onNote?.(`${path} is damaged and fetched anew`);
  const problems: string[] = [];
  for (const mirror of mirrors) {
    const checked = await fetchFrom(mirror, source, part, `${path}.part`, options);
    if (checked.problem === undefined) {
      // The file stays compressed as it came: 11 MB on disk instead of 55 for MNIST, and renaming
      // the one file that was written leaves no moment with half a file.
      await Deno.rename(`${path}.part`, path).catch((error) => {
        throw cannotWrite(path, error);
      });
      return { bytes: checked.bytes, mirror };
    }
    problems.push(`${new URL(mirror).host}: ${checked.problem}`);
    options.onNote?.(`No ${name}.gz from ${problems.at(-1)}`);
  }
  const folder = downloadFolder(source, options);
  throw new UserError(
    [
      `Cannot download ${name}.gz of ${source.title}:`,
      ...problems.map((problem) => `  ${problem}`),
      `Either put these files, plain or as .gz, into ${folder} and run again:`,
      ...PARTS.map((part) => `  ${source.files[part].name}`),
      "or use --dataset synthetic, which needs neither files nor a network",
    ].join("\n"),
  );
}

/** Downloads a file from one mirror; where the connection is cut it is taken up again once. */
async function fetchFrom(
  mirror: string,
  source: Source,
  part: Part,
  path: string,
  options: FetchOptions,
): Promise<Checked> {
  const { name, sha256 } = source.files[part];
  const host = new URL(mirror).host;
  const get = () =>
    download(`${mirror}${name}.gz`, path, {
      ...options,
      onProgress: (bytes, total) =>
        options.onProgress?.({ file: `${name}.gz`, host, bytes, total }),
    });

  const begunElsewhere = await sizeOf(path) > 0;
  try {
    await get().catch((error) => {
      if (!(error instanceof CutError)) throw error;
      return get();
    });
    let checked = await checkDownload(path, sha256);
    if (checked.problem !== undefined && begunElsewhere) {
      // Mirrors may have compressed the file differently, then two halves make no whole.
      await get();
      checked = await checkDownload(path, sha256);
    }
    return checked;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Checks a finished download, and removes it where it is wrong: there is nothing to continue. */
async function checkDownload(path: string, sha256: string): Promise<Checked> {
  const checked = await check(await Deno.readFile(path), sha256);
  if (checked.problem !== undefined) await Deno.remove(path);
  return checked;
}

/** Reads a file; undefined where there is none. */
async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory ||
      error instanceof Deno.errors.IsADirectory
    ) return undefined;
    throw new UserError(`Cannot read ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** Waits until no other process downloads into a folder. */
async function lock(folder: string, options: FetchOptions): Promise<Deno.FsFile> {
  for (let told = false;; told = true) {
    const file = await lockFolder(folder).catch((error) => {
      throw cannotWrite(folder, error);
    });
    if (file) return file;
    if (!told) options.onNote?.(`Waiting for another process that downloads into ${folder}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    options.signal?.throwIfAborted();
  }
}

function downloadFolder(source: Source, options: Pick<FetchOptions, "directory">): string {
  return resolve(options.directory, source.folders[0]);
}
