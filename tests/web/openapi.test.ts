// Holds the OpenAPI document against the routes, and against real answers of each.

import { assert, assertEquals } from "@std/assert";
import Ajv from "ajv/dist/2020.js";
import config from "../../deno.json" with { type: "json" };
import { openApi } from "../../lib/web/openapi.ts";
import type { Service } from "../../lib/web/service.ts";
import { ask, post, sample, testWithService } from "./service.ts";

const ajv = new Ajv.default({ strict: false, validateFormats: false });
const DOCUMENT = "https://localhost/openapi.json";
ajv.addSchema(openApi(config.version), DOCUMENT);

type Operation = {
  responses: Record<string, { content: Record<string, { schema?: object }> }>;
};
const PATHS = openApi(config.version).paths as unknown as Record<string, Record<string, Operation>>;

/** The document's path that a real one is of. */
function patternOf(path: string): string {
  const found = Object.keys(PATHS).filter((pattern) =>
    new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path)
  );
  assertEquals(found.length, 1, path);
  return found[0];
}

/** Asserts that the answer is one of those in the document; gives which. */
async function check(service: Service, url: string, init: RequestInit = {}): Promise<string> {
  const pattern = patternOf(url.split("?")[0]);
  const method = (init.method ?? "GET").toLowerCase();
  const { status, headers, body } = await ask(service, url, init);
  const name = `${method} ${pattern} ${status}`;
  const response = PATHS[pattern][method].responses[status];
  assert(response, `${name} is not in the document`);
  const type = headers.get("content-type")!.split(";")[0];
  const content = response.content[type];
  assert(content, `${name} has no ${type} in the document`);
  if (type !== "application/json") return name;
  const pointer = ["paths", pattern, method, "responses", String(status), "content", type, "schema"]
    .map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
  const validate = ajv.getSchema(`${DOCUMENT}#/${pointer}`)!;
  assert(validate(body), `${name}: ${JSON.stringify(validate.errors)}`);
  return name;
}

function infer(shape: number[], others: object = {}): RequestInit {
  const tensor = { name: "image", shape, datatype: "UINT8", data: new Array(784).fill(0) };
  return post(JSON.stringify({ inputs: [tensor], ...others }), "application/json");
}

testWithService("the OpenAPI document describes every route's answers", async (service) => {
  const picture = await sample("number.jpg");
  const form = new FormData();
  form.append("file", new File([picture], "number.jpg"));
  form.append("file", new File(["text"], "notes.txt"));
  const none = { method: "POST", body: "x" };
  const models = ["/v2/models/best", "/v2/models/best/versions/1"];
  const seen = new Set<string>();
  const see = async (url: string, init?: RequestInit) => seen.add(await check(service, url, init));
  await see("/ready");
  await see("/api/predict", post(picture));
  await see("/api/predict", { method: "POST", body: form });
  await see("/api/predict?x=1", post(picture));
  await see("/api/predict?model=x", post(picture));
  await see("/api/predict", none);
  await see("/api/predict", post("text"));
  await see("/api/predict", post(new Uint8Array(8_000_001)));
  const gets = ["/api/models", "/api/openapi.json", "/health", "/ready", "/metrics", "/v2"];
  for (const path of [...gets, "/v2/health/live", "/v2/health/ready"]) await see(path);
  for (const path of models) {
    await see(path);
    await see(`${path}/ready`);
    await see(`${path}/infer`, infer([1, 28, 28, 1]));
    await see(`${path}/infer`, infer([1, 28, 28, 1], { parameters: { binary_data_output: true } }));
    await see(`${path}/infer`, infer([1, 28, 28, 1], { id: "1", outputs: [{ name: "logits" }] }));
    await see(`${path}/infer`, infer([2, 28, 28, 1]));
    await see(`${path.replace("best", "none")}/infer`, infer([1, 28, 28, 1]));
    await see(path.replace("best", "none"));
  }
  for (const [path, item] of Object.entries(PATHS)) {
    for (const method of ["get", "post"].filter((method) => method in item)) {
      assert(seen.has(`${method} ${path} 200`), `${method} ${path} was not asked`);
    }
  }
  // The samples of the same picture: the schema would not let another answer through.
  const reading = ajv.getSchema(`${DOCUMENT}#/components/schemas/Reading`)!;
  assert(!reading({ file: "-", text: "1", digits: [], model: "best", more: 1 }));
});

testWithService("the OpenAPI document has every route", (service) => {
  const documented = Object.entries(PATHS).flatMap(([path, item]) =>
    Object.keys(item).filter((key) => key !== "parameters")
      .map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`)
  );
  const routes = service.routes
    .filter(({ method, path }) => method !== "ALL" && path !== "/")
    .map(({ method, path }) => `${method} ${path}`);
  assertEquals([...new Set(routes)].sort(), documented.sort());
  return Promise.resolve();
}, { page: "none" });
