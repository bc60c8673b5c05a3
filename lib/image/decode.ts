// Picture files to pixels: PNG, JPEG and GIF, by content, upright.
// The decoding is imagescript's (Rust's png, jpeg-decoder and gif crates in WebAssembly). Its WASM
// modules are imported one by one: the package's root would ask for --allow-ffi.

import gifCodec from "imagescript/wasm/node/gif.js";
import jpegCodec from "imagescript/wasm/node/jpeg.js";
import pngCodec from "imagescript/wasm/node/png.js";
import { upright } from "./exif.ts";
import { type Header, readHeader } from "./header.ts";
import type { Picture } from "./picture.ts";

export type { Picture } from "./picture.ts";

/**
 * The largest picture that is decoded, in pixels: phones take 12 to 50 million. A PNG of a few
 * hundred kilobytes can claim gigabytes, so the header is asked first.
 */
export const MAX_PIXELS = 64_000_000;

/**
 * Decodes a PNG, JPEG or GIF file, known by its content. Of a GIF or a JPEG with several pictures
 * the first one is taken. The picture is turned upright as its EXIF orientation says.
 *
 * Needs read permission for imagescript's WASM files, and --allow-env=IMAGESCRIPT_WASM_SIMD.
 *
 * @throws {SyntaxError} The file is empty, of another format, truncated or damaged.
 * @throws {RangeError} The picture has more than {@linkcode MAX_PIXELS} pixels.
 */
export async function decode(bytes: Uint8Array): Promise<Picture> {
  const header = readHeader(bytes);
  const { format, width, height, orientation } = header;
  if (width * height > MAX_PIXELS) {
    throw new RangeError(
      `The picture is too large: ${width}x${height} = ${megapixels(width * height)} megapixels, ` +
        `expected at most ${megapixels(MAX_PIXELS)}`,
    );
  }
  const toPixels = await { PNG: loadPng, JPEG: loadJpeg, GIF: loadGif }[format]();
  let data: Uint8ClampedArray;
  try {
    data = toPixels(bytes, header);
  } catch (error) {
    throw new SyntaxError(
      `The ${format} is truncated, damaged or of an unsupported kind: copy it anew, or save it ` +
        "with another program",
      { cause: error },
    );
  }
  return upright({ width, height, data }, orientation);
}

function megapixels(pixels: number): string {
  return (Math.ceil(pixels / 1e5) / 10).toString(); // upwards, lest 64.01 be said to be over 64
}

/** Decodes a file of one format to RGBA as it is stored; throws whatever the codec throws. */
type ToPixels = (bytes: Uint8Array, header: Header) => Uint8ClampedArray;

// Each init() below makes a WASM instance for one picture: a trap leaves an instance unusable, and
// its memory never shrinks. The compiled module is kept by imagescript.

async function loadPng(): Promise<ToPixels> {
  const codec = await (pngCodec as PngCodec).init();
  return (bytes, { width, height }) => {
    const { framebuffer } = codec.decode(bytes);
    checkLength(framebuffer, 4 * width * height);
    return new Uint8ClampedArray(framebuffer.buffer);
  };
}

async function loadJpeg(): Promise<ToPixels> {
  const codec = await (jpegCodec as JpegCodec).init();
  return (bytes, { width, height }) => {
    const { format, buffer } = codec.decode(bytes);
    const pixels = width * height;
    const data = new Uint8ClampedArray(4 * pixels).fill(255);
    if (format === 0) { // grey
      checkLength(buffer, pixels);
      for (let i = 0; i < pixels; i++) data.fill(buffer[i], 4 * i, 4 * i + 3);
    } else if (format === 1) { // RGB
      checkLength(buffer, 3 * pixels);
      for (let from = 0, to = 0; from < buffer.length; from += 3, to += 4) {
        data[to] = buffer[from];
        data[to + 1] = buffer[from + 1];
        data[to + 2] = buffer[from + 2];
      }
    } else { // CMYK
      checkLength(buffer, 4 * pixels);
      for (let i = 0; i < buffer.length; i += 4) {
        const white = 255 - buffer[i + 3];
        data[i] = (255 - buffer[i]) * white / 255;
        data[i + 1] = (255 - buffer[i + 1]) * white / 255;
        data[i + 2] = (255 - buffer[i + 2]) * white / 255;
      }
    }
    return data;
  };
}

/** The first frame in its place on the GIF's canvas, which is transparent elsewhere. */
async function loadGif(): Promise<ToPixels> {
  const { Decoder } = await (gifCodec as GifCodec).init();
  return (bytes, { width, height }) => {
    // A frame may claim another size than the canvas: the limit is the codec's, in bytes.
    const frame = new Decoder(bytes, 4 * MAX_PIXELS).frame();
    if (frame === null) throw new SyntaxError("The GIF has no frame");
    checkLength(frame.buffer, 4 * frame.width * frame.height);
    const data = new Uint8ClampedArray(4 * width * height);
    const visible = Math.min(frame.width, width - frame.x);
    for (let y = 0; visible > 0 && y < Math.min(frame.height, height - frame.y); y++) {
      const from = 4 * y * frame.width;
      data.set(
        frame.buffer.subarray(from, from + 4 * visible),
        4 * ((y + frame.y) * width + frame.x),
      );
    }
    return data;
  };
}

function checkLength(buffer: Uint8Array, expected: number): void {
  if (buffer.length !== expected) {
    throw new SyntaxError(`Decoded to ${buffer.length} bytes, expected ${expected}`);
  }
}

// imagescript's WASM modules have no types of their own.

interface PngCodec {
  init(): Promise<{
    decode(bytes: Uint8Array): { framebuffer: Uint8Array<ArrayBuffer> };
  }>;
}

interface JpegCodec {
  init(): Promise<{
    /** `format` is 0 for grey, 1 for RGB, 2 for CMYK. */
    decode(bytes: Uint8Array): { format: number; buffer: Uint8Array };
  }>;
}

interface GifCodec {
  init(): Promise<{
    Decoder: new (bytes: Uint8Array, limit: number) => {
      frame(): { x: number; y: number; width: number; height: number; buffer: Uint8Array } | null;
    };
  }>;
}
