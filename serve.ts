// digits serve: a page to draw on, and the same reading for programs, over HTTP.

import { helpText, parseUsage, runCommand, StatusLine, STOP_SIGNALS } from "./lib/cli.ts";
import { UserError } from "./lib/errors.ts";
import { DEFAULT_MODEL } from "./lib/model/format.ts";
import { PROGRAM } from "./lib/own.ts";
import type { Service } from "./lib/web/service.ts";

const HOST = "127.0.0.1";
const PORT = 8000;

const USAGE = {
  name: "serve",
  summary: `Serves a page to draw digits on, and reads pictures that programs send.

Programs: POST a picture to /api/predict; what else there is says /api/openapi.json.`,
  flags: {
    host: { type: "text", value: "HOST", help: `the address to listen on (default ${HOST})` },
    port: {
      type: "number",
      value: "PORT",
      min: 0,
      max: 65535,
      help: `0 for any that is free (default ${PORT})`,
    },
    model: { type: "text", value: "NAME", help: `a folder of models/ (default ${DEFAULT_MODEL})` },
    models: { type: "text", value: "DIR", help: "where models are (default models)" },
    threads: { type: "number", value: "N", help: "that read pictures (default one per core)" },
  },
  examples: [
    `${PROGRAM} serve`,
    `${PROGRAM} serve --port 8080 --model cnn`,
    `${PROGRAM} serve --host 0.0.0.0     (for the whole network)`,
    "curl --data-binary @photo.jpg -H 'content-type: image/jpeg' http://127.0.0.1:8000/api/predict",
  ],
} as const;

/** Requests that have not been answered by then are given up when the server stops. */
const GRACE_MS = 10_000;

const status = new StatusLine();

/** Gives the exit code, when a signal has stopped the server. */
export async function serve(args: string[]): Promise<number> {
  const { flags, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  const { host = HOST, port = PORT, model, models } = flags;
  const threads = flags.threads ?? navigator.hardwareConcurrency;
  const { openService } = await import("./lib/web/service.ts"); // no other command waits for it
  const service = await openService({
    model,
    models,
    threads,
    onError: (error) => status.print(`error: ${error.stack}`),
  });
  const server = listen(service, host, port);
  service.readers.start();
  const readers = threads === 1
    ? "1 reader of one thread"
    : `${threads} readers of one thread each`;
  status.print(`model: ${service.model}, backend: simd, ${readers}`);
  console.log(`http://${urlHost(host)}:${server.addr.port}/`);

  await nextSignal();
  status.print("Stopping: what runs is finished");
  await Promise.race([
    stop(service, server),
    new Promise((resolve) => setTimeout(resolve, GRACE_MS)),
  ]);
  return 0;
}

/** Bodies that still arrive would be cut off by the server's own end, which waits for answers only. */
async function stop(service: Service, server: Deno.HttpServer): Promise<void> {
  await service.retire();
  await server.shutdown();
}

function listen(service: Service, hostname: string, port: number): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname, port, onListen: () => {} }, service.fetch);
  } catch (error) {
    const why = reason(error as Error, hostname);
    throw new UserError(`Could not listen on ${hostname}:${port}: ${why}`, { cause: error });
  }
}

function reason(error: Error, host: string): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return "the port is in use. Choose another with --port, or any that is free with --port 0";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `that is not allowed. ${PROGRAM} serve may listen on this machine's own addresses ` +
      "(127.0.0.1, localhost, ::1) or on all (0.0.0.0, ::): choose one of these with --host, or, " +
      "in the project's folder, allow another with: " +
      `deno run --allow-read --allow-net=${host} serve.ts --host ${host}`;
  }
  return `${error.message}. Choose another address with --host and --port`;
}

/** The host in the address that a browser on this machine is to open. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/** Waits for Ctrl-C or SIGTERM. A second one ends the program at once. */
async function nextSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, stop);
  await promise;
  for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, stop);
}

if (import.meta.main) await runCommand(serve);
