// Reading what is at an address or in a file, wherever the program runs: Deno, Node or a browser.

/**
 * Reads a file, or what is at an address.
 *
 * @param source A path, or an address; in a browser a path is one on the page's host.
 * @throws {Error} when it cannot be had; what kind of error depends on where the program runs.
 */
export async function readFrom(source: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const url = toUrl(source);
  if (url !== undefined && url.protocol !== "file:") return await fetchBytes(url);
  if (typeof Deno !== "undefined") return await Deno.readFile(url ?? source);
  // Not an import: bundlers for browsers would look for it.
  const files = globalThis.process?.getBuiltinModule?.("node:fs/promises");
  if (files !== undefined) return new Uint8Array(await files.readFile(url ?? source));
  return await fetchBytes(new URL(source, location.href));
}

/** Undefined for a path; a letter and a colon begin one on Windows. */
function toUrl(source: string | URL): URL | undefined {
  return source instanceof URL || /^[a-z][a-z\d+.-]+:/i.test(source) ? new URL(source) : undefined;
}

/** @throws {Error} that says which file could not be had. */
export async function fetchBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new Error(`Could not load ${nameOf(url)}: is there a connection?`, { cause: error });
  }
  if (!response.ok) throw new Error(`Could not load ${nameOf(url)}: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** @throws {Error} that says which file could not be had. */
export async function fetchText(url: URL): Promise<string> {
  return new TextDecoder().decode(await fetchBytes(url));
}

function nameOf({ pathname }: URL): string {
  return pathname.slice(pathname.lastIndexOf("/") + 1);
}
