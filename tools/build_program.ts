// Builds the folder that the executable is made of: the commands as one bundle, and beside it all that
// they load. It runs as it is, too: deno run dist/program/main.js.

import { BUILDS } from "../lib/backend/simd/module.ts";
import { MODEL_FILES } from "../lib/model/store.ts";
import {
  buildFolder,
  bundle,
  type BundleOptions,
  copyFiles,
  filesIn,
  IMAGE_MODULES,
  kernels,
  packaged,
  ROOT,
} from "./bundle.ts";
import * as page from "./build_page.ts";
import { NOTICES, noticesOf, packagesIn } from "./notices.ts";

/** The commands, and what they load by its address: threads, and what most runs do without. */
const SCRIPTS = [
  "main.ts",
  "lib/backend/simd/worker.ts",
  "lib/backend/tensorflow.ts",
  "lib/backend/trial.ts",
  "lib/backend/webgpu/webgpu.ts",
  "lib/batch/worker.ts",
  "lib/report/html.ts",
  "lib/web/worker.ts",
];

const OPTIONS: BundleOptions = {
  platform: "deno",
  own: "lib/own.bundled.ts",
  replaced: { "@tensorflow/tfjs-backend-wasm": "lib/backend/tensorflow_wasm.bundled.ts" },
};

/** One of these is loaded for the backend wasm; that with threads is for browsers. */
const TENSORFLOW = ["", "-simd"].map((kind) => `tfjs-backend-wasm${kind}.wasm`);

const FILES: Readonly<Record<string, URL>> = {
  ...IMAGE_MODULES,
  ...kernels(BUILDS.map(({ file }) => file)),
  ...Object.fromEntries(
    TENSORFLOW.map((file) => [
      `lib/backend/tensorflow/${file}`,
      packaged(`@tensorflow/tfjs-backend-wasm/dist/${file}`),
    ]),
  ),
};

/** The files of the project that are the program's: the models, the sample pictures, the built page. */
async function ownFiles(): Promise<string[]> {
  const files = async (folder: string) =>
    (await filesIn(new URL(folder, ROOT))).map((file) => folder + file);
  return [
    ...(await files("models/")).filter((file) => MODEL_FILES.includes(file.split("/").at(-1)!)),
    ...(await files("images/")).filter((file) => /\/\d+\.png$/.test(file)),
    ...await files("dist/page/"),
  ];
}

await buildFolder("program", async (folder) => {
  await bundle(SCRIPTS, folder, OPTIONS);
  await copyFiles(FILES, folder);
  const own = (await ownFiles()).map((file) => [file, new URL(file, ROOT)]);
  await copyFiles(Object.fromEntries(own), folder);
  const packages = [
    ...await packagesIn(SCRIPTS, OPTIONS, FILES),
    ...await packagesIn(page.SCRIPTS, page.OPTIONS, {}),
  ];
  const notices = await noticesOf([...new Set(packages)].sort());
  await Deno.writeTextFile(new URL(NOTICES, folder), notices);
});
console.error("The program is in dist/program/");
