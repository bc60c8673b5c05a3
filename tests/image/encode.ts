// Small encoders for the tests, so that each knows every pixel of its picture file.
// Sources: PNG (W3C, 3rd edition), JPEG (ITU-T T.81), GIF89a (CompuServe), BMP (Microsoft, Win32
// bitmap structures), WebP (RFC 9649), Exif 2.32.

import type { Picture } from "../../lib/image/picture.ts";

/** Concatenates strings (a byte a character), bytes and numbers (a byte each). */
function join(...parts: (string | Uint8Array | number[] | number)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "number"
        ? [part]
        : typeof part === "string"
        ? Array.from(part, (char) => char.charCodeAt(0))
        : Array.from(part)
    ),
  );
}

const u16 = (value: number) => [value >> 8 & 255, value & 255];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value)];

/** The pixel at (x, y): [red, green, blue, alpha]. */
export function at(picture: Picture, x: number, y: number): number[] {
  const start = 4 * (y * picture.width + x);
  return Array.from(picture.data.subarray(start, start + 4));
}

interface PngOptions {
  /** 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGB + alpha. */
  colourType: 0 | 2 | 3 | 4 | 6;
  bitDepth: 1 | 2 | 4 | 8 | 16;
  /** Adam7 in place of top to bottom. */
  interlaced?: boolean;
  palette?: number[][];
  /** Chunks between IHDR and IDAT besides the palette: name and content. */
  chunks?: Record<string, Uint8Array>;
  /** Chunks between IDAT and IEND. */
  chunksAfter?: Record<string, Uint8Array>;
}

// Adam7's passes: first x, first y, step in x, step in y (PNG, 8.1).
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** A PNG of the samples that `sample` gives for each pixel, as many as the colour type has. */
export async function encodePng(
  width: number,
  height: number,
  { colourType, bitDepth, interlaced = false, palette, chunks = {}, chunksAfter = {} }: PngOptions,
  sample: (x: number, y: number) => number[],
): Promise<Uint8Array<ArrayBuffer>> {
  const rows: number[] = [];
  for (const [x0, y0, stepX, stepY] of interlaced ? ADAM7 : [[0, 0, 1, 1]]) {
    if (x0 >= width) continue; // a pass without pixels has no rows either
    for (let y = y0; y < height; y += stepY) {
      let bits = "";
      for (let x = x0; x < width; x += stepX) {
        for (const value of sample(x, y)) bits += value.toString(2).padStart(bitDepth, "0");
      }
      rows.push(0); // filter type None
      for (let i = 0; i < bits.length; i += 8) {
        rows.push(parseInt(bits.slice(i, i + 8).padEnd(8, "0"), 2));
      }
    }
  }
  const body = new Blob([Uint8Array.from(rows)]).stream()
    .pipeThrough(new CompressionStream("deflate"));
  return join(
    pngStart(width, height, { colourType, bitDepth, interlaced }),
    palette ? chunk("PLTE", Uint8Array.from(palette.flat())) : [],
    ...Object.entries(chunks).map(([name, content]) => chunk(name, content)),
    chunk("IDAT", new Uint8Array(await new Response(body).arrayBuffer())),
    ...Object.entries(chunksAfter).map(([name, content]) => chunk(name, content)),
    chunk("IEND", new Uint8Array(0)),
  );
}

/** Signature and header chunk of a PNG. */
export function pngStart(
  width: number,
  height: number,
  { colourType, bitDepth, interlaced = false }: PngOptions,
): Uint8Array<ArrayBuffer> {
  const header = join(u32(width), u32(height), bitDepth, colourType, 0, 0, interlaced ? 1 : 0);
  return join("\x89PNG\r\n\x1a\n", chunk("IHDR", header));
}

function chunk(name: string, content: Uint8Array): Uint8Array {
  const checked = join(name, content);
  return join(u32(content.length), checked, u32(crc32(checked)));
}

export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** What a PNG's frame says of itself: its number, its size from the corner on, and a second. */
export function frameControl(sequence: number, width: number, height: number): Uint8Array {
  return join(...[sequence, width, height, 0, 0].map(u32), u16(1), u16(1), 0, 0);
}

/** An EXIF block (a TIFF file) that holds the orientation, behind another tag. */
export function exifBlock(orientation: number, byteOrder: "II" | "MM" = "MM"): Uint8Array {
  const order = (bytes: number[]) => byteOrder === "MM" ? bytes : bytes.toReversed();
  const entry = (tag: number, value: number) =>
    join(order(u16(tag)), order(u16(3)), order(u32(1)), order(u16(value)), 0, 0);
  return join(
    ...[byteOrder, order(u16(42)), order(u32(8))],
    ...[order(u16(2)), entry(0x0100, 77), entry(0x0112, orientation), order(u32(0))],
  );
}

interface JpegOptions {
  /** An EXIF block, see {@linkcode exifBlock}. */
  exif?: Uint8Array;
  /** The colour transform that an Adobe segment names: 0 none, 1 YCbCr, 2 YCCK. */
  adobe?: 0 | 1 | 2;
  progressive?: boolean;
}

/**
 * A JPEG whose 8x8 blocks have one colour each: `sample` gives a block's components, of which there
 * may be 1 (grey), 3 (YCbCr) or 4 (CMYK).
 */
export function encodeJpeg(
  width: number,
  height: number,
  { exif, adobe, progressive = false }: JpegOptions,
  sample: (blockX: number, blockY: number) => number[],
): Uint8Array<ArrayBuffer> {
  const components = sample(0, 0).map((_, i) => i + 1);
  const previous = components.map(() => 0);
  let bits = "";
  for (let y = 0; y < Math.ceil(height / 8); y++) {
    for (let x = 0; x < Math.ceil(width / 8); x++) {
      sample(x, y).forEach((value, i) => {
        // Quantised by 8, a flat block's one coefficient (DC) is its value, around 128.
        const difference = value - 128 - previous[i];
        previous[i] = value - 128;
        const size = difference === 0 ? 0 : Math.abs(difference).toString(2).length;
        const code = difference < 0 ? difference + 2 ** size - 1 : difference;
        bits += size.toString(2).padStart(4, "0") +
          (size ? code.toString(2).padStart(size, "0") : "");
        if (!progressive) bits += "0"; // end of block: no AC coefficients
      });
    }
  }
  const scan: number[] = [];
  for (let i = 0; i < bits.length; i += 8) {
    const byte = parseInt(bits.slice(i, i + 8).padEnd(8, "1"), 2);
    scan.push(byte, ...(byte === 0xff ? [0] : []));
  }
  const segment = (marker: number, ...content: Parameters<typeof join>) => {
    const bytes = join(...content);
    return join(0xff, marker, u16(2 + bytes.length), bytes);
  };
  return join(
    [0xff, 0xd8],
    exif ? segment(0xe1, "Exif\0\0", exif) : [],
    adobe === undefined ? [] : segment(0xee, "Adobe", u16(100), u16(0), u16(0), adobe),
    segment(0xdb, 0, new Array(64).fill(8)),
    segment(
      progressive ? 0xc2 : 0xc0,
      ...[8, u16(height), u16(width), components.length],
      ...components.map((id) => [id, 0x11, 0]),
    ),
    // Huffman tables. DC: sizes 0 to 8, four bits each; AC: end of block, one bit.
    segment(0xc4, 0x00, [0, 0, 0, 9, ...new Array(12).fill(0)], [0, 1, 2, 3, 4, 5, 6, 7, 8]),
    segment(0xc4, 0x10, [1, ...new Array(15).fill(0)], 0),
    segment(
      0xda,
      components.length,
      ...components.map((id) => [id, 0x00]),
      [0, progressive ? 0 : 63, 0],
    ),
    scan,
    [0xff, 0xd9],
  );
}

interface BmpOptions {
  bits: 1 | 4 | 8 | 16 | 24 | 32;
  palette?: number[][];
  /** Which bits are red, green, blue and alpha, of 16 or 32. */
  masks?: number[];
  /** The first row first. */
  topDown?: boolean;
  /** Rows as runs of equal pixels, of 4 or 8 bits. */
  runLengths?: boolean;
  /** OS/2's header of 12 bytes. */
  core?: boolean;
}

const le16 = (value: number) => u16(value).reverse();
const le32 = (value: number) => u32(value).reverse();

/** A BMP of the bits that `sample` gives for each pixel: a colour, or its place in the palette. */
export function encodeBmp(
  width: number,
  height: number,
  { bits, palette = [], masks = [], topDown = false, runLengths = false, core = false }: BmpOptions,
  sample: (x: number, y: number) => number,
): Uint8Array<ArrayBuffer> {
  const rows = Array.from({ length: height }, (_, y) => {
    const row = Array.from({ length: width }, (_, x) => sample(x, y));
    return runLengths ? bmpRuns(row, bits) : bmpRow(row, bits);
  });
  const pixels = join(...(topDown ? rows : rows.reverse()), runLengths ? [0, 1] : []);
  const compression = runLengths ? (bits === 8 ? 1 : 2) : masks.length > 0 ? 3 : 0;
  const headerSize = core ? 12 : masks.length > 0 ? 108 : 40; // BITMAPV4HEADER has masks
  const header = core
    ? join(le32(headerSize), le16(width), le16(height), le16(1), le16(bits))
    : join(
      ...[le32(headerSize), le32(width), le32(topDown ? -height : height), le16(1), le16(bits)],
      ...[le32(compression), le32(pixels.length), le32(2835), le32(2835)], // 72 dpi
      ...[le32(palette.length), le32(0), ...masks.map(le32)],
      masks.length > 0 ? new Array(headerSize - 40 - 4 * masks.length).fill(0) : [],
    );
  const colours = palette.map(([red, green, blue]) => [blue, green, red, ...(core ? [] : [0])]);
  const start = 14 + headerSize + colours.flat().length;
  return join("BM", le32(start + pixels.length), le32(0), le32(start), header, ...colours, pixels);
}

/** A row's bits, in whole words of 32. */
function bmpRow(row: number[], bits: number): Uint8Array {
  const bytes = bits < 8
    ? row.map((value) => value.toString(2).padStart(bits, "0")).join("")
      .match(/.{1,8}/g)!.map((byte) => parseInt(byte.padEnd(8, "0"), 2))
    : row.flatMap((value) => le32(value).slice(0, bits / 8));
  return join(bytes, new Array(-bytes.length & 3).fill(0));
}

/** A row as runs and the end of a line. Four bits are two pixels that take turns. */
function bmpRuns(row: number[], bits: number): Uint8Array {
  const runs: number[] = [];
  for (let x = 0, end = 0; x < row.length; x = end) {
    while (end < row.length && end - x < 255 && row[end] === row[x]) end++;
    runs.push(end - x, bits === 8 ? row[x] : row[x] * 0x11);
  }
  return join(runs, 0, 0);
}

/** A WebP of the given chunks: name and content. */
export function webpOf(chunks: [name: string, content: Uint8Array][]): Uint8Array<ArrayBuffer> {
  const body = join(
    ...chunks.map(([name, content]) =>
      join(name, le32(content.length), content, content.length % 2 ? 0 : [])
    ),
  );
  return join("RIFF", le32(4 + body.length), "WEBP", body);
}

/** A frame of a GIF: where it lies, and each pixel's place in the palette. */
export interface GifFrame {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Rows in GIF89a's order (appendix E) in place of top to bottom. */
  interlaced?: boolean;
  index: (x: number, y: number) => number;
}

/** A GIF with a palette of up to 128 colours, of which index `transparent` is no colour. */
export function encodeGif(
  width: number,
  height: number,
  palette: number[][],
  transparent: number,
  frames: GifFrame[],
): Uint8Array<ArrayBuffer> {
  const table = Array.from({ length: 128 }, (_, i) => palette[i] ?? [0, 0, 0]).flat();
  return join(
    ...["GIF89a", le16(width), le16(height), 0xf6, 0, 0, table],
    ...frames.map((frame) =>
      join(
        [0x21, 0xf9, 4, 1, 0, 0, transparent, 0], // graphic control extension
        0x2c,
        ...[frame.x, frame.y, frame.width, frame.height].map(le16),
        frame.interlaced ? 0x40 : 0,
        uncompressedLzw(frame),
      )
    ),
    0x3b,
  );
}

// With 7-bit colours LZW codes have eight bits for as long as its table stays under 256 entries:
// a clear code every 100 pixels keeps it there, and every code a byte.
function uncompressedLzw({ width, height, interlaced, index }: GifFrame): Uint8Array {
  const rows = (interlaced ? [[0, 8], [4, 8], [2, 4], [1, 2]] : [[0, 1]]).flatMap(([first, step]) =>
    Array.from({ length: Math.ceil((height - first) / step) }, (_, i) => first + i * step)
  );
  const codes: number[] = [];
  for (let i = 0; i < width * height; i++) {
    if (i % 100 === 0) codes.push(128); // clear
    codes.push(index(i % width, rows[Math.floor(i / width)]));
  }
  codes.push(129); // end
  const blocks: Uint8Array[] = [];
  for (let i = 0; i < codes.length; i += 255) {
    const block = codes.slice(i, i + 255);
    blocks.push(join(block.length, block));
  }
  return join(7, ...blocks, 0);
}
