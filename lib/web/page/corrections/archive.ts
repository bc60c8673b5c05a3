// Corrections as a ZIP of the folder that `train --dataset` takes: see lib/data/folder.ts.

import { type Zippable, zipSync } from "fflate";
import { areDigits, folderOfClass } from "../../../data/classes.ts";
import { encodePng } from "../../../report/png.ts";
import type { Correction } from "./store.ts";

/** The folder that the ZIP of corrections to such classes holds. */
export function folderFor(classes: readonly string[]): string {
  return areDigits(classes) ? "my-digits" : "my-pictures";
}

/**
 * A ZIP of `my-digits/LABEL/ID.png`, as the network saw them, white ink on black; what each picture was
 * read as, and by which model, is in `my-digits/corrections.json`.
 *
 * @param classes What there is for labels.
 */
export async function toZip(
  corrections: readonly Correction[],
  classes: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const folder = folderFor(classes);
  const files: Zippable = {};
  const entries = [];
  for (const { id, pixels, ...rest } of corrections) {
    const file = `${folderOfClass(rest.label, classes)}/${id}.png`;
    // PNG is compressed already.
    files[`${folder}/${file}`] = [await encodePng(pixels, 28, 28), { level: 0, mtime: rest.at }];
    entries.push({ file, ...rest });
  }
  const list = new TextEncoder().encode(JSON.stringify(entries, undefined, 2) + "\n");
  // Not by workers of fflate's, which begin as blobs: the page's policy refuses those.
  return zipSync({ ...files, [`${folder}/corrections.json`]: list });
}
