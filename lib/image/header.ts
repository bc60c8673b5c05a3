// What a picture file says of itself: format by content, size and orientation, without decoding.
// Sources: PNG (W3C, 3rd edition, 5.2 and 11.2.1), JPEG (ITU-T T.81, annex B), GIF89a (CompuServe),
// BMP (Microsoft, Win32 bitmap structures), WebP (RFC 9649).

import { startsWith, viewOf } from "./bytes.ts";
import { exifOrientation, type Orientation } from "./exif.ts";
import { nameFormat } from "./foreign.ts";

/** A picture file's own account of its content. */
export interface Header {
  readonly format: "PNG" | "JPEG" | "GIF" | "BMP" | "WebP";
  /** Width in pixels as stored, before `orientation` turns it. */
  readonly width: number;
  /** Height in pixels as stored, before `orientation` turns it. */
  readonly height: number;
  readonly orientation: Orientation;
  /** More pixels than this a file of its length cannot hold. */
  readonly mostPixels: number;
}

/**
 * Reads the header of a PNG, JPEG, GIF, BMP or WebP file, known by its first bytes.
 *
 * @throws {SyntaxError} The file is empty, of another format, truncated or damaged.
 */
export function readHeader(bytes: Uint8Array): Header {
  if (bytes.length === 0) throw new SyntaxError("The file is empty, expected a picture");
  const read = readerFor(bytes);
  if (read === undefined) {
    throw new SyntaxError(
      `Found ${nameFormat(bytes)}, expected a PNG, JPEG, GIF, BMP or WebP picture: convert it to ` +
        "PNG or JPEG",
    );
  }
  let header: Header;
  try {
    header = read(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // DataView: past the end of the file
    throw new SyntaxError("The picture is truncated within its header", { cause: error });
  }
  if (header.width > 0 && header.height > 0) return header;
  throw new SyntaxError(`The ${header.format} says that it has no pixels`);
}

function readerFor(bytes: Uint8Array): ((bytes: Uint8Array) => Header) | undefined {
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return readPngHeader;
  if (startsWith(bytes, "\xff\xd8\xff")) return readJpegHeader;
  if (startsWith(bytes, "GIF87a") || startsWith(bytes, "GIF89a")) return readGifHeader;
  if (startsWith(bytes, "RIFF") && startsWith(bytes, "WEBP", 8)) return readWebpHeader;
  // "BM" alone may be text. The two fields after the file's length have been 0 ever since.
  if (startsWith(bytes, "BM") && startsWith(bytes, "\0\0\0\0", 6)) return readBmpHeader;
}

// Deflate makes at most 258 bytes of 2 bits (RFC 1951, 3.2.5).
const MOST_INFLATED = 1032;
const PNG_SAMPLES = [1, 1, 3, 1, 2, 1, 4]; // by colour type

function readPngHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  if (!startsWith(bytes, "IHDR", 12)) throw new SyntaxError("The PNG has no header chunk");
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const bits = Math.max(1, view.getUint8(24)) * (PNG_SAMPLES[view.getUint8(25)] ?? 1);
  const mostPixels = bytes.length * MOST_INFLATED * 8 / bits;

  let orientation: Orientation = 1;
  for (let chunk = 8; chunk + 8 <= bytes.length;) { // a chunk: length 4, type 4, data, checksum 4
    const length = view.getUint32(chunk);
    if (startsWith(bytes, "eXIf", chunk + 4)) {
      orientation = exifOrientation(bytes.subarray(chunk + 8, chunk + 8 + length));
    }
    chunk += 12 + length;
  }
  return { format: "PNG", width, height, orientation, mostPixels };
}

// A block of 8x8 samples takes a bit at least, in the first scan. With sampling factors of up to
// four, one component with 4x1 blocks and one with 1x4 are the fewest for 4x4 blocks of pixels: 8
// bits for 1024 pixels.
const JPEG_MOST_PIXELS = 1024;

function readJpegHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  let orientation: Orientation = 1;
  for (let offset = 2;;) {
    if (view.getUint8(offset) !== 0xff) throw new SyntaxError("The JPEG is damaged in its header");
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) { // any number of fill bytes may precede a marker
      offset++;
      continue;
    }
    const segment = offset + 4;
    const length = view.getUint16(offset + 2); // counts its own two bytes
    if (marker === 0xe1 && startsWith(bytes, "Exif\0\0", segment)) {
      orientation = exifOrientation(bytes.subarray(segment + 6, offset + 2 + length));
    } else if (isStartOfFrame(marker)) {
      const height = view.getUint16(segment + 1);
      const width = view.getUint16(segment + 3);
      const mostPixels = bytes.length * JPEG_MOST_PIXELS;
      return { format: "JPEG", width, height, orientation, mostPixels };
    } else if (marker === 0xda || marker === 0xd9) { // start of scan, end of image
      throw new SyntaxError("The JPEG has no frame header");
    }
    offset += 2 + length;
  }
}

// SOF0 to SOF15 but for DHT (c4), JPG (c8) and DAC (cc), which sit among them (T.81, table B.1).
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

// LZW's codes have up to 12 bits, and none stands for more pixels than there are codes. The first
// frame may be smaller than its canvas, but not so much that this would not do.
const GIF_MOST_PIXELS = 4096 * 8 / 12;

function readGifHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  return {
    format: "GIF",
    width: view.getUint16(6, true),
    height: view.getUint16(8, true),
    orientation: 1,
    mostPixels: bytes.length * GIF_MOST_PIXELS,
  };
}

const CORE_HEADER = 12; // bytes, of OS/2's, whose sides are 16-bit; all others have them in 32
const RLE_MOST_PIXELS = 255 / 2; // a run's length is a byte, its colour another

function readBmpHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  const core = view.getUint32(14, true) === CORE_HEADER;
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = Math.max(1, view.getUint16(core ? 24 : 28, true));
  return {
    format: "BMP",
    width,
    height: Math.abs(height), // negative: from the top down
    orientation: 1,
    mostPixels: bytes.length * (hasRunLengths(bytes) ? RLE_MOST_PIXELS : 8 / bits),
  };
}

/** Whether the pixels of a BMP are compressed: BI_RLE8 or BI_RLE4. */
export function hasRunLengths(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  return view.getUint32(14, true) !== CORE_HEADER && [1, 2].includes(view.getUint32(30, true));
}

// A lossy WebP has two bits at least for each 16x16 pixels: how they are predicted.
const WEBP_MOST_PIXELS = 1024;
// A lossless one that is of one colour takes none for its pixels. As many as cameras have, 67 MB of
// RGBA, may be so; more are to be as dense at most as deflate makes one bit a pixel.
const MOST_OF_ONE_COLOUR = 2 ** 24;
const LOSSLESS_MOST_PIXELS = 8 * MOST_INFLATED;

function readWebpHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  let size: Pick<Header, "width" | "height" | "mostPixels"> | undefined;
  let orientation: Orientation = 1;
  for (let chunk = 12; chunk + 8 <= bytes.length;) { // a chunk: type 4, length 4, data, even
    const length = view.getUint32(chunk + 4, true);
    const start = chunk + 8;
    if (startsWith(bytes, "ANIM", chunk)) {
      throw new SyntaxError("The WebP is an animation: save one picture of it as PNG or JPEG");
    } else if (startsWith(bytes, "VP8 ", chunk)) { // frame tag 3, start code 3, then the size
      size ??= {
        width: view.getUint16(start + 6, true) & 0x3fff,
        height: view.getUint16(start + 8, true) & 0x3fff,
        mostPixels: bytes.length * WEBP_MOST_PIXELS,
      };
    } else if (startsWith(bytes, "VP8L", chunk)) { // signature 1, then twice 14 bits
      const bits = view.getUint32(start + 1, true);
      size ??= {
        width: 1 + (bits & 0x3fff),
        height: 1 + (bits >> 14 & 0x3fff),
        mostPixels: Math.max(MOST_OF_ONE_COLOUR, bytes.length * LOSSLESS_MOST_PIXELS),
      };
    } else if (startsWith(bytes, "EXIF", chunk)) {
      const tiff = startsWith(bytes, "Exif\0\0", start) ? start + 6 : start; // some have JPEG's
      orientation = exifOrientation(bytes.subarray(tiff, start + length));
    }
    chunk = start + length + length % 2;
  }
  if (size === undefined) throw new SyntaxError("The WebP has no picture");
  return { format: "WebP", ...size, orientation };
}
