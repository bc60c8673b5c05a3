// What stands for which pictures on the command line: files, folders, globs, `-`.

import { UserError } from "../errors.ts";
import { exists, ownFolder, stat } from "../files.ts";
import { PROGRAM } from "../own.ts";

/** A picture to be read, or something named that stands for none. */
export interface Input {
  /** The path as it was typed or found; `-` is the standard input. */
  file: string;
  /** What is wrong with it, where that is known before it is opened. */
  error?: string;
}

/** The standard input's name. */
export const STDIN = "-";

/**
 * Pictures in a folder are known by these: formats that are read, and others that people have
 * pictures in, lest these be passed over in silence. A file that is named is tried whatever its name.
 */
const PICTURES = /\.(png|apng|jpe?g|jpe|jfif|mpo|gif|bmp|webp|tiff?|hei[cf]|avif)$/i;

/** What makes a path a glob, unless there is a file of that very name. */
const GLOB = /[*?[{]/;

/**
 * The pictures that operands stand for, in the operands' order; those of a folder or a glob in
 * natural order (2.png before 10.png). What is wrong with an operand goes into its place, so that
 * the others are read all the same.
 */
export async function listInputs(operands: readonly string[]): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const operand of operands) {
    for (const input of await expand(operand)) inputs.push(input);
  }
  return inputs;
}

async function expand(operand: string): Promise<Input[]> {
  const info = stat(operand);
  if (operand === STDIN || info?.isFile) return [{ file: operand }];
  if (info?.isDirectory) return picturesOf(operand);
  if (info || !GLOB.test(operand)) return [{ file: operand }]; // a device, or missing
  const { expandGlob } = await import("./glob.ts");
  const inputs = expandGlob(operand, isPicture);
  return inputs.length > 0 ? inputs : [{ file: operand, error: "No file matches" }];
}

/** The pictures right in a folder, not those of its sub-folders. */
function picturesOf(folder: string): Input[] {
  try {
    const names = listFolder(folder)
      .filter(({ name, isDirectory }) => !isDirectory && isPicture(name))
      .map(({ name }) => ({ file: `${folder.replace(/[/\\]$/, "")}/${name}` }));
    return names.length > 0
      ? names
      : [{ file: folder, error: "There are no pictures in the folder" }];
  } catch (error) {
    return [{ file: folder, error: (error as Error).message }];
  }
}

/** Whether a name is a picture's. Hidden files are not: some systems keep notes on a picture there. */
export function isPicture(name: string): boolean {
  return PICTURES.test(name) && !name.startsWith(".");
}

/** What is in a folder, in natural order. */
export function listFolder(folder: string): Deno.DirEntry[] {
  const compare = naturalOrder();
  return [...Deno.readDirSync(folder)].sort((a, b) => compare(a.name, b.name));
}

/** Compares names as people count: 2.png is before 10.png. */
export function naturalOrder(): (a: string, b: string) => number {
  return new Intl.Collator("en", { numeric: true }).compare;
}

/** images/1.png, 2.png, ... until a number is missing. */
export async function numberedPictures(): Promise<Input[]> {
  const folder = await ownFolder("images", "1.png");
  const inputs: Input[] = [];
  for (let i = 1; await exists(`${folder}/${i}.png`); i++) {
    inputs.push({ file: `${folder}/${i}.png` });
  }
  if (inputs.length === 0) {
    throw new UserError(
      "There is no images/1.png. Put your pictures into the folder images as 1.png, 2.png, ..., " +
        `or name them: ${PROGRAM} predict my-digit.jpg`,
    );
  }
  return inputs;
}
