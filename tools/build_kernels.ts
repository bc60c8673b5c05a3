// Compiles to WebAssembly what is written in AssemblyScript: the simd backend's kernels, one module
// for each combination of what a machine may have, and the code that finds the pieces of ink in a
// picture. Writes them to their places, or all into the folder that is named as an argument.

import { type Build, BUILDS } from "../lib/backend/simd/module.ts";
import { writeFiles } from "../lib/files.ts";
import { microKernels } from "./micro_kernels.ts";

// Named by a variable, locked by tools/deno.lock: packages that the project's own lock file names
// are downloaded by everybody who runs it, and this one has a compiler of 94 MB.
const COMPILER: string = "npm:assemblyscript@0.28.20/asc";

const KERNELS = new URL("../lib/backend/simd/kernels/", import.meta.url);
const MICRO = microKernels();
const IMAGE = new URL("../lib/image/", import.meta.url);

/** @throws {Error} with the compiler's messages. */
function compileKernels({ relaxed, shared }: Build): Promise<Uint8Array<ArrayBuffer>> {
  const features = ["simd", ...(relaxed ? ["relaxed-simd"] : []), ...(shared ? ["threads"] : [])];
  const memory = shared ? "--sharedMemory --initialMemory 1 --maximumMemory 65536" : "";
  return compile(
    `index.ts --runtime stub --noAssert --importMemory ${memory} --enable ${features.join(",")}`,
    (name) => name === "micro.ts" ? MICRO : Deno.readTextFileSync(new URL(name, KERNELS)),
  );
}

/** @throws {Error} with the compiler's messages. */
function compilePage(): Promise<Uint8Array<ArrayBuffer>> {
  // It makes more than it can keep: what is no longer needed is freed when the page is told to.
  return compile("wasm/index.ts --use abort= --runtime minimal --exportRuntime", (name) => {
    const half = name === "integer.ts" ? "wasm/integer.ts" : name;
    const source = Deno.readTextFileSync(new URL(half, IMAGE));
    // AssemblyScript does not mark imports of types.
    return source.replaceAll(/^import type /gm, "import ")
      .replaceAll(/(?<=[{,] )type (?=\w+[, ])/g, "");
  });
}

async function compile(
  args: string,
  readSource: (name: string) => string,
): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const messages: string[] = [];
  const fixed = "-O3 --outFile out.wasm";
  const { default: asc } = await import(COMPILER);
  const { error } = await asc.main(`${args} ${fixed}`.split(/ +/), {
    readFile: (name: string) => {
      try {
        // The compiler adds an extension to the one that is there.
        return readSource(name.replace(/\.ts\.ts$/, ".ts"));
      } catch {
        return null; // it asks for every name that an import might mean
      }
    },
    writeFile: (_name: string, contents: string | Uint8Array) => {
      binary = new Uint8Array(contents as Uint8Array);
    },
    listFiles: () => [],
    stderr: { write: (text: string | Uint8Array) => void messages.push(String(text)) },
  });
  if (error || !binary) throw new Error(`asc failed: ${error?.message}\n${messages.join("")}`);
  return binary;
}

const files: [folder: URL, name: string, contents: string | Uint8Array][] = [
  [KERNELS, "micro.ts", MICRO],
  [new URL("wasm/", IMAGE), "page.wasm", await compilePage()],
];
for (const build of BUILDS) files.push([KERNELS, build.file, await compileKernels(build)]);
const [output] = Deno.args;
for (const [folder, name, contents] of files) {
  await writeFiles({ [output ? `${output}/${name}` : new URL(name, folder).pathname]: contents });
  console.log(`${name}: ${contents.length} bytes`);
}
