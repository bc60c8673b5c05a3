// The library as a package: what it loads, what it may do, where it may come from. What it does is
// tested in tests/library/.

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "./commands.ts";
import { testWithFolder } from "./parts.ts";

Deno.test("the library loads TensorFlow.js, and what is for GPUs, only when it is asked for", async () => {
  const names = await loadedBy("mod.ts");
  assert(names.some((name) => name.endsWith("/lib/backend/simd/simd.ts")));
  // Of packages there are WebAssembly modules, and no code.
  const foreign = names.filter((name) => !name.startsWith(ROOT.href));
  assertEquals(foreign.filter((name) => !name.endsWith(".wasm")), []);
  assertEquals(names.filter((name) => /\/(tensorflow|webgpu)\.ts$/.test(name)), []);
  const asked = await loadedBy("lib/backend/tensorflow.ts");
  assert(asked.some((name) => name.startsWith("npm:/@tensorflow/tfjs@")));
});

/** What a module and all that it imports load as they start. */
async function loadedBy(module: string): Promise<string[]> {
  const { stdout } = await deno(["info", "--json", module]);
  const { roots, modules, redirects } = JSON.parse(stdout);
  const byName = new Map(modules.map((it: { specifier: string }) => [it.specifier, it]));
  const names = new Set<string>(roots);
  for (const name of names) { // which grows on the way
    // deno-lint-ignore no-explicit-any -- what another program prints
    const { dependencies = [] } = (byName.get(name) ?? {}) as any;
    for (const { code, isDynamic } of dependencies) {
      if (code && !isDynamic) names.add(redirects[code.specifier] ?? code.specifier);
    }
  }
  return [...names];
}

Deno.test("the library needs to read its own folders, and nothing else", async () => {
  const folders = ["lib", "models"].map((folder) => new URL(folder, ROOT).pathname);
  for (const threads of ["1", "2"]) {
    const reading = await deno([
      ...["run", "--quiet", "--no-prompt", `--allow-read=${folders}`],
      ...["tests/library/reads.ts", threads],
    ]);
    assertEquals(reading, { code: 0, stdout: "true\n", stderr: "" });
  }
});

testWithFolder("library and commands work where their modules come from a host", async (cache) => {
  // What comes from this host is for this once; the packages are those of everybody.
  const { stdout } = await deno(["info", "--json"]);
  await Deno.symlink(JSON.parse(stdout).npmCache, `${cache}/npm`);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ url }) => {
    try {
      const body = await Deno.readFile(new URL(`.${new URL(url).pathname}`, ROOT));
      const type = url.endsWith(".ts") ? "application/typescript" : "application/octet-stream";
      return new Response(body, { headers: { "content-type": type } });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
  const host = `127.0.0.1:${server.addr.port}`;
  const start = (...args: string[]) =>
    deno([
      ...["run", "--quiet", "--no-prompt", "--config=deno.json", "--no-lock"],
      ...[`--allow-import=${host}`, `--allow-net=${host}`, ...args],
    ], { DENO_DIR: cache });
  const reading = await start(`http://${host}/tests/library/reads.ts`, "1");
  const picture = new URL("images/7.png", ROOT).pathname;
  const predicting = await start(
    ...[`--allow-read=${picture}`, `http://${host}/main.ts`, "predict", "--json", picture],
  );
  await server.shutdown();
  assertEquals(reading, { code: 0, stdout: "true\n", stderr: "" });
  assertEquals(predicting.code, 0, predicting.stderr);
  assertEquals(JSON.parse(predicting.stdout).text, "7");
});

Deno.test("the package can be published, with what it takes to run and no more", async () => {
  const { code, stderr } = await deno(["publish", "--dry-run", "--allow-dirty", "--no-check"]);
  assertEquals(code, 0, stderr);
  const files = [...stderr.matchAll(/file:\S+/g)].map(([url]) => url.slice(ROOT.href.length));
  for (const file of ["mod.ts", "main.ts", "LICENSE", "models/best/weights.bin"]) {
    assert(files.includes(file), `${file} is missing`);
  }
  const folders = new Set(
    files.filter((file) => file.includes("/")).map((file) => file.split("/")[0]),
  );
  assertEquals([...folders].sort(), ["images", "lib", "models"]);
});

/** What Deno prints, and its exit code. */
async function deno(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}
