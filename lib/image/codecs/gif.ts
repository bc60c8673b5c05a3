// GIF, by Rust's gif crate in WebAssembly (imagescript's): the first frame in its place on the
// canvas, which is transparent elsewhere.

import { loadGif } from "../modules.ts";
import type { Size } from "../picture.ts";
import { type Codec, copyIn, lend, type ToPixels } from "./codec.ts";

const MODULE = await loadGif();

interface GifCodec extends Codec {
  walloc(length: number): number;
  /** Takes the file over, and gives the address of a decoder, or 0. `limit` is in bytes a frame. */
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
  decoder_frame_free(frame: number): void;
  decoder_free(decoder: number): void;
}

// A frame may claim another size than the canvas: no more than four times as much as any canvas
// that decode() lets through.
const MAX_FRAME_BYTES = 256_000_000;

const use = lend<GifCodec>(MODULE);

export const toPixels: ToPixels = (bytes, size) =>
  use((codec) => {
    const file = copyIn(codec, codec.walloc(bytes.length), bytes);
    const decoder = codec.decoder_new(file, bytes.length, MAX_FRAME_BYTES);
    if (decoder === 0) throw new SyntaxError("The GIF codec gave up at the header");
    const frame = codec.decoder_frame(decoder);
    try {
      if (frame === 0) throw new SyntaxError("The GIF codec gave up at the first frame");
      if (frame === 1) throw new SyntaxError("The GIF has no frame");
      return toCanvas(codec, frame, size);
    } finally {
      if (frame > 1) codec.decoder_frame_free(frame);
      codec.decoder_free(decoder);
    }
  });

function toCanvas(
  codec: GifCodec,
  frame: number,
  { width, height }: Size,
): Uint8ClampedArray<ArrayBuffer> {
  const left = codec.decoder_frame_x(frame);
  const top = codec.decoder_frame_y(frame);
  const frameWidth = codec.decoder_frame_width(frame);
  const frameHeight = codec.decoder_frame_height(frame);
  const start = codec.decoder_frame_buffer(frame);
  const pixels = new Uint8Array(codec.memory.buffer, start, codec.wlen());
  if (pixels.length !== 4 * frameWidth * frameHeight) {
    throw new SyntaxError(`Found ${pixels.length} bytes of ${frameWidth}x${frameHeight} pixels`);
  }
  const data = new Uint8ClampedArray(4 * width * height);
  const visible = Math.min(frameWidth, width - left);
  for (let y = 0; visible > 0 && y < Math.min(frameHeight, height - top); y++) {
    const from = 4 * y * frameWidth;
    data.set(pixels.subarray(from, from + 4 * visible), 4 * ((y + top) * width + left));
  }
  return data;
}
