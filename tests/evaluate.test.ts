import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { CORRUPTIONS } from "../lib/data/corruptions.ts";
import { syntheticDigits } from "../lib/data/synthetic.ts";
import { encodeModel } from "../lib/model/format.ts";
import { loadMetrics, loadModel } from "../lib/model/store.ts";
import { encodePng } from "../lib/report/png.ts";
import { ROOT, run } from "./commands.ts";
import { namesIn, testWithFolder } from "./parts.ts";

const COUNT = 300;
/** The model has learned from MNIST: digits of another hand leave it some errors. */
const SMALL = ["--dataset", "synthetic", "--limit", String(COUNT), "--model", "dense"];

/**
 * The trained model with something changed, in a folder of models.
 *
 * @param dataset What its metrics say that it has learned from; without there are none.
 */
async function writeModel(
  folder: string,
  name: string,
  change: { temperature?: number; classes?: string[] },
  dataset?: string,
): Promise<void> {
  const model = await loadModel(new URL("models/dense", ROOT).pathname);
  const { json, weights } = encodeModel({ ...model, ...change });
  await Deno.mkdir(`${folder}/${name}`);
  await Deno.writeTextFile(`${folder}/${name}/model.json`, json);
  await Deno.writeFile(`${folder}/${name}/weights.bin`, weights);
  if (dataset === undefined) return;
  const metrics = await loadMetrics(new URL("models/dense", ROOT).pathname);
  const names = dataset.split("+");
  const parts = names.length > 1 ? names.map((name) => ({ name, train: 4, test: 1 })) : undefined;
  const said = { ...metrics, dataset: { ...metrics.dataset, name: dataset, parts } };
  await Deno.writeTextFile(`${folder}/${name}/metrics.json`, JSON.stringify(said));
}

/** Writes `folder/CLASS/1.png`, ...: so many pictures, the first of which shows a 0. */
async function writePictures(folder: string, classes: Record<string, number>): Promise<void> {
  const { images, labels } = syntheticDigits({ count: 400, seed: 7, stream: 1 });
  const those = (digit: number) => [...labels.keys()].filter((i) => labels[i] === digit);
  for (const [name, count] of Object.entries(classes)) {
    await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    const shown = [those(0)[0], ...those(Number(name))].slice(0, count);
    for (const [i, index] of shown.entries()) {
      const png = await encodePng(images.subarray(784 * index, 784 * (index + 1)), 28, 28);
      await Deno.writeFile(`${folder}/${name}/${i + 1}.png`, png);
    }
  }
}

Deno.test("evaluate prints scores, confusion matrix, curve and the most confident errors", async () => {
  const { code, stdout, stderr } = await run("evaluate", SMALL);
  assertEquals(code, 0, stderr);
  assertMatch(stderr, /^data: synthetic, 300 pictures to test; backend: simd, .*\n$/);
  assertMatch(
    stdout,
    /^dense on synthetic: accuracy 0\.\d{4}, loss \d\.\d{4}\nexpected calibration error /,
  );
  assertMatch(stdout, /^ +precision +recall +f1-score +support$/m);
  assertMatch(stdout, /^weighted avg( +\d\.\d{4}){3} +300$/m);
  const matrix = stdout.match(/^ {15}\d( +(\.|\d+)){10}$/gm)!;
  assertEquals(matrix.length, 10);
  const counts = matrix.flatMap((line) => line.trim().split(/ +/).slice(1));
  assertEquals(counts.reduce((sum, cell) => sum + (cell === "." ? 0 : Number(cell)), 0), COUNT);
  assertStringIncludes(stdout, "* training");
  const [, errors] = stdout.match(/^The most confident of (\d+) errors:$/m)!;
  const [, accuracy] = stdout.match(/accuracy (\S+),/)!;
  assertAlmostEquals(1 - Number(errors) / COUNT, Number(accuracy), 1e-4);
  assertMatch(stdout, /^\d read as \d, \d\d\.\d % {13}\d read as \d, \d\d\.\d %$/m);
  assert(stdout.split("\n").every((line) => line.length <= 80));
});

testWithFolder("evaluate --json says with a temperature what it changes", async (folder) => {
  await writeModel(folder, "plain", { temperature: undefined });
  await writeModel(folder, "calibrated", { temperature: 2 });
  const args = [...SMALL.slice(0, -1), "plain,calibrated", "--models", folder, "--json"];
  const { code, stdout, stderr } = await run("evaluate", args);
  assertEquals(code, 0, stderr);
  const [plain, calibrated] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(Object.keys(plain), [
    ...["model", "dataset", "count", "accuracy", "loss", "expectedCalibrationError"],
    ...["temperature", "classes", "macroAverage", "weightedAverage", "confusionMatrix", "errors"],
  ]);
  assertEquals([plain.model, plain.dataset, plain.count], ["plain", "synthetic", COUNT]);
  assertEquals(Object.keys(plain.classes[0]), ["class", "precision", "recall", "f1", "support"]);
  const right = plain.confusionMatrix.reduce(
    (sum: number, row: number[], k: number) => sum + row[k],
    0,
  );
  assertEquals(plain.accuracy, right / COUNT);
  assertEquals(plain.errors.length, COUNT - right);
  const confidences = plain.errors.map(({ confidence }: { confidence: number }) => confidence);
  assertEquals(confidences, [...confidences].sort((a, b) => b - a));
  for (const { label, predicted } of plain.errors) {
    assertMatch(label + predicted, /^\d\d$/);
    assert(label !== predicted);
  }

  assertEquals(calibrated.temperature, 2);
  assertEquals(calibrated.confusionMatrix, plain.confusionMatrix);
  const { loss, expectedCalibrationError } = plain;
  assertEquals(calibrated.uncalibrated, { loss, expectedCalibrationError });
  assert(calibrated.loss !== loss);
  assert(calibrated.expectedCalibrationError !== expectedCalibrationError);
  assert(calibrated.errors[0].confidence < plain.errors[0].confidence);
});

testWithFolder("evaluate --report writes the page beside what it prints", async (folder) => {
  const path = `${folder}/page.html`;
  const { code, stdout, stderr } = await run("evaluate", [...SMALL, "--json", "--report", path]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, `The report is in ${path}`);
  assertEquals(await namesIn(folder), ["page.html"]);
  const page = await Deno.readTextFile(path);
  const { accuracy, errors, loss, classes } = JSON.parse(stdout);
  assertStringIncludes(page, `<title>dense on synthetic</title>`);
  assertStringIncludes(page, `<dd>${(100 * accuracy).toFixed(2)} %</dd>`);
  assertStringIncludes(page, `<dd>${loss.toFixed(4)}</dd>`);
  assertStringIncludes(page, `<dd>${errors.length}</dd>`);
  for (const { f1 } of classes) assertStringIncludes(page, `<td>${f1.toFixed(4)}</td>`);
  assertEquals(page.match(/alt="Test picture /g)?.length, Math.min(24, errors.length));
});

testWithFolder("evaluate compares models, all that know the data's classes", async (folder) => {
  await writeModel(folder, "0-letters", { classes: [..."abcdefghij"] });
  await writeModel(folder, "b", { temperature: 3 });
  await writeModel(folder, "a", {});
  const args = ["--dataset", "synthetic", "--limit", "20", "--models", folder];
  const { code, stdout } = await run("evaluate", [...args, "--model", "all", "--corrupted"]);
  assertEquals(code, 0);
  const lines = stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/));
  assertEquals(lines[0], ["model", "accuracy", "loss", "calibration", "corrupted"]);
  assertEquals(lines.slice(1).map(([name]) => name), ["a", "b"]);
  assertEquals(lines[1][1], lines[2][1]);
  assertEquals(lines[1][4], lines[2][4]);
});

Deno.test("evaluate --corrupted measures on every kind of damage", async () => {
  const args = ["--dataset", "synthetic", "--limit", "20", "--model", "dense", "--corrupted"];
  const { code, stdout } = await run("evaluate", [...args, "--json"]);
  assertEquals(code, 0);
  const { accuracy, corrupted } = JSON.parse(stdout);
  const values = Object.values<number>(corrupted.accuracy);
  assertEquals(Object.keys(corrupted.accuracy), [...CORRUPTIONS]);
  assertAlmostEquals(corrupted.mean, values.reduce((a, b) => a + b) / values.length, 1e-12);
  assert(corrupted.mean < accuracy);
});

testWithFolder("evaluate says what is wrong before it begins", async (folder) => {
  const wrong = async (args: string[], code: number, message: string) => {
    const result = await run("evaluate", ["--dataset", "synthetic", "--limit", "10", ...args]);
    assertEquals(result.code, code);
    assertStringIncludes(result.stderr, message);
    assert(!result.stderr.includes("data:"), result.stderr);
    assertEquals(result.stdout, "");
  };
  await wrong(["--model", "resnet"], 1, "There is no models/resnet/model.json");
  await wrong(
    ["--model", "all", "--models", `${folder}/none`],
    1,
    `There are no models in ${folder}/none. Train them with: deno task train`,
  );
  await wrong(
    ["--report", `${folder}/a/b.html`],
    1,
    `There is no folder ${folder}/a for the report`,
  );
  await wrong(["--report", folder], 2, `--report names a folder, ${folder}`);
  await wrong(
    ["--model", "cnn,dense", "--report", `${folder}/a.html`],
    2,
    "A report is about one model",
  );
  await wrong(["--backend", "cpu", "--threads", "2"], 2, "The backend cpu has no threads");
  await writeModel(folder, "letters", { classes: [..."ABCDEFGHIJ"] });
  await wrong(
    ["--models", folder, "--model", "letters"],
    1,
    "The model letters tells A, B, C, D, E, F, G, H, I, J apart, and synthetic has pictures of 0, 1, 2",
  );
});

testWithFolder("evaluate --from measures a model that has no metrics.json", async (folder) => {
  await writeModel(folder, "dense", {});
  const data = SMALL.slice(0, -2);
  const args = ["--from", `${folder}/dense`, "--report", `${folder}/report.html`];
  const { code, stdout, stderr } = await run("evaluate", [...data, ...args]);
  assertEquals(code, 0, stderr);
  const own = await run("evaluate", [...data, "--model", "dense"]);
  const [title, ...rest] = stdout.split("\n");
  assertMatch(title, /dense on synthetic: accuracy 0\.\d{4}, loss/);
  assertStringIncludes(own.stdout, title.slice(title.indexOf(" on ")));
  assert(!rest.join().includes("* training"));
  assertEquals(await namesIn(folder), ["dense", "report.html"]);
});

testWithFolder(
  "evaluate measures on all of a folder, and names what was misread",
  async (folder) => {
    await writePictures(`${folder}/mine`, { 3: 6, 4: 1 });
    const args = ["--dataset", `${folder}/mine`, "--model", "dense", "--data", folder];
    const { code, stdout, stderr } = await run("evaluate", args);
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^data: mine\/, 7 pictures to test; backend: /m);
    assertMatch(stdout, /^dense on mine\/: accuracy 0\.\d+/);
    assertStringIncludes(stdout, `${folder}/mine/3/1.png: 3 read as 0, `);
    const { errors, count } = JSON.parse((await run("evaluate", [...args, "--json"])).stdout);
    assertEquals(count, 7);
    const files = errors.map(({ file }: { file: string }) => file);
    assert(files.includes(`${folder}/mine/3/1.png`) && files.includes(`${folder}/mine/4/1.png`));
  },
);

testWithFolder("evaluate leaves out what a model has learned", async (folder) => {
  await writePictures(`${folder}/mine`, { 3: 7, 4: 1 });
  await Deno.writeTextFile(`${folder}/mine/some.csv`, "label,file\n3,3/1.png\n");
  await writeModel(folder, "learner", {}, "synthetic+mine/");
  const evaluate = async (...args: string[]) => {
    const { code, stdout, stderr } = await run("evaluate", [
      ...["--model", "learner", "--models", folder, "--data", folder, "--json", ...args],
    ]);
    assertEquals(code, 0, stderr);
    return { ...JSON.parse(stdout), stderr };
  };
  const part = await evaluate("--dataset", `${folder}/mine`);
  assertEquals(part.count, 2); // the second and the seventh
  assertStringIncludes(
    part.stderr,
    "data: mine/, 2 pictures to test (one of five of mine/: learner has learned the others); ",
  );
  // A list is another data set; and what it is joined with has its own test pictures.
  const list = `synthetic+${folder}/mine/some.csv`;
  const joined = await evaluate("--dataset", list, "--limit", "10001");
  assertEquals([joined.dataset, joined.count], ["synthetic+mine/some.csv", 10_001]);
  assertEquals(joined.errors.filter(({ file }: { file?: string }) => file).length, 1);
  // Without a data set those that the model learned from, as far as they have names.
  assertEquals((await evaluate("--limit", "5")).dataset, "synthetic");
});

testWithFolder("evaluate goes by the classes' names, whatever their order", async (folder) => {
  await writePictures(`${folder}/mine`, { 3: 4, 0: 4 });
  await writeModel(folder, "a", {});
  const classes = [..."ABC3456789"]; // its first output, which is for 0, comes to be A
  await writeModel(folder, "b", { classes }, "letters/");
  const args = ["--models", folder, "--data", folder];
  const refused = await run("evaluate", [...args, "--dataset", `${folder}/mine`, "--model", "b"]);
  assertEquals([refused.code, refused.stdout], [1, ""]);
  assertStringIncludes(refused.stderr, "8, 9 apart, and mine/ has pictures of 0. Name a data set");
  await Deno.rename(`${folder}/mine/0`, `${folder}/mine/A`);
  const { code, stdout, stderr } = await run("evaluate", [
    ...[...args, "--dataset", `${folder}/mine`, "--model", "all", "--json"],
  ]);
  assertEquals(code, 0, stderr);
  const { model, confusionMatrix } = JSON.parse(stdout);
  assertEquals([model, confusionMatrix[0][0]], ["b", 4]);

  const unnamed = await run("evaluate", [...args, "--model", "b"]);
  assertEquals(unnamed.code, 2);
  assertStringIncludes(
    unnamed.stderr,
    "The model b was trained on letters/ and tells A, B, C, 3, 4, 5, 6, 7, 8, 9 apart. Name pictures",
  );
});

Deno.test("main hands over to evaluate", async () => {
  const { code, stdout } = await run("start", ["evaluate", "--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "--report FILE.html");
});
