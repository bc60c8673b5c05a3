// The server without a socket, for tests of its answers.

import { openService, type Service, type ServiceOptions } from "../../lib/web/service.ts";
import { ROOT } from "../commands.ts";

/** Registers a test that gets a server with one thread, which is ended afterwards. */
export function testWithService(
  name: string,
  body: (service: Service) => Promise<void>,
  options: Partial<ServiceOptions> = {},
): void {
  Deno.test(name, async () => {
    const service = await openService({
      threads: 1,
      onError: (error) => {
        throw error;
      },
      ...options,
    });
    try {
      await body(service);
    } finally {
      service.readers.end();
    }
  });
}

/** Asks the server; the answer's body is parsed where it is JSON. */
export async function ask(
  { fetch }: Service,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const answer = await fetch(new Request(`http://localhost${path}`, init));
  const { status, headers } = answer;
  const isJson = headers.get("content-type") === "application/json";
  return { status, headers, body: isJson ? await answer.json() : await answer.bytes() };
}

/** POSTs a picture, or what is said to be one. */
export function post(body: BodyInit, type = "image/png"): RequestInit {
  return { method: "POST", body, headers: { "content-type": type } };
}

/** A sample picture. */
export function sample(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(new URL(`images/${name}`, ROOT));
}
