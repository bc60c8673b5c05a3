// The IDX files that MNIST and its successors come in: read and written, on bytes alone.
// Source: "The IDX file format" on http://yann.lecun.com/exdb/mnist/ (big-endian throughout).

const IMAGES_MAGIC = 0x803; // 08: unsigned bytes, 03: three dimensions
const LABELS_MAGIC = 0x801;
const TABLE_MAGIC = 0xc02; // 0c: integers of 32 bits, 02: two dimensions
const IMAGES_HEADER = 16; // magic, count, rows, columns
const LABELS_HEADER = 8; // magic, count
const TABLE_HEADER = 12; // magic, count, columns

/** What an IDX file of images holds. */
export interface IdxImages {
  /** How many images. */
  count: number;
  /** Of each image: its height in pixels. */
  rows: number;
  /** Its width in pixels. */
  columns: number;
  /** `[count, rows, columns]`, row-major, 0 = paper to 255 = ink. */
  pixels: Uint8Array;
}

/**
 * Reads an IDX file of images. The pixels are a view of `bytes`, not a copy.
 *
 * @throws {SyntaxError} Where the bytes are not such a file, whole and with nothing after it; the
 * message does not name the file, which only the caller knows.
 */
export function parseImages(bytes: Uint8Array): IdxImages {
  const header = readHeader(bytes, "images", IMAGES_MAGIC, IMAGES_HEADER);
  const [count, rows, columns] = [header.getUint32(4), header.getUint32(8), header.getUint32(12)];
  checkSize(bytes, IMAGES_HEADER + count * rows * columns, `${count} images of ${rows}x${columns}`);
  return { count, rows, columns, pixels: bytes.subarray(IMAGES_HEADER) };
}

/**
 * Reads an IDX file of labels, or one of tables that begin with the label, as QMNIST's are. The
 * result is a view of `bytes` where these are labels only, not a copy.
 *
 * @param options.classes How many classes there are: labels go from 0 to `classes` - 1. Default 10.
 * @throws {SyntaxError} Where the bytes are not such a file, whole and with nothing after it, or
 * where a label is out of range.
 */
export function parseLabels(bytes: Uint8Array, options: { classes?: number } = {}): Uint8Array {
  const { classes = 10 } = options;
  const labels = isTable(bytes) ? readFirstColumn(bytes) : readLabels(bytes);
  const wrong = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (wrong >= 0) {
    throw new SyntaxError(
      `Label ${wrong} (counted from 0) is ${labels[wrong]}, expected 0 to ${classes - 1}`,
    );
  }
  return labels instanceof Uint8Array ? labels : Uint8Array.from(labels);
}

function readLabels(bytes: Uint8Array): Uint8Array {
  const header = readHeader(bytes, "labels", LABELS_MAGIC, LABELS_HEADER);
  const count = header.getUint32(4);
  checkSize(bytes, LABELS_HEADER + count, `${count} labels`);
  return bytes.subarray(LABELS_HEADER);
}

/** Whether bytes are an IDX file of whole numbers in rows and columns. */
function isTable(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && view(bytes).getUint32(0) === TABLE_MAGIC;
}

/** The first number of each row. */
function readFirstColumn(bytes: Uint8Array): Int32Array {
  const table = readHeader(bytes, "labels", TABLE_MAGIC, TABLE_HEADER);
  const [rows, columns] = [table.getUint32(4), table.getUint32(8)];
  checkSize(bytes, TABLE_HEADER + 4 * rows * columns, `${rows} rows of ${columns} numbers`);
  if (columns === 0) throw new SyntaxError("The header announces rows of no numbers");
  return Int32Array.from(
    { length: rows },
    (_, row) => table.getInt32(TABLE_HEADER + 4 * row * columns),
  );
}

/**
 * Writes an IDX file of images.
 *
 * @throws {TypeError} Where the pixels are not `[count, rows, columns]`.
 */
export function encodeImages(images: IdxImages): Uint8Array<ArrayBuffer> {
  const { count, rows, columns, pixels } = images;
  if (pixels.length !== count * rows * columns) {
    throw new TypeError(
      `Expected ${count}x${rows}x${columns} = ${count * rows * columns} pixels, ` +
        `found ${pixels.length}`,
    );
  }
  return encode([IMAGES_MAGIC, count, rows, columns], pixels);
}

/** Writes an IDX file of labels. */
export function encodeLabels(labels: Uint8Array): Uint8Array<ArrayBuffer> {
  return encode([LABELS_MAGIC, labels.length], labels);
}

/** What bytes that should have been an IDX file look like instead, where that can be told. */
export function recognise(bytes: Uint8Array): "gzip" | "html" | "images" | "labels" | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "gzip";
  const start = new TextDecoder().decode(bytes.subarray(0, 256)).trimStart().toLowerCase();
  if (start.startsWith("<!doctype html") || start.startsWith("<html")) return "html";
  if (bytes.length < 4) return undefined;
  const magic = view(bytes).getUint32(0);
  if (magic === IMAGES_MAGIC) return "images";
  if (magic === LABELS_MAGIC || magic === TABLE_MAGIC) return "labels";
}

const HINTS = {
  gzip: "it is still compressed with gzip, decompress it first",
  html: "it is an HTML page, probably an error or login page saved under the file's name",
  images: "it is a file of images, were the two swapped?",
  labels: "it is a file of labels, were the two swapped?",
};

function readHeader(
  bytes: Uint8Array,
  what: "images" | "labels",
  magic: number,
  length: number,
): DataView {
  const kind = recognise(bytes);
  const hint = kind && kind !== what ? `: ${HINTS[kind]}` : "";
  if (bytes.length >= 4) {
    const found = view(bytes).getUint32(0);
    if (found !== magic) {
      throw new SyntaxError(
        `Not an IDX file of ${what}: it starts with ${hex(found)}, expected ${hex(magic)}${hint}`,
      );
    }
  }
  if (bytes.length < length) {
    throw new SyntaxError(
      `Too short for an IDX file of ${what}: found ${bytes.length} bytes, ` +
        `expected a header of ${length}${hint}`,
    );
  }
  return view(bytes);
}

function checkSize(bytes: Uint8Array, expected: number, contents: string): void {
  const difference = bytes.length - expected;
  if (difference === 0) return;
  const problem = difference < 0
    ? `${-difference} too few, the file is cut short`
    : `${difference} too many`;
  throw new SyntaxError(
    `The header announces ${contents}, ${expected} bytes in all; found ${bytes.length}: ${problem}`,
  );
}

function encode(header: number[], body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * header.length + body.length);
  header.forEach((value, i) => view(bytes).setUint32(4 * i, value));
  bytes.set(body, 4 * header.length);
  return bytes;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
