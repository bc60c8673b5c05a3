// People's pictures in MNIST's form: read from their files, and kept in the data folder, so that
// thousands of photos are decoded once. What is kept is one pair of IDX files, as any program for
// MNIST reads them, and an index that says which files they are of.

import { basename, join } from "node:path";
import { concatenate } from "../arrays.ts";
import { stat, writeFiles } from "../files.ts";
import { decode } from "../image/decode.ts";
import { MAX_SIDE } from "../image/method.ts";
import { mnistPixels, pixelsOnBlack } from "../image/mnist_form.ts";
import { normalise } from "../image/normalise.ts";
import { VERSION } from "../versions.ts";
import { areDigits } from "./classes.ts";
import type { DatasetOptions } from "./dataset.ts";
import { encodeImages, encodeLabels, parseImages } from "./idx.ts";
import type { Labelled, LabelledPictures } from "./labels.ts";
import { check, hashOf } from "./verify.ts";

const SIDE = 28;
const PICTURE = SIDE * SIDE; // pixels

/** In the data folder. */
const FOLDERS = "folders";
const IMAGES = "images-idx3-ubyte";
const LABELS = "labels-idx1-ubyte";
const INDEX = "index.json";

/** So few are read in a fraction of a second: keeping them would only leave one more folder. */
const FEW = { pictures: 100, bytes: 1e6 };

/** What came of a picture file. */
export type Outcome =
  /** (28, 28) row-major: 0 paper to 255 ink. */
  | { pixels: Uint8Array; problem?: undefined }
  /** The file could not even be opened where that is said to pass: it may be otherwise next time. */
  | { problem: string; passes?: true };

/** A file as it was when it was read. */
interface FileState {
  /** Its path from the folder, or the list's folder. */
  file: string;
  /** In bytes. */
  size: number;
  /** When it was modified, in milliseconds since 1970. */
  modified: number;
}

/** What the index holds. */
interface Index {
  /** Of the program: another one may read pictures otherwise. */
  version: string;
  /** The folder or list that the pictures are of. */
  place: string;
  /** What the labels stand for. */
  classes: readonly string[];
  /** Of the IDX files. */
  sha256: Record<string, string>;
  /** The files of the pictures, in the order of the IDX files. */
  pictures: FileState[];
  /** Files that are no pictures, or have nothing on them. */
  skipped: (FileState & { problem: string })[];
}

/**
 * Reads pictures: those that are as they were the last time from the data folder, the others from
 * their files. What has been read is kept, also where it is stopped.
 *
 * @param classes What labels are written as, by their places here.
 * @returns What came of each, in their order.
 */
export async function readPictures(
  { path, place, pictures }: LabelledPictures,
  classes: readonly string[],
  { directory, signal, onNote, onRead }: DatasetOptions,
): Promise<Outcome[]> {
  const folder = await folderOf(place, directory);
  const kept = await readKept(folder, classes).catch((error: Error): Kept => {
    onNote?.(`${folder} is damaged and made anew: ${error.message}`);
    return NOTHING;
  });
  const states = pictures.map(stateOf);
  const outcomes = states.map((state) => state && kept.outcomes.get(keyOf(state)));
  const toRead = outcomes.filter((outcome) => !outcome).length;
  const others = pictures.length - toRead;
  if (toRead > 0) onNote?.(`Reading ${toRead} pictures in ${path}`);
  if (others > 0) onNote?.(`Taking ${others} pictures of ${path} from ${folder}, as read before`);

  let done = 0;
  for (const [i, { path }] of pictures.entries()) {
    if (outcomes[i]) continue;
    if (signal?.aborted) break;
    onRead?.(done++, toRead);
    outcomes[i] = await readPicture(path, classes);
  }
  const bytes = states.reduce((sum, state) => sum + (state?.size ?? 0), 0);
  if (pictures.length > FEW.pictures || bytes > FEW.bytes) {
    const read = pictures.flatMap(({ label }, i) => {
      const [state, outcome] = [states[i], outcomes[i]];
      return state && outcome ? [{ state, outcome, label: classes.indexOf(label) }] : [];
    });
    const { files, index } = await encode({ place, classes }, read);
    if (index !== kept.index) await write(folder, { ...files, [INDEX]: index }, onNote);
  }
  signal?.throwIfAborted();
  return outcomes as Outcome[];
}

/** Where what is made of a folder or list is kept. */
async function folderOf(place: string, directory: string): Promise<string> {
  const hash = await hashOf(new TextEncoder().encode(place));
  return join(directory, FOLDERS, `${basename(place)}-${hash.slice(0, 8)}`);
}

/** Undefined where there is no such file, or nobody knows when it was modified. */
function stateOf({ path, file }: Labelled): FileState | undefined {
  const info = stat(path);
  return info?.mtime ? { file, size: info.size, modified: info.mtime.getTime() } : undefined;
}

function keyOf({ file, size, modified }: FileState): string {
  return `${size} ${modified} ${file}`;
}

/** A picture in MNIST's form, or what is wrong with it. */
async function readPicture(path: string, classes: readonly string[]): Promise<Outcome> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    return {
      problem: isMissing ? "There is no such file" : (error as Error).message,
      passes: true,
    };
  }
  try {
    const picture = await decode(bytes, { side: MAX_SIDE });
    const asItIs = areDigits(classes) ? mnistPixels : pixelsOnBlack;
    const pixels = asItIs(picture) ?? normalise(picture)?.pixels;
    return pixels ? { pixels } : { problem: "There is nothing on the paper" };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** What was kept the last time. */
interface Kept {
  /** By the files' keys. */
  outcomes: ReadonlyMap<string, Outcome>;
  /** The index's text, where it still holds. */
  index?: string;
}

const NOTHING: Kept = { outcomes: new Map() };

/** @throws {Error} Where not all of it is what it was. */
async function readKept(folder: string, classes: readonly string[]): Promise<Kept> {
  if (!stat(join(folder, INDEX))) return NOTHING;
  const text = await Deno.readTextFile(join(folder, INDEX));
  const { version, sha256, pictures, skipped, classes: before } = JSON.parse(text) as Index;
  // Pictures of anything but digits are read otherwise.
  if (version !== VERSION || areDigits(before) !== areDigits(classes)) return NOTHING;
  const read = async (name: string) => {
    const checked = await check(await Deno.readFile(join(folder, name)), {
      sha256: sha256[name],
    });
    if (checked.problem !== undefined) throw new Error(`${name}: ${checked.problem}`);
    return checked.bytes;
  };
  await read(LABELS); // nobody needs them here, but half a pair would be of no use to others
  const { pixels } = parseImages(await read(IMAGES));
  const outcomes = new Map<string, Outcome>();
  for (const { problem, ...state } of skipped) outcomes.set(keyOf(state), { problem });
  for (const [i, state] of pictures.entries()) {
    outcomes.set(keyOf(state), { pixels: pixels.subarray(i * PICTURE, (i + 1) * PICTURE) });
  }
  return { outcomes, index: text };
}

/** The IDX files of what was read, and the index's text. */
async function encode(
  { place, classes }: Pick<Index, "place" | "classes">,
  read: readonly { state: FileState; outcome: Outcome; label: number }[],
): Promise<{ files: Record<string, Uint8Array<ArrayBuffer>>; index: string }> {
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  const pictures: Index["pictures"] = [];
  const skipped: Index["skipped"] = [];
  for (const { state, outcome, label } of read) {
    if (outcome.problem === undefined) {
      images.push(outcome.pixels);
      labels.push(label);
      pictures.push(state);
    } else if (!outcome.passes) skipped.push({ ...state, problem: outcome.problem });
  }
  const pixels = concatenate(images, (length) => new Uint8Array(length));
  const files = {
    [IMAGES]: encodeImages({ count: images.length, rows: SIDE, columns: SIDE, pixels }),
    [LABELS]: encodeLabels(Uint8Array.from(labels)),
  };
  const sha256: Index["sha256"] = {};
  for (const [name, bytes] of Object.entries(files)) sha256[name] = await hashOf(bytes);
  const index: Index = { version: VERSION, place, classes, sha256, pictures, skipped };
  return { files, index: JSON.stringify(index) };
}

/** A disk that is full or cannot be written to costs the time to read it all again, nothing more. */
async function write(
  folder: string,
  files: Record<string, string | Uint8Array>,
  onNote: DatasetOptions["onNote"],
): Promise<void> {
  const paths = Object.entries(files).map(([name, contents]) => [join(folder, name), contents]);
  try {
    await Deno.mkdir(folder, { recursive: true });
    await writeFiles(Object.fromEntries(paths), "--data");
  } catch (error) {
    onNote?.(`What was read is not kept for the next time: ${(error as Error).message}`);
  }
}
