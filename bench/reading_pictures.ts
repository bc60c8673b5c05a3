// Pictures of several sizes, as files, for timing.

import { Random } from "../lib/random.ts";
import { encodePng } from "../lib/report/png.ts";
import { PEN } from "../tests/image/scenes.ts";
import { encodeJpegOf } from "../tests/image/scenes/jpeg.ts";
import { BLACK, type Colour, Sheet, WHITE } from "../tests/image/scenes/sheet.ts";
import { photographed } from "../tests/image/scenes/surroundings.ts";
import { write } from "../tests/image/scenes/writing.ts";

/** What phones make of their pictures. */
const QUALITY = 85;

/** Files by size and format. */
export const PICTURES: Record<string, () => Promise<Uint8Array>> = {
  "28x28, PNG": () => drawing(28, 28),
  "500x500, PNG": () => drawing(500, 500),
  "1280x960, JPEG": () => photo(1280, 960),
  "4000x3000, JPEG": () => photo(4000, 3000),
};

async function drawing(width: number, height: number): Promise<Uint8Array> {
  const { data } = await five(width, height, WHITE).picture();
  const greys = Uint8Array.from({ length: width * height }, (_, i) => data[4 * i]);
  return await encodePng(greys, width, height);
}

async function photo(width: number, height: number): Promise<Uint8Array> {
  const sheet = photographed(five(width, height, [200, 196, 190]));
  return encodeJpegOf(await sheet.picture(), QUALITY);
}

/** A page with a five that is half as high. */
function five(width: number, height: number, paper: Colour): Sheet {
  const random = new Random(5);
  const writing = write(random, PEN, "5", { size: height / 2, pen: 0.1, page: [width, height] });
  return new Sheet(random, writing, paper).ink(BLACK);
}
