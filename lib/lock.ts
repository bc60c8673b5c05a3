// One process at a time in a folder.

import { join } from "node:path";

const FILE = ".lock";

/**
 * Locks a folder, which is made where there is none, until the file that it gives is closed. The
 * system takes the lock back when its holder ends, however it ends; the lock file stays, empty.
 *
 * @returns Undefined where another process has the lock.
 * @throws {Error} The system's, where the folder cannot be made or written to.
 */
export async function lockFolder(folder: string): Promise<Deno.FsFile | undefined> {
  await Deno.mkdir(folder, { recursive: true });
  const file = await Deno.open(join(folder, FILE), { create: true, write: true });
  try {
    if (await file.tryLock(true)) return file;
  } catch (error) {
    file.close();
    throw error;
  }
  file.close();
}
