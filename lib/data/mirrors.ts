// Files of a published data set from its mirrors: tried in turn, taken up again where a connection was
// cut, and counted only when they are right.

import { UserError } from "../errors.ts";
import { CutError, download, type DownloadOptions, sizeOf } from "./download.ts";

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

export interface FetchOptions extends Pick<DownloadOptions, "fetch" | "signal" | "idleTimeoutMs"> {
  /** The data folder. */
  directory: string;
  onProgress?: (progress: Progress) => void;
  /** Told what is out of the ordinary but does not stop anything, a sentence each. */
  onNote?: (note: string) => void;
}

/** What a file is that was found to be right. */
interface Right {
  problem?: undefined;
}

/** A file that is to be had. */
export interface Wanted<R extends Right> {
  /** Its name on the mirrors. */
  name: string;
  /** Where it goes; what is there already is taken for its beginning. */
  path: string;
  /** In bytes, where it is known. */
  size?: number;
  /** Looks at what has come; `problem` says what is wrong with it. */
  check: () => Promise<R | { problem: string }>;
}

/** After the first time a cut connection is only taken up again where it has brought so many bytes. */
const WORTHWHILE = 2 ** 20;

/**
 * Downloads a file from the first mirror that has it right.
 *
 * @param advice What to do where none has.
 * @returns What `check` found, and the mirror.
 * @throws {UserError} Where it cannot be had from any mirror, or cannot be written.
 */
export async function fetchFromMirrors<R extends Right>(
  wanted: Wanted<R>,
  mirrors: readonly string[],
  options: FetchOptions,
  { title, advice }: { title: string; advice: string },
): Promise<R & { mirror: string }> {
  const { name } = wanted;
  const problems: string[] = [];
  for (const mirror of mirrors) {
    const checked = await fetchFrom(mirror, wanted, options);
    if (checked.problem === undefined) return { ...checked, mirror };
    problems.push(`${new URL(mirror).host}: ${checked.problem}`);
    options.onNote?.(`No ${name} from ${problems.at(-1)}`);
  }
  throw new UserError(
    [
      `Cannot download ${name} of ${title}:`,
      ...problems.map((problem) => `  ${problem}`),
      advice,
    ].join("\n"),
  );
}

/** Downloads a file from one mirror. */
async function fetchFrom<R extends Right>(
  mirror: string,
  wanted: Wanted<R>,
  options: FetchOptions,
): Promise<R | { problem: string }> {
  const { name, path, size } = wanted;
  const host = new URL(mirror).host;
  const get = () =>
    download(`${mirror}${name}`, path, {
      ...options,
      size,
      onProgress: (bytes, total) => options.onProgress?.({ file: name, host, bytes, total }),
    });

  const begunElsewhere = await sizeOf(path) > 0;
  try {
    await persist(get, path);
    let checked = await checkDownload(wanted);
    if (checked.problem !== undefined && begunElsewhere) {
      // Mirrors may have compressed the file differently, then two halves make no whole.
      await persist(get, path);
      checked = await checkDownload(wanted);
    }
    return checked;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Takes a cut download up again: once, and then as long as it comes forward. */
async function persist(get: () => Promise<void>, path: string): Promise<void> {
  for (let isFirst = true;; isFirst = false) {
    const before = await sizeOf(path);
    try {
      return await get();
    } catch (error) {
      if (!(error instanceof CutError)) throw error;
      if (!isFirst && await sizeOf(path) - before < WORTHWHILE) throw error;
    }
  }
}

/** Checks a finished download, and removes it where it is wrong: there is nothing to continue. */
async function checkDownload<R extends Right>(
  { path, check }: Wanted<R>,
): Promise<R | { problem: string }> {
  const checked = await check();
  if (checked.problem !== undefined) await Deno.remove(path);
  return checked;
}
