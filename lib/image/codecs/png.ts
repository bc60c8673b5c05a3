// PNG, by imagescript's codec in WebAssembly. Of an animated PNG it is the picture that is shown by
// programs which know no animation.

import { loadPng } from "../modules.ts";
import { checkSize, type Codec, copyIn, copyOut, lend, type ToPixels } from "./codec.ts";

const MODULE = await loadPng();

interface PngCodec extends Codec {
  walloc(length: number): number;
  wfree(address: number): void;
  /** The address of the RGBA pixels, or a status that is not positive. */
  decode(address: number, length: number): number;
  width(): number;
  height(): number;
}

const use = lend<PngCodec>(MODULE);

export const toPixels: ToPixels = (bytes, size) =>
  use((codec) => {
    const file = copyIn(codec, codec.walloc(bytes.length), bytes);
    const pixels = codec.decode(file, bytes.length);
    codec.wfree(file);
    if (pixels <= 0) throw new SyntaxError(`The PNG codec gave up with status ${pixels}`);
    try {
      checkSize({ width: codec.width(), height: codec.height() }, size);
      return copyOut(codec, pixels, size);
    } finally {
      codec.wfree(pixels);
    }
  });
