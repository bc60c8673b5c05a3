// The archive that a data set is published in: found in the data folder, or else downloaded; then what
// is wanted of it is unpacked, and what was downloaded is deleted. Nothing of it is in memory but the
// wanted files, one after the other.

import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { stat, writeAll } from "../files.ts";
import { lockFolder } from "../lock.ts";
import { cannotWrite, sizeOf } from "./download.ts";
import { fetchFromMirrors, type FetchOptions } from "./mirrors.ts";
import { type Archive, type Files, type Part, PARTS, type Source } from "./sources.ts";
import { check, type Checked } from "./verify.ts";

const CHUNK = 2 ** 20; // bytes

/**
 * Unpacks files of a data set into a folder, as `<name>.gz`. An archive of the user's, in one of
 * `source.folders`, is left as it is.
 *
 * @throws {UserError} Where the archive is wrong, cannot be had, or a file cannot be written.
 */
export async function unpack(
  source: Source,
  parts: readonly Part[],
  folder: string,
  options: FetchOptions,
): Promise<Partial<Files>> {
  const { name } = source.archive!;
  const places = source.folders.map((folder) => resolve(options.directory, folder, name));
  const theirs = places.find((path) => stat(path)?.isFile);
  const path = theirs ?? await fetchArchive(source, folder, options);
  const files: Partial<Files> = {};
  for (const part of parts) {
    const checked = await unpackFile(path, source, part, folder, options);
    if (checked.problem !== undefined) {
      throw new UserError(
        `${path} is not the archive of ${source.title}: ${checked.problem}. ` +
          "Delete it or move it away and run again, then it is downloaded",
      );
    }
    files[part] = checked.bytes;
  }
  if (!theirs) await Deno.remove(path).catch(() => {}); // else the next run does it
  return files;
}

/** Deletes what is left of an archive when a process was ended after the last file was unpacked. */
export async function removeRest(archive: Archive, folder: string): Promise<void> {
  const path = partialPath(archive, folder);
  if (!stat(path)) return;
  // Who cannot write there, or is not alone, can do without.
  using lock = await lockFolder(folder).catch(() => undefined);
  if (lock) await Deno.remove(path).catch(() => {});
}

/** What to do where the files cannot be downloaded. */
export function adviceFor({ files, archive }: Source, folder: string): string {
  const isPlain = PARTS.every((part) => !files[part].isHashedAsGzip);
  return [
    `Either put ${archive ? `${archive.name} or ` : ""}these files, ` +
    `${isPlain ? "plain or " : ""}as .gz, into ${folder} and run again:`,
    ...PARTS.map((part) => `  ${files[part].name}`),
    "or use --dataset synthetic, which needs neither files nor a network",
  ].join("\n");
}

/** Where an archive is downloaded to. It never gets its final name, for it does not stay. */
function partialPath({ name }: Archive, folder: string): string {
  return join(folder, `${name}.part`);
}

/** Downloads the archive, unless an earlier run has got that far. */
async function fetchArchive(
  source: Source,
  folder: string,
  options: FetchOptions,
): Promise<string> {
  const archive = source.archive!;
  const path = partialPath(archive, folder);
  const checkArchive = async () => {
    const found = await hashOfFile(path, options);
    return found === archive.sha256
      ? {}
      : { problem: `its SHA-256 is ${found}, expected ${archive.sha256}` };
  };
  const isThere = await sizeOf(path) === archive.bytes;
  if (isThere && (await checkArchive()).problem === undefined) return path;
  const wanted = { name: archive.name, path, size: archive.bytes, check: checkArchive };
  await fetchFromMirrors(wanted, source.mirrors, options, {
    title: source.title,
    advice: adviceFor(source, folder),
  });
  return path;
}

/** The SHA-256 of a file of any size. */
async function hashOfFile(path: string, { signal }: FetchOptions): Promise<string> {
  const { createHash } = await import("node:crypto"); // Web Crypto wants all bytes at once
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const chunk = new Uint8Array(CHUNK);
  for (let count; (count = await file.read(chunk)) !== null;) {
    signal?.throwIfAborted();
    hash.update(chunk.subarray(0, count));
  }
  return hash.digest("hex");
}

/** Unpacks one file, which gets its name when it was found to be right. */
async function unpackFile(
  archivePath: string,
  source: Source,
  part: Part,
  folder: string,
  { signal }: FetchOptions,
): Promise<Checked> {
  const file = source.files[part];
  const path = join(folder, `${file.name}.gz`);
  const partial = `${path}.part`;
  try {
    await copyMember(archivePath, `${source.archive!.folder}${file.name}.gz`, partial, signal);
    const checked = await check(await Deno.readFile(partial), file);
    if (checked.problem === undefined) {
      await Deno.rename(partial, path).catch((error) => {
        throw cannotWrite(path, error);
      });
      return checked;
    }
    await Deno.remove(partial);
    return { problem: `of its ${file.name}.gz, ${checked.problem}` };
  } catch (error) {
    await Deno.remove(partial).catch(() => {}); // it cannot be gone on with
    signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    return { problem: (error as Error).message };
  }
}

/**
 * Writes a file of an archive to `path`.
 *
 * @throws {UserError} Where it cannot be written.
 * @throws {Error} Where the archive is damaged, or lacks it.
 */
async function copyMember(
  archivePath: string,
  name: string,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const { unpackMember } = await import("./zip.ts");
  const failed = (error: unknown) => {
    throw cannotWrite(path, error);
  };
  using archive = await Deno.open(archivePath);
  using file = await Deno.open(path, { write: true, create: true, truncate: true }).catch(failed);
  await unpackMember(archive, name, (chunk) => writeAll(file, chunk).catch(failed), signal);
  await file.syncData().catch(failed); // the archive is deleted after it
}
