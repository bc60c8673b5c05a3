// Runs the program's tasks as a person would, in a process of their own and with the permissions
// that deno.json gives them.

import config from "../deno.json" with { type: "json" };

export const ROOT = new URL("..", import.meta.url);

type Task = keyof typeof config.tasks;

interface SpawnOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** "piped" where the test writes to it. */
  stdin?: "null" | "piped";
  /** What starts the process, which it gets as its last arguments: `["nice"]`. */
  through?: string[];
}

/** The process of `deno task NAME ARGS`, without the shell in between. */
export function spawn(
  task: Task,
  args: string[],
  { env = {}, cwd, stdin = "null", through = [] }: SpawnOptions = {},
): Deno.ChildProcess {
  const [program, ...taskArgs] = config.tasks[task].command.split(" ");
  if (program !== "deno") throw new Error(`The task ${task} is no single deno command`);
  // A script's path in a task is relative to the project; here the working folder may be another.
  const script = new URL(taskArgs.pop()!, ROOT).pathname;
  const [command, ...rest] = [...through, Deno.execPath(), ...taskArgs, "--no-prompt", script];
  return new Deno.Command(command, {
    args: [...rest, ...args],
    cwd: cwd ?? ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** What the task printed, and its exit code; `input` is what it gets from the standard input. */
export async function run(
  task: Task,
  args: string[],
  { input, ...options }: SpawnOptions & { input?: Uint8Array<ArrayBuffer> } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const process = spawn(task, args, { ...options, stdin: input ? "piped" : "null" });
  // A program that does not read to the end closes the pipe.
  const feeding = input && new Blob([input]).stream().pipeTo(process.stdin).catch(() => {});
  const { code, stdout, stderr } = await process.output();
  await feeding;
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}
