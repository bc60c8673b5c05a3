// The server as a function from requests to answers.

import { type Context, Hono, type MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { routePath } from "hono/route";
import { secureHeaders } from "hono/secure-headers";
import { timeout } from "hono/timeout";
import { type BodyLimits, limitBody } from "./body.ts";
import { BusyError } from "./errors.ts";
import { type InferenceOptions, inferenceRoutes } from "./inference.ts";
import type { Metrics } from "./metrics.ts";
import { cardsOf } from "./models.ts";
import { openApi } from "./openapi.ts";
import { CONTENT_SECURITY_POLICY } from "./policy.ts";
import { predictRoutes } from "./predict.ts";
import type { Readers } from "./readers.ts";
import { type Site, siteRoutes } from "./site.ts";

export interface AppOptions extends InferenceOptions {
  site: Site;
  limits: Limits;
  /** Hears of errors that nobody foresaw. */
  onError: (error: Error) => void;
}

export interface Limits extends BodyLimits {
  /** From the end of the headers to the answer. */
  answerMs: number;
}

/** For how many seconds a client had better stay away from a server that has too much to do. */
const RETRY_AFTER = "1";

export function createApp(options: AppOptions): Hono {
  const { readers, metrics, models, defaultModel, limits, version } = options;
  const app = new Hono();
  app.use(measure(metrics));
  app.use(secureHeaders({
    strictTransportSecurity: false, // the server speaks HTTP, and what is before it may not
    xFrameOptions: "DENY",
    permissionsPolicy: { camera: ["self"] },
  }));
  app.use(async (c, next) => {
    await next();
    c.header("content-security-policy", `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`);
  });
  app.use(methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      const allow = methods.join(", ");
      return c.json({ error: `Found ${c.req.method}, expected ${allow}` }, 405, { allow });
    },
  }));
  const tooLong = new HTTPException(504, {
    message: `The answer took more than ${limits.answerMs / 1000} s`,
  });
  for (const path of ["/api/*", "/v2/*"]) {
    app.use(path, refuseRetired(readers), timeout(limits.answerMs, tooLong), ...limitBody(limits));
  }

  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get("/ready", (c) => c.json({ ready: readers.isReady }, readers.isReady ? 200 : 503));
  app.get("/metrics", async (c) => {
    return c.body(await metrics.text(), 200, { "content-type": metrics.contentType });
  });
  app.get("/api/models", (c) => c.json({ models: cardsOf(models, defaultModel) }));
  app.get("/api/openapi.json", (c) => c.json(openApi(version)));
  app.route("/", predictRoutes(options));
  app.route("/", inferenceRoutes(options));
  app.route("/", siteRoutes(options.site));

  app.notFound((c) => c.json({ error: `There is no ${c.req.path}` }, 404));
  app.onError((error, c) => answerError(error, c, options));
  return app;
}

function refuseRetired(readers: Readers): MiddlewareHandler {
  return async (c, next) => {
    if (readers.isRetired && c.req.method === "POST") {
      throw new BusyError("The server is stopping: try again in a second");
    }
    await next();
  };
}

function measure(metrics: Metrics): MiddlewareHandler {
  return async (c, next) => {
    const started = performance.now();
    await next();
    metrics.countRequest(routePath(c, -1), c.res.status, (performance.now() - started) / 1000);
  };
}

function answerError(error: Error, c: Context, { metrics, onError }: AppOptions): Response {
  if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
  if (error instanceof BusyError) {
    metrics.countRefused();
    return c.json({ error: error.message }, 503, { "retry-after": RETRY_AFTER });
  }
  onError(error);
  return c.json({ error: "The server failed at this request" }, 500);
}
