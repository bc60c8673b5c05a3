// Makes the executable of dist/program/: ./digits for this machine, or with --all one for every system
// that Deno knows, in dist/. What it may do is what the tasks of its commands may do.

import config from "../deno.json" with { type: "json" };
import { COMMANDS } from "../main.ts";
import { DIST, ROOT } from "./bundle.ts";

const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
];

/** The flags that the commands' tasks have, together: `--allow-net=A,B` and `--allow-net=C` are one. */
export function permissions(): string[] {
  const tasks: Readonly<Record<string, { command: string }>> = config.tasks;
  const granted = new Map<string, Set<string>>();
  for (const name of ["start", ...Object.keys(COMMANDS)]) {
    for (const [, flag, list = ""] of tasks[name].command.matchAll(/ (--allow-\w+)(?:=(\S+))?/g)) {
      const values = granted.get(flag) ?? new Set();
      for (const value of list.split(",")) values.add(value);
      granted.set(flag, values);
    }
  }
  // Without a list all is meant.
  return Array.from(
    granted,
    ([flag, values]) => values.has("") ? flag : `${flag}=${[...values].join(",")}`,
  );
}

/** How the program runs, by `deno run` or compiled: as it is, with nothing to be fetched for it. */
export function runFlags(): string[] {
  return [
    ...["--no-config", "--no-lock", "--no-npm", "--deny-import"],
    ...config.unstable.map((name) => `--unstable-${name}`),
    ...permissions(),
  ];
}

interface CompileOptions {
  /** One of Deno's names of systems; this machine's unless given. */
  target?: string;
  /** The file of Deno's runtime for executables; Deno downloads it unless given. */
  runtime?: string;
}

/**
 * Compiles dist/program/.
 *
 * @returns What the compiler says is embedded.
 * @throws {Error} with the compiler's messages.
 */
export async function compile(
  output: string,
  { target, runtime }: CompileOptions = {},
): Promise<string> {
  const { success, stderr } = await new Deno.Command("deno", {
    args: [
      ...["compile", "--no-check", ...runFlags()],
      // Deno would keep it in the folder for temporary files, where others could put theirs.
      "--no-code-cache",
      ...(target ? ["--target", target] : []),
      ...["--include", "dist/program", "--output", output, "dist/program/main.js"],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...(runtime && { DENORT_BIN: runtime }) },
  }).output();
  const said = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`Compiling has failed:\n${said}`);
  return said;
}

if (import.meta.main) {
  await Deno.mkdir(DIST, { recursive: true });
  const suffix = (name: string) => name.includes("windows") ? ".exe" : "";
  const outputs: [output: string, target?: string][] = Deno.args.includes("--all")
    ? TARGETS.map((target) => [`dist/digits-${target}${suffix(target)}`, target])
    : [[`digits${suffix(Deno.build.os)}`]];
  for (const [output, target] of outputs) {
    await compile(output, { target });
    console.error(`The executable is ${output}`);
  }
}
