// The server for `deno serve --parallel`, which runs this file on each of its threads: as serve.ts has
// it, with one reader a thread.

import { STOP_SIGNALS } from "./lib/cli.ts";
import { openService, type Service } from "./lib/web/service.ts";

let service: Promise<Service> | undefined;

export default {
  async fetch(request) {
    service ??= open();
    return (await service).fetch(request);
  },
} satisfies Deno.ServeDefaultExport;

/** Opened by the first request: a thread that gets none takes no memory. */
async function open(): Promise<Service> {
  const service = await openService({ threads: 1, onError: console.error });
  service.readers.start();
  for (const signal of STOP_SIGNALS) {
    Deno.addSignalListener(signal, async () => {
      await service.retire();
      service.readers.end(); // Deno stops when nothing runs any more
    });
  }
  return service;
}
