// Builds the page: bundles its scripts, and puts all that they load beside them. The folder can be
// published by any web host, at any path, as it is.

// For the packages whose WebAssembly modules are copied to be there.
import "../lib/image/modules.ts";
import config from "../deno.json" with { type: "json" };
import { hashOf } from "../lib/data/cache.ts";
import { exists } from "../lib/files.ts";
import { DEFAULT_MODEL, REJECT_MODEL, WEIGHTS_FILE } from "../lib/model/format.ts";
import { METRICS_FILE } from "../lib/model/store.ts";
import { cardsOf, loadModels } from "../lib/web/models.ts";
import { CONTENT_SECURITY_POLICY } from "../lib/web/policy.ts";

const ROOT = new URL("../", import.meta.url);
const SOURCE = new URL("lib/web/page/", ROOT);
const DIST = new URL("dist/", ROOT);
const OUTPUT = new URL("page/", DIST);

const STATIC = [
  "style.css",
  "corrections/corrections.css",
  "lesson/lesson.css",
  "icon.svg",
  "manifest.webmanifest",
];

/** A page has its worker for itself: the builds of the kernels without shared memory will do. */
const KERNELS = ["kernels.wasm", "kernels.relaxed.wasm"];

const MODULES = {
  "page.wasm": new URL("lib/image/wasm/page.wasm", ROOT).href,
  "png.wasm": import.meta.resolve("imagescript/wasm/any/png.wasm"),
  "jpeg.wasm": import.meta.resolve("imagescript/wasm/any/jpeg.wasm"),
  "gif.wasm": import.meta.resolve("imagescript/wasm/any/gif.wasm"),
  "bmp.wasm": import.meta.resolve("@cwasm/nsbmp/nsbmp.wasm"),
  "webp.wasm": import.meta.resolve("@cwasm/webp/webp.wasm"),
};

/** Bundles scripts for browsers, with the page's own way to load WebAssembly modules. */
async function bundle(scripts: readonly string[], folder: URL): Promise<void> {
  const imports = Object.fromEntries(
    Object.entries(config.imports).map(([name, target]) => [name, new URL(target, ROOT).href]),
  );
  const module = (path: string) => new URL(path, ROOT).href;
  imports[module("lib/image/modules.ts")] = module("lib/web/page/modules.ts");
  const map = new URL("import_map.json", folder);
  await Deno.writeTextFile(map, JSON.stringify({ imports }));
  const { success, stderr } = await new Deno.Command("deno", {
    args: [
      ...["bundle", "--quiet", "--platform=browser", "--minify", "--code-splitting"],
      ...[`--import-map=${map.href}`, "--outdir=."],
      ...scripts.map((script) => new URL(script, SOURCE).href),
    ],
    cwd: folder,
  }).output();
  await Deno.remove(map);
  if (!success) throw new Error(`The page was not bundled:\n${new TextDecoder().decode(stderr)}`);
}

/** Copies the models that the page can tell of, and lists those that read digits. */
async function copyModels(folder: URL): Promise<void> {
  const directory = `${import.meta.dirname}/../models`;
  const cards = cardsOf(await loadModels(directory), DEFAULT_MODEL)
    .filter(({ accuracy }) => accuracy !== null)
    .sort((a, b) => b.accuracy! - a.accuracy!);
  for (const name of [...cards.map(({ name }) => name), REJECT_MODEL]) {
    await Deno.mkdir(new URL(`models/${name}/`, folder), { recursive: true });
    for (const file of ["model.json", WEIGHTS_FILE, METRICS_FILE]) {
      await Deno.copyFile(
        `${directory}/${name}/${file}`,
        new URL(`models/${name}/${file}`, folder),
      );
    }
  }
  await Deno.writeTextFile(new URL("models/index.json", folder), JSON.stringify(cards));
}

/** Writes the page's markup, with its policy for hosts that send none. */
async function writeMarkup(folder: URL): Promise<void> {
  const policy = `<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">`;
  const html = await Deno.readTextFile(new URL("index.html", SOURCE));
  const withPolicy = html.replace('<meta charset="utf-8">', (charset) => charset + policy);
  await Deno.writeTextFile(new URL("index.html", folder), withPolicy);
}

/** Tells the service worker which files there are, and by their hash whether they are others. */
async function listFiles(folder: URL): Promise<void> {
  const files = (await Array.fromAsync(filesIn(folder))).filter((file) => file !== "sw.js").sort();
  const hashes = await Promise.all(
    files.map(async (file) => await hashOf(await Deno.readFile(new URL(file, folder)))),
  );
  const version = await hashOf(new TextEncoder().encode([...files, ...hashes].join()));
  const script = new URL("sw.js", folder);
  const site = JSON.stringify({ version: version.slice(0, 16), files: ["./", ...files] });
  await Deno.writeTextFile(script, `self.SITE=${site};\n${await Deno.readTextFile(script)}`);
}

/** All files of a folder, by their paths within it. */
async function* filesIn(folder: URL, path = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(path, folder))) {
    if (isDirectory) yield* filesIn(folder, `${path}${name}/`);
    else yield path + name;
  }
}

async function build(folder: URL): Promise<void> {
  await bundle(["page.ts", "worker.ts", "sw.ts"], folder);
  for (const file of STATIC) {
    await Deno.copyFile(new URL(file, SOURCE), new URL(file.split("/").at(-1)!, folder));
  }
  for (const [file, from] of Object.entries(MODULES)) {
    await Deno.copyFile(new URL(from), new URL(file, folder));
  }
  await Deno.mkdir(new URL("kernels/", folder));
  for (const file of KERNELS) {
    const kernels = new URL(`lib/backend/simd/kernels/${file}`, ROOT);
    await Deno.copyFile(kernels, new URL(`kernels/${file}`, folder));
  }
  await copyModels(folder);
  await writeMarkup(folder);
  await listFiles(folder);
}

// The folder takes the place of the last one when all is in it: a server may be about to read that.
await Deno.mkdir(DIST, { recursive: true });
const unfinished = new URL(`page-${crypto.randomUUID().slice(0, 8)}.tmp/`, DIST);
await Deno.mkdir(unfinished);
try {
  await build(unfinished);
  if (await exists(`${import.meta.dirname}/../dist/page`)) {
    await Deno.remove(OUTPUT, { recursive: true });
  }
  await Deno.rename(unfinished, OUTPUT);
} catch (error) {
  await Deno.remove(unfinished, { recursive: true });
  throw error;
}
console.error("The page is in dist/page/");
