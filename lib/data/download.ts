// Fetches one file over HTTP, continuing where an earlier attempt was cut off.
// Source: range requests as in RFC 9110, section 14.

import { UserError } from "../errors.ts";
import { writeAll } from "../files.ts";

export interface DownloadOptions {
  /** Stands in for `fetch` in tests. */
  fetch?: typeof fetch;
  signal?: AbortSignal;
  /** How far the file is, in bytes; `total` is missing where the server does not tell. */
  onProgress?: (bytes: number, total?: number) => void;
  /** The file's size, where it is known: a server that has another has another file. */
  size?: number;
  /** How long the server may be silent, in milliseconds. Default 30,000. */
  idleTimeoutMs?: number;
}

/** A connection that broke off in the middle: what has come is kept, and asking again may help. */
export class CutError extends Error {
  override name = "CutError";
}

/**
 * Fetches `url` into the file `path`. Bytes that are already in it are taken for the file's
 * beginning, and only the rest is asked for; where the server cannot do that the file is fetched
 * anew. Whatever goes wrong later, `path` keeps what has come.
 *
 * @throws {CutError} Where the connection broke off or the server fell silent.
 * @throws {UserError} Where `path` cannot be written.
 * @throws {Error} Where the server has no such file; or `signal`'s reason.
 */
export async function download(
  url: string,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const { fetch = globalThis.fetch, onProgress, size, idleTimeoutMs = 30_000 } = options;
  using idle = new IdleTimer(idleTimeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, idle.signal]) : idle.signal;

  const get = async (offset: number): Promise<Response> => {
    idle.restart();
    // The server must not compress on its own account: ranges would count compressed bytes.
    const headers = new Headers({ "accept-encoding": "identity" });
    if (offset > 0) headers.set("range", `bytes=${offset}-`);
    try {
      return await fetch(url, { headers, signal });
    } catch (error) {
      options.signal?.throwIfAborted();
      // No CutError: a server that says nothing at all is not worth a second attempt.
      throw new Error(reasonOf(idle.signal.aborted ? idle.signal.reason : error));
    }
  };

  let offset = await sizeOf(path);
  let response = await get(offset);
  if (offset > 0 && response.status !== 200) {
    const range = contentRange(response);
    if (response.status === 416 && range.total === offset) {
      await response.body?.cancel();
      return;
    }
    if (response.status === 416 || (response.status === 206 && range.start !== offset)) {
      await response.body?.cancel();
      offset = 0;
      response = await get(0);
    }
  }
  const problem = problemOf(response);
  if (problem || !response.body) {
    await response.body?.cancel();
    throw new Error(problem ?? "answered with nothing");
  }
  if (response.status === 200) offset = 0;

  const length = response.headers.get("content-length");
  const total = length === null ? undefined : offset + Number(length);
  if (size !== undefined && total !== undefined && total !== size) {
    await response.body.cancel();
    throw new Error(`has a file of ${total} bytes, expected ${size}`);
  }
  let bytes = offset;
  using file = await openFor(path, offset);
  onProgress?.(bytes, total);
  // Not `for await`: a failing read is the server's fault, a failing write the disk's.
  const reader = response.body.getReader();
  try {
    while (true) {
      idle.restart(); // here: a slow disk is not the server's fault
      const { done, value } = await reader.read().catch((error) => {
        options.signal?.throwIfAborted();
        if (idle.signal.aborted) throw idle.signal.reason;
        throw new CutError(cutAfter(bytes, total, reasonOf(error)));
      });
      if (done) break;
      if (size !== undefined && bytes + value.length > size) {
        throw new Error(`sends more than the ${size} bytes expected`);
      }
      await writeAll(file, value).catch((error) => {
        throw cannotWrite(path, error);
      });
      bytes += value.length;
      onProgress?.(bytes, total);
    }
  } finally {
    await reader.cancel().catch(() => {}); // it only repeats what read() has thrown
  }
  const expected = total ?? size;
  if (expected !== undefined && bytes < expected) throw new CutError(cutAfter(bytes, expected));
}

/** The error for a file or folder that cannot be written. */
export function cannotWrite(path: string, cause: unknown): UserError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UserError(
    `Cannot write ${path}: ${reason}. Make sure that it can be written to and the disk has room, ` +
      "or choose another data folder with --data DIR or DIGITS_DATA",
    { cause },
  );
}

/** Aborts its signal when nobody has restarted it for a while. */
class IdleTimer implements Disposable {
  #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timeoutMs: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#controller.abort(new CutError(`no data for ${this.#timeoutMs / 1000} s`));
    }, this.#timeoutMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** What is wrong with a response, if anything. */
function problemOf(response: Response): string | undefined {
  if (response.status !== 200 && response.status !== 206) {
    return `answered ${response.status} ${response.statusText}`.trimEnd();
  }
  // Hotels' and offices' login pages come with a 200.
  if (response.headers.get("content-type")?.startsWith("text/html")) {
    return "answered with an HTML page instead of a file";
  }
}

// `Content-Range: bytes 100-199/200`, or with status 416 `bytes */200`.
function contentRange(response: Response): { start?: number; total?: number } {
  const header = response.headers.get("content-range") ?? "";
  const [, start, total] = header.match(/^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/) ?? [];
  const number = (text?: string) => text === undefined || text === "*" ? undefined : Number(text);
  return { start: number(start), total: number(total) };
}

/** A file's size in bytes; 0 where there is none. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw cannotWrite(path, error);
  }
}

async function openFor(path: string, offset: number): Promise<Deno.FsFile> {
  try {
    const end = offset > 0 ? { append: true } : { write: true, create: true, truncate: true };
    return await Deno.open(path, end);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function cutAfter(bytes: number, total?: number, reason?: string): string {
  const of = total === undefined ? "" : ` of ${total}`;
  return `the connection was cut after ${bytes}${of} bytes${reason ? ` (${reason})` : ""}`;
}

/** The part of a failed fetch's message that says why; Deno hides it in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message } = error.cause instanceof Error ? error.cause : error;
  return message.replace(/^error sending request .*?\): /, "");
}
