// The program's own files in a bundle for Deno, in which this takes the place of own.ts. A bundle's
// folder is laid out as the project is; code that several scripts share, as this is, is in the folder
// itself.

export const PROGRAM = "digits";

export const OWN_FOLDER = import.meta.dirname!;

export function ownUrl(path: string): URL {
  return new URL(path.replace(/\.ts$/, ".js"), import.meta.url);
}

export async function readOwn(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(ownUrl(path));
}

export async function importOwn(path: string): Promise<unknown> {
  return await import(ownUrl(path).href);
}
