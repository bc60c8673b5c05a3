// What the doctor finds, one thing at a time.

import { PROGRAM } from "../own.ts";

/**
 * - `ok`: as it should be.
 * - `note`: something is not there, or could not be looked at, that only some people want.
 * - `warning`: something is wrong, and the program gets by.
 * - `broken`: something is wrong that a command fails of.
 */
export type State = "ok" | "note" | "warning" | "broken";

/** One thing that was looked at. */
export interface Check {
  name: string;
  state: State;
  /** What was found, for people. */
  finding: string;
  /** What to do, if there is something to do: one line, with the command. */
  advice?: string;
}

/**
 * What `look` finds; a note that says so where the program lacks the permission to look.
 *
 * @param name The note's.
 */
export async function lookAt<Found extends Check>(
  name: string,
  look: () => Promise<Found[]>,
): Promise<(Found | Check)[]> {
  try {
    return await look();
  } catch (error) {
    if (isNotAllowed(error)) return [notAllowed(name, error)];
    throw error;
  }
}

/** Whether a permission is missing. Of an import that is a TypeError; only its message tells. */
export function isNotAllowed(error: unknown): error is Error {
  return error instanceof Deno.errors.NotCapable ||
    (error instanceof TypeError && error.message.startsWith("Requires read access"));
}

/** A note that something may not be looked at. */
export function notAllowed(name: string, { message }: Error): Check {
  const [flag] = /--allow-\w+/.exec(message) ?? ["--allow-read"];
  return {
    name,
    state: "note",
    finding: "not looked at: that is not allowed",
    advice: `Run ${PROGRAM} doctor, or add ${flag}`,
  };
}

/** @throws {Deno.errors.NotCapable} where the path may not be read: then it only seems missing. */
export async function requireRead(path: string): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state === "granted") return;
  throw new Deno.errors.NotCapable(`Requires read access to "${path}": --allow-read`);
}
