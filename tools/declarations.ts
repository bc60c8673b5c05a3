// Type declarations for other TypeScript programs than Deno, which reads the sources.

import ts from "typescript";
import { ROOT } from "./bundle.ts";

/**
 * Writes the declarations of a module and of all that they mention into a folder, each to its place
 * there. A file is made from its source alone, without types of others being inferred: what
 * publishing in a registry asks of public interfaces, too.
 *
 * @param entry Its path in the project: `mod.ts`.
 * @throws {Error} where a type would have to be inferred.
 */
export async function writeDeclarations(entry: string, folder: URL): Promise<void> {
  const paths = new Set([entry]);
  for (const path of paths) { // which grows on the way
    const { outputText, diagnostics } = ts.transpileDeclaration(
      await Deno.readTextFile(new URL(path, ROOT)),
      {
        fileName: path,
        reportDiagnostics: true,
        compilerOptions: { isolatedDeclarations: true, target: ts.ScriptTarget.ESNext },
      },
    );
    if (diagnostics?.length) {
      const messages = diagnostics.map(({ messageText }) =>
        ts.flattenDiagnosticMessageText(messageText, "\n")
      );
      throw new Error(`The declarations of ${path} were not made: ${messages.join("; ")}`);
    }
    const text = outputText.replace(IMPORT, (_, from, name) => {
      paths.add(new URL(`${name}.ts`, new URL(path, ROOT)).href.slice(ROOT.href.length));
      return `${from}"${name}.js"`;
    });
    const file = new URL(path.replace(/\.ts$/, ".d.ts"), folder);
    await Deno.mkdir(new URL("./", file), { recursive: true });
    await Deno.writeTextFile(file, path === entry ? DISPOSABLE + text : text);
  }
}

/** For programs of which the settings do not ask for it. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';

/** Of another file of the project, at the beginning of a line, where no example is. */
const IMPORT = /^((?:import|export) [^"]*from )"(\.[^"]+)\.ts"/gm;
