// What was seen on the way from a picture to its digits, as pictures: for people who want to know
// why a picture was read as it was.

import { UserError } from "../errors.ts";
import { stat, writeFiles } from "../files.ts";
import { drawBoxes, type Marked } from "../report/boxes.ts";
import { type Colours, encodePng } from "../report/png.ts";
import type { Digit, Reading, Stages } from "../recognise.ts";
import { STDIN } from "./inputs.ts";

/** What the pictures' files say made them: no others are ever written over. */
const SOFTWARE = "digits predict --debug";

/** The name is in the first chunk after the header: signature 8, header 25, chunk's frame 8. */
const HEAD_BYTES = 8 + 25 + 8 + "Software\0".length + SOFTWARE.length;

const SIZE = 28;

/**
 * The names that the pictures of each file's stages begin with: the file's own without its ending,
 * numbered where several files have the same (`a`, `a-2`, ...).
 */
export function stageNames(files: readonly string[]): string[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const own = file === STDIN
      ? "stdin"
      : file.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "") || "picture";
    // Some file systems take A.png and a.png for the same.
    const isTaken = (name: string) => taken.has(name.toLowerCase());
    let name = own;
    for (let i = 2; isTaken(name); i++) name = `${own}-${i}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

/**
 * Writes the stages of a picture that was read:
 * - `-ink.png`: the ink, white on black, in the picture as it was worked on;
 * - `-boxes.png`: that picture with a box around each digit, numbered in reading order;
 * - `-28x28.png`: what the network saw, pixel by pixel: 28x28 a digit, without gaps, a row a line.
 *
 * @param path What the names begin with: `debug/photo`.
 * @throws {UserError} when there is another picture of that name, or it cannot be written.
 */
export async function writeStages(
  path: string,
  { digits }: Reading,
  stages: Stages | undefined,
): Promise<void> {
  if (stages) {
    const { picture, ink, scale } = stages;
    await write(`${path}-ink.png`, ink, picture.width, picture.height);
    const marked = digits.map(({ box: [x, y, width, height], ...digit }): Marked => ({
      ...digit,
      box: [x / scale, y / scale, width / scale, height / scale],
    }));
    const { data, width, height } = drawBoxes(picture, marked);
    await write(`${path}-boxes.png`, data, width, height, "rgb");
  }
  if (digits.length > 0) {
    const { pixels, width, height } = sheetOf(digits);
    await write(`${path}-28x28.png`, pixels, width, height);
  } else if (isOurs(`${path}-28x28.png`)) await Deno.remove(`${path}-28x28.png`);
}

/** The digits side by side, as many rows of them as there are lines of text. */
function sheetOf(digits: readonly Digit[]) {
  const lines = [...Map.groupBy(digits, ({ line }) => line).values()];
  const width = SIZE * Math.max(...lines.map(({ length }) => length));
  const height = SIZE * lines.length;
  const sheet = new Uint8Array(width * height);
  lines.forEach((digits, line) =>
    digits.forEach(({ pixels }, column) => {
      for (let y = 0; y < SIZE; y++) {
        const row = pixels.subarray(SIZE * y, SIZE * (y + 1));
        sheet.set(row, (SIZE * line + y) * width + SIZE * column);
      }
    })
  );
  return { pixels: sheet, width, height };
}

async function write(
  path: string,
  samples: Uint8Array,
  width: number,
  height: number,
  colours?: Colours,
): Promise<void> {
  if (stat(path) && !isOurs(path)) {
    throw new UserError(
      `${path} is there already, and is none that --debug wrote: name another folder`,
    );
  }
  const bytes = await encodePng(samples, width, height, colours, SOFTWARE);
  await writeFiles({ [path]: bytes }, "--debug");
}

/** Whether a file is one of these pictures. */
function isOurs(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    const head = new Uint8Array(HEAD_BYTES);
    const read = file.readSync(head) ?? 0;
    return new TextDecoder("latin1").decode(head.subarray(0, read)).endsWith(
      `Software\0${SOFTWARE}`,
    );
  } catch {
    return false;
  }
}
