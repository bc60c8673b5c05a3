// What JPEG does to a picture. The encoder is imagescript's, of which the WASM module alone is used
// as in lib/image/codecs: its JavaScript wants permission for native code.

import { decode } from "../../../lib/image/decode.ts";
import { loadJpeg } from "../../../lib/image/modules.ts";
import type { Picture } from "../../../lib/image/picture.ts";

const MODULE = await loadJpeg();

interface Encoder {
  readonly memory: WebAssembly.Memory;
  walloc(length: number): number;
  /** The address of the file; after that `wlen()` is its length. */
  encode(address: number, width: number, height: number, quality: number): number;
  wlen(): number;
}

/** A baseline JPEG of so much quality, 1 to 100; transparency is lost. */
export function encodeJpegOf({ width, height, data }: Picture, quality: number) {
  const codec = new WebAssembly.Instance(MODULE).exports as unknown as Encoder;
  const address = codec.walloc(data.length);
  new Uint8Array(codec.memory.buffer).set(data, address);
  const file = codec.encode(address, width, height, quality);
  return new Uint8Array(codec.memory.buffer, file, codec.wlen()).slice();
}

/** The picture as it comes back from a JPEG file. */
export async function throughJpeg(picture: Picture, quality: number): Promise<Picture> {
  return await decode(encodeJpegOf(picture, quality));
}
