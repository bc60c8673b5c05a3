import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import type { HTTPException } from "hono/http-exception";
import { type BodyLimits, limitBody } from "../../lib/web/body.ts";
import { BusyError } from "../../lib/web/errors.ts";

/** An application that says how long a body is, or with which status it was refused. */
function open(limits: Partial<BodyLimits> = {}): Hono {
  const app = new Hono();
  app.use(...limitBody({ mostBytes: 10, mostBytesTogether: 100, arrivalMs: 1e6, ...limits }));
  app.post("/", async (c) => c.json((await c.req.arrayBuffer()).byteLength));
  app.onError((error, c) => {
    if (error instanceof BusyError) return c.body(null, 503);
    return c.body(null, (error as HTTPException).status);
  });
  return app;
}

async function send(app: Hono, body: BodyInit, headers: HeadersInit = {}) {
  const answer = await app.request("/", { method: "POST", body, headers });
  return answer.ok ? await answer.json() : answer.status;
}

/** A body of so many bytes, one at a time, that stays open until it is told to end. */
function slowBody(bytes: number, failure?: Error) {
  let end = () => {};
  let isCancelled = false;
  const taken = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let i = 0; i < bytes; i++) controller.enqueue(Uint8Array.of(i));
      end = () => failure ? controller.error(failure) : controller.close();
    },
    pull() {
      taken.resolve(); // when there is nothing left
    },
    cancel() {
      isCancelled = true;
    },
  });
  return { body, taken: taken.promise, end: () => end(), isCancelled: () => isCancelled };
}

Deno.test("limitBody() lets bodies through up to the limit, whether it is known beforehand", async () => {
  const app = open();
  assertEquals(await send(app, new Uint8Array(10)), 10);
  assertEquals(await send(app, new Uint8Array(11)), 413);
  assertEquals(await send(app, new Uint8Array(11), { "content-length": "11" }), 413);
  for (const [bytes, expected] of [[10, 10], [11, 413]]) {
    const { body, end } = slowBody(bytes);
    if (bytes === 10) end();
    assertEquals(await send(app, body), expected);
  }
});

Deno.test("limitBody() throws away what comes after it has refused a body", async () => {
  const { body, isCancelled } = slowBody(20);
  assertEquals(await send(open(), body), 413);
  assertEquals(isCancelled(), true);
});

Deno.test("limitBody() gives up bodies that do not come to an end", async () => {
  const { body, isCancelled } = slowBody(3);
  assertEquals(await send(open({ arrivalMs: 1 }), body), 408);
  assertEquals(isCancelled(), true);
});

Deno.test("limitBody() says so when the client has gone", async () => {
  const { body, end } = slowBody(3, new Deno.errors.BadResource("Cannot read body"));
  const status = send(open(), body);
  end();
  assertEquals(await status, 400);
});

Deno.test("limitBody() bounds what all bodies take together, and counts what has come", async () => {
  const app = open({ mostBytesTogether: 15 });
  const [first, second] = [slowBody(6), slowBody(6)];
  const answers = [send(app, first.body), send(app, second.body)];
  // Announced only: it takes no room.
  const announced = slowBody(0);
  answers.push(send(app, announced.body, { "content-length": "10" }));
  await Promise.all([first.taken, second.taken]);
  assertEquals(await send(app, new Uint8Array(4)), 503);
  first.end();
  assertEquals(await answers[0], 6);
  assertEquals(await send(app, new Uint8Array(4)), 4);
  second.end();
  announced.end();
  assertEquals(await Promise.all(answers), [6, 6, 0]);
});

Deno.test("limitBody() takes no compressed bodies", async () => {
  assertEquals(await send(open(), new Uint8Array(4), { "content-encoding": "gzip" }), 415);
  assertEquals(await send(open(), new Uint8Array(4), { "content-encoding": "identity" }), 4);
});
