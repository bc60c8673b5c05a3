// Corrections as a ZIP of the folder that `train --dataset` takes: see lib/data/folder.ts.

import { type Zippable, zipSync } from "fflate";
import { encodePng } from "../../../report/png.ts";
import type { Correction } from "./store.ts";

/** The folder that the ZIP holds. */
export const FOLDER = "my-digits";

/**
 * A ZIP of `my-digits/LABEL/ID.png`, in MNIST's form, white ink on black; what each picture was read
 * as, and by which model, is in `my-digits/corrections.json`.
 */
export async function toZip(corrections: readonly Correction[]): Promise<Uint8Array<ArrayBuffer>> {
  const files: Zippable = {};
  const entries = [];
  for (const { id, pixels, ...rest } of corrections) {
    const file = `${rest.label}/${id}.png`;
    // PNG is compressed already.
    files[`${FOLDER}/${file}`] = [await encodePng(pixels, 28, 28), { level: 0, mtime: rest.at }];
    entries.push({ file, ...rest });
  }
  const list = new TextEncoder().encode(JSON.stringify(entries, undefined, 2) + "\n");
  // Not by workers of fflate's, which begin as blobs: the page's policy refuses those.
  return zipSync({ ...files, [`${FOLDER}/corrections.json`]: list });
}
