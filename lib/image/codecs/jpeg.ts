// JPEG, by Rust's jpeg-decoder in WebAssembly (imagescript's).

import { loadJpeg } from "../modules.ts";
import type { Size } from "../picture.ts";
import { checkSize, type Codec, copyIn, lend, type ToPixels } from "./codec.ts";

const MODULE = await loadJpeg();

interface JpegCodec extends Codec {
  walloc(length: number): number;
  /**
   * Frees the file, and gives the address of a picture; 0 or 1 where it is damaged. It is decoded at
   * an eighth, a quarter or half of its size, the first that has so much of `width` or of `height`;
   * with 0 as it is.
   */
  decode(address: number, length: number, width: number, height: number): number;
  decode_width(picture: number): number;
  decode_height(picture: number): number;
  /** 0 for grey, 1 for RGB, 2 for CMYK. */
  decode_format(picture: number): number;
  /** The address of the samples; after that `wlen()` is how many bytes they take. */
  decode_buffer(picture: number): number;
  wlen(): number;
  decode_free(picture: number): void;
}

const LARGEST = 0xffff; // of a side (T.81, B.2.2): none that is reduced has so much
const OPAQUE = 0xff000000;

const use = lend<JpegCodec>(MODULE);

export const toPixels: ToPixels = (bytes, size, scale) =>
  use((codec) => {
    const file = copyIn(codec, codec.walloc(bytes.length), bytes);
    // The longer side alone is asked for: the shorter one may be the same at several scales.
    const isWide = size.width >= size.height;
    const width = scale === 1 ? 0 : isWide ? size.width : LARGEST;
    const height = scale === 1 ? 0 : isWide ? LARGEST : size.height;
    const picture = codec.decode(file, bytes.length, width, height);
    if (picture <= 1) throw new SyntaxError(`The JPEG codec gave up with status ${picture}`);
    try {
      checkSize({ width: codec.decode_width(picture), height: codec.decode_height(picture) }, size);
      return toRgba(codec, picture, size);
    } finally {
      codec.decode_free(picture);
    }
  });

function toRgba(
  codec: JpegCodec,
  picture: number,
  { width, height }: Size,
): Uint8ClampedArray<ArrayBuffer> {
  const samples = codec.decode_buffer(picture);
  const from = new Uint8Array(codec.memory.buffer, samples, codec.wlen());
  const data = new Uint8ClampedArray(4 * width * height);
  const to = new Uint32Array(data.buffer); // little-endian, as WebAssembly's machines are
  const format = codec.decode_format(picture);
  const channels = [1, 3, 4][format];
  if (from.length !== channels * to.length) {
    throw new SyntaxError(`Found ${from.length} samples, expected ${channels * to.length}`);
  }
  [fromGrey, fromRgb, fromCmyk][format](from, to);
  return data;
}

function fromGrey(from: Uint8Array, to: Uint32Array): void {
  for (let i = 0; i < to.length; i++) to[i] = OPAQUE | from[i] * 0x010101;
}

function fromRgb(from: Uint8Array, to: Uint32Array): void {
  for (let i = 0, j = 0; i < to.length; i++, j += 3) {
    to[i] = OPAQUE | from[j + 2] << 16 | from[j + 1] << 8 | from[j];
  }
}

function fromCmyk(from: Uint8Array, to: Uint32Array): void {
  for (let i = 0, j = 0; i < to.length; i++, j += 4) {
    const white = (255 - from[j + 3]) / 255;
    const red = Math.round((255 - from[j]) * white);
    const green = Math.round((255 - from[j + 1]) * white);
    const blue = Math.round((255 - from[j + 2]) * white);
    to[i] = OPAQUE | blue << 16 | green << 8 | red;
  }
}
