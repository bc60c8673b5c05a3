// What this run may do, and which command needs what.

import { MNIST } from "../data/sources.ts";
import type { Check } from "./check.ts";

export interface PermissionCheck extends Check {
  granted: boolean;
}

/** What the commands need, and for what. */
const NEEDS: readonly [Deno.PermissionDescriptor, string][] = [
  [{ name: "read", path: "." }, "every command, for models and pictures"],
  [{ name: "write", path: "models" }, "train, for models; others where they are told to"],
  [
    { name: "net", host: new URL(MNIST.mirrors[0]).host },
    "train, evaluate and data, where a data set is missing",
  ],
  [{ name: "net", host: "127.0.0.1:8000" }, "serve"],
  [{ name: "env", variable: "DIGITS_DATA" }, "train, evaluate and data, for where data sets are"],
  [{ name: "sys", kind: "osRelease" }, "doctor, for the system's version"],
  [{ name: "ffi" }, "no command"],
];

/**
 * What is not granted is only noted: each task grants its command what that needs, and this run's
 * permissions are those of doctor.
 */
export async function checkPermissions(): Promise<PermissionCheck[]> {
  return await Promise.all(
    NEEDS.map(async ([descriptor, user]): Promise<PermissionCheck> => {
      const { state } = await Deno.permissions.query(descriptor);
      const granted = state === "granted";
      return {
        name: Object.values(descriptor).join(" "),
        state: granted ? "ok" : "note",
        finding: `${granted ? "granted" : "not granted here"}; needed by ${user}`,
        granted,
      };
    }),
  );
}
