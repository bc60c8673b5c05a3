// The program's own files at run time: where they are, and how they are read. No other file says so:
// a bundle has them elsewhere, and in it own.bundled.ts, library/own.ts or web/page/own.ts takes the
// place of this one.

import { readFrom } from "./fetch.ts";

const ROOT = new URL("../", import.meta.url);

/** How people call the program: what goes before a command's name. */
export const PROGRAM = "deno task";

/**
 * The folder that holds models/, images/ and dist/page/; its address where the program does not come
 * from this machine.
 */
export const OWN_FOLDER = import.meta.dirname?.replace(/[/\\]lib$/, "") ??
  ROOT.href.replace(/\/$/, "");

/**
 * The address of a file that no import names: of a thread's script, for instance.
 *
 * @param path In the project: `lib/batch/worker.ts`.
 */
export function ownUrl(path: string): URL {
  return new URL(path, ROOT);
}

/** Reads a file; one that came by https, as from a registry, is fetched. */
export async function readOwn(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await readFrom(ownUrl(path));
}

/** Imports a module that most runs do without: the name of one would be resolved in all of them. */
export async function importOwn(path: string): Promise<unknown> {
  return await import(ownUrl(path).href);
}
