// Damaged picture files for fuzzing: small files of every format and kind, changed at random, but
// the same for the same number.
// Source: Zalewski, American Fuzzy Lop, technical whitepaper (2016): bit flips, known integers,
// runs of bytes overwritten, blocks doubled, moved and cut out, and files spliced.

import { Random } from "../../lib/random.ts";
import {
  crc32,
  encodeBmp,
  encodeGif,
  encodeJpeg,
  encodePng,
  exifBlock,
  frameControl,
  webpOf,
} from "./encode.ts";
import {
  ALPHA_WEBP,
  BASELINE_JPEG,
  LOSSLESS_WEBP,
  LOSSY_WEBP,
  PROGRESSIVE_JPEG,
  RESTART_JPEG,
} from "./samples.ts";

export type Format = "PNG" | "JPEG" | "GIF" | "BMP" | "WebP";

export interface Mutant {
  /** The format of what it was made from. */
  format: Format;
  bytes: Uint8Array<ArrayBuffer>;
}

/** A slanted stroke of 0s on 1s. */
const isPaper = (x: number, y: number) => Math.abs(x + (y >> 1) - 18) < 3 ? 0 : 1;

const SOURCES: Record<Format, Uint8Array<ArrayBuffer>[]> = {
  PNG: await Promise.all([
    encodePng(29, 23, { colourType: 0, bitDepth: 1 }, (x, y) => [isPaper(x, y)]),
    encodePng(29, 23, { colourType: 0, bitDepth: 16, interlaced: true }, (x, y) => [
      65535 * isPaper(x, y),
    ]),
    encodePng(29, 23, {
      colourType: 2,
      bitDepth: 8,
      chunks: { eXIf: exifBlock(6), tRNS: Uint8Array.of(0, 1, 0, 1, 0, 1) },
    }, (x, y) => [200 * isPaper(x, y), 190, 180]),
    encodePng(29, 23, {
      colourType: 3,
      bitDepth: 2,
      interlaced: true,
      palette: [[0, 0, 90], [250, 250, 240], [255, 0, 0]],
      chunks: { tRNS: Uint8Array.of(255, 0) },
    }, (x, y) => [isPaper(x, y)]),
    encodePng(29, 23, {
      colourType: 4,
      bitDepth: 8,
      chunks: { acTL: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0), fcTL: frameControl(0, 29, 23) },
    }, (x, y) => [0, 255 * (1 - isPaper(x, y))]),
    encodePng(29, 23, { colourType: 6, bitDepth: 16 }, (x, y) => [9 * x, 9 * y, x * y, 65535]),
  ]),
  JPEG: [
    BASELINE_JPEG,
    RESTART_JPEG,
    PROGRESSIVE_JPEG,
    encodeJpeg(40, 40, { exif: exifBlock(6) }, (x, y) => [20 * x + 30 * y]),
    encodeJpeg(40, 24, { adobe: 2, progressive: true }, (x, y) => [20 * x, 128, 30 * y, 255]),
    new Uint8Array([...BASELINE_JPEG, ...encodeJpeg(8, 8, {}, () => [200])]),
  ],
  GIF: [
    encodeGif(29, 23, [[0, 0, 0], [240, 240, 240]], 99, [
      { x: 0, y: 0, width: 29, height: 23, interlaced: true, index: isPaper },
    ]),
    encodeGif(40, 30, [[0, 0, 0], [240, 240, 240]], 1, [
      { x: 4, y: 3, width: 29, height: 23, index: isPaper },
      { x: 0, y: 0, width: 9, height: 9, index: () => 1 },
    ]),
  ],
  BMP: [
    encodeBmp(29, 23, { bits: 1, palette: [[0, 0, 0], [255, 255, 255]] }, isPaper),
    encodeBmp(29, 23, {
      bits: 4,
      palette: [[0, 0, 90], [250, 250, 250]],
      runLengths: true,
    }, isPaper),
    encodeBmp(
      29,
      23,
      { bits: 8, palette: [[0, 0, 90], [250, 250, 250]], runLengths: true },
      isPaper,
    ),
    encodeBmp(29, 23, { bits: 16, topDown: true }, (x, y) => 0x7fff * isPaper(x, y)),
    encodeBmp(29, 23, { bits: 24, core: true }, (x, y) => 0xffffff * isPaper(x, y)),
    encodeBmp(
      29,
      23,
      { bits: 32, masks: [0xff, 0xff00, 0xff0000, 0xff000000] },
      (x, y) => 0xff0000ff + 0xffff00 * isPaper(x, y),
    ),
  ],
  WebP: [
    LOSSY_WEBP,
    LOSSLESS_WEBP,
    ALPHA_WEBP,
    webpOf([
      ["VP8X", Uint8Array.of(8, 0, 0, 0, 34, 0, 0, 32, 0, 0)],
      ["VP8L", LOSSLESS_WEBP.subarray(20)],
      ["EXIF", exifBlock(8)],
    ]),
  ],
};

// The three that everybody has get more of the files.
const FORMATS: readonly Format[] = [
  "PNG",
  "PNG",
  "PNG",
  "JPEG",
  "JPEG",
  "JPEG",
  "GIF",
  "GIF",
  "BMP",
  "WebP",
];

/** The mutant of the given number. */
export function mutant(number: number): Mutant {
  const random = new Random(number);
  const format = random.pick(FORMATS);
  let bytes = random.pick(SOURCES[format]).slice();
  for (let changes = 1 + random.integer(2); changes > 0; changes--) {
    bytes = random.pick(MUTATIONS)(bytes, random, format);
  }
  // Half of the PNGs get right checksums, lest these be all that is ever found wrong.
  if (format === "PNG" && random.uniform() < 0.5) repairChecksums(bytes);
  return { format, bytes };
}

type Mutation = (
  bytes: Uint8Array<ArrayBuffer>,
  random: Random,
  format: Format,
) => Uint8Array<ArrayBuffer>;

const MUTATIONS: Mutation[] = [
  flipBits,
  flipBits,
  overwrite,
  changeNumber,
  changeSize,
  truncate,
  moveBlock,
  moveParts,
  splice,
];

function flipBits(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  for (let flips = 1 + random.integer(4); flips > 0; flips--) {
    bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
  }
  return bytes;
}

function overwrite(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const start = random.integer(bytes.length);
  const run = bytes.subarray(start, start + 1 + random.integer(40));
  if (random.uniform() < 0.5) return run.fill(random.pick([0, 1, 0x7f, 0x80, 0xff])), bytes;
  for (let i = 0; i < run.length; i++) run[i] = random.integer(256);
  return bytes;
}

// Ends of ranges, what is near them, and sides whose product decode() just lets through or not.
const NUMBERS = [0, 1, 2, 16, 0x7f, 0x80, 0xff, 0x100, 4000, 8000, 8001, 0x3fff, 0x4000, 0x7fff]
  .concat(0x8000, 0xffff, 0x10000, 64e6, 0x7fffffff, 0x80000000, 0xffffffff);

/** Puts a number anywhere: lengths, offsets, counts, indices. */
function changeNumber(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  putNumber(bytes, random.integer(bytes.length), random.pick([1, 2, 4]), random);
  return bytes;
}

function putNumber(bytes: Uint8Array, at: number, length: number, random: Random): void {
  const number = random.uniform() < 0.7 ? random.pick(NUMBERS) : random.integer(5000);
  const bigEndian = random.uniform() < 0.5;
  for (let i = 0; i < length && at + i < bytes.length; i++) {
    bytes[at + i] = number >>> 8 * (bigEndian ? length - 1 - i : i);
  }
}

/** Where width and height are, and how many bytes each has; JPEG's are behind a marker. */
const SIZES: Record<Exclude<Format, "JPEG">, [offset: number, length: number]> = {
  PNG: [16, 4],
  GIF: [6, 2],
  BMP: [18, 4],
  WebP: [26, 2],
};

/** Changes width, height or both. */
function changeSize(
  bytes: Uint8Array<ArrayBuffer>,
  random: Random,
  format: Format,
): Uint8Array<ArrayBuffer> {
  const frame = bytes.findIndex((byte, i) => byte === 0xff && (bytes[i + 1] & 0xfd) === 0xc0);
  const [offset, length] = format === "JPEG" ? [frame + 5, 2] : SIZES[format];
  for (const which of random.pick([[0], [1], [0, 1]])) {
    putNumber(bytes, offset + which * length, length, random);
  }
  return bytes;
}

function truncate(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  return bytes.slice(0, 1 + random.integer(bytes.length));
}

/** Cuts a run of bytes out, and puts it in elsewhere, once or twice or not at all. */
function moveBlock(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const start = random.integer(bytes.length);
  const block = bytes.slice(start, start + 1 + random.integer(100));
  const rest = new Uint8Array([
    ...bytes.subarray(0, start),
    ...bytes.subarray(start + block.length),
  ]);
  const to = random.integer(rest.length + 1);
  const blocks = new Array<Uint8Array>(random.integer(3)).fill(block).flatMap((it) => [...it]);
  return new Uint8Array([...rest.subarray(0, to), ...blocks, ...rest.subarray(to), bytes[0]]);
}

/** Doubles a chunk or segment, leaves one out, or has two of them change places. */
function moveParts(
  bytes: Uint8Array<ArrayBuffer>,
  random: Random,
  format: Format,
): Uint8Array<ArrayBuffer> {
  const parts = partsOf(bytes, format);
  const [a, b] = [random.integer(parts.length), random.integer(parts.length)];
  const change = random.integer(3);
  if (change === 0) parts.splice(b, 0, parts[a]);
  else if (change === 1) parts.splice(a, 1);
  else [parts[a], parts[b]] = [parts[b], parts[a]];
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** A PNG's chunks, a JPEG's segments, a WebP's chunks, and of others eighths. */
function partsOf(bytes: Uint8Array<ArrayBuffer>, format: Format): Uint8Array[] {
  const starts = [0];
  const view = new DataView(bytes.buffer);
  if (format === "PNG") {
    for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) starts.push(at);
  } else if (format === "WebP") {
    for (let at = 12; at + 8 <= bytes.length; at += 8 + view.getUint32(at + 4, true)) {
      starts.push(at);
    }
  } else if (format === "JPEG") {
    for (let at = 2; at + 1 < bytes.length; at++) {
      if (bytes[at] === 0xff && bytes[at + 1] >= 0xc0) starts.push(at);
    }
  } else {
    for (let i = 1; i < 8; i++) starts.push(Math.floor(i * bytes.length / 8));
  }
  return starts.map((start, i) => bytes.subarray(start, starts[i + 1] ?? bytes.length));
}

/** The start of one file, and the end of another. */
function splice(
  bytes: Uint8Array<ArrayBuffer>,
  random: Random,
  format: Format,
): Uint8Array<ArrayBuffer> {
  const other = random.pick(SOURCES[random.uniform() < 0.8 ? format : random.pick(FORMATS)]);
  const start = bytes.subarray(0, random.integer(bytes.length));
  return new Uint8Array([...start, ...other.subarray(random.integer(other.length))]);
}

function repairChecksums(png: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(png.buffer);
  for (let chunk = 8; chunk + 12 <= png.length;) {
    const end = chunk + 8 + view.getUint32(chunk);
    if (end + 4 > png.length) return;
    view.setUint32(end, crc32(png.subarray(chunk + 4, end)));
    chunk = end + 4;
  }
}
