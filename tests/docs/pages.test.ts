import { assertEquals, AssertionError, assertThrows } from "@std/assert";
import { assertPrints } from "./output.ts";
import { anchorsIn, commandsIn, findFences, linksIn } from "./pages.ts";

Deno.test("findFences() finds blocks of code, within lists too", () => {
  const page = "# Page\n\n```sh\na\n```\n\n- item\n\n  ```console measured\n  $ b\n  c\n  ```\n";
  assertEquals(findFences("x.md", page), [
    { info: "sh", text: "a\n", place: "x.md:3" },
    { info: "console measured", text: "$ b\nc\n", place: "x.md:9" },
  ]);
});

Deno.test("commandsIn() gives what a reader types", () => {
  const place = "x.md:1";
  const given = (info: string, text: string) =>
    commandsIn({ info, text, place }).map(({ text, output }) => [text, output]);
  assertEquals(given("sh", "a   # why\n\n# all\nb \\\n  c\n'#d'\n"), [
    ["a", undefined],
    ["b \\\n  c", undefined],
    ["'#d'", undefined],
  ]);
  assertEquals(given("console", "$ a\n1\n\n2\n$ b\n"), [["a", "1\n\n2\n"], ["b", ""]]);
  assertEquals(given("json", "{}"), []);
});

Deno.test("assertPrints() takes other threads, and of what was measured other figures", () => {
  const printed = "model: a, 8 threads\nbackend: b\nvalue 0.93   \nend\n";
  const shown = "model: a, 2 threads\n...\nvalue 0.93\nend";
  assertPrints(printed, { output: shown, isMeasured: false });
  const other = shown.replace("0.93", "0.9412");
  assertPrints(printed, { output: other, isMeasured: true });
  for (const output of [other, "end\n...\nvalue 0.93", shown.replace("...", "")]) {
    assertThrows(() => assertPrints(printed, { output, isMeasured: false }), AssertionError);
  }
});

Deno.test("linksIn() and anchorsIn() fit each other", () => {
  const page = "# It works: how?\n\n[a](#it-works-how), [b](https://x.org), ![c](c.png)\n";
  assertEquals(linksIn(page), ["#it-works-how", "c.png"]);
  assertEquals(anchorsIn(page), ["#it-works-how"]);
});
