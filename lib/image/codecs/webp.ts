// WebP, lossy or lossless, by libwebp in WebAssembly (@cwasm/webp's).

import { loadWebp } from "../modules.ts";
import { checkSize, type Codec, copyIn, copyOut, lend, type ToPixels } from "./codec.ts";

const MODULE = await loadWebp();

interface WebpCodec extends Codec {
  malloc(length: number): number;
  free(address: number): void;
  /** The address of the RGBA pixels, or 0; puts width and height where it is told to. */
  WebPDecodeRGBA(address: number, length: number, width: number, height: number): number;
}

const use = lend<WebpCodec>(MODULE);

export const toPixels: ToPixels = (bytes, size) =>
  use((codec) => {
    const file = copyIn(codec, codec.malloc(bytes.length), bytes);
    const found = codec.malloc(8);
    const pixels = codec.WebPDecodeRGBA(file, bytes.length, found, found + 4);
    const [width, height] = new Uint32Array(codec.memory.buffer, found, 2);
    codec.free(found);
    codec.free(file);
    if (pixels === 0) throw new SyntaxError("The WebP codec gave up");
    try {
      checkSize({ width, height }, size);
      return copyOut(codec, pixels, size);
    } finally {
      codec.free(pixels);
    }
  });
