// A picture's bytes, from a file, a pipe or the standard input, and never more than a picture has.

import { concatenate } from "../arrays.ts";
import { STDIN } from "./inputs.ts";

/**
 * The largest file that is read: as many bytes as the largest picture that is decoded takes without
 * any compression, 64 million pixels of four bytes.
 */
export const MAX_BYTES = 256_000_000;

/**
 * Reads a file as a whole.
 *
 * @param file `-` is the standard input.
 * @throws {RangeError} when it has more than {@linkcode MAX_BYTES}.
 * @throws whatever the system has to say, an instance of Error.
 */
export async function readBytes(file: string): Promise<Uint8Array> {
  if (file === STDIN) return await readStream(Deno.stdin.readable);
  const { isFile, size } = Deno.statSync(file);
  // A pipe says that it is empty, and may never end.
  if (!isFile) return await readStream((await Deno.open(file)).readable);
  if (size > MAX_BYTES) throw tooLarge();
  return Deno.readFileSync(file);
}

/**
 * Reads a stream to its end.
 *
 * @throws {RangeError} when more than `limit` bytes come.
 */
export async function readStream(
  stream: ReadableStream<Uint8Array>,
  limit = MAX_BYTES,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return concatenate(chunks, (length) => new Uint8Array(length));
}

function tooLarge(limit = MAX_BYTES): RangeError {
  return new RangeError(
    `The file is too large for a picture, expected at most ${limit / 1e6} MB: save it as a JPEG`,
  );
}
