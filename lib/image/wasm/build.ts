// Compiles the sources that find a digit in a picture, ../digit.ts and what it imports, to
// WebAssembly.
// Usage: deno run --allow-read --allow-write=lib/image/wasm --allow-env lib/image/wasm/build.ts

import asc from "assemblyscript/asc";
import { writeFiles } from "../../files.ts";

/** @throws {Error} with the compiler's messages. */
export async function compile(): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const messages: string[] = [];
  const { error } = await asc.main(
    ["wasm/index.ts", "-O3", "--runtime", "stub", "--use", "abort=", "--outFile", "digit.wasm"],
    {
      readFile: readSource,
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

/** Gives null for what is no source of ours: the compiler asks for every name an import might mean. */
function readSource(name: string): string | null {
  // AssemblyScript adds the extension to what TypeScript says with it.
  const path = name.replace(/\.ts\.ts$/, ".ts");
  const half = path === "integer.ts" ? "wasm/integer.ts" : path;
  try {
    const source = Deno.readTextFileSync(new URL(`../${half}`, import.meta.url));
    // It does not mark imports of types.
    return source.replaceAll(/^import type /gm, "import ").replaceAll(
      /(?<=[{,] )type (?=\w+[, ])/g,
      "",
    );
  } catch {
    return null;
  }
}

if (import.meta.main) {
  const binary = await compile();
  await writeFiles({ [new URL("digit.wasm", import.meta.url).pathname]: binary });
  console.log(`digit.wasm: ${binary.length} bytes`);
}
