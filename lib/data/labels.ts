// Which labelled pictures people have: those of a folder with a folder for each class, or those of a
// list of files and labels.

import { basename, dirname, isAbsolute, join, normalize, resolve } from "node:path";
import { isPicture, listFolder, naturalOrder } from "../batch/inputs.ts";
import { UserError } from "../errors.ts";
import { stat } from "../files.ts";
import { classOfFolder } from "./classes.ts";

/** The list that counts where it lies in a folder. */
const LIST = "labels.csv";

/** What separates the columns of a list; spreadsheets of some countries write semicolons. */
const SEPARATORS = [",", ";", "\t"];

/** What a folder has to look like, for messages and help. */
export const FOLDER_FORM = `FOLDER/CLASS/*.png, or ${LIST} with the columns file,label`;

/** The same at length. */
export const FOLDER_SHAPE =
  "A folder of pictures has a folder for each class, with the class's name: " +
  `FOLDER/3/*.png, FOLDER/7/*.png, ..., or a ${LIST} with the columns file and label`;

/** A picture file with what it shows. */
export interface Labelled {
  /** Its path from here. */
  path: string;
  /** Its path from the folder, or the list's folder: what it goes by there. */
  file: string;
  label: string;
}

/** All pictures of a folder or list. */
export interface LabelledPictures {
  /** As a data set: the folder's with a slash behind, or `FOLDER/LIST.csv`. */
  name: string;
  /** The folder or list, as it was named */
  path: string;
  /** and from the root. */
  place: string;
  /** All labels, in natural order. */
  labels: readonly string[];
  /** Those of a folder in the order of labels and then of names, those of a list in its order. */
  pictures: readonly Labelled[];
}

/** Whether the path of a file is that of a list. */
export function isList(path: string): boolean {
  return /\.csv$/i.test(path);
}

/**
 * Finds the pictures in the folders of a folder, or in a list: a CSV file with the columns `file` and
 * `label`. A folder with a `labels.csv` stands for that.
 *
 * @throws {UserError} Where there is no such folder or list, or it cannot be read; or the list has no
 * such columns, a line without file or label, or two labels for a file.
 */
export async function findLabelled(path: string): Promise<LabelledPictures> {
  const given = path.replace(/(?<=.)[/\\]+$/, "");
  const list = isList(given) ? given : `${given}/${LIST}`;
  const isListed = stat(list)?.isFile;
  if (!isListed && !stat(given)?.isDirectory) {
    throw new UserError(`There is no folder ${given}. ${FOLDER_SHAPE}`);
  }
  const found = isListed ? await readList(list) : findInFolders(given);
  // The same whether the folder is named or the list in it; other lists have names of their own.
  const isOther = isListed && basename(list) !== LIST;
  const place = resolve(isOther ? list : isListed ? dirname(list) : given);
  const name = isOther ? `${basename(dirname(place))}/${basename(place)}` : `${basename(place)}/`;
  return { name, path: given, place, ...found };
}

type Found = Pick<LabelledPictures, "labels" | "pictures">;

function findInFolders(folder: string): Found {
  const folders = namesIn(folder)
    .map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && stat(`${folder}/${name}`)?.isDirectory);
  const pictures = folders.flatMap((name) =>
    namesIn(`${folder}/${name}`)
      .filter((entry) => !entry.isDirectory && isPicture(entry.name))
      .map((entry): Labelled => ({
        path: `${folder}/${name}/${entry.name}`,
        file: `${name}/${entry.name}`,
        label: classOfFolder(name),
      }))
  );
  return { labels: [...new Set(folders.map(classOfFolder))], pictures };
}

/** What is in a folder, in natural order. */
function namesIn(folder: string): Deno.DirEntry[] {
  try {
    return listFolder(folder);
  } catch (error) {
    throw cannotRead("folder", folder, error);
  }
}

async function readList(path: string): Promise<Found> {
  const [header, ...rows] = await readRows(path);
  const columns = header?.fields.map((name) => name.toLowerCase()) ?? [];
  const [fileColumn, labelColumn] = [columns.indexOf("file"), columns.indexOf("label")];
  if (fileColumn < 0 || labelColumn < 0) {
    throw new UserError(
      `The first line of ${path} has to name the columns file and label, found ` +
        (columns.length === 0 ? "none" : header.fields.join(", ")),
    );
  }
  const seen = new Map<string, { label: string; line: number }>();
  const pictures: Labelled[] = [];
  for (const { line, fields } of rows) {
    if (fields.length > columns.length) {
      throw new UserError(
        `Line ${line} of ${path} has ${fields.length} fields, expected ${columns.length} as in ` +
          "its first line. A field with a separator in it has to be in quotes",
      );
    }
    const [file, label] = [fields[fileColumn]?.replaceAll("\\", "/"), fields[labelColumn]];
    if (!file || !label) {
      throw new UserError(`Line ${line} of ${path} has no ${file ? "label" : "file"}`);
    }
    const picture = isAbsolute(file) ? normalize(file) : join(dirname(path), file);
    const before = seen.get(picture);
    if (before && before.label !== label) {
      throw new UserError(
        `Line ${line} of ${path} gives ${file} the label ${label}, line ${before.line} gives it ` +
          `${before.label}. Keep the one that is right`,
      );
    }
    if (before) continue;
    seen.set(picture, { label, line });
    pictures.push({ path: picture, file, label });
  }
  const labels = [...new Set(pictures.map(({ label }) => label))].sort(naturalOrder());
  return { labels, pictures };
}

/** A row of a CSV file. */
interface Row {
  /** That it begins in, from 1. */
  line: number;
  /** Without blanks around them. */
  fields: string[];
}

/** The rows of a CSV file that have something in them. */
async function readRows(path: string): Promise<Row[]> {
  const text = (await readText(path)).replace(/\r\n?/g, "\n");
  const [first] = text.trimStart().split("\n", 1);
  const separator = SEPARATORS.find((separator) => first.includes(separator)) ?? SEPARATORS[0];
  const { parse } = await import("@std/csv/parse");
  let rows: string[][];
  try {
    // The parser drops blank lines: with something in them lines can be counted.
    rows = parse(text.replace(/(?<=^|\n)(?=\n|$)/g, separator), { separator });
  } catch (error) {
    throw new UserError(`${path} is no CSV file: ${(error as Error).message}`, { cause: error });
  }
  let next = 1;
  return rows
    .map((fields): Row => {
      const line = next;
      next += fields.join("").split("\n").length; // a field in quotes may have several
      return { line, fields: fields.map((field) => field.trim()) };
    })
    .filter(({ fields }) => fields.some((field) => field !== ""));
}

async function readText(path: string): Promise<string> {
  const bytes = await Deno.readFile(path).catch((error) => {
    throw cannotRead("list", path, error);
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UserError(`${path} is not in UTF-8. Save it as "CSV UTF-8"`, { cause: error });
  }
}

function cannotRead(what: string, path: string, error: unknown): UserError {
  return new UserError(`Cannot read the ${what} ${path}: ${(error as Error).message}`, {
    cause: error,
  });
}
