// Archives for tests of the cache: with the files of mirrors.ts in them, and others around.

import { zipSync } from "fflate";
import type { Part, Source } from "../../lib/data/sources.ts";
import { PARTS } from "../../lib/data/sources.ts";
import { hashOf } from "../../lib/data/verify.ts";
import { Random } from "../../lib/random.ts";
import { files, gzipped, type Published } from "./mirrors.ts";

/** The archive's name on the mirrors, and its folder. */
export const ARCHIVE = "gzip.zip";
const FOLDER = "gzip/";

/** So many bytes of noise. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  const random = new Random(2);
  return Uint8Array.from({ length }, () => random.integer(256));
}

/** What an archive has in the order of its members, all but the first two of them wanted. */
export function contents(
  parts: Readonly<Record<Part, Uint8Array>> = gzipped,
): Record<string, Uint8Array> {
  const wanted = PARTS.map((part) => [`${FOLDER}${files[part].name}.gz`, parts[part]]);
  return {
    [`${FOLDER}others.gz`]: noise(50_000),
    [`__MACOSX/._${files.trainImages.name}.gz`]: noise(300),
    ...Object.fromEntries(wanted),
  };
}

/** A data set that is published as an archive. */
export async function archived(
  zip: Uint8Array<ArrayBuffer> = zipSync(contents()),
  changes: Partial<Source> = {},
): Promise<Published> {
  const [sha256, bytes] = [await hashOf(zip), zip.length];
  return {
    source: {
      name: "emnist-digits",
      title: "EMNIST Digits",
      archive: { name: ARCHIVE, bytes, sha256, folder: FOLDER },
      folders: ["emnist-digits", "EMNIST/raw"],
      ...changes,
    },
    served: { [ARCHIVE]: zip },
  };
}
