// Finding the program's own files, and writing files so that a reader finds the old one or the new
// one, never half of one.

import { UserError } from "./errors.ts";
import { OWN_FOLDER } from "./own.ts";

/**
 * Writes several files: all of them under temporary names first, so that a full disk or a crash
 * leaves the old ones as they were, then renames them one right after the other.
 *
 * @param flag What another folder is named with.
 * @throws {UserError} when they cannot be written; says which of the old ones are no more.
 */
export async function writeFiles(
  files: Record<string, string | Uint8Array>,
  flag = "--out",
): Promise<void> {
  const suffix = `.${crypto.randomUUID().slice(0, 8)}.tmp`;
  const paths = Object.keys(files);
  const replaced: string[] = [];
  try {
    for (const path of paths) await writeThrough(path + suffix, files[path]);
    for (const path of paths) {
      await Deno.rename(path + suffix, path);
      replaced.push(path);
    }
  } catch (error) {
    for (const path of paths) await Deno.remove(path + suffix).catch(() => {});
    throw new UserError(
      `Could not write ${paths.join(", ")}: ${(error as Error).message}. ` +
        (replaced.length === 0
          ? "Nothing was changed"
          : `${replaced.join(", ")} had been replaced`) +
        "; make sure that the folder can be written to and the disk has room, " +
        `or choose another folder with ${flag}`,
      { cause: error },
    );
  }
}

/** A rename can reach the disk before the contents do, unless they are flushed first. */
async function writeThrough(path: string, contents: string | Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
  await writeAll(file, bytes);
  await file.syncData();
}

/** A single write may take a part of the bytes only. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
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
