// BMP, by NetSurf's libnsbmp in WebAssembly (@cwasm/nsbmp's): 1 to 32 bits, run lengths, bit masks,
// top-down, OS/2's; but neither 2 bits nor a JPEG or PNG within.

import { loadBmp } from "../modules.ts";
import { checkSize, type Codec, copyIn, copyOut, lend, type ToPixels } from "./codec.ts";
import { hasRunLengths } from "../header.ts";

const MODULE = await loadBmp();

interface BmpCodec extends Codec {
  malloc(length: number): number;
  free(address: number): void;
  /** 0, or a status; puts the address of the RGBA pixels, width and height where it is told to. */
  decode_bmp(
    pixels: number,
    width: number,
    height: number,
    address: number,
    length: number,
  ): number;
}

const use = lend<BmpCodec>(MODULE);

export const toPixels: ToPixels = (bytes, size) =>
  use((codec) => {
    const file = copyIn(codec, codec.malloc(bytes.length), bytes);
    const above = addRow(bytes, new DataView(codec.memory.buffer, file));
    const found = codec.malloc(12);
    const status = codec.decode_bmp(found, found + 4, found + 8, file, bytes.length);
    const [pixels, width, height] = new Uint32Array(codec.memory.buffer, found, 3);
    codec.free(found);
    codec.free(file);
    if (status !== 0) throw new SyntaxError(`The BMP codec gave up with status ${status}`);
    try {
      checkSize({ width, height: height - above }, size);
      return copyOut(codec, pixels + 4 * width * above, size);
    } finally {
      codec.free(pixels);
    }
  });

/**
 * Makes room for another row, which comes to lie above the picture: libnsbmp takes the end of the
 * last row for an error otherwise, where rows are run lengths, from the bottom up.
 *
 * @returns How many rows there are above.
 */
function addRow(bytes: Uint8Array, copy: DataView): number {
  const height = copy.getInt32(22, true);
  if (height <= 0 || !hasRunLengths(bytes)) return 0;
  copy.setInt32(22, height + 1, true);
  return 1;
}
