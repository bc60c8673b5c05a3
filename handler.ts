// The server for `deno serve --parallel`, which runs this file on each of its threads: as serve.ts has
// it, with one reader a thread.

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
  return service;
}
