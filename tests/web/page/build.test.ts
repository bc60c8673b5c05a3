// What build:page makes, as files.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { expandGlob } from "../../../lib/batch/glob.ts";
import { CONTENT_SECURITY_POLICY } from "../../../lib/web/policy.ts";
import { ROOT } from "../../commands.ts";
import { buildPage } from "./site.ts";

const PAGE = new URL("dist/page/", ROOT).pathname;

Deno.test("build:page tells the service worker of every file", async () => {
  await buildPage();
  const script = await Deno.readTextFile(`${PAGE}sw.js`);
  const { version, files } = JSON.parse(
    script.slice(script.indexOf("=") + 1, script.indexOf(";\n")),
  );
  const built = expandGlob(`${PAGE}**/*`, () => true)
    .map(({ file }) => file.slice(PAGE.length)).filter((file) => file !== "sw.js");
  assertEquals(files.toSorted(), ["./", ...built].toSorted());
  assert(/^[0-9a-f]{16}$/.test(version), version);
});

Deno.test("build:page gives the page its policy, and nothing to be loaded from elsewhere", async () => {
  await buildPage();
  const html = await Deno.readTextFile(`${PAGE}index.html`);
  assertStringIncludes(html, CONTENT_SECURITY_POLICY);
  assertEquals(html.match(/(src|href)="(?!#)[^"]*:/g), null);
  assertEquals(html.match(/\son\w+=|style="|<style|<script(?![^>]*src)/g), null);
});

Deno.test("build:page offers the models that read digits, the best first", async () => {
  await buildPage();
  const choices = JSON.parse(await Deno.readTextFile(`${PAGE}models/index.json`));
  const names: string[] = choices.map(({ name }: { name: string }) => name);
  assertEquals(names.toSorted(), ["best", "cnn", "dense", "fast", "tiny"]);
  const accuracies: number[] = choices.map(({ accuracy }: { accuracy: number }) => accuracy);
  assertEquals(accuracies, accuracies.toSorted((a, b) => b - a));
  assertEquals(choices.filter((choice: { default?: boolean }) => choice.default).length, 1);
});

Deno.test("build:page writes the same files again", async () => {
  await buildPage();
  const before = await Deno.readTextFile(`${PAGE}sw.js`);
  await buildPage({ anew: true });
  assertEquals(await Deno.readTextFile(`${PAGE}sw.js`), before);
});
