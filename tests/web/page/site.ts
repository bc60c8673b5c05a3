// The built page as any web host would have it, in a real browser, with all that it must not do
// watched: errors, requests to other hosts.

/// <reference lib="dom" />
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Stroke } from "../../../lib/data/strokes.ts";
import { ROOT, run } from "../../commands.ts";

const BUILT = new URL("dist/page/", ROOT);

/** A host has more than this page. */
const PATH = "/made/by/me/";

const TYPES: Record<string, string> = {
  css: "text/css",
  html: "text/html",
  js: "text/javascript",
  svg: "image/svg+xml",
  wasm: "application/octet-stream", // as hosts have it that do not know WebAssembly
};

let built: Promise<void> | undefined;

/** Builds the page, once for all tests of a file unless it is to be built `anew`. */
export function buildPage({ anew = false } = {}): Promise<void> {
  if (anew) built = undefined;
  return built ??= run("build:page", []).then(({ code, stderr }) => {
    if (code !== 0) throw new Error(`The page was not built: ${stderr}`);
  });
}

/** A host of the built page. */
export interface Host extends AsyncDisposable {
  url: string;
  /** Paths that were asked for, in order. */
  requests: string[];
}

/** @param files Other contents of some files, or further files, by their paths. */
export async function hostPage(
  files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = {},
): Promise<Host> {
  await buildPage();
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ url }) => {
    const { pathname } = new URL(url);
    requests.push(pathname);
    const file = pathname.startsWith(PATH)
      ? pathname.slice(PATH.length) || "index.html"
      : undefined;
    try {
      const body = files[file!] ?? await Deno.readFile(new URL(file!, BUILT));
      return new Response(body, {
        headers: { "content-type": TYPES[file!.split(".").at(-1)!] ?? "" },
      });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}${PATH}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An open page. */
export interface OpenPage extends AsyncDisposable {
  page: Page;
  /** Messages in the console, errors, requests without an answer, requests to other hosts. */
  problems: string[];
}

/** Opens the page, and waits until it can read. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  context.on("requestfailed", (request) => problems.push(`no answer: ${request.url()}`));
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    const isOwn = origin === new URL(url).origin || protocol === "blob:" || protocol === "data:";
    if (!isOwn) problems.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector("html[data-ready]");
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

/** Where a digit is drawn, in shares of the surface's width. */
export interface Place {
  /** Its middle. */
  x: number;
  y: number;
  height: number;
}

/** Draws strokes with the mouse, as a hand would. */
export async function draw(page: Page, strokes: readonly Stroke[], place: Place): Promise<void> {
  const surface = (await page.locator("#surface").boundingBox())!;
  for (const { x, y } of strokes) {
    const at = (i: number): [number, number] => [
      surface.x + surface.width * (place.x + place.height * x[i]),
      surface.y + surface.width * (place.y + place.height * y[i]),
    ];
    await page.mouse.move(...at(0));
    await page.mouse.down();
    for (let i = 1; i < x.length; i++) await page.mouse.move(...at(i));
    await page.mouse.up();
  }
}

/** What the page has read, when it has read all that was drawn. */
export async function reading(page: Page): Promise<string> {
  // Changes are seen to once a frame.
  await page.evaluate(() =>
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  );
  await page.locator('#answer[aria-busy="false"]').waitFor();
  return await page.locator("#reading").innerText();
}
