// The executable: what is in it, and that every command works as it does from the source, in an empty
// folder, without network, packages or caches. Where there is no runtime to make one with, that is
// shown of the folder that it is made of, run by Deno with the executable's permissions.

import { pathToFileURL } from "node:url";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { expandGlob } from "../lib/batch/glob.ts";
import { findAdapter } from "../lib/backend/choose.ts";
import { stat } from "../lib/files.ts";
import { COMMANDS } from "../main.ts";
import { copyFiles, filesIn } from "../tools/bundle.ts";
import { compile, runFlags } from "../tools/compile.ts";
import { ROOT, run as runTask } from "./commands.ts";
import { encodeBmp, encodeGif } from "./image/encode.ts";
import { BASELINE_JPEG, LOSSLESS_WEBP } from "./image/samples.ts";
import { namesIn, testWith, withFolder } from "./parts.ts";
import { Server } from "./server.ts";

const PROGRAM = new URL("dist/program/", ROOT);
const MOST_BYTES = 12e6;

/** The port of the protocol discard, which nobody listens on. */
const NOWHERE = "http://127.0.0.1:9";

let built: Promise<void> | undefined;

/** Builds dist/program/, once for all tests. */
function buildProgram(): Promise<void> {
  return built ??= (async () => {
    for (const task of ["build:page", "build:program"] as const) {
      const { code, stderr } = await runTask(task, []);
      assertEquals(code, 0, stderr);
    }
  })();
}

Deno.test("what the program loads by its path is in its folder", async () => {
  await buildProgram();
  const sources = expandGlob(new URL("lib/**/*.ts", ROOT).pathname, () => true)
    .filter(({ file }) => !/\/lib\/(library|web\/page)\//.test(file)); // are in other bundles
  const paths = sources.flatMap(({ file }) =>
    Array.from(Deno.readTextFileSync(file).matchAll(/"(lib\/.+?)"/g), ([, path]) => path)
  );
  assert(paths.includes("lib/batch/worker.ts"), "No source was found to name a thread's script");
  const files = await filesIn(PROGRAM);
  for (const path of paths) {
    const bundled = path.replace(/\.ts$/, ".js");
    assert(files.some((file) => file === bundled || file.startsWith(bundled)), path);
  }
});

Deno.test("an executable holds the program's folder, and no more than 12 MB", async () => {
  await buildProgram();
  await withFolder(async (folder) => {
    // Any program will do in the runtime's place, for this one is not run.
    const said = await compile(`${folder}/digits`, { runtime: Deno.execPath() });
    const names = Array.from(said.matchAll(/^[├└]──? (.+?)(?:\/\*)? \(/gm), ([, name]) => name);
    assertEquals(names.sort(), await namesIn(PROGRAM.pathname), said);
    const sizes = Array.from(
      said.matchAll(/^(?:Files|Metadata|Remote modules|[Nn]pm.*): ([\d.]+)([KM]?)B$/gm),
      ([, number, unit]) => Number(number) * { "": 1, K: 2 ** 10, M: 2 ** 20 }[unit]!,
    );
    assertEquals(sizes.length, 3, said);
    const bytes = sizes.reduce((sum, size) => sum + size);
    assert(bytes < MOST_BYTES, `${(bytes / 1e6).toFixed(1)} MB are embedded`);
  });
});

Deno.test("the program works from its folder, wherever that is", async (t) => {
  await buildProgram();
  await withFolder(async (folder) => {
    const files = (await filesIn(PROGRAM)).map((file) => [file, new URL(file, PROGRAM)]);
    await copyFiles(Object.fromEntries(files), pathToFileURL(`${folder}/program/`));
    const flags = [...runFlags(), "--no-remote", "--cached-only", "--no-prompt", "--quiet"];
    await checkCommands(t, Deno.execPath(), ["run", ...flags, `${folder}/program/main.js`]);
  });
});

testWith("denort", hasRuntime(), "an executable works as the source does", async (t) => {
  await buildProgram();
  await withFolder(async (folder) => {
    const executable = `${folder}/digits${Deno.build.os === "windows" ? ".exe" : ""}`;
    await compile(executable);
    await checkCommands(t, executable, []);
  });
});

/** A program that is run in the folder of its test. */
interface Program {
  folder: string;
  /** Gives what it prints on stdout; its exit code has to be 0. */
  run(args: string[]): Promise<string>;
  spawn(args: string[]): Deno.ChildProcess;
}

/** Each command in an empty folder, one after the other. */
async function checkCommands(t: Deno.TestContext, command: string, start: string[]): Promise<void> {
  for (const [name, check] of Object.entries(CHECKS)) {
    await t.step(name, () =>
      withFolder(async (place) => {
        const [folder, caches] = [`${place}/here`, `${place}/caches`];
        for (const path of [folder, caches]) await Deno.mkdir(path);
        const env = {
          NO_COLOR: "1",
          HTTP_PROXY: NOWHERE,
          HTTPS_PROXY: NOWHERE,
          DENO_DIR: `${place}/deno`,
          TMPDIR: caches, // on Windows it is named by the others
          TEMP: caches,
          TMP: caches,
        };
        const spawn = (args: string[]) =>
          new Deno.Command(command, {
            args: [...start, ...args],
            ...{ cwd: folder, env, stdin: "null", stdout: "piped", stderr: "piped" },
          }).spawn();
        const run = async (args: string[]) => {
          const { code, stdout, stderr } = await spawn(args).output();
          assertEquals(code, 0, new TextDecoder().decode(stderr));
          return new TextDecoder().decode(stdout);
        };
        await check({ folder, run, spawn });
        assertEquals(await namesIn(caches), []);
      }));
  }
}

const TRAINING = [
  ...["--model", "dense", "--dataset", "synthetic", "--epochs", "1", "--limit", "500"],
  ...["--threads", "2"],
];

const CHECKS: Record<string, (program: Program) => Promise<void>> = {
  async "it says what it is"({ run }) {
    assertEquals(await run(["--version"]), `${config.version}\n`);
    assertStringIncludes(await run(["--help"]), "digits COMMAND --help");
    const licenses = await run(["--licenses"]);
    for (
      const part of [
        "hono 4",
        "@tensorflow/tfjs-core 4",
        "imagescript 1",
        "comlink 4",
        "libwebp in",
      ]
    ) {
      assertMatch(licenses, new RegExp(`^  ${part}.+ \\(.+\\)$`, "m"));
    }
    assertStringIncludes(licenses, "Permission is hereby granted");
    assertStringIncludes(licenses, "Apache License");
  },

  async "each command knows its flags"({ run }) {
    for (const name of Object.keys(COMMANDS)) {
      assertStringIncludes(await run([name, "--help"]), `Usage: digits ${name} [flags]`);
    }
  },

  async "without a command it reads the samples"({ run, folder }) {
    const said = await run([]);
    assertMatch(said, /^dense: test accuracy .*\ncnn: test accuracy /);
    const values = Array.from(
      said.matchAll(/^The predicted value is: (.*)$/gm),
      ([, value]) => value,
    );
    assertEquals(values.join(""), "1234567890");
    assertEquals(await namesIn(folder), []);
  },

  async "train trains as the source does, and predict takes what it trained"({ run, folder }) {
    await run(["train", ...TRAINING]);
    await withFolder(async (other) => {
      const { code, stderr } = await runTask("train", [...TRAINING, "--out", other]);
      assertEquals(code, 0, stderr);
      const weights = (models: string) => Deno.readFile(`${models}/dense/weights.bin`);
      assertEquals(await weights(`${folder}/models`), await weights(other));
    });
    await Deno.mkdir(`${folder}/images`);
    await Deno.copyFile(new URL("images/7.png", ROOT), `${folder}/images/1.png`);
    const { file, model } = JSON.parse(await run(["predict", "--json", "--model", "dense"]));
    assertEquals([file, model], ["images/1.png", "dense"]);
  },

  async "predict reads every format"({ run, folder }) {
    const frame = { x: 0, y: 0, width: 50, height: 40, index: () => 0 };
    const files = {
      "1.png": await Deno.readFile(new URL("images/1.png", ROOT)),
      "2.jpg": BASELINE_JPEG,
      "3.webp": LOSSLESS_WEBP,
      "4.gif": encodeGif(50, 40, [[255, 255, 255]], 99, [frame]),
      "5.bmp": encodeBmp(50, 40, { bits: 24 }, () => 0xffffff),
    };
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    const lines = (await run(["predict", "--json", ...Object.keys(files)])).trim().split("\n");
    assertEquals(lines.map((line) => JSON.parse(line).text), ["1", "7", "7", "", ""]);
  },

  async "predict reads many pictures by threads, and shows what was seen"({ run, folder }) {
    await Deno.mkdir(`${folder}/scans`);
    for (let i = 0; i < 100; i++) {
      await Deno.copyFile(new URL("images/phone.jpg", ROOT), `${folder}/scans/${i}.jpg`);
    }
    const lines = (await run(["predict", "--json", "--threads", "2", "scans"])).trim().split("\n");
    const texts = new Set(lines.map((line) => JSON.parse(line).text));
    assertEquals([lines.length, texts.size], [100, 1]);
    await run(["predict", "--debug", "debug", "scans/7.jpg"]);
    assert((await namesIn(`${folder}/debug`)).length > 0);
  },

  async "evaluate measures, and writes its report"({ run, folder }) {
    const flags = ["--model", "tiny", "--dataset", "synthetic", "--limit", "100"];
    assertMatch(await run(["evaluate", ...flags, "--report", "tiny.html"]), /accuracy/);
    assertStringIncludes(await Deno.readTextFile(`${folder}/tiny.html`), "</html>");
  },

  async "export writes a model, and predict reads it again"({ run, folder }) {
    await Deno.copyFile(new URL("images/3.png", ROOT), `${folder}/3.png`);
    await run(["export", "--model", "tiny", "--format", "onnx", "--out", "tiny.onnx"]);
    const said = await run(["predict", "--json", "--from", "tiny.onnx", "3.png"]);
    assertEquals(JSON.parse(said).text, "3");
    await run(["export", "--model", "tiny", "--format", "c", "--out", "tiny.h"]);
    assertStringIncludes(await Deno.readTextFile(`${folder}/tiny.h`), "#include");
  },

  async "doctor finds nothing broken"({ run }) {
    const { state, ...rest } = JSON.parse(await run(["doctor", "--json"]));
    assert(["ok", "note", "warning"].includes(state), JSON.stringify(rest));
  },

  async "the backends that most runs do without read"({ run, folder }) {
    await Deno.copyFile(new URL("images/3.png", ROOT), `${folder}/3.png`);
    const backends = ["wasm", "cpu", ...(await findAdapter() ? ["webgpu", "tfjs-webgpu"] : [])];
    for (const backend of backends) {
      const said = await run(["predict", "--json", "--backend", backend, "3.png"]);
      assertEquals(JSON.parse(said).text, "3", backend);
    }
  },

  async "serve has the page, and answers"({ spawn }) {
    await using server = await Server.watch(spawn(["serve", "--port", "0", "--threads", "1"]));
    const page = await fetch(`${server.url}/`);
    assertStringIncludes(await page.text(), "<title>");
    const notices = await fetch(`${server.url}/licenses.txt`);
    assertStringIncludes(await notices.text(), "comlink");
    const picture = await Deno.readFile(new URL("images/5.png", ROOT));
    assertEquals((await (await server.predict(picture)).json()).text, "5");
    assertStringIncludes(
      await (await fetch(`${server.url}/metrics`)).text(),
      "digits_http_requests",
    );
  },
};

/** Whether Deno's runtime for executables is here: named, or downloaded by an earlier compilation. */
function hasRuntime(): boolean {
  const named = Deno.env.get("DENORT_BIN");
  if (named) return Deno.realPathSync(named) !== Deno.realPathSync(Deno.execPath());
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  const { version: { deno }, build: { target } } = Deno;
  return stat(`${denoDir}/dl/release/v${deno}/denort-${target}.zip`) !== undefined;
}
