// Picture files to pixels: PNG, JPEG, GIF, BMP and WebP, by content, upright.
// The decoding is that of C and Rust libraries in WebAssembly, named in codecs/. Of imagescript only
// the modules are used: the package's own JavaScript starts Node's API, which takes longer than to
// decode a picture, and asks for permissions.

import type { ToPixels } from "./codecs/codec.ts";
import { upright, uprightSize } from "./exif.ts";
import { type Header, readHeader } from "./header.ts";
import type { Picture } from "./picture.ts";

export type { Picture } from "./picture.ts";

/** Options of {@linkcode decode}. */
export interface DecodeOptions {
  /**
   * How many pixels the picture's longer side needs at least, of those that the file has. A JPEG of
   * twice as many or more is decoded to a half, a quarter or an eighth of its size, as far as that
   * leaves so many, which takes less time and memory. Everything is decoded whole if not given.
   */
  side?: number;
}

/**
 * The largest picture that is decoded, in pixels: phones take 12 to 50 million. A PNG of a few
 * hundred kilobytes can claim gigabytes, so the header is asked first.
 */
export const MAX_PIXELS = 64_000_000;

/**
 * Decodes a PNG, JPEG, GIF, BMP or WebP file, known by its content. Of a GIF or a JPEG with several
 * pictures the first one is taken. The picture is turned upright as its EXIF orientation says. Its
 * `data` is alone in its buffer.
 *
 * @throws {SyntaxError} The file is empty, of another format, truncated or damaged.
 * @throws {RangeError} The picture has more than {@linkcode MAX_PIXELS} pixels.
 */
export async function decode(
  bytes: Uint8Array,
  { side = Infinity }: DecodeOptions = {},
): Promise<Picture> {
  const header = readHeader(bytes);
  checkPixels(header, bytes.length);
  const { format, orientation } = header;
  const scale = reduction(header, side);
  const size = { width: Math.ceil(header.width / scale), height: Math.ceil(header.height / scale) };
  const toPixels = await load(format);
  let data: Uint8ClampedArray<ArrayBuffer>;
  try {
    data = toPixels(bytes, size, scale);
  } catch (error) {
    // After a trap a codec's memory is garbage, of which the collector sees but the handle. With a
    // turn of its own it keeps up: 10,000 damaged files in a row took 475 MB, and take 230.
    if (error instanceof WebAssembly.RuntimeError) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    throw new SyntaxError(
      `The ${format} is truncated, damaged or of an unsupported kind: copy it anew, or save it ` +
        "with another program",
      { cause: error },
    );
  }
  const picture = { ...uprightSize(size, orientation), data: upright(data, size, orientation) };
  if (scale === 1) return picture;
  const full = uprightSize(header, orientation);
  return { ...picture, scale, fullWidth: full.width, fullHeight: full.height };
}

/** Refuses what is too large, and what says to be larger than the file's length allows for. */
function checkPixels({ format, width, height, mostPixels }: Header, length: number): void {
  if (width * height > MAX_PIXELS) {
    throw new RangeError(
      `The picture is too large: ${width}x${height} = ${megapixels(width * height)} megapixels, ` +
        `expected at most ${megapixels(MAX_PIXELS)}`,
    );
  }
  if (width * height > mostPixels) {
    throw new SyntaxError(
      `The ${format} is truncated or damaged: ${width}x${height} pixels are more than ` +
        `${length} bytes can hold: copy it anew`,
    );
  }
}

function megapixels(pixels: number): string {
  return (Math.ceil(pixels / 1e5) / 10).toString(); // upwards, lest 64.01 be said to be over 64
}

/** By how much, in each direction, the picture is reduced while it is decoded. */
function reduction({ format, width, height }: Header, side: number): number {
  if (format !== "JPEG") return 1;
  return [8, 4, 2].find((scale) => Math.max(width, height) >= scale * side) ?? 1;
}

/** Loads a codec, when the first picture asks for it. */
async function load(format: Header["format"]): Promise<ToPixels> {
  const { toPixels } = await {
    PNG: () => import("./codecs/png.ts"),
    JPEG: () => import("./codecs/jpeg.ts"),
    GIF: () => import("./codecs/gif.ts"),
    BMP: () => import("./codecs/bmp.ts"),
    WebP: () => import("./codecs/webp.ts"),
  }[format]();
  return toPixels;
}
