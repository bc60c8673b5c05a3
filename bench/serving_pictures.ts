// Pictures that clients send, with the digit that is on each: as MNIST's are, and as people draw.

import { syntheticDigits } from "../lib/data/synthetic.ts";
import { Random } from "../lib/random.ts";
import { encodePng } from "../lib/report/png.ts";
import { PEN } from "../tests/image/scenes.ts";
import { BLACK, Sheet, WHITE } from "../tests/image/scenes/sheet.ts";
import { write } from "../tests/image/scenes/writing.ts";

const COUNT = 100; // of each kind
const SEED = 7;

export interface Pictures {
  kind: string;
  /** PNG, ink darker than paper. */
  files: string[];
  /** The digit on each. */
  labels: string[];
}

/** Writes pictures of each kind into a folder. */
export async function writePictures(folder: string): Promise<Pictures[]> {
  return [
    await writeKind(folder, "28x28", await small()),
    await writeKind(folder, "280x280", await large()),
  ];
}

/** A picture's file with its label. */
type Labelled = [png: Uint8Array, label: string];

async function writeKind(folder: string, kind: string, pictures: Labelled[]): Promise<Pictures> {
  const files = pictures.map((_, i) => `${folder}/${kind}-${i}.png`);
  await Promise.all(pictures.map(([png], i) => Deno.writeFile(files[i], png)));
  return { kind, files, labels: pictures.map(([, label]) => label) };
}

/** In MNIST's format, but for the ink, which is dark. */
async function small(): Promise<Labelled[]> {
  const { images, labels } = syntheticDigits({ count: COUNT, seed: SEED });
  return await Promise.all(Array.from(labels, async (label, i): Promise<Labelled> => {
    const ink = images.subarray(784 * i, 784 * (i + 1));
    return [await encodePng(ink.map((value) => 255 - value), 28, 28), `${label}`];
  }));
}

/** Drawn on a square, where and as large as it pleases. */
async function large(): Promise<Labelled[]> {
  const side = 280;
  return await Promise.all(Array.from({ length: COUNT }, async (_, i): Promise<Labelled> => {
    const random = new Random(SEED, i);
    const label = `${i % 10}`;
    const writing = write(random, PEN, label, {
      size: random.uniform(120, 220),
      pen: random.uniform(0.06, 0.12),
      page: [side, side],
    });
    const { data } = await new Sheet(random, writing, WHITE).ink(BLACK).picture();
    const greys = Uint8Array.from({ length: side * side }, (_, pixel) => data[4 * pixel]);
    return [await encodePng(greys, side, side), label];
  }));
}
