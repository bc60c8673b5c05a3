// Single files out of a ZIP archive, by the directory at its end: of all else in it, however much that
// is, nothing is read.

import { Reader, ZipReader } from "@zip.js/zip.js";

/**
 * Unpacks a file of an archive, chunk by chunk.
 *
 * @throws {Error} Where there is no such file in it, or the archive is damaged; or what `write` throws.
 */
export async function unpackMember(
  archive: Deno.FsFile,
  name: string,
  write: (chunk: Uint8Array<ArrayBuffer>) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const zip = new ZipReader(new FileReader(archive), { checkSignature: true, signal });
  for await (const entry of zip.getEntriesGenerator()) {
    if (entry.filename !== name || entry.directory) continue;
    let failure: unknown;
    const to = new WritableStream<Uint8Array<ArrayBuffer>>({
      write: (chunk) => write(chunk).catch((error) => Promise.reject(failure = error)),
    });
    // Where writing fails the library only says that the stream is closed.
    await entry.getData(to, { useWebWorkers: false }).catch((error) =>
      Promise.reject(failure ?? error)
    );
    return;
  }
  throw new Error(`there is no ${name} in it`);
}

/** Lets the library read a file of any size where it wants to. */
class FileReader extends Reader<Deno.FsFile> {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    super(file);
    this.#file = file;
  }

  override async init(): Promise<void> {
    this.size = (await this.#file.stat()).size;
    await super.init?.();
  }

  override async readUint8Array(start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    await this.#file.seek(start, Deno.SeekMode.Start);
    let at = 0;
    for (let count; at < length && (count = await this.#file.read(bytes.subarray(at))) !== null;) {
      at += count;
    }
    return bytes.subarray(0, at);
  }
}
