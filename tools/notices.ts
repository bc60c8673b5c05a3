// The licences of the packages whose code is in a bundle, as they ask for it to be passed on.

import { bundle, type BundleOptions, DIST, filesIn, ROOT } from "./bundle.ts";

/** The file in a bundle's folder. */
export const NOTICES = "licenses.txt";

/** A package in Deno's cache: `.../registry.npmjs.org/@cwasm/webp/0.1.5/`. */
const PACKAGE = /registry\.npmjs\.org\/(?:@[^/]+\/)?[^/]+\/[^/]+\//;

interface Package {
  /** With the version. */
  name: string;
  /** SPDX expression. */
  license: string;
  text?: string;
  /** Of the copyright. */
  holder: string;
}

/** A package's own words on itself, as far as they matter here. */
interface Manifest {
  name: string;
  version: string;
  license: string;
  author?: string | { name: string };
}

/**
 * The folders of the packages that are in a bundle: what nothing calls is left out there.
 *
 * @param files What is copied to be with it.
 */
export async function packagesIn(
  scripts: readonly string[],
  options: BundleOptions,
  files: Readonly<Record<string, URL>>,
): Promise<string[]> {
  const places = Object.values(files).map(String);
  const folder = new URL(`notices-${crypto.randomUUID().slice(0, 8)}.tmp/`, DIST);
  await Deno.mkdir(folder);
  try {
    await bundle(scripts, folder, { ...options, minify: false });
    // There the bundler says in a comment where each part comes from.
    for (const file of await filesIn(folder)) {
      const script = await Deno.readTextFile(new URL(file, folder));
      const comments = script.matchAll(/^ *\/\/ (.*registry\.npmjs\.org.*)$/gm);
      for (const [, path] of comments) {
        // On Windows it may be on another drive.
        places.push(new URL(path.replace(/^(?=[A-Z]:)/i, "file:///"), folder).href);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const folders = places.map((place) => {
    const found = PACKAGE.exec(place);
    return found && place.slice(0, found.index + found[0].length);
  });
  return [...new Set(folders.filter((folder) => folder !== null))].sort();
}

/** What is compiled into the WebAssembly modules of packages, which do not say so themselves. */
const COMPILED: Readonly<Record<string, Package[]>> = {
  "@cwasm/nsbmp": [{ name: "libnsbmp", license: "MIT", holder: "Richard Wilson, Sean Fox" }],
  "@cwasm/webp": [{ name: "libwebp", license: "BSD-3-Clause", holder: "2010, Google Inc." }],
  // By Apache-2.0 or the MIT licence, as one likes.
  imagescript: ["image", "gif", "jpeg-decoder", "weezl"].map((name) => (
    { name, license: "MIT", holder: `the authors of ${name}` }
  )),
};

/** The text to be passed on: which packages there are, and each licence once, with those it is for. */
export async function noticesOf(folders: readonly string[]): Promise<string> {
  const found = await Promise.all(folders.map((folder) => readPackage(new URL(folder))));
  const packages = found.flatMap((entry) => [
    entry,
    ...(COMPILED[entry.name.replace(/ .*/, "")] ?? [])
      .map((part) => ({ ...part, name: `${part.name} in ${entry.name}` })),
  ]);
  const texts = Map.groupBy(packages, (entry) => entry.text ?? standardText(entry, packages));
  return [
    "digits has code of these packages in it, by the licences below:",
    "",
    ...packages.map(({ name, license }) => `  ${name} (${license})`),
    ...Array.from(texts, ([text, of]) => `\n${of.map(({ name }) => name).join(", ")}:\n\n${text}`),
    "",
  ].join("\n");
}

async function readPackage(folder: URL): Promise<Package> {
  const { name, version, license, author }: Manifest = JSON.parse(
    await Deno.readTextFile(new URL("package.json", folder)),
  );
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  // Where there is a choice between the MIT licence and another, it is the MIT licence.
  const file = names.find((name) => /^licen[cs]e\.mit$/i.test(name)) ??
    names.find((name) => /^licen[cs]e/i.test(name));
  return {
    name: `${name} ${version}`,
    license,
    text: file && (await Deno.readTextFile(new URL(file, folder))).trim(),
    holder: (typeof author === "object" ? author.name : author) ?? `the authors of ${name}`,
  };
}

const MIT = (await Deno.readTextFile(new URL("LICENSE", ROOT))).trim();

// Source: spdx.org/licenses/BSD-3-Clause
const BSD_3_CLAUSE = `\
Redistribution and use in source and binary forms, with or without modification, are permitted
provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions
and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions
and the following disclaimer in the documentation and/or other materials provided with the
distribution.

3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse
or promote products derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED
WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A
PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT
LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS
INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR
TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF
ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`;

/** For the packages that name a licence and come without its text. */
function standardText({ name, license, holder }: Package, others: readonly Package[]): string {
  if (license.includes("Apache-2.0")) {
    const { text } = others.find(({ license, text }) => license === "Apache-2.0" && text)!;
    return text!;
  }
  if (license === "MIT") return MIT.replace(/(?<=Copyright \(c\) ).*/, holder);
  if (license === "BSD-3-Clause") return `Copyright (c) ${holder}\n\n${BSD_3_CLAUSE}`;
  throw new Error(`${name} has no licence text, and that of ${license} is not known`);
}
