// Somebody who types what the documentation shows, in a copy of the project.

import { assertStringIncludes } from "@std/assert";
import { exists } from "../../lib/files.ts";
import { runFlags } from "../../tools/compile.ts";
import { copyProject } from "./project.ts";

/** Where the pages' server listens. */
const SHOWN = "127.0.0.1:8000";

/** As long as it takes a server to be there. */
const STEP_MS = 20;

export class Reader implements AsyncDisposable {
  readonly #home: string;
  /** Where its server listens, in place of 8000. */
  readonly port: number;
  #server?: Deno.ChildProcess;

  private constructor(home: string, port: number) {
    [this.#home, this.port] = [home, port];
  }

  /** The copy of the project. */
  get folder(): string {
    return `${this.#home}/digits`;
  }

  static async start(): Promise<Reader> {
    const home = await Deno.makeTempDir({ prefix: "digits-docs-" });
    const reader = new Reader(home, freePort());
    await Deno.mkdir(reader.folder);
    await copyProject(reader.folder, reader.port);
    await Deno.mkdir(`${home}/bin`);
    await Deno.symlink(Deno.execPath(), `${home}/bin/deno`);
    return reader;
  }

  /**
   * Does what a command says; a server goes on until the next one, or the end.
   *
   * @returns What it prints, all of it, without the line in which Deno repeats the task.
   * @throws {Error} where it fails.
   */
  async type(command: string): Promise<string> {
    const text = command.replace(/^npx -y deno@\S+/, "deno").replaceAll(SHOWN, this.#address);
    if (/^(deno task|\.\/digits) serve\b/.test(text)) return await this.serve(text);
    const printed = await this.#run(text);
    if (text === "deno task compile") await this.#standInForExecutable();
    return printed;
  }

  /**
   * Puts in the place of an executable, which was made without the runtime for it, what runs the folder
   * that it is made of.
   */
  async #standInForExecutable(): Promise<void> {
    const script = `#!/bin/sh\nexec deno run ${runFlags().join(" ")} dist/program/main.js "$@"\n`;
    await Deno.remove(`${this.folder}/digits`);
    await Deno.writeTextFile(`${this.folder}/digits`, script, { mode: 0o755 });
  }

  /** Begins to train a network, and presses Ctrl-C. */
  async interruptTraining(): Promise<void> {
    const training = this.#shell("exec deno task train --model dense --epochs 100 2>&1").spawn();
    // The first epoch's checkpoint says that training is under way.
    const checkpoint = `${this.folder}/models/dense/checkpoint.safetensors`;
    await waitFor(() => exists(checkpoint), training);
    training.kill("SIGINT");
    const { stdout } = await training.output();
    assertStringIncludes(new TextDecoder().decode(stdout), "Go on with: deno task train --resume");
  }

  async #run(text: string): Promise<string> {
    const { success, stdout } = await this.#shell(`exec 2>&1; ${text}`).output();
    const output = new TextDecoder().decode(stdout).replaceAll(/^Task .*\n/gm, "");
    if (!success) throw new Error(`${text}\nfailed: ${output}`);
    return output;
  }

  /** Starts a server, in place of the last one, and waits until it can read. */
  async serve(text: string): Promise<string> {
    await this.#stop();
    const server = this.#shell(`exec ${text} >server.txt 2>&1`, { detached: true }).spawn();
    this.#server = server;
    await waitFor(() => isReady(`http://${this.#address}/ready`), server);
    return (await Deno.readTextFile(`${this.folder}/server.txt`)).replaceAll(/^Task .*\n/gm, "");
  }

  /** @param detached Whether it gets a group of processes of its own, to be ended together. */
  #shell(script: string, { detached = false } = {}): Deno.Command {
    return new Deno.Command("sh", {
      args: ["-c", script],
      cwd: this.folder,
      env: {
        NO_COLOR: "1",
        DENORT_BIN: Deno.execPath(), // any program: the runtime need not be here
        DIGITS_DATA: `${this.folder}/data`,
        PATH: `${this.#home}/bin:${Deno.env.get("PATH")}`,
      },
      stdin: "null",
      stdout: "piped",
      detached,
    });
  }

  get #address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async #stop(): Promise<void> {
    if (!this.#server) return;
    try {
      Deno.kill(-this.#server.pid, "SIGKILL"); // with all that it started
    } catch {
      // It has ended.
    }
    await this.#server.output();
    this.#server = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await Deno.remove(this.#home, { recursive: true });
  }
}

/** @throws {Error} when the process ends before. */
async function waitFor(condition: () => Promise<boolean>, process: Deno.ChildProcess) {
  let hasEnded = false;
  process.status.then(() => hasEnded = true);
  while (!await condition()) {
    if (hasEnded) throw new Error("The command has ended too early");
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url);
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
