// The page's own files.

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
