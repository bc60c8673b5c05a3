// A real browser for tests: which one, how it starts, and how modules are made ready for it.

import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { bundle } from "../tools/bundle.ts";
import { ROOT } from "./commands.ts";

/** Debian's Chromium, or the one that CHROMIUM names; undefined where there is none. */
export const chromium = findChromium();

/** After this a browser that hangs is ended. */
const PATIENCE_MS = 120_000;

/** Starts Chromium for as long as `body` runs. */
export async function withBrowser(
  body: (browser: Browser) => Promise<void>,
  args: string[] = [],
): Promise<void> {
  const browser = await launch(chromium!, args);
  const hanging = setTimeout(() => browser.close(), PATIENCE_MS);
  try {
    await body(browser);
  } finally {
    clearTimeout(hanging);
    await browser.close();
  }
}

/** Bundles scripts, named from the project's root, into a folder. */
export async function bundleForPage(scripts: string[], folder: string): Promise<void> {
  await bundle(scripts, pathToFileURL(`${folder}/`), {
    platform: "browser",
    own: "lib/web/page/own.ts",
  });
}

const TYPES: Record<string, string> = {
  html: "text/html",
  js: "text/javascript",
  json: "application/json",
  wasm: "application/wasm",
};

/**
 * Serves an empty page, the scripts that were bundled into a folder, and the project's other files where
 * they expect them.
 *
 * @param requests Gets the paths that were asked for.
 */
export function serveSite(
  site: string,
  { headers = {}, requests = [] }: { headers?: Record<string, string>; requests?: string[] } = {},
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    requests.push(pathname);
    if (pathname === "/") {
      return new Response('<!doctype html><link rel="icon" href="data:,">', {
        headers: { ...headers, "content-type": TYPES.html },
      });
    }
    const file = pathname.endsWith(".js") ? site + pathname : new URL(`.${pathname}`, ROOT);
    try {
      return new Response(await Deno.readFile(file), {
        headers: { ...headers, "content-type": TYPES[pathname.split(".").at(-1)!] },
      });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
}

function findChromium(): string | undefined {
  const named = Deno.env.get("CHROMIUM");
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter(Boolean);
  const candidates = named ? [named] : [...folders, "/usr/bin"].map((path) => `${path}/chromium`);
  return candidates.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

async function launch(executablePath: string, args: string[]): Promise<Browser> {
  // Playwright looks for Windows around it as it is imported, by a file that Deno shows to nobody
  // but those who may do everything; this variable has it look later, when it starts Edge.
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { chromium } = await import("playwright-core");
  return await chromium.launch({ executablePath, args, chromiumSandbox: false }); // root has none
}
