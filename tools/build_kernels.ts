// Compiles the simd backend's kernels, lib/backend/simd/kernels/*.ts (AssemblyScript), into the
// WebAssembly modules beside them: one for each combination of what a machine may have.

import asc from "assemblyscript/asc";
import { type Build, BUILDS } from "../lib/backend/simd/module.ts";
import { writeFiles } from "../lib/files.ts";
import { microKernels } from "./micro_kernels.ts";

const SOURCES = new URL("../lib/backend/simd/kernels/", import.meta.url);

/** @throws {Error} with the compiler's messages. */
export async function compileKernels({ relaxed, shared }: Build): Promise<Uint8Array<ArrayBuffer>> {
  const features = ["simd", ...(relaxed ? ["relaxed-simd"] : []), ...(shared ? ["threads"] : [])];
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const messages: string[] = [];
  const { error } = await asc.main(
    [
      "index.ts",
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--importMemory",
      ...(shared ? ["--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"] : []),
      ...features.flatMap((feature) => ["--enable", feature]),
      "--outFile",
      "kernels.wasm",
    ],
    {
      readFile: (name: string) => {
        if (name === "micro.ts") return microKernels();
        try {
          return Deno.readTextFileSync(new URL(name, SOURCES));
        } catch {
          return null; // the compiler asks for every name that an import might mean
        }
      },
      writeFile: (_name: string, contents: string | Uint8Array) => {
        binary = new Uint8Array(contents as Uint8Array);
      },
      listFiles: () => [],
      stderr: { write: (text: string | Uint8Array) => void messages.push(String(text)) },
    },
  );
  if (error || !binary) throw new Error(`asc failed: ${error?.message}\n${messages.join("")}`);
  return binary;
}

if (import.meta.main) {
  for (const build of BUILDS) {
    const path = new URL(build.file, SOURCES).pathname;
    const binary = await compileKernels(build);
    await writeFiles({ [path]: binary });
    console.log(`${build.file}: ${binary.length} bytes`);
  }
}
