// The page's files, all of them in memory: a path is looked up, and never reaches the file system.

import { Hono } from "hono";
import { etag } from "hono/etag";
import { getMimeType } from "hono/utils/mime";

/** A file as it is sent. */
interface SiteFile {
  bytes: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/** The page's files by their paths: `/index.html`. */
export type Site = ReadonlyMap<string, SiteFile>;

const INDEX = "/index.html";

const NOT_BUILT = `The page has not been built. Build it, and start the server again:

    deno task build:page

Programs are answered all the same: see /api/openapi.json
`;

/** Reads a folder; it has no files where there is no such folder. */
export async function readSite(folder: string): Promise<Site> {
  const site = new Map<string, SiteFile>();
  await addFolder(site, folder, "");
  return site;
}

async function addFolder(
  site: Map<string, SiteFile>,
  folder: string,
  path: string,
): Promise<void> {
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder + path)) {
      if (isDirectory) await addFolder(site, folder, `${path}/${name}`);
      else site.set(`${path}/${name}`, await readFile(folder + path, name));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function readFile(folder: string, name: string): Promise<SiteFile> {
  const bytes = await Deno.readFile(`${folder}/${name}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return {
    bytes,
    headers: {
      "content-type": getMimeType(name) ?? "application/octet-stream",
      // A new version is seen at once, and what has not changed is not sent again.
      "cache-control": "no-cache",
      etag: `"${digest.toBase64({ alphabet: "base64url", omitPadding: true })}"`,
    },
  };
}

/** Answers GET and HEAD for each of the files, and for `/` with the page. */
export function siteRoutes(site: Site): Hono {
  const app = new Hono();
  if (!site.has(INDEX)) app.get("/", (c) => c.text(NOT_BUILT, 404));
  for (const [path, { bytes, headers }] of site) {
    app.get(path, etag(), () => new Response(bytes, { headers }));
    if (path === INDEX) app.get("/", etag(), () => new Response(bytes, { headers }));
  }
  return app;
}
