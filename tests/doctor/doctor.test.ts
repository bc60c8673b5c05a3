// What the doctor says of things that are as they should be, missing, and broken.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { resolve } from "node:path";
import { BACKEND_NAMES } from "../../lib/backend/backend.ts";
import { findAdapter } from "../../lib/backend/choose.ts";
import { BUILDS } from "../../lib/backend/simd/module.ts";
import { encodeImages } from "../../lib/data/idx.ts";
import { PARTS } from "../../lib/data/sources.ts";
import { type AdapterCheck, checkAdapters } from "../../lib/doctor/adapters.ts";
import { type BackendCheck, checkBackends, checkChoices } from "../../lib/doctor/backends.ts";
import type { Check, State } from "../../lib/doctor/check.ts";
import { checkData, listOthers } from "../../lib/doctor/data.ts";
import { type Examination, worstOf } from "../../lib/doctor/examine.ts";
import { checkProcessor, checkVersions } from "../../lib/doctor/machine.ts";
import { checkModels, type ModelCheck } from "../../lib/doctor/models.ts";
import { examinationText } from "../../lib/doctor/text.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { withAdapter } from "../backend/adapters.ts";
import { ROOT } from "../commands.ts";
import { files, good, gzipped, PLAIN, withMirrors } from "../data/mirrors.ts";
import { testWithFolder } from "../parts.ts";

const MODELS = new URL("models", ROOT).pathname;

/** Names and states, for comparison. */
function statesOf(checks: readonly Check[]): [string, State][] {
  return checks.map(({ name, state }) => [name, state]);
}

async function copyModel(name: string, folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  for (const file of ["model.json", "weights.bin", "metrics.json"]) {
    await Deno.copyFile(`${MODELS}/${name}/${file}`, `${folder}/${name}/${file}`);
  }
}

Deno.test("checkVersions() tells all that a result could depend on", () => {
  const found = Object.fromEntries(checkVersions().map(({ name, finding }) => [name, finding]));
  assertEquals(found["Deno"], Deno.version.deno);
  assertEquals(found["V8"], Deno.version.v8);
  assertMatch(found["TensorFlow.js"], /^\d+\.\d+\.\d+$/);
  assertMatch(found["digits"], /^\d+\.\d+\.\d+$/);
  assertStringIncludes(found["system"], Deno.build.target);
});

Deno.test("checkProcessor() names the build that the features choose", () => {
  for (const { file, ...features } of BUILDS) {
    const checks = checkProcessor({ simd: true, ...features });
    assertEquals(checks.at(-1)!.finding, file);
    assertEquals(
      worstOf(checks),
      features.shared ? features.relaxed ? "ok" : "note" : "warning",
    );
  }
});

Deno.test("a processor without SIMD is broken, for predict needs it, and there is a way out", () => {
  const checks = checkProcessor({ simd: false, relaxed: false, shared: true });
  assertEquals(statesOf(checks), [["cores", "ok"], ["SIMD", "broken"]]);
  assertStringIncludes(checks[1].advice!, "--backend");
});

Deno.test("checkAdapters() tells hardware from software, each once, and what it has", async () => {
  const limits = {
    maxBufferSize: 2 ** 30,
    maxStorageBufferBindingSize: 2 ** 28,
    maxComputeInvocationsPerWorkgroup: 1024,
    maxComputeWorkgroupStorageSize: 32768,
  };
  const adapter = (description: string) => ({
    info: { description, vendor: "", architecture: "" },
    features: new Set(["shader-f16", "clip-distances"]),
    limits: { ...limits, maxBindGroups: 4 },
  });
  await withAdapter(adapter("Fast GPU"), async () => {
    const [check, ...others] = await checkAdapters();
    assertEquals(others, []);
    assertEquals([check.name, check.state, check.advice], ["Fast GPU", "ok", undefined]);
    const { isSoftware, features, limits: found } = check as AdapterCheck;
    assertEquals([isSoftware, features, found], [false, ["shader-f16"], limits]);
    assertEquals(
      check.finding,
      "hardware; shader-f16; buffers of 1024 MiB, bound 256 MiB; workgroups of 1024 with 32 KiB",
    );
  });
  await withAdapter(adapter("SwiftShader"), async () => {
    assertEquals(statesOf(await checkAdapters()), [["SwiftShader", "note"]]);
  });
  await withAdapter(undefined, async () => {
    const [check] = await checkAdapters();
    assertEquals([check.name, check.state], ["WebGPU", "note"]);
    assertStringIncludes(check.advice!, "install its driver");
  });
});

const adapter = await findAdapter();

Deno.test("checkBackends() measures all that start here, and says why another does not", async () => {
  const tried: string[] = [];
  const checks = await checkBackends({
    trialMs: 1,
    recipe: RECIPES.dense,
    onProgress: (what) => tried.push(what),
  });
  assertEquals(tried, BACKEND_NAMES.map((name) => `trying the backend ${name}`));
  assertEquals(
    statesOf(checks),
    BACKEND_NAMES.map((name) => [name, name.endsWith("webgpu") && !adapter ? "note" : "ok"]),
  );
  for (const check of checks.filter(({ state }) => state === "ok") as BackendCheck[]) {
    assert(check.training.samplesPerSecond > 0 && check.inference.picturesPerSecond > 0);
    assertMatch(
      check.finding,
      /^[\d.,]+ samples\/s in training, [\d.,]+ pictures\/s in inference: /,
    );
  }
});

Deno.test("a machine without WebGPU is no broken one", async () => {
  await withAdapter(undefined, async () => {
    const checks = await checkBackends({ trialMs: 1, recipe: RECIPES.dense });
    for (const wanted of ["webgpu", "tfjs-webgpu"]) {
      const { state, finding } = checks.find(({ name }) => name === wanted)!;
      assertEquals(state, "note");
      assertStringIncludes(finding, "No WebGPU adapter was found on this machine. Install");
    }
    assertEquals((await checkChoices()).map(({ state, finding }) => [state, finding]), [
      ["ok", `simd, ${threads()} (no WebGPU adapter here)`],
      ["ok", `simd, ${threads()} (starts at once)`],
    ]);
  });
});

function threads(): string {
  const count = navigator.hardwareConcurrency;
  return count === 1 ? "1 thread" : `${count} threads`;
}

testWithFolder(
  "checkModels() tells size, accuracy and hash, of the first of a name",
  async (folder) => {
    await copyModel("tiny", `${folder}/mine`);
    await Deno.remove(`${folder}/mine/tiny/metrics.json`);
    await Deno.writeTextFile(`${folder}/mine/notes.txt`, "no model");
    const checks = await checkModels([`${folder}/mine`, MODELS]) as ModelCheck[];
    const names = Object.keys(RECIPES).sort();
    assertEquals(statesOf(checks), names.map((name) => [name, "ok"]));
    const best = checks.find(({ name }) => name === "best")!;
    assertEquals([best.parameters, best.folder], [289_130, resolve(MODELS, "best")]);
    assertMatch(best.finding, /^289,130 parameters, accuracy 99\.\d\d %, SHA-256 /);
    assertMatch(best.sha256, /^[0-9a-f]{64}$/);
    const tiny = checks.find(({ name }) => name === "tiny")!;
    assertEquals([tiny.accuracy, tiny.folder], [null, resolve(folder, "mine/tiny")]);
  },
);

testWithFolder(
  "checkModels() says which model is damaged or missing, and the way out",
  async (folder) => {
    const broken = async (name: string) =>
      (await checkModels([folder])).find((check) => check.name === name)!;
    assertEquals(statesOf(await checkModels([`${folder}/none`])), [
      ["best", "broken"],
      ["reject", "broken"],
    ]);
    assertStringIncludes((await broken("best")).advice!, "deno task train --model best");

    await copyModel("best", folder);
    await copyModel("tiny", folder);
    assertEquals((await broken("best")).state, "ok");
    await Deno.writeTextFile(`${folder}/best/metrics.json`, "{");
    assertStringIncludes((await broken("best")).finding, "metrics.json is damaged");
    await Deno.truncate(`${folder}/best/weights.bin`, 100);
    assertStringIncludes((await broken("best")).finding, "The weights are 100 bytes");
    const weights = await Deno.readFile(`${folder}/tiny/weights.bin`);
    await Deno.writeFile(`${folder}/tiny/weights.bin`, weights.fill(0xff, 0, 4)); // NaN
    assertMatch(
      (await broken("tiny")).finding,
      /the weight conv2d\/kernel holds what is no number$/,
    );
    await Deno.remove(`${folder}/tiny/weights.bin`);
    assertStringIncludes((await broken("tiny")).finding, "There is no ");
  },
);

Deno.test("checkData() finds the files that are right, missing, damaged, or another's", () =>
  withMirrors([good], async ({ source, directory, put }) => {
    const states = async () =>
      statesOf(await checkData(directory, source)).map(([, state]) => state);
    const [images, labels, testImages] = PARTS.map((part) => files[part].name);
    assertEquals(await states(), ["note", "note", "note", "note"]);
    await put(`mnist/${images}.gz`, gzipped.trainImages);
    await put(labels, PLAIN.trainLabels);
    assertEquals(await states(), ["ok", "ok", "note", "note"]);
    await put(`mnist/${images}.gz`, gzipped.trainImages.slice(0, 1000));
    await put(
      testImages,
      encodeImages({ count: 1, rows: 1, columns: 1, pixels: Uint8Array.of(1) }),
    );
    assertEquals(await states(), ["warning", "ok", "broken", "note"]);

    const [first, second, third, fourth] = await checkData(directory, source);
    assertStringIncludes(first.finding, "1000 bytes of gzip are damaged");
    assertEquals(first.advice, "deno task data get mnist downloads it anew");
    assertEquals([second.path, second.sha256], [
      resolve(directory, labels),
      files.trainLabels.sha256,
    ]);
    assertEquals(third.advice, `Delete it or move it away: ${resolve(directory, testImages)}`);
    assertStringIncludes(fourth.advice!, resolve(directory));
  }));

testWithFolder("listOthers() names the data sets that are here, and MNIST not", async (folder) => {
  assertEquals(listOthers(folder), []);
  const [trainImages, ...others] = PARTS.map((part) => `${files[part].name}.gz`);
  for (const name of ["mnist", "kmnist"]) {
    await Deno.mkdir(`${folder}/${name}`);
    await Deno.writeFile(`${folder}/${name}/${trainImages}`, new Uint8Array());
  }
  assertEquals(statesOf(listOthers(folder)), [["kmnist", "note"]]);
  for (const file of others) await Deno.writeFile(`${folder}/kmnist/${file}`, new Uint8Array());
  assertEquals(listOthers(folder), [{
    name: "kmnist",
    state: "ok",
    finding: "4 of 4 files are here; deno task data check kmnist looks into them",
  }]);
});

Deno.test("examinationText() fits into the terminal, marks by words, and advises once", () => {
  const note = (name: string, advice?: string): Check => ({
    name,
    state: "note",
    finding: "not there: ".repeat(9).trim(),
    advice,
  });
  const examination: Examination = {
    state: "broken",
    versions: [{ name: "Deno", state: "ok", finding: "1.2.3" }],
    processor: [{ name: "SIMD", state: "broken", finding: "no", advice: "Use another" }],
    adapters: [note("a", "Do this"), note("bcd", "Do this"), note("e", "Do that")],
    backends: [note("f")],
    models: [note("f")],
    data: [note("f")],
    page: [note("f")],
    permissions: [],
  };
  const text = examinationText(examination, 60);
  const lines = text.split("\n");
  assert(lines.every((line) => line.length <= 60));
  assertStringIncludes(text, "\n  ok       Deno  1.2.3\n");
  assertStringIncludes(text, "\n  broken   SIMD  no\n                 -> Use another\n");
  assertEquals(text.match(/-> Do this/g)?.length, 1);
  assertStringIncludes(text, "-> Do that");
  assertEquals(lines.at(-1), "Something is broken: see above what to do about it.");
});
