// Whether a file is the one that was published: its SHA-256, decompressed. Nothing here needs files
// or a network, so that a page can use it on what it was handed.

import { recognise } from "./idx.ts";
import type { SourceFile } from "./sources.ts";

const CHUNK = 2 ** 18; // bytes
const DEFLATES_MOST = 1032; // to one, says zlib's documentation

/** A file as it should be, or what is wrong with it. */
export type Checked = { bytes: Uint8Array<ArrayBuffer>; problem?: undefined } | { problem: string };

/**
 * Whether SHA-256 can be worked out here: browsers have it for pages that came by HTTPS or from their
 * own machine.
 */
export const CAN_HASH: boolean = globalThis.crypto?.subtle !== undefined;

/** The SHA-256 of bytes, in hexadecimal. */
export async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  // Not toHex(), which browsers of a few years ago have not.
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Decompresses a file where it needs to be, whatever its name says. */
export async function decompress(bytes: Uint8Array<ArrayBuffer>): Promise<Checked> {
  const kind = recognise(bytes);
  if (kind === "html") return { problem: "it is an HTML page" };
  if (kind !== "gzip") return { bytes };
  try {
    return { bytes: await gunzip(bytes) };
  } catch {
    return { problem: `its ${bytes.length} bytes of gzip are damaged or cut short` };
  }
}

/**
 * Decompresses straight into its place: a data set may have 190 MB, and is in memory only once.
 *
 * @throws {Error} Where the bytes are damaged.
 */
async function gunzip(compressed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  // The last four bytes say how many there are; damaged ones may say anything.
  const { buffer, byteOffset, length } = compressed;
  const size = new DataView(buffer, byteOffset, length).getUint32(length - 4, true);
  if (size > length * DEFLATES_MOST) throw new RangeError("More than can be");
  const bytes = new Uint8Array(size);
  let start = 0;
  const chunks = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (start >= length) return controller.close();
      controller.enqueue(compressed.subarray(start, start += CHUNK));
    },
  }, { highWaterMark: 0 });
  let at = 0;
  // Not `for await`: Safari's streams have not learnt that.
  const reader = chunks.pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (let result; !(result = await reader.read()).done; at += result.value.length) {
      bytes.set(result.value, at);
    }
  } finally {
    await reader.cancel().catch(() => {}); // it only repeats what read() has thrown
  }
  if (at !== size) throw new RangeError("Fewer than there should be");
  return bytes;
}

/** Decompresses a file where it needs to be, and checks its SHA-256. */
export async function check(
  bytes: Uint8Array<ArrayBuffer>,
  { sha256, isHashedAsGzip }: Omit<SourceFile, "name">,
): Promise<Checked> {
  const checked = await decompress(bytes);
  if (checked.problem !== undefined) return checked;
  const found = await hashOf(isHashedAsGzip ? bytes : checked.bytes);
  if (found === sha256) return checked;
  const state = isHashedAsGzip ? "compressed as it is" : "decompressed";
  return { problem: `its SHA-256, ${state}, is ${found}, expected ${sha256}` };
}
