import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { CORRUPTIONS } from "../lib/data/corruptions.ts";
import { encodeModel } from "../lib/model/format.ts";
import { loadModel } from "../lib/model/store.ts";
import { ROOT, run } from "./commands.ts";
import { namesIn, testWithFolder } from "./parts.ts";

const COUNT = 300;
/** The model has learned from MNIST: digits of another hand leave it some errors. */
const SMALL = ["--dataset", "synthetic", "--limit", String(COUNT), "--model", "dense"];

/** The trained model with something changed, in a folder of models. */
async function writeModel(
  folder: string,
  name: string,
  change: { temperature?: number; classes?: string[] },
): Promise<void> {
  const model = await loadModel(new URL("models/dense", ROOT).pathname);
  const { json, weights } = encodeModel({ ...model, ...change });
  await Deno.mkdir(`${folder}/${name}`);
  await Deno.writeTextFile(`${folder}/${name}/model.json`, json);
  await Deno.writeFile(`${folder}/${name}/weights.bin`, weights);
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
    "The model letters tells A, B, C, D, E, F, G, H, I, J apart, and synthetic has the classes 0, 1",
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

Deno.test("main hands over to evaluate", async () => {
  const { code, stdout } = await run("start", ["evaluate", "--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "--report FILE.html");
});
