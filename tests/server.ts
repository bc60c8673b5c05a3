// The task `serve` in a process of its own, for tests over a real socket.

import { spawn } from "./commands.ts";

/** A server that runs; it is killed at the end of the block that has it. */
export class Server implements AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly process: Deno.ChildProcess;
  /** All that it prints on stderr. */
  readonly stderr: Promise<string>;

  private constructor(process: Deno.ChildProcess, url: string, stderr: ReadableStream) {
    [this.process, this.url] = [process, url];
    this.stderr = new Response(stderr).text();
  }

  /** Starts the task on a port that is free, and waits until it can read. */
  static async start(args: string[] = []): Promise<Server> {
    return await Server.watch(spawn("serve", ["--port=0", ...args]));
  }

  /** Waits until a server can read that has been started with its output piped. */
  static async watch(process: Deno.ChildProcess): Promise<Server> {
    return await Server.#of(process, process.stdout, process.stderr);
  }

  /** The same for a command that prints its address on stderr. */
  static async run(command: Deno.Command): Promise<Server> {
    const process = command.spawn();
    const [output, stderr] = process.stderr.tee();
    return await Server.#of(process, output, stderr);
  }

  static async #of(
    process: Deno.ChildProcess,
    output: ReadableStream<Uint8Array<ArrayBuffer>>,
    stderr: ReadableStream,
  ): Promise<Server> {
    let [text, url] = ["", ""];
    const reader = output.pipeThrough(new TextDecoderStream()).getReader();
    while (url === "") {
      const { done, value } = await reader.read();
      if (done) throw new Error(`The server has not started: ${text}`);
      text += value;
      url = /http:\S+(?=\/.*\n)/.exec(text)?.[0] ?? "";
    }
    (async () => {
      while (!(await reader.read()).done); // lest it waits for somebody to read
    })();
    const server = new Server(process, url, stderr);
    while (true) {
      const ready = await fetch(`${url}/ready`);
      await ready.body?.cancel();
      if (ready.ok) return server;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Sends a picture. */
  predict(picture: Uint8Array<ArrayBuffer>, query = ""): Promise<Response> {
    return fetch(`${this.url}/api/predict${query}`, {
      method: "POST",
      body: picture,
      headers: { "content-type": "image/png" },
    });
  }

  /** A connection on which a test says what it likes. */
  connect(): Promise<Deno.TcpConn> {
    return Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(this.url).port) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.process.status;
    await this.stderr;
  }
}
