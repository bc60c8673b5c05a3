// What the page, the executable and the npm library are built with: scripts bundled for where they
// will run, the files beside them that no import names, and a folder that takes the place of the last
// one when all is in it.

// For the packages whose WebAssembly modules are copied to be there.
import "../lib/image/modules.ts";
import config from "../deno.json" with { type: "json" };

/** The project's folder. */
export const ROOT = new URL("../", import.meta.url);

/** Where all that is built goes. */
export const DIST = new URL("dist/", ROOT);

/** The WebAssembly modules of the picture code, by their paths in a bundle's folder. */
export const IMAGE_MODULES: Readonly<Record<string, URL>> = {
  "lib/image/wasm/page.wasm": new URL("lib/image/wasm/page.wasm", ROOT),
  "lib/image/wasm/png.wasm": packaged("imagescript/wasm/any/png.wasm"),
  "lib/image/wasm/jpeg.wasm": packaged("imagescript/wasm/any/jpeg.wasm"),
  "lib/image/wasm/gif.wasm": packaged("imagescript/wasm/any/gif.wasm"),
  "lib/image/wasm/bmp.wasm": packaged("@cwasm/nsbmp/nsbmp.wasm"),
  "lib/image/wasm/webp.wasm": packaged("@cwasm/webp/webp.wasm"),
};

/** The simd backend's kernels: of all builds, or of those named. */
export function kernels(files: readonly string[]): Record<string, URL> {
  const paths = files.map((file) => `lib/backend/simd/kernels/${file}`);
  return Object.fromEntries(paths.map((path) => [path, new URL(path, ROOT)]));
}

/** The address of a package's file. */
export function packaged(file: string): URL {
  return new URL(import.meta.resolve(file));
}

export interface BundleOptions {
  platform: "browser" | "deno";
  /** What takes the place of lib/own.ts there. */
  own: string;
  /** Packages that a module of ours takes the place of. */
  replaced?: Readonly<Record<string, string>>;
  /** As small as can be, unless it is to be read. */
  minify?: boolean;
  /** Packages that stay outside, to be installed by who wants them. */
  external?: readonly string[];
}

/**
 * Bundles scripts into a folder, each to its place there; what they share goes into the folder itself.
 * All paths are those in the project.
 *
 * @throws {Error} with the bundler's messages.
 */
export async function bundle(
  scripts: readonly string[],
  folder: URL,
  { platform, own, replaced = {}, minify = true, external = [] }: BundleOptions,
): Promise<void> {
  const imports = Object.fromEntries(
    Object.entries({
      ...config.imports,
      [new URL("lib/own.ts", ROOT).href]: own,
      [new URL("lib/image/modules.ts", ROOT).href]: "lib/image/modules.bundled.ts",
      ...replaced,
    }).map(([name, target]) => [name, new URL(target, ROOT).href]),
  );
  const map = new URL("import_map.json", folder);
  await Deno.writeTextFile(map, JSON.stringify({ imports }));
  const { success, stderr } = await new Deno.Command("deno", {
    args: [
      ...["bundle", "--quiet", `--platform=${platform}`, "--code-splitting"],
      ...(minify ? ["--minify"] : []),
      ...[`--import-map=${map.href}`, "--outdir=."],
      ...external.map((name) => `--external=${name}`),
      ...scripts.map((script) => new URL(script, ROOT).href),
    ],
    cwd: folder,
  }).output();
  await Deno.remove(map);
  if (!success) throw new Error(`Bundling has failed:\n${new TextDecoder().decode(stderr)}`);
  if (platform === "deno" && minify) await deferNode(folder);
}

/** The bundler's way to require() what is built in; packages are in the bundle. */
const REQUIRE =
  /import ?\{ ?createRequire as (\w+) ?\} ?from ?"node:module"; ?var (\w+)=\1\(import\.meta\.url\);/;

/** Has Node's API started by the packages that need it, not by every start of the program: 20 ms. */
async function deferNode(folder: URL): Promise<void> {
  const changed: string[] = [];
  for (const file of await filesIn(folder)) {
    const script = await Deno.readTextFile(new URL(file, folder));
    const deferred = script.replace(REQUIRE, "var $2=(name)=>process.getBuiltinModule(name);");
    if (deferred === script) continue;
    await Deno.writeTextFile(new URL(file, folder), deferred);
    changed.push(file);
  }
  if (changed.length !== 1) {
    throw new Error(`One script was expected to have require(): ${changed}`);
  }
}

/** Copies files into a folder, to the paths there that they go by. */
export async function copyFiles(files: Readonly<Record<string, URL>>, folder: URL): Promise<void> {
  for (const [path, from] of Object.entries(files)) {
    await Deno.mkdir(new URL("./", new URL(path, folder)), { recursive: true });
    await Deno.copyFile(from, new URL(path, folder));
  }
}

/** All files of a folder, by their paths within it, sorted. */
export async function filesIn(folder: URL): Promise<string[]> {
  const files: string[] = [];
  const add = async (path: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(path, folder))) {
      if (isDirectory) await add(`${path}${name}/`);
      else files.push(path + name);
    }
  };
  await add("");
  return files.sort();
}

/**
 * Builds the folder `dist/NAME/`. It takes the place of the last one when all is in it: a program may
 * be about to read that.
 *
 * @param build Writes its files into the folder it is given.
 */
export async function buildFolder(
  name: string,
  build: (folder: URL) => Promise<void>,
): Promise<void> {
  await Deno.mkdir(DIST, { recursive: true });
  const unfinished = new URL(`${name}-${crypto.randomUUID().slice(0, 8)}.tmp/`, DIST);
  await Deno.mkdir(unfinished);
  try {
    await build(unfinished);
    const finished = new URL(`${name}/`, DIST);
    await Deno.remove(finished, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await Deno.rename(unfinished, finished);
  } catch (error) {
    await Deno.remove(unfinished, { recursive: true });
    throw error;
  }
}
