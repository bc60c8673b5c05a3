// The program's own files on a web page: beside its scripts. In a bundle for browsers this takes the
// place of lib/own.ts.

import { fetchBytes } from "../../fetch.ts";

export const PROGRAM = "deno task";

export function ownUrl(path: string): URL {
  return new URL(path.replace(/\.ts$/, ".js"), import.meta.url);
}

export async function readOwn(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await fetchBytes(ownUrl(path));
}
