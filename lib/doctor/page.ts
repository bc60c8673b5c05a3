// The page that serve shows, which has to be built.

import { exists, ownFolder } from "../files.ts";
import { OWN_FOLDER } from "../own.ts";
import { type Check, requireRead } from "./check.ts";

const FOLDER = "dist/page";
const INDEX = "index.html";

/** @throws {Deno.errors.NotCapable} where its folder may not be read. */
export async function checkPage(): Promise<Check[]> {
  for (const folder of [FOLDER, `${OWN_FOLDER}/${FOLDER}`]) await requireRead(folder);
  const folder = await ownFolder(FOLDER, INDEX);
  if (await exists(`${folder}/${INDEX}`)) {
    return [{ name: "page", state: "ok", finding: `built, in ${folder}` }];
  }
  return [{
    name: "page",
    state: "note",
    finding: "not built: serve answers programs only",
    advice: "Build it with: deno task build:page; deno task serve does so, too",
  }];
}
