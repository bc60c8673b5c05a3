// Finding the program's own files, and writing files so that a reader finds the old one or the new
// one, never half of one, whenever the program or the machine is stopped.

import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "./errors.ts";
import { OWN_FOLDER } from "./own.ts";

/**
 * Writes several files: all of them under temporary names first, so that a full disk or a crash
 * leaves the old ones as they were, then renames them one right after the other, in their order.
 * Each of these steps is on the disk before the next begins. What killed writers of the same files
 * have left behind is removed in the end.
 *
 * @param flag What another folder is named with.
 * @throws {UserError} when they cannot be written; says which of the old ones are no more.
 */
export async function writeFiles(
  files: Record<string, string | Uint8Array>,
  flag = "--out",
): Promise<void> {
  const paths = Object.keys(files);
  const made: Temporary[] = [];
  const replaced: string[] = [];
  try {
    for (const path of paths) made.push(await writeTemporary(path, files[path]));
    for (const [i, path] of paths.entries()) {
      await Deno.rename(made[i].path, path);
      replaced.push(path);
      await syncFolder(dirname(path));
    }
  } catch (error) {
    for (const { path } of made.slice(replaced.length)) await Deno.remove(path).catch(() => {});
    throw new UserError(
      `Could not write ${paths.join(", ")}: ${(error as Error).message}. ` +
        (replaced.length === 0
          ? "Nothing was changed"
          : `${replaced.join(", ")} had been replaced`) +
        "; make sure that the folder can be written to and the disk has room, " +
        `or choose another folder with ${flag}`,
      { cause: error },
    );
  } finally {
    for (const { file } of made) file.close();
  }
  for (const path of paths) await removeLitter(path);
}

/** A file that is written and waits for its name. */
interface Temporary {
  path: string;
  /** Open, and locked for as long: no other process takes it for litter. */
  file: Deno.FsFile;
}

async function writeTemporary(path: string, contents: string | Uint8Array): Promise<Temporary> {
  const temporary = await openTemporary(path);
  try {
    const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
    await writeAll(temporary.file, bytes);
    await temporary.file.syncData(); // a rename can reach the disk before the contents do
    return temporary;
  } catch (error) {
    temporary.file.close();
    await Deno.remove(temporary.path).catch(() => {});
    throw error;
  }
}

async function openTemporary(path: string): Promise<Temporary> {
  while (true) {
    const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    const file = await Deno.open(temporary, { write: true, createNew: true });
    const isLocked = await file.tryLock(true).catch(() => true); // who cannot lock removes none either
    if (isLocked && (await file.stat()).nlink !== 0) return { path: temporary, file };
    file.close(); // another process took it for litter before it was locked
  }
}

/** A single write may take a part of the bytes only. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** Brings the names in a folder to the disk; where that cannot be asked for, the system sees to it. */
async function syncFolder(folder: string): Promise<void> {
  try {
    using opened = await Deno.open(folder);
    await opened.sync();
  } catch {
    // Windows, and some file systems: they flush no folders.
  }
}

/** The temporary files beside a file, of writers at work and of killed ones. */
export async function temporariesOf(path: string): Promise<string[]> {
  const folder = dirname(path);
  const names = await temporariesIn(folder);
  return names.filter((name) => nameOf(name) === basename(path)).map((name) => join(folder, name));
}

const TEMPORARY = /\.[0-9a-f]{8}\.tmp$/;

async function temporariesIn(folder: string): Promise<string[]> {
  try {
    const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    return names.filter((name) => TEMPORARY.test(name));
  } catch {
    return []; // an address has no list of what is there
  }
}

/** What a temporary file was to be called. */
function nameOf(temporary: string): string {
  return temporary.replace(TEMPORARY, "");
}

/**
 * The temporary files that were there when this process first wrote into a folder, by folder: looked
 * for once, so that many files in one folder do not take the square of the time.
 */
const foundIn = new Map<string, string[]>();

/** Removes the temporary files that killed writers of a file have left. */
export async function removeLitter(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  let found = foundIn.get(folder);
  if (!found) foundIn.set(folder, found = await temporariesIn(folder));
  for (const name of found) {
    if (nameOf(name) === basename(path)) await removeIfDead(join(folder, name));
  }
}

/** The system takes a lock back when its holder ends: what can be locked is nobody's. */
async function removeIfDead(temporary: string): Promise<void> {
  try {
    using file = await Deno.open(temporary, { write: true });
    if (await file.tryLock(true)) await Deno.remove(temporary);
  } catch {
    // It is gone already, or cannot be had: it is in nobody's way.
  }
}

/**
 * A folder of that name here, if it holds what is looked for; else the one that came with the
 * program, so that it works from any folder.
 */
export async function ownFolder(folder: string, content: string): Promise<string> {
  if (await exists(`${folder}/${content}`)) return folder;
  const along = `${OWN_FOLDER}/${folder}`;
  if (/^https?:/.test(along)) return along; // whether it has that, only its host knows
  return await exists(`${along}/${content}`) ? along : folder;
}

/** Whether there is a file or folder of that name. */
export function exists(path: string): Promise<boolean> {
  return Promise.resolve(stat(path) !== undefined);
}

/** What is there of that name. Asked at once: that is over before a thread could be sent to ask. */
export function stat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
