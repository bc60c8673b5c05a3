// What the library is measured by: what `predict --json` prints for the sample pictures.

import type { PictureReading } from "../../mod.ts";
import { run } from "../commands.ts";

export const PICTURES = Array.from({ length: 10 }, (_, i) => `images/${i + 1}.png`);

/** What the command reads in the sample pictures, in their order. */
export async function predicted(): Promise<PictureReading[]> {
  const { stdout } = await run("predict", ["--json", ...PICTURES]);
  return stdout.trim().split("\n").map((line) => {
    const { file: _, ...reading } = JSON.parse(line);
    return reading;
  });
}
