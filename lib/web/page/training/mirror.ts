// MNIST from a mirror that pages may read. What has come and was found to be right is kept by the
// browser, so that a class downloads it once.

import { publishedDataset } from "../../../data/assemble.ts";
import type { Dataset } from "../../../data/dataset.ts";
import { type Files, PARTS, type Source } from "../../../data/sources.ts";
import { CAN_HASH, check } from "../../../data/verify.ts";

const KEPT = "digits-data";

export interface MirrorOptions {
  /** Told how far a file is, in bytes; `total` is missing where the mirror does not tell. */
  onProgress?: (file: string, bytes: number, total?: number) => void;
}

/**
 * Fetches the four files of a data set, and checks each.
 *
 * @param mirror A web folder that has them as `<name>.gz`.
 * @throws {Error} where the mirror cannot be reached, or has something else.
 */
export async function fetchDataset(
  source: Source,
  mirror: string,
  options: MirrorOptions = {},
): Promise<Dataset> {
  if (!CAN_HASH) {
    throw new Error(
      "This page came by plain HTTP, and browsers do not let such pages check what they download. " +
        "Open it by HTTPS or on the machine that serves it, or take other digits",
    );
  }
  const cache = await openCache();
  const files: Partial<Files> = {};
  for (const part of PARTS) {
    const { name } = source.files[part];
    const url = `${mirror}${name}.gz`;
    const kept = await cache?.match(url);
    const bytes = kept
      ? new Uint8Array(await kept.arrayBuffer())
      : await download(url, `${name}.gz`, options);
    const checked = await check(bytes, source.files[part]);
    if (checked.problem !== undefined) {
      await cache?.delete(url); // the next try downloads it anew
      throw new Error(
        `${name}.gz from ${new URL(url).host} is not ${source.title}'s: ${checked.problem}`,
      );
    }
    // Without room for it nothing is lost but the next visit's time.
    if (!kept) await cache?.put(url, new Response(bytes)).catch(() => {});
    files[part] = checked.bytes;
  }
  return await publishedDataset(source, files as Files);
}

/** Undefined where the browser keeps nothing. */
async function openCache(): Promise<Cache | undefined> {
  return await globalThis.caches?.open(KEPT).catch(() => undefined);
}

async function download(
  url: string,
  file: string,
  { onProgress }: MirrorOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { host } = new URL(url);
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    const length = response.headers.get("content-length");
    const total = length === null ? undefined : Number(length);
    let bytes = 0;
    const counted = response.body!.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (chunk, controller) => {
          bytes += chunk.length;
          onProgress?.(file, bytes, total);
          controller.enqueue(chunk);
        },
      }),
    );
    return new Uint8Array(await new Response(counted).arrayBuffer());
  } catch (error) {
    throw new Error(
      `Could not download ${file} from ${host} (${(error as Error).message}). Is there a ` +
        "connection, and does the network let that host through? Take other digits without it",
      { cause: error },
    );
  }
}
