// What is left when a command is killed at any moment, when the disk is full, and when two of them
// would write into one folder.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openSimd } from "../lib/backend/simd/simd.ts";
import { loadDataset } from "../lib/data/dataset.ts";
import { exists } from "../lib/files.ts";
import { checkpointPath, loadCheckpoint } from "../lib/model/checkpoint.ts";
import { RECIPES } from "../lib/model/recipes.ts";
import { runRecipe } from "../lib/model/run.ts";
import { loadMetrics, loadModel } from "../lib/model/store.ts";
import { Random } from "../lib/random.ts";
import { run, spawn } from "./commands.ts";
import { curve, drawFolder, namesIn, testWith, withFolder } from "./parts.ts";

const EPOCHS = 5;
const SAME = ["--model", "dense", "--backend", "simd", "--threads", "1"];
const RESUME = [...SAME, "--resume"];

/** The flags of a short run with a seed, on pictures that are put into `folder`. */
async function shortRun(folder: string): Promise<string[]> {
  await drawFolder(`${folder}/mine`, 100); // so few are kept in no data folder
  return [...SAME, "--dataset", `${folder}/mine`, "--epochs", String(EPOCHS)];
}

/** Windows ends processes otherwise, and has neither `sh` nor its limits. */
function testOnUnix(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os === "windows", fn: () => withFolder(body) });
}

/** What tells a saved model from others: as a reader finds it, whatever state its folder is in. */
async function modelIn(directory: string) {
  const model = await loadModel(directory);
  const metrics = await loadMetrics(directory);
  const { seed, temperature, classes } = metrics;
  assertEquals([model.temperature, model.classes], [temperature, classes]);
  const backend = await openSimd({ threads: 1 });
  const network = backend.createNetwork(model.architecture, model.weights);
  const logits = await network.logits(new Uint8Array(784));
  network.dispose();
  return { seed, curve: curve(metrics), logits };
}

/** Kills a process, unless it has ended, and waits until it is gone. */
async function kill(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  await child.output();
}

/** Waits for the n-th change in a folder to files of such names, or until nobody watches any more. */
async function change(watcher: Deno.FsWatcher, names: RegExp, n: number): Promise<void> {
  for await (const { paths } of watcher) {
    if (paths.some((path) => names.test(path)) && --n <= 0) return;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Copies what is in a folder, over what is in another. */
async function copyInto(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const name of await namesIn(from)) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
}

testOnUnix("train is killed at any moment, and goes on to the same result", async (folder) => {
  const flags = await shortRun(folder);
  const started = performance.now();
  for (const seed of [1, 2]) {
    const { code, stderr } = await run("train", [
      ...flags,
      ...["--seed", String(seed), "--out", `${folder}/${seed}`],
    ]);
    assertEquals(code, 0, stderr);
  }
  const duration = (performance.now() - started) / 2;
  const [expected, old] = [await modelIn(`${folder}/1/dense`), await modelIn(`${folder}/2/dense`)];

  const random = new Random(1);
  const out = `${folder}/out`;
  const directory = `${out}/dense`;
  await copyInto(`${folder}/2/dense`, directory);
  for (let i = 0; i < 12; i++) {
    const isResumed = await exists(checkpointPath(directory));
    using watcher = Deno.watchFs(directory);
    const child = spawn("train", [...(isResumed ? RESUME : flags), "--out", out]);
    const ended = child.status.then(() => watcher.close());
    // At any time; as a checkpoint is saved; and as the model is.
    if (i % 3 === 0) await Promise.race([pause(random.uniform(0, duration)), ended]);
    if (i % 3 === 1) await change(watcher, /checkpoint/, random.uniform(1, 30));
    if (i % 3 === 2) await change(watcher, /model|weights|metrics/, random.uniform(1, 14));
    await kill(child);
    await ended;
    const found = await modelIn(directory);
    assertEquals(found, found.seed === 1 ? expected : old);
    const isThrough = !await loadCheckpoint(directory) && found.seed === 1;
    if (isThrough) await copyInto(`${folder}/2/dense`, directory);
  }
  const isResumed = await exists(checkpointPath(directory));
  const { code, stderr } = await run("train", [...(isResumed ? RESUME : flags), "--out", out]);
  assertEquals(code, 0, stderr);
  assertEquals(await modelIn(directory), expected);
  assertEquals(await namesIn(directory), await namesIn(`${folder}/1/dense`));
});

testOnUnix("export is killed at any moment, and leaves the old file or the new", async (folder) => {
  const [path, other] = [`${folder}/out/best.onnx`, `${folder}/best.onnx`];
  assertEquals((await run("export", ["--out", other])).code, 0);
  const expected = await Deno.readFile(other);
  await Deno.mkdir(`${folder}/out`);
  const old = new TextEncoder().encode("old");
  const random = new Random(2);
  for (let i = 0; i < 6; i++) {
    await Deno.writeFile(path, old);
    using watcher = Deno.watchFs(`${folder}/out`);
    const child = spawn("export", ["--out", path]);
    const ended = child.status.then(() => watcher.close());
    await change(watcher, /best/, random.uniform(1, 8));
    await kill(child);
    await ended;
    const found = await Deno.readFile(path);
    assertEquals(found, found.length === old.length ? old : expected);
  }
  assertEquals((await run("export", ["--out", path])).code, 0);
  assertEquals(await Deno.readFile(path), expected);
  assertEquals(await namesIn(`${folder}/out`), ["best.onnx"]);
});

testOnUnix("a full disk stops train at once, and nothing is lost", async (folder) => {
  const flags = await shortRun(folder);
  const out = `${folder}/out`;
  const directory = `${out}/dense`;
  assertEquals((await run("train", [...flags, "--out", out])).code, 0);
  const expected = await modelIn(directory);

  await trainInPart(directory, { dataset: `${folder}/mine`, epochs: 2 });
  const before = await contents(directory);

  // A checkpoint of dense is 1.4 MB; the limit is in blocks of 512 bytes, or of 1024.
  const through = ["sh", "-c", `trap "" XFSZ; ulimit -f 1200; exec "$@"`, "sh"];
  const stopped = await run("train", [...RESUME, "--out", out], { through });
  assertEquals([stopped.code, stopped.stdout], [1, ""]);
  assertMatch(stopped.stderr, /error: Could not write \S+checkpoint.safetensors: File too large/);
  assertStringIncludes(stopped.stderr, "Nothing was changed");
  assertStringIncludes(stopped.stderr, "The checkpoint after epoch 2 is still there");
  assertStringIncludes(stopped.stderr, `deno task train --resume --model dense --out ${out}`);
  assertEquals(await contents(directory), before);

  const { code, stderr } = await run("train", [...RESUME, "--out", out]);
  assertEquals(code, 0, stderr);
  assertEquals(await modelIn(directory), expected);
});

testWith(
  "mount",
  canMount(),
  "where the disk has no room for the model, --resume has but to test and to save",
  () =>
    withFolder(async (folder) => {
      const flags = [...await shortRun(folder), "--epochs", "1"];
      const [disk, out] = [`${folder}/disk`, `${folder}/out`];
      await Deno.mkdir(disk);
      // Room for a checkpoint, and not for the weights beside it. The disk is there for these
      // processes alone, and is copied before they end.
      const script = `mount -t tmpfs -o size=1600k none ${disk}
        "$@"; code=$?; cp -r ${disk} ${out}; exit $code`;
      const through = ["unshare", "-rm", "sh", "-c", script, "sh"];
      const stopped = await run("train", [...flags, "--out", disk], { through });
      assertEquals([stopped.code, stopped.stdout], [1, ""]);
      assertMatch(
        stopped.stderr,
        /weights\.bin, \S+: No space left on device .*Nothing was changed.*after epoch 1 is still/,
      );
      assertEquals(await namesIn(`${out}/dense`), ["checkpoint.safetensors"]);

      const { code, stdout, stderr } = await run("train", [...RESUME, "--out", out]);
      assertEquals(code, 0, stderr);
      assert(!stderr.includes("epoch 1/1"), stderr);
      assertMatch(stdout, /^dense: test accuracy/);
      assertEquals((await loadMetrics(`${out}/dense`)).history.length, 1);
    }),
);

testOnUnix("of two trainings into one folder the second is refused at once", async (folder) => {
  const out = `${folder}/models`;
  const flags = ["--dataset", "synthetic", "--limit", "400", "--epochs", "9999", "--out", out];
  const first = spawn("train", [...SAME, ...flags]);
  let isRunning = true;
  first.status.then(() => isRunning = false);
  while (isRunning && !await exists(checkpointPath(`${out}/dense`))) await pause(5);
  for (const second of [[...SAME, ...flags], [...RESUME, "--out", out]]) {
    const { code, stderr } = await run("train", second);
    assertEquals([code, stderr], [
      1,
      `error: Another training writes into ${out}. Wait until it is done, or name another folder ` +
      "with --out\n",
    ]);
  }
  await kill(first);

  // The lock has gone with its holder.
  const third = spawn("train", [...RESUME, "--out", out]);
  const reader = third.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  assertMatch(value!, /^data: synthetic/);
  await reader.cancel();
  third.kill("SIGKILL");
  await third.stdout.cancel();
  await third.status;
});

/** Leaves what the short run does when it is interrupted after so many epochs. */
async function trainInPart(
  directory: string,
  { dataset, epochs }: { dataset: string; epochs: number },
): Promise<void> {
  const plan = { seed: 1, seeds: 1, limit: null, classic: false, float16: false };
  const batch = RECIPES.dense.batchSize;
  const controller = new AbortController();
  const events = runRecipe({ ...plan, model: "dense", dataset, epochs: EPOCHS, batch }, {
    backend: await openSimd({ threads: 1 }),
    data: await loadDataset(dataset, { directory: `${directory}/..` }),
    directory,
    signal: controller.signal,
  });
  for await (const event of events) {
    if (event.type === "epoch" && event.result.epoch === epochs) controller.abort();
  }
}

/** The files of a folder. */
async function contents(folder: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const name of await namesIn(folder)) files[name] = await Deno.readFile(`${folder}/${name}`);
  return files;
}

/** Whether this user may mount a file system of their own. */
function canMount(): boolean {
  try {
    const args = ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"];
    return new Deno.Command("unshare", { args, stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
