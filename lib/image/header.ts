// What a picture file says of itself: format by content, size and orientation, without decoding.
// Sources: PNG (W3C, 3rd edition, 5.2 and 11.2.1), JPEG (ITU-T T.81, annex B), GIF89a (CompuServe).

import { exifOrientation, type Orientation } from "./exif.ts";

/** A picture file's own account of its content. */
export interface Header {
  readonly format: "PNG" | "JPEG" | "GIF";
  /** Width in pixels as stored, before `orientation` turns it. */
  readonly width: number;
  /** Height in pixels as stored, before `orientation` turns it. */
  readonly height: number;
  readonly orientation: Orientation;
}

/**
 * Reads the header of a PNG, JPEG or GIF file, known by its first bytes.
 *
 * @throws {SyntaxError} The file is empty, of another format, truncated or damaged.
 */
export function readHeader(bytes: Uint8Array): Header {
  if (bytes.length === 0) throw new SyntaxError("The file is empty, expected a picture");
  const read = startsWith(bytes, "\x89PNG\r\n\x1a\n")
    ? readPngHeader
    : startsWith(bytes, "\xff\xd8\xff")
    ? readJpegHeader
    : startsWith(bytes, "GIF87a") || startsWith(bytes, "GIF89a")
    ? readGifHeader
    : undefined;
  if (read === undefined) {
    throw new SyntaxError(
      `Found ${nameFormat(bytes)}, expected a PNG, JPEG or GIF picture: convert it to PNG or JPEG`,
    );
  }
  try {
    return read(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // DataView: past the end of the file
    throw new SyntaxError("The picture is truncated within its header", { cause: error });
  }
}

function readPngHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  if (!startsWith(bytes, "IHDR", 12)) throw new SyntaxError("The PNG has no header chunk");
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  if (width === 0 || height === 0) throw new SyntaxError("The PNG says that it has no pixels");

  let orientation: Orientation = 1;
  for (let chunk = 8; chunk + 8 <= bytes.length;) { // a chunk: length 4, type 4, data, checksum 4
    const length = view.getUint32(chunk);
    if (startsWith(bytes, "eXIf", chunk + 4)) {
      orientation = exifOrientation(bytes.subarray(chunk + 8, chunk + 8 + length));
    }
    chunk += 12 + length;
  }
  return { format: "PNG", width, height, orientation };
}

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
      if (width === 0 || height === 0) throw new SyntaxError("The JPEG says that it has no pixels");
      return { format: "JPEG", width, height, orientation };
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

function readGifHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  const width = view.getUint16(6, true);
  const height = view.getUint16(8, true);
  if (width === 0 || height === 0) throw new SyntaxError("The GIF says that it has no pixels");
  return { format: "GIF", width, height, orientation: 1 };
}

/** What the file is when it is none of ours, for the message. */
function nameFormat(bytes: Uint8Array): string {
  if (startsWith(bytes, "RIFF") && startsWith(bytes, "WEBP", 8)) return "a WebP picture";
  if (startsWith(bytes, "BM")) return "a BMP picture";
  if (startsWith(bytes, "II*\0") || startsWith(bytes, "MM\0*")) return "a TIFF picture";
  if (startsWith(bytes, "ftyp", 4)) {
    if (startsWith(bytes, "avi", 8)) return "an AVIF picture"; // brands avif and avis
    if (["hei", "hev", "mif1", "msf1"].some((brand) => startsWith(bytes, brand, 8))) {
      return "a HEIC picture"; // brands heic, heix, heim, heis, hevc, ...
    }
    return "a video";
  }
  if (startsWith(bytes, "%PDF")) return "a PDF document";

  const start = new TextDecoder().decode(bytes.subarray(0, 1024));
  if (/<svg[\s>]/i.test(start)) return "an SVG drawing";
  if (/<(!doctype html|html)[\s>]/i.test(start)) return "an HTML page";
  // Control characters other than tab, line feed, form feed, carriage return, or broken UTF-8.
  // deno-lint-ignore no-control-regex
  if (!/[\0-\x08\x0b\x0e-\x1f\ufffd]/.test(start)) return "text";
  return "an unknown format";
}

function startsWith(bytes: Uint8Array, magic: string, offset = 0): boolean {
  if (bytes.length < offset + magic.length) return false;
  for (let i = 0; i < magic.length; i++) {
    if (bytes[offset + i] !== magic.charCodeAt(i)) return false;
  }
  return true;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
