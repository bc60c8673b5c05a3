// The npm package that build:library makes, installed in a project: checked by TypeScript, run by
// Node and in a browser, taken into a bundle.

import { assert, assertEquals, assertMatch } from "@std/assert";
import ts from "typescript";
import config from "../../deno.json" with { type: "json" };
import { copyFiles, filesIn } from "../../tools/bundle.ts";
import { chromium, withBrowser } from "../browser.ts";
import { ROOT, run } from "../commands.ts";
import { assertNear, testWith, withFolder } from "../parts.ts";
import type { Outcome } from "./consumer.ts";
import { PICTURES, predicted } from "./pictures.ts";

const PACKAGE = new URL("dist/npm/", ROOT);
const CONSUMER = new URL("tests/library/consumer.ts", ROOT);

let built: Promise<void> | undefined;

/** Builds the package, once for all tests of this file. */
function build(): Promise<void> {
  return built ??= run("build:library", []).then(({ code, stderr }) => {
    if (code !== 0) throw new Error(`The package was not built: ${stderr}`);
  });
}

/** A project that has the package installed and the consumer as a script, for as long as `body` runs. */
async function withProject(body: (folder: URL) => Promise<void>): Promise<void> {
  await build();
  await withFolder(async (path) => {
    const folder = new URL(`file://${path}/`);
    const files = (await filesIn(PACKAGE))
      .map((file) => [`node_modules/${config.name}/${file}`, new URL(file, PACKAGE)]);
    const pictures = PICTURES.map((file) => [file, new URL(file, ROOT)]);
    await copyFiles(Object.fromEntries([...files, ...pictures]), folder);
    await copyFiles({ "consumer.ts": CONSUMER }, folder);
    const script = ts.transpile(await Deno.readTextFile(CONSUMER), {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ES2022,
    });
    await Deno.writeTextFile(new URL("consumer.js", folder), script);
    await Deno.writeTextFile(new URL("package.json", folder), '{ "type": "module" }');
    await body(folder);
  });
}

/** Asserts that the consumer read what predict reads, and trained a network. */
async function assertConsumed({ readings, metrics, accuracy }: Outcome): Promise<void> {
  const expected = await predicted();
  const withoutConfidences = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? undefined : value;
  assertEquals(
    JSON.stringify(readings, withoutConfidences),
    JSON.stringify(expected, withoutConfidences),
  );
  const confidences = (all: typeof expected) =>
    all.flatMap(({ digits }) =>
      digits.flatMap((digit) => [digit, ...digit.alternatives].map(({ confidence }) => confidence))
    );
  // Machines without multiply-add in one instruction round otherwise.
  assertNear(confidences(readings), confidences(expected), 1e-6, "confidences");
  assertEquals(metrics.versions.digits, config.version);
  assertEquals(metrics.history.length, 1);
  assertEquals(metrics.test.accuracy, accuracy);
  assert(accuracy > 0.3, `${accuracy}`); // by chance it is 0.1
}

Deno.test("build:library says in package.json what is in the package", async () => {
  await build();
  const files = await filesIn(PACKAGE);
  const manifest = JSON.parse(await Deno.readTextFile(new URL("package.json", PACKAGE)));
  assertEquals([manifest.name, manifest.version], [config.name, config.version]);
  const { types, default: entry } = manifest.exports["."];
  for (const file of [types, entry]) assert(files.includes(file.slice(2)), file);
  for (const file of ["README.md", "LICENSE", "CHANGELOG.md"]) assert(files.includes(file), file);
  assertEquals(
    Object.keys(manifest.peerDependenciesMeta),
    Object.keys(manifest.peerDependencies),
  );
  assertEquals(manifest.dependencies, undefined);
});

Deno.test("build:library leaves TensorFlow.js out, to be loaded when it is asked for", async () => {
  await build();
  const importers = [];
  for (const file of (await filesIn(PACKAGE)).filter((file) => file.endsWith(".js"))) {
    const script = await Deno.readTextFile(new URL(file, PACKAGE));
    assert(script.length < 150_000, `${file} has ${script.length} bytes`);
    if (/from ?"@tensorflow\//.test(script)) importers.push(file);
  }
  for (const importer of importers) assertMatch(importer, /^(tensorflow|wasm_gradients)-/);
  assert(importers.length > 0);
  // Which are imported by a call only, never as a script starts.
  const scripts = await Promise.all(
    (await filesIn(PACKAGE)).filter((file) => file.endsWith(".js"))
      .map((file) => Deno.readTextFile(new URL(file, PACKAGE))),
  );
  for (const importer of importers) {
    assert(scripts.every((script) => !new RegExp(`(from|import) ?"\\./${importer}`).test(script)));
    assert(scripts.some((script) => script.includes(`import("./${importer}")`)));
  }
});

Deno.test("the package's types fit a program that asks for none of its own", async () => {
  await withProject((folder) => {
    const program = ts.createProgram([new URL("consumer.ts", folder).pathname], {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
      types: [],
    });
    const messages = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) =>
      `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`
    );
    assertEquals(messages, []);
    return Promise.resolve();
  });
});

testWith("node", await hasNode(), "the package reads and trains in Node", async () => {
  await withProject(async (folder) => {
    await Deno.writeTextFile(
      new URL("main.js", folder),
      `import { readFile } from "node:fs/promises";
      import { consume } from "./consumer.js";
      const files = process.argv.slice(2).map((file) => readFile(file));
      console.log(JSON.stringify(await consume(await Promise.all(files))));`,
    );
    const { code, stdout, stderr } = await new Deno.Command("node", {
      args: ["main.js", ...PICTURES],
      cwd: folder,
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals([code, decode(stderr)], [0, ""]);
    const outcome: Outcome = JSON.parse(decode(stdout));
    await assertConsumed(outcome);
    assert("node" in outcome.metrics.versions);
  });
});

async function hasNode(): Promise<boolean> {
  try {
    return (await new Deno.Command("node", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

testWith(
  "browser",
  chromium !== undefined,
  "the package reads and trains in a page, and in a worker that may have threads",
  async () => {
    await withProject(async (folder) => {
      const consumer = await Deno.readTextFile(new URL("consumer.js", folder));
      const address = `./node_modules/${config.name}/mod.js`;
      await Deno.writeTextFile(
        new URL("consumer.js", folder),
        consumer.replace(`"${config.name}"`, `"${address}"`),
      );
      await Deno.writeTextFile(new URL("main.js", folder), SCRIPT);
      await Deno.writeTextFile(new URL("index.html", folder), PAGE);
      await using host = hostFolder(folder);
      await withBrowser(async (browser) => {
        const page = await browser.newPage();
        const problems: string[] = [];
        page.on("pageerror", (error) => problems.push(String(error)));
        await page.goto(host.url);
        await page.waitForFunction(() => "inPage" in globalThis && "inWorker" in globalThis);
        const outcome = (name: string) =>
          page.evaluate((name) => Reflect.get(globalThis, name) as Outcome, name);
        const [inPage, inWorker] = [await outcome("inPage"), await outcome("inWorker")];
        assertEquals(problems, []);
        await assertConsumed(inPage);
        assertEquals(inPage.metrics.backend, "simd, 1 thread");
        await assertConsumed(inWorker);
        const cores = await page.evaluate(() => navigator.hardwareConcurrency);
        assertEquals(inWorker.metrics.backend, `simd, ${cores} thread${cores === 1 ? "" : "s"}`);
      });
    });
  },
);

/** Consumes, in a page or in a worker, and gives the page what came of it. */
const SCRIPT = `
import { consume } from "./consumer.js";
const load = async (file) => new Uint8Array(await (await fetch(file)).arrayBuffer());
const outcome = await consume(await Promise.all(${JSON.stringify(PICTURES)}.map(load)));
if (globalThis.document) globalThis.inPage = outcome;
else self.postMessage(outcome);
`;

const PAGE = `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script type="module" src="main.js"></script>
<script type="module">
  const worker = new Worker("main.js", { type: "module" });
  worker.onmessage = ({ data }) => globalThis.inWorker = data;
</script>
`;

const TYPES: Record<string, string> = { html: "text/html", js: "text/javascript" };

/** What has browsers share memory between a page and its workers. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** A web host of a folder, whose pages are isolated from those of others. */
function hostFolder(folder: URL): AsyncDisposable & { url: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ url }) => {
    const path = new URL(url).pathname.slice(1) || "index.html";
    try {
      const body = await Deno.readFile(new URL(path, folder));
      const type = TYPES[path.split(".").at(-1)!] ?? "application/octet-stream";
      return new Response(body, { headers: { "content-type": type, ...ISOLATION } });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
