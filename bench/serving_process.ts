// A server that is timed: a process of its own, or several, on a port that it chooses.

import { lines } from "./answers.ts";
import { readSystemFile } from "./contender.ts";

/** How a server is started; it prints its address, http://127.0.0.1:PORT, once it listens. */
export interface ServerCommand {
  command: string;
  args: string[];
}

/** What a server has taken so far, with the processes that it started. */
export interface Usage {
  residentBytes: number;
  cpuSeconds: number;
}

/** /proc counts time in these, whatever the kernel's own: USER_HZ in proc(5). */
const TICKS_PER_SECOND = 100;

export class Server {
  /** `http://127.0.0.1:40123` */
  readonly address: string;
  readonly #process: Deno.ChildProcess;
  readonly #processIds: readonly string[];

  private constructor(process: Deno.ChildProcess, address: string, children: string[]) {
    [this.#process, this.address] = [process, address];
    this.#processIds = [`${process.pid}`, ...children];
  }

  /** @throws {Error} with what it said when it ends before it listens. */
  static async start({ command, args }: ServerCommand): Promise<Server> {
    const process = new Deno.Command(command, {
      args,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const said: string[] = [];
    const listen = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      for await (const line of lines(stream)) {
        said.push(line);
        const address = line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
        if (address !== undefined) resolve(address);
      }
    };
    Promise.all([listen(process.stdout), listen(process.stderr)])
      .then(() => reject(new Error(`${command} ${args.join(" ")} ended: ${said.join("\n")}`)));
    const address = await promise;
    const { pid } = process;
    const children = await readSystemFile(`/proc/${pid}/task/${pid}/children`);
    return new Server(process, address, children?.match(/\d+/g) ?? []);
  }

  /** Undefined where the system does not tell. */
  async usage(): Promise<Usage | undefined> {
    const each = await Promise.all(this.#processIds.map(usageOf));
    return each.reduce((sum, one) =>
      sum && one && {
        residentBytes: sum.residentBytes + one.residentBytes,
        cpuSeconds: sum.cpuSeconds + one.cpuSeconds,
      }
    );
  }

  async stop(): Promise<void> {
    try {
      this.#process.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await this.#process.status;
  }
}

async function usageOf(processId: string): Promise<Usage | undefined> {
  const [status, stat] = await Promise.all(
    ["status", "stat"].map((file) => readSystemFile(`/proc/${processId}/${file}`)),
  );
  const kibibytes = status?.match(/^VmRSS:\s*(\d+) kB$/m)?.[1];
  // proc(5): utime and stime are fields 14 and 15; the second is a name in brackets.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  const ticks = Number(fields[14 - 3]) + Number(fields[15 - 3]);
  if (kibibytes === undefined || Number.isNaN(ticks)) return undefined;
  return { residentBytes: 1024 * Number(kibibytes), cpuSeconds: ticks / TICKS_PER_SECOND };
}
