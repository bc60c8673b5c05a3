// Who did some work, for records of it.

import config from "../deno.json" with { type: "json" };

/** This program's version. */
export const VERSION: string = config.version;

/** The versions of this program and of what runs it, by name; of a browser nothing is known. */
export function versions(): Record<string, string> {
  const { Deno, process } = globalThis as {
    Deno?: { version: { deno: string } };
    process?: { versions?: { node?: string } };
  };
  if (Deno) return { digits: VERSION, deno: Deno.version.deno };
  const node = process?.versions?.node;
  return { digits: VERSION, ...(node === undefined ? {} : { node }) };
}
