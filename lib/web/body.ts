// Bodies of requests: how large one may be, how long it may take to arrive, and how much all of them
// may take in memory.

import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { BusyError } from "./errors.ts";

export interface BodyLimits {
  /** Bytes of one body. */
  mostBytes: number;
  /** Bytes of all bodies whose requests have no answer yet. */
  mostBytesTogether: number;
  /** From the end of the headers to the end of the body. */
  arrivalMs: number;
}

/** What has to stand before a handler that reads a body. */
export function limitBody(limits: BodyLimits): MiddlewareHandler[] {
  const { mostBytes } = limits;
  return [
    countBodies(limits),
    refuseEncoded,
    bodyLimit({
      maxSize: mostBytes,
      onError: () => {
        throw new HTTPException(413, {
          message: `The request is too large: expected at most ${mostBytes / 1e6} MB`,
        });
      },
    }),
  ];
}

/** Compressed bodies would take another limit, and pictures gain nothing. */
const refuseEncoded: MiddlewareHandler = async (c, next) => {
  const encoding = c.req.header("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    throw new HTTPException(415, {
      message: `Found content-encoding ${encoding}, expected none: send it uncompressed`,
    });
  }
  await next();
};

/**
 * Puts a body in the place of the request's that ends with an error where it takes too long or too much
 * memory. Bytes count when they have arrived: who announces many and sends few takes no room of others.
 */
function countBodies(
  { mostBytesTogether, arrivalMs }: Omit<BodyLimits, "mostBytes">,
): MiddlewareHandler {
  let together = 0;
  return async (c, next) => {
    const { raw } = c.req;
    if (!raw.body) return await next();
    const reader = raw.body.getReader();
    let own = 0;
    const late = Promise.withResolvers<never>();
    late.promise.catch(() => {}); // where nobody reads
    const timer = setTimeout(() => late.reject(tooSlow(arrivalMs)), arrivalMs);
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await Promise.race([reader.read().catch(cutOff), late.promise]);
        if (done) {
          clearTimeout(timer);
          return controller.close();
        }
        own += value.length;
        together += value.length;
        if (together > mostBytesTogether) {
          throw new BusyError("Too many pictures are in memory: try again in a second");
        }
        controller.enqueue(value);
      },
    }, { highWaterMark: 0 });
    c.req.raw = new Request(raw, { body });
    try {
      await next();
    } finally {
      together -= own;
      clearTimeout(timer);
      // What still comes is thrown away; else the connection is cut, and the client misses the answer.
      reader.cancel().catch(() => {});
    }
  };
}

function cutOff(error: unknown): never {
  throw new HTTPException(400, { message: "The body ended too early", cause: error });
}

function tooSlow(ms: number): HTTPException {
  return new HTTPException(408, { message: `The body took more than ${ms / 1000} s to arrive` });
}
