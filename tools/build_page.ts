// Builds the page: bundles its scripts, and puts all that they load beside them. The folder can be
// published by any web host, at any path, as it is.

import { hashOf } from "../lib/data/verify.ts";
import { DEFAULT_MODEL, REJECT_MODEL } from "../lib/model/format.ts";
import { MODEL_FILES } from "../lib/model/store.ts";
import { cardsOf, loadModels } from "../lib/web/models.ts";
import { CONTENT_SECURITY_POLICY } from "../lib/web/policy.ts";
import {
  buildFolder,
  bundle,
  type BundleOptions,
  copyFiles,
  filesIn,
  IMAGE_MODULES,
  kernels,
  ROOT,
} from "./bundle.ts";
import { NOTICES, noticesOf, packagesIn } from "./notices.ts";

const SOURCE = new URL("lib/web/page/", ROOT);

/** What the page starts with. */
const AT_START = ["lib/web/page/page.ts", "lib/web/page/worker.ts", "lib/web/page/sw.ts"];

/** What is loaded by who trains, each for itself: what is shared would cut the start into more files. */
const LATER = ["lib/web/page/training/training.ts", "lib/web/page/trainer.ts"];

export const SCRIPTS: readonly string[] = [...AT_START, ...LATER];

export const OPTIONS: BundleOptions = { platform: "browser", own: "lib/web/page/training/own.ts" };

const STATIC = [
  "style.css",
  "corrections/corrections.css",
  "lesson/lesson.css",
  "training/training.css",
  "icon.svg",
  "manifest.webmanifest",
];

/** A page has its worker for itself: the builds of the kernels without shared memory will do. */
const KERNELS = ["kernels.wasm", "kernels.relaxed.wasm"];

/** Copies the models that the page can tell of, and lists those that read digits. */
async function copyModels(folder: URL): Promise<void> {
  const cards = cardsOf(await loadModels(`${import.meta.dirname}/../models`), DEFAULT_MODEL)
    .filter(({ accuracy }) => accuracy !== null)
    .sort((a, b) => b.accuracy! - a.accuracy!);
  const files = [...cards.map(({ name }) => name), REJECT_MODEL].flatMap((name) =>
    MODEL_FILES.map((file) => `models/${name}/${file}`)
  );
  await copyFiles(Object.fromEntries(files.map((file) => [file, new URL(file, ROOT)])), folder);
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
  const files = (await filesIn(folder)).filter((file) => file !== "sw.js");
  const hashes = await Promise.all(
    files.map(async (file) => await hashOf(await Deno.readFile(new URL(file, folder)))),
  );
  const version = await hashOf(new TextEncoder().encode([...files, ...hashes].join()));
  const script = new URL("sw.js", folder);
  const site = JSON.stringify({ version: version.slice(0, 16), files: ["./", ...files] });
  await Deno.writeTextFile(script, `self.SITE=${site};\n${await Deno.readTextFile(script)}`);
}

async function build(folder: URL): Promise<void> {
  await bundle(AT_START, folder, { ...OPTIONS, own: "lib/web/page/own.ts" });
  for (const script of LATER) await bundle([script], folder, OPTIONS);
  for (const file of STATIC) {
    await Deno.copyFile(new URL(file, SOURCE), new URL(file.split("/").at(-1)!, folder));
  }
  await copyFiles({ ...IMAGE_MODULES, ...kernels(KERNELS) }, folder);
  const notices = await noticesOf(await packagesIn(SCRIPTS, OPTIONS, IMAGE_MODULES));
  await Deno.writeTextFile(new URL(NOTICES, folder), notices);
  await copyModels(folder);
  await writeMarkup(folder);
  await listFiles(folder);
}

if (import.meta.main) {
  await buildFolder("page", build);
  console.error("The page is in dist/page/");
}
