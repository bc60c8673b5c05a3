// digits data, in processes of its own with the task's permissions.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SOURCES } from "../lib/data/sources.ts";
import { lockFolder } from "../lib/lock.ts";
import { run, spawn } from "./commands.ts";
import { testWith, testWithFolder, withFolder } from "./parts.ts";

const IMAGES = "train-images-idx3-ubyte";

async function put(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(path, text);
}

testWithFolder("data lists what there is, and what of it is here", async (folder) => {
  const { name, files } = SOURCES.find(({ name }) => name === "fashion-mnist")!;
  for (const file of Object.values(files)) await put(`${folder}/${name}/${file.name}.gz`, "");
  await put(`${folder}/KMNIST/raw/${IMAGES}.gz`, "");

  const { code, stdout } = await run("data", [], { env: { DIGITS_DATA: folder } });
  assertEquals(code, 0);
  assertMatch(stdout, /^name +title +train \+ test +classes +download +here +licence\n/);
  assertMatch(stdout, /^mnist +MNIST +60,000 \+ 10,000 +10 +11\.6 MB +no +CC BY-SA 3\.0$/m);
  assertMatch(stdout, /^fashion-mnist .* yes +MIT$/m);
  assertMatch(stdout, /^kmnist .* in part +CC BY-SA 4\.0$/m);
  assertStringIncludes(stdout, "synthetic, mnist-or-others");

  const { stdout: json } = await run("data", ["list", "--json", "--data", folder]);
  const rows = json.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(rows.map(({ name }) => name), SOURCES.map(({ name }) => name));
  assertEquals(
    rows.map(({ here, files }) => [here, files.length]),
    [[false, 0], [false, 0], [false, 0], [true, 4], [false, 1]],
  );
  assertEquals(rows[4].classes[0], "お");
});

testWithFolder("data check says what is wrong, and what to do", async (folder) => {
  const nothing = await run("data", ["check", "--data", folder]);
  assertEquals([nothing.code, nothing.stdout], [0, ""]);
  assertEquals(nothing.stderr, `There is no data set in ${folder} to check\n`);

  await put(`${folder}/mnist/${IMAGES}.gz`, "something else"); // a damaged download
  await put(`${folder}/FashionMNIST/raw/${IMAGES}`, "something else"); // the user's
  const { code, stdout } = await run("data", ["check", "--data", folder]);
  assertEquals(code, 1);
  const lines = stdout.trimEnd().split("\n");
  assert(
    lines[0].startsWith(`mnist: ${IMAGES}: ${folder}/mnist/${IMAGES}.gz is wrong: its SHA-256`),
  );
  assertEquals(lines[1], "  -> deno task data get mnist downloads it anew");
  assertEquals(
    lines[2],
    "mnist: train-labels-idx1-ubyte: not there: deno task data get mnist downloads it",
  );
  assertStringIncludes(
    stdout,
    `  -> Delete it or move it away: ${folder}/FashionMNIST/raw/${IMAGES}\n`,
  );
  assert(!stdout.includes("kmnist"));

  const named = await run("data", ["check", "kmnist", "--json", "--data", folder]);
  assertEquals(named.code, 1);
  const checks = named.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(
    checks.map(({ dataset, state }) => [dataset, state]),
    Array(4).fill(["kmnist", "note"]),
  );
});

testWithFolder("data get leaves the user's wrong file, and gets the others", async (folder) => {
  const wrong = ["fashion-mnist", "kmnist"].map((name) => `${folder}/${name}`);
  await put(wrong[0], "no folder");
  await put(wrong[1], "no folder");
  const { code, stderr } = await run("data", ["get", "fashion-mnist", "kmnist", "--data", folder]);
  assertEquals(code, 1);
  for (const path of wrong) assertStringIncludes(stderr, `error: Cannot write ${path}`);
});

Deno.test({
  name: "data get stops at Ctrl-C, and says how to go on",
  ignore: Deno.build.os === "windows", // which has no such pipes
  fn: () =>
    withFolder(async (folder) => {
      // It waits for this process, as if that downloaded the same.
      using _lock = await lockFolder(`${folder}/mnist`);
      const pipe = `${folder}/mnist/${IMAGES}.gz`;
      assertEquals((await new Deno.Command("mkfifo", { args: [pipe] }).output()).code, 0);
      const process = spawn("data", ["get", "mnist", "--data", folder]);
      // A pipe is open for writing when somebody reads: the process is at work.
      (await Deno.open(pipe, { write: true })).close();
      process.kill("SIGINT");
      const { code, stdout, stderr } = await process.output();
      assertEquals([code, stdout.length], [130, 0]);
      assertStringIncludes(new TextDecoder().decode(stderr), "the same command goes on from there");
    }),
});

for (
  const [args, message] of [
    [["fetch"], 'There is no "fetch", only list, get, check'],
    [["list", "mnist"], 'What is "mnist"?'],
    [["get"], "Name what to get: mnist, emnist-digits, "],
    [["get", "mnist", "--json"], "--json is for list and check"],
    [["get", "emnist"], 'There is no data set "emnist", only mnist, '],
    [["check", "synthetic"], "synthetic is made when it is used"],
  ] as const
) {
  Deno.test(`data ${args.join(" ")} is wrong usage`, async () => {
    const { code, stdout, stderr } = await run("data", [...args]);
    assertEquals([code, stdout], [2, ""]);
    assert(stderr.startsWith(`error: ${message}`), stderr);
    assertStringIncludes(stderr, "See: deno task data --help");
  });
}

const directory = Deno.env.get("DIGITS_DATA");

testWith(
  "mnist",
  directory !== undefined,
  "data get and data check find the real MNIST",
  async () => {
    const got = await run("data", ["get", "mnist", "--data", directory!]);
    assertEquals(got.code, 0, got.stderr);
    assertMatch(got.stdout, /^mnist: all is right, in \S+\n$/);
    const checked = await run("data", ["check", "mnist", "--data", directory!]);
    assertEquals(checked.code, 0, checked.stdout);
    assertEquals(checked.stdout.match(/^mnist: \S+: right: /gm)?.length, 4);
  },
);
