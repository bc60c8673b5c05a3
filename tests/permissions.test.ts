// What deno.json lets each task do.

import { assert, assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { SOURCES } from "../lib/data/sources.ts";
import { permissions } from "../tools/compile.ts";

/** The hosts, folders or variables that a task's flag names; none where it lacks the flag. */
function allowed(task: keyof typeof config.tasks, flag: string): string[] {
  const [, list] = config.tasks[task].command.match(new RegExp(` --allow-${flag}=(\\S+)`)) ?? [];
  return list?.split(",").sort() ?? [];
}

Deno.test("no task is allowed everything", () => {
  for (const { command } of Object.values(config.tasks)) {
    assert(!/ (-A|--allow-all|--allow-net|--allow-env=\*)( |$)/.test(command), command);
  }
});

Deno.test("the tasks that need data sets may reach the mirrors, and no other host", () => {
  const hosts = SOURCES.flatMap(({ mirrors }) => mirrors.map((mirror) => new URL(mirror).host));
  const mirrors = [...new Set(hosts)].sort();
  for (const task of ["train", "evaluate", "data", "start"] as const) {
    assertEquals(allowed(task, "net"), mirrors);
    const others = config.tasks[task].command.replace(/ --allow-net=\S+/, "").match(/--\S+/g);
    assertEquals(others, ["--allow-read", "--allow-write", "--allow-env=DIGITS_DATA"]);
  }
});

Deno.test("predict reads, and writes into the folder debug only", () => {
  const flags = config.tasks.predict.command.match(/--\S+/g);
  assertEquals(flags, ["--allow-read", "--allow-write=debug"]);
});

Deno.test("export reads and writes files, and nothing else", () => {
  const flags = config.tasks.export.command.match(/--\S+/g);
  assertEquals(flags, ["--allow-read", "--allow-write"]);
});

Deno.test("doctor reads, asks for one variable and the system's version, and changes nothing", () => {
  const flags = config.tasks.doctor.command.match(/--\S+/g);
  assertEquals(flags, ["--allow-read", "--allow-env=DIGITS_DATA", "--allow-sys=osRelease"]);
});

Deno.test("serve reads its own files, and listens on this machine's addresses only", () => {
  for (const task of ["serve", "serve:parallel"] as const) {
    assertEquals(allowed(task, "read"), ["dist", "lib", "models"]);
    const flags = config.tasks[task].command.match(/--allow-\w+/g);
    assertEquals(flags, task === "serve" ? ["--allow-read", "--allow-net"] : ["--allow-read"]);
  }
  const hosts = ["0.0.0.0", "127.0.0.1", "[::1]", "[::]", "localhost"];
  assertEquals(allowed("serve", "net"), hosts);
  // It may listen where it is told to, and deno serve allows that.
  assert(config.tasks["serve:parallel"].command.includes(" --host 127.0.0.1 "));
});

Deno.test("the executable may do what its commands' tasks may, and runs nothing", () => {
  const flags = permissions();
  const kinds = flags.map((flag) => flag.split("=")[0]).filter((kind) => kind !== "--allow-sys");
  assertEquals(kinds.sort(), ["--allow-env", "--allow-net", "--allow-read", "--allow-write"]);
  const lists = flags.flatMap((flag) => flag.split("=")[1]?.split(",") ?? []);
  for (const task of ["train", "serve"] as const) {
    for (const host of allowed(task, "net")) assert(lists.includes(host), host);
  }
  assert(flags.includes("--allow-env=DIGITS_DATA"));
  assert(!flags.includes("--allow-net") && !flags.includes("--allow-sys"), String(flags));
});
