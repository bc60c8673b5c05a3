// Picture files to pixels: PNG, JPEG and GIF, by content, upright.
// The decoding is imagescript's (Rust's png, jpeg-decoder and gif crates in WebAssembly). Only its
// WASM modules are used: the package's own JavaScript starts Node's API, which takes longer than
// to decode a picture, and asks for permissions.

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

// Each loads its codec when a picture asks for it, and makes an instance for that one picture: a
// trap leaves an instance unusable, and its memory never shrinks. Deno keeps the compiled module.

async function loadPng(): Promise<ToPixels> {
  // @ts-expect-error -- TypeScript knows no source phase imports yet
  const module: WebAssembly.Module = await import.source("imagescript/wasm/any/png.wasm");
  const codec = instantiate<PngCodec>(module);
  return (bytes, { width, height }) => {
    const pixels = codec.decode(copyIn(codec, bytes), bytes.length);
    if (pixels <= 0) throw new SyntaxError(`The PNG codec gave up with status ${pixels}`);
    checkLength(4 * codec.width() * codec.height(), 4 * width * height);
    return new Uint8ClampedArray(codec.memory.buffer, pixels, 4 * width * height);
  };
}

async function loadJpeg(): Promise<ToPixels> {
  // @ts-expect-error -- TypeScript knows no source phase imports yet
  const module: WebAssembly.Module = await import.source("imagescript/wasm/any/jpeg.wasm");
  const codec = instantiate<JpegCodec>(module);
  return (bytes, { width, height }) => {
    const picture = codec.decode(copyIn(codec, bytes), bytes.length, 0, 0);
    if (picture === 0) throw new SyntaxError("The JPEG codec gave up");
    const format = codec.decode_format(picture);
    const start = codec.decode_buffer(picture);
    const buffer = new Uint8Array(codec.memory.buffer, start, codec.wlen());
    const pixels = width * height;
    const data = new Uint8ClampedArray(4 * pixels).fill(255);
    if (format === 0) { // grey
      checkLength(buffer.length, pixels);
      for (let i = 0; i < pixels; i++) data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = buffer[i];
    } else if (format === 1) { // RGB
      checkLength(buffer.length, 3 * pixels);
      for (let from = 0, to = 0; from < buffer.length; from += 3, to += 4) {
        data[to] = buffer[from];
        data[to + 1] = buffer[from + 1];
        data[to + 2] = buffer[from + 2];
      }
    } else { // CMYK
      checkLength(buffer.length, 4 * pixels);
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
  // @ts-expect-error -- TypeScript knows no source phase imports yet
  const module: WebAssembly.Module = await import.source("imagescript/wasm/any/gif.wasm");
  const codec = instantiate<GifCodec>(module);
  return (bytes, { width, height }) => {
    // A frame may claim another size than the canvas: the limit is the codec's, in bytes.
    const decoder = codec.decoder_new(copyIn(codec, bytes), bytes.length, 4 * MAX_PIXELS);
    if (decoder === 0) throw new SyntaxError("The GIF codec gave up at the header");
    const frame = codec.decoder_frame(decoder);
    if (frame === 0) throw new SyntaxError("The GIF codec gave up at the first frame");
    if (frame === 1) throw new SyntaxError("The GIF has no frame");
    const left = codec.decoder_frame_x(frame);
    const top = codec.decoder_frame_y(frame);
    const frameWidth = codec.decoder_frame_width(frame);
    const frameHeight = codec.decoder_frame_height(frame);
    const start = codec.decoder_frame_buffer(frame);
    const buffer = new Uint8Array(codec.memory.buffer, start, codec.wlen());
    checkLength(buffer.length, 4 * frameWidth * frameHeight);
    const data = new Uint8ClampedArray(4 * width * height);
    const visible = Math.min(frameWidth, width - left);
    for (let y = 0; visible > 0 && y < Math.min(frameHeight, height - top); y++) {
      const from = 4 * y * frameWidth;
      data.set(buffer.subarray(from, from + 4 * visible), 4 * ((y + top) * width + left));
    }
    return data;
  };
}

/** What the codecs import are calls back that nothing here waits for. */
function instantiate<C extends Codec>(module: WebAssembly.Module): C {
  const env = { emscripten_notify_memory_growth() {}, push_to_stream() {} };
  return new WebAssembly.Instance(module, { env }).exports as unknown as C;
}

/** Copies `bytes` into the codec's memory; gives the address. */
function copyIn(codec: Codec, bytes: Uint8Array): number {
  const address = codec.walloc(bytes.length);
  new Uint8Array(codec.memory.buffer).set(bytes, address);
  return address;
}

function checkLength(length: number, expected: number): void {
  if (length !== expected) {
    throw new SyntaxError(`Decoded to ${length} bytes, expected ${expected}`);
  }
}

// What imagescript's WASM modules export, as its JavaScript calls it. Pictures and decoders are
// addresses; memory is freed with the instance.

interface Codec {
  readonly memory: WebAssembly.Memory;
  walloc(length: number): number;
}

interface PngCodec extends Codec {
  /** The address of the RGBA pixels, or a negative status. */
  decode(address: number, length: number): number;
  width(): number;
  height(): number;
}

interface JpegCodec extends Codec {
  /** The address of a picture, or 0. `width` and `height` 0: as large as it is. */
  decode(address: number, length: number, width: number, height: number): number;
  /** 0 for grey, 1 for RGB, 2 for CMYK. */
  decode_format(picture: number): number;
  /** The address of the samples; after that `wlen()` is how many bytes they take. */
  decode_buffer(picture: number): number;
  wlen(): number;
}

interface GifCodec extends Codec {
  /** The address of a decoder, or 0. `limit` is in bytes a frame. */
  decoder_new(address: number, length: number, limit: number): number;
  /** The address of the next frame, 0 where it is damaged, 1 after the last. */
  decoder_frame(decoder: number): number;
  decoder_frame_x(frame: number): number;
  decoder_frame_y(frame: number): number;
  decoder_frame_width(frame: number): number;
  decoder_frame_height(frame: number): number;
  /** The address of the RGBA pixels; after that `wlen()` is how many bytes they take. */
  decoder_frame_buffer(frame: number): number;
  wlen(): number;
}
