import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CONTENT_SECURITY_POLICY } from "../../lib/web/policy.ts";
import { encodePng } from "../../lib/report/png.ts";
import type { Service } from "../../lib/web/service.ts";
import { run } from "../commands.ts";
import { ask, post, sample, testWithService } from "./service.ts";

testWithService("POST /api/predict gives what predict --json prints", async (service) => {
  const { stdout } = await run("predict", [
    "--json",
    "--model=cnn",
    "--threshold=99.9",
    "images/2.png",
  ]);
  const path = "/api/predict?model=cnn&threshold=99.9";
  const { status, body } = await ask(service, path, post(await sample("2.png")));
  assertEquals(status, 200);
  assertEquals(body, { ...JSON.parse(stdout), file: "-" });
  for (const type of ["application/octet-stream", "IMAGE/whatever; x=y"]) {
    assertEquals((await ask(service, path, post(await sample("2.png"), type))).body, body);
  }
});

testWithService("POST /api/predict reads several files, each for itself", async (service) => {
  const form = new FormData();
  form.append("a", new File([await sample("3.png")], "three.png"));
  form.append("a", new File(["no picture"], "notes.txt"));
  form.append("b", new File([await sample("number.jpg")], "3.jpg"));
  const { status, body } = await ask(service, "/api/predict", { method: "POST", body: form });
  assertEquals(status, 200);
  const [three, notes, number] = body as Record<string, unknown>[];
  assertEquals([three.file, three.text, three.model], ["three.png", "3", "best"]);
  assertEquals(notes, {
    file: "notes.txt",
    error: "Found text, expected a PNG, JPEG, GIF, BMP or WebP picture: convert it to PNG or JPEG",
  });
  assertEquals([number.file, number.text], ["3.jpg", "2750946"]);
});

testWithService("POST /api/predict reads as the query says", async (service) => {
  const picture = await sample("number.jpg");
  const read = async (query: string) => {
    const { body } = await ask(service, `/api/predict?${query}`, post(picture));
    return body as { model: string; digits: { uncertain: boolean }[] };
  };
  assertEquals((await read("model=tiny")).model, "tiny");
  assert((await read("single=true")).digits.length <= 1);
  assertEquals(
    (await read("single=false&threshold=0")).digits.map((d) => d.uncertain).includes(true),
    false,
  );
  assert((await read("threshold=100")).digits.every(({ uncertain }) => uncertain));
  assertEquals((await read("invert=no")).digits.length, 7);
});

testWithService("POST /api/predict says what is wrong with a request", async (service) => {
  const picture = await sample("1.png");
  const fails = async (status: number, message: string, query: string, init: RequestInit) => {
    const answer = await ask(service, `/api/predict${query}`, init);
    assertEquals(answer.status, status, message);
    const { error } = answer.body as { error: string };
    assertStringIncludes(error, message);
    assert(!error.includes(".ts:"), error);
  };
  await fails(400, 'There is no "modle" in a query; there are: model', "?modle=x", post(picture));
  await fails(
    400,
    "The query has single more than once",
    "?single=true&single=true",
    post(picture),
  );
  await fails(400, 'single is true, false, not "1"', "?single=1", post(picture));
  await fails(400, 'invert is auto, yes, no, not ""', "?invert=", post(picture));
  for (const threshold of ["", "101", "-1", "x", "NaN"]) {
    await fails(
      400,
      "threshold is a number from 0 to 100",
      `?threshold=${threshold}`,
      post(picture),
    );
  }
  for (const model of ["none", "reject", "../models/best", "%2e%2e%2fbest", "__proto__", ""]) {
    await fails(404, "there are: best, cnn", `?model=${model}`, post(picture));
  }
  await fails(
    415,
    "Found content-type text/html, expected image/*",
    "",
    post(picture, "text/html"),
  );
  const curl = post(picture, "application/x-www-form-urlencoded");
  await fails(415, "-H 'content-type: image/png'", "", curl);
  await fails(415, "Found no content-type", "", { method: "POST", body: picture });
  await fails(422, "The file is empty, expected a picture", "", post(""));
  await fails(422, "The PNG is truncated, damaged", "", post(picture.subarray(0, 900)));
  await fails(422, "Found text, expected a PNG", "", post("text"));
  await fails(413, "expected at most 8 MB", "", post(new Uint8Array(8_000_001)));
  const huge = picture.slice();
  new DataView(huge.buffer).setUint32(16, 60_000); // the width
  new DataView(huge.buffer).setUint32(20, 60_000);
  await fails(413, "expected at most 64", "", post(huge));
  await fails(
    400,
    "The body is no multipart/form-data",
    "",
    post("x", "multipart/form-data; boundary=y"),
  );
  const form = (value?: string) => {
    const body = new FormData();
    if (value !== undefined) body.append("file", value);
    return { method: "POST", body };
  };
  await fails(400, 'The field "file" has no file', "", form("picture.png"));
  await fails(400, "", "", form());
  await fails(405, "Found GET, expected POST", "", {});
});

testWithService(
  "pictures without a digit, and damaged ones, leave the server as it was",
  async (service) => {
    const blank = await encodePng(new Uint8Array(50 * 50).fill(250), 50, 50);
    const { status, body } = await ask(service, "/api/predict", post(blank));
    assertEquals([status, body], [200, { file: "-", text: "", digits: [], model: "best" }]);
    const picture = await sample("4.png");
    for (let i = 0; i < 50; i++) {
      const damaged = picture.slice();
      for (let j = 40 + i; j < damaged.length; j += 97) damaged[j] ^= 1 + i;
      const answer = await ask(service, "/api/predict", post(damaged));
      assert([200, 413, 422].includes(answer.status), String(answer.status));
    }
    const { body: reading } = await ask(service, "/api/predict", post(picture));
    assertEquals((reading as { text: string }).text, "4");
  },
);

/** Gives the value of a metric by its name. */
async function readMetrics(service: Service): Promise<(name: string) => number> {
  const { body } = await ask(service, "/metrics");
  const text = new TextDecoder().decode(body as Uint8Array);
  return (name) => Number(text.match(new RegExp(`^${name} (\\S+)$`, "m"))![1]);
}

testWithService("requests that come together are run as one batch", async (service) => {
  const picture = await sample("2.png");
  const read = () => ask(service, "/api/predict", post(picture));
  await read();
  const answers = await Promise.all(Array.from({ length: 20 }, read));
  for (const { body } of answers) assertEquals((body as { text: string }).text, "2");
  const value = await readMetrics(service);
  // Two calls of networks a picture, one by one.
  assertEquals(value("digits_batch_pictures_sum"), 2 * 21);
  assert(value("digits_batch_pictures_count") < 2 * 21);
  assertEquals(value("digits_pictures_total"), 21);
  assertEquals(value("digits_digits_total"), 21);
  assertEquals(value("digits_queue_length"), 0);
});

testWithService("a full queue is answered with 503, and when to come again", async (service) => {
  const picture = await sample("5.png");
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => ask(service, "/api/predict", post(picture))),
  );
  const refused = answers.filter(({ status }) => status === 503);
  const read = answers.filter(({ status }) => status === 200);
  assert(refused.length > 0 && read.length > 0);
  assertEquals(refused.length + read.length, 12);
  assertEquals(refused[0].headers.get("retry-after"), "1");
  assertStringIncludes((refused[0].body as { error: string }).error, "try again in a second");
  assertEquals((await readMetrics(service))("digits_refused_total"), refused.length);
}, { limits: { mostWaiting: 2 } });

testWithService("what takes too long is answered with 504", async (service) => {
  const { status, body } = await ask(service, "/api/predict", post(await sample("5.png")));
  assertEquals(status, 504);
  assertStringIncludes((body as { error: string }).error, "The answer took more than");
}, { limits: { answerMs: 1 } });

testWithService("health, readiness and metrics", async (service) => {
  assertEquals((await ask(service, "/health")).body, { status: "ok" });
  assertEquals((await ask(service, "/ready")).status, 503);
  assertEquals((await ask(service, "/v2/health/ready")).status, 503);
  assertEquals((await ask(service, "/v2/models/best/ready")).status, 503);
  await ask(service, "/api/predict", post(await sample("1.png")));
  for (const path of ["/ready", "/v2/health/ready", "/v2/models/best/ready"]) {
    assertEquals((await ask(service, path)).status, 200, path);
  }
  for (const path of ["/none/1", "/none/2", "/v2/models/a", "/v2/models/b"]) {
    assertEquals((await ask(service, path)).status, 404, path);
  }
  await service.retire();
  assertEquals((await ask(service, "/ready")).body, { ready: false });
  assertEquals((await ask(service, "/v2/health/ready")).body, { ready: false });
  assertEquals((await ask(service, "/api/predict", post("x"))).status, 503);
  assertEquals((await ask(service, "/health")).status, 200);

  const { headers, body } = await ask(service, "/metrics");
  assertMatch(headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  const lines = new TextDecoder().decode(body as Uint8Array).split("\n");
  const routes = lines.filter((line) => line.startsWith("digits_http_requests_total"));
  // Patterns, for of paths there is no end.
  assert(routes.includes('digits_http_requests_total{route="/v2/models/:name",status="404"} 2'));
  assert(routes.includes('digits_http_requests_total{route="/*",status="404"} 2'), routes.join());
  assert(routes.includes('digits_http_requests_total{route="/api/predict",status="200"} 1'));
});

testWithService(
  "all answers have the headers that keep browsers from mischief",
  async (service) => {
    for (const path of ["/", "/health", "/none", "/api/models"]) {
      const { headers } = await ask(service, path);
      assertEquals(
        headers.get("content-security-policy"),
        `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`,
      );
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assertEquals(headers.get("referrer-policy"), "no-referrer");
      assertEquals(headers.get("permissions-policy"), "camera=(self)");
      assertEquals(headers.get("access-control-allow-origin"), null);
    }
  },
);

testWithService("GET /api/models lists the models that read digits", async (service) => {
  const { body } = await ask(service, "/api/models");
  const { models } = body as { models: Record<string, unknown>[] };
  assertEquals(models.map(({ name }) => name), ["best", "cnn", "dense", "fast", "tiny"]);
  assertEquals(models.filter((model) => model.default).map(({ name }) => name), ["dense"]);
  const { test, parameters } = JSON.parse(await Deno.readTextFile("models/dense/metrics.json"));
  assertEquals(models[2], {
    name: "dense",
    default: true,
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    parameters,
    accuracy: test.accuracy,
  });
}, { model: "dense" });
