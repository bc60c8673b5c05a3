// Builds the library as an npm package, for Node and browsers: bundles it, and puts beside it all that
// it loads, its type declarations and what npm wants to know.

import config from "../deno.json" with { type: "json" };
import { FILES, SCRIPTS } from "../lib/library/own.ts";
import {
  buildFolder,
  bundle,
  type BundleOptions,
  copyFiles,
  IMAGE_MODULES,
  ROOT,
} from "./bundle.ts";
import { writeDeclarations } from "./declarations.ts";
import { NOTICES, noticesOf, packagesIn } from "./notices.ts";

/** Whoever asks for one of its backends installs it. */
const TENSORFLOW = [
  "@tensorflow/tfjs",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
] as const;

const OPTIONS: BundleOptions = {
  platform: "browser",
  own: "lib/library/own.ts",
  external: TENSORFLOW,
};

/** What package.json says of the package. */
function manifest(): object {
  const version = (name: typeof TENSORFLOW[number]) => config.imports[name].split("@").at(-1)!;
  return {
    name: config.name,
    version: config.version,
    description: "Reads handwritten digits in pictures, and trains networks that do",
    keywords: ["ocr", "handwriting", "digits", "mnist", "wasm"],
    license: config.license,
    type: "module",
    exports: {
      ".": { types: "./types/mod.d.ts", default: "./mod.js" },
      "./package.json": "./package.json",
    },
    engines: { node: ">=20.16" }, // has process.getBuiltinModule()
    peerDependencies: Object.fromEntries(TENSORFLOW.map((name) => [name, `^${version(name)}`])),
    peerDependenciesMeta: Object.fromEntries(
      TENSORFLOW.map((name) => [name, { optional: true }]),
    ),
  };
}

await buildFolder("npm", async (folder) => {
  await bundle(["mod.ts"], folder, OPTIONS);
  for (const script of Object.keys(SCRIPTS)) {
    const place = new URL("./", new URL(script, folder));
    await Deno.mkdir(place, { recursive: true });
    await bundle([script], place, { platform: "browser", own: "lib/web/page/own.ts" });
  }
  const files = Object.keys(FILES).map((path) => [path, new URL(path, ROOT)]);
  await copyFiles({ ...Object.fromEntries(files), ...IMAGE_MODULES }, folder);
  await copyFiles(
    {
      "LICENSE": new URL("LICENSE", ROOT),
      "CHANGELOG.md": new URL("CHANGELOG.md", ROOT),
      "README.md": new URL("docs/library.md", ROOT),
    },
    folder,
  );
  const notices = await noticesOf(await packagesIn(["mod.ts"], OPTIONS, IMAGE_MODULES));
  await Deno.writeTextFile(new URL(NOTICES, folder), notices);
  await writeDeclarations("mod.ts", new URL("types/", folder));
  await Deno.writeTextFile(
    new URL("package.json", folder),
    JSON.stringify(manifest(), null, 2) + "\n",
  );
});
console.error("The package is in dist/npm/");
