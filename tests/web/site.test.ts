import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readSite, siteRoutes } from "../../lib/web/site.ts";
import { testWithFolder } from "../parts.ts";

testWithFolder("siteRoutes() answers each file by its path, and no other", async (folder) => {
  await Deno.mkdir(`${folder}/page/models/best`, { recursive: true });
  const files: Record<string, string> = {
    "index.html": "<!doctype html>",
    "page.js": "let x;",
    "style.css": "p {}",
    "icon.svg": "<svg/>",
    "manifest.webmanifest": "{}",
    "page.wasm": "\0asm",
    "models/best/model.json": "{}",
    "models/best/weights.bin": "\0\0",
  };
  for (const [path, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/page/${path}`, text);
  }
  await Deno.writeTextFile(`${folder}/secret.txt`, "secret");
  const app = siteRoutes(await readSite(`${folder}/page`));

  const types: string[] = [];
  for (const [path, text] of Object.entries({ ...files, "": files["index.html"] })) {
    const answer = await app.request(`/${path}`);
    assertEquals(answer.status, 200);
    assertEquals(await answer.text(), text);
    assertEquals(answer.headers.get("cache-control"), "no-cache");
    types.push(answer.headers.get("content-type")!.replace("; charset=utf-8", ""));
  }
  assertEquals(types, [
    "text/html",
    "text/javascript",
    "text/css",
    "image/svg+xml",
    "application/manifest+json",
    "application/wasm",
    "application/json",
    "application/octet-stream",
    "text/html",
  ]);

  for (const path of ["models", "models/", "../secret.txt", "%2e%2e/secret.txt", "/page.js", "x"]) {
    const answer = await app.fetch(new Request(`http://localhost/${path}`));
    assertEquals(answer.status, 404, path);
  }
  const head = await app.request("/page.js", { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
});

testWithFolder("siteRoutes() sends a file again only when it has changed", async (folder) => {
  await Deno.writeTextFile(`${folder}/index.html`, "one");
  const ask = async (etag: string) => {
    const app = siteRoutes(await readSite(folder));
    return await app.request("/", { headers: { "if-none-match": etag } });
  };
  const etag = (await ask("none")).headers.get("etag")!;
  const same = await ask(etag);
  assertEquals([same.status, await same.text()], [304, ""]);
  assertEquals(same.headers.get("etag"), etag);
  await Deno.writeTextFile(`${folder}/index.html`, "two");
  const changed = await ask(etag);
  assertEquals([changed.status, await changed.text()], [200, "two"]);
  assert(changed.headers.get("etag") !== etag);
});

testWithFolder("siteRoutes() says how the page is built where it is not", async (folder) => {
  const app = siteRoutes(await readSite(`${folder}/none`));
  const answer = await app.request("/");
  assertEquals(answer.status, 404);
  assertStringIncludes(await answer.text(), "deno task build:page");
});
