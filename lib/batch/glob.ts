// Globs as shells expand them, for shells that leave it to the program (those of Windows) and for
// globs in quotes. What a single segment of the path matches is deno_std's to say.

import { globToRegExp } from "@std/path/posix/glob-to-regexp";
import { stat } from "../files.ts";
import { type Input, listFolder } from "./inputs.ts";

const IS_WINDOWS = Deno.build.os === "windows";
const SEPARATORS = IS_WINDOWS ? /[/\\]+/ : /\/+/;

/** Any number of folders, none among them. */
const ANY_DEPTH = "**";

/**
 * The files that a glob matches, in natural order: `*`, `?`, `[...]` and `{...,...}` within a
 * segment of the path, `**` for any number of folders. Hidden ones are matched by what begins with
 * a dot only, and links to folders are not followed by `**`. A glob that ends with `**` stands for
 * the pictures of a folder and all below it.
 *
 * @param isPicture Says so by a file's name.
 * @returns nothing where nothing matches. A folder that cannot be read is in it with its error.
 */
export function expandGlob(glob: string, isPicture: (name: string) => boolean): Input[] {
  const [root] = (IS_WINDOWS ? /^([a-z]:)?[/\\]*/i : /^\/*/).exec(glob)!;
  const segments = glob.slice(root.length).split(SEPARATORS);
  const wholeTree = segments.at(-1) === ANY_DEPTH;
  if (wholeTree) segments.push("*");
  // Where `**` comes twice, there is more than one way to some files.
  const found = new Map<string, Input>();
  for (const input of walk(root, segments)) {
    if (wholeTree && !input.error && !isPicture(nameOf(input.file))) continue;
    if (!found.has(input.file)) found.set(input.file, input);
  }
  return [...found.values()];
}

/** @param folder Ends with a separator, or is empty: the working folder. */
function* walk(folder: string, [segment, ...rest]: string[]): Generator<Input> {
  if (segment === ANY_DEPTH) {
    yield* walk(folder, rest);
    for (const { name, isDirectory } of yield* list(folder)) {
      if (isDirectory && !isHidden(name)) yield* walk(`${folder}${name}/`, [segment, ...rest]);
    }
    return;
  }
  for (const name of yield* matches(folder, segment)) {
    const info = stat(folder + name);
    if (rest.length > 0 && info?.isDirectory) yield* walk(`${folder}${name}/`, rest);
    if (rest.length === 0 && info?.isFile) yield { file: folder + name };
  }
}

/** The names in a folder that a segment matches. */
function* matches(folder: string, segment: string): Generator<Input, string[]> {
  if (!/[*?[{\\]/.test(segment)) return [segment]; // `..` is in no folder's list
  const pattern = globToRegExp(segment, { extended: false, caseInsensitive: IS_WINDOWS });
  return (yield* list(folder))
    .map(({ name }) => name)
    .filter((name) => pattern.test(name) && (isHidden(segment) || !isHidden(name)));
}

/** What is in a folder; one that cannot be read is yielded with its error. */
function* list(folder: string): Generator<Input, Deno.DirEntry[]> {
  try {
    return listFolder(folder || ".");
  } catch (error) {
    // Not there: then nothing in it matches.
    if (error instanceof Deno.errors.NotFound) return [];
    yield { file: folder, error: (error as Error).message };
    return [];
  }
}

function isHidden(name: string): boolean {
  return name.startsWith(".");
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
