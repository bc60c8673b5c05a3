import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ROOT, run } from "./commands.ts";
import { testWithFolder } from "./parts.ts";

const IMAGES = new URL("images/", ROOT);
const LABELS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

Deno.test("predict reads the sample pictures, in number order, and shows each", async () => {
  const { code, stdout } = await run("predict", []);
  assertEquals(code, 0);
  const predictions = [...stdout.matchAll(/^The predicted value is: (.)$/gm)].map((m) => m[1]);
  assertEquals(predictions, LABELS);
  const pictures = stdout.trimEnd().split(/\n\n(?=images\/)/);
  assertEquals(pictures.length, 10);
  for (const [i, picture] of pictures.entries()) {
    const lines = picture.split("\n");
    assertEquals(lines[0], `images/${i + 1}.png`);
    assertMatch(lines.at(-1)!, /^confidence \d+\.\d %, then \d \(\d+\.\d %\), \d \(\d+\.\d %\)$/);
    // Ink is art: something must be drawn, and it must fit into a terminal of 80 columns.
    const art = lines.slice(1, -2);
    assert(art.some((line) => line.trim().length > 0));
    assert(art.every((line) => line.length <= 80));
  }
});

Deno.test("predict --json prints the contract's object for each picture", async () => {
  const { code, stdout } = await run("predict", ["--json", "images/2.png", "images/phone.jpg"]);
  assertEquals(code, 0);
  const results = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(results.map(({ file, text, model }) => [file, text, model]), [
    ["images/2.png", "2", "best"],
    ["images/phone.jpg", "4", "best"],
  ]);
  const [{ digits: [two] }] = results;
  assertEquals(Object.keys(results[0]), ["file", "text", "digits", "model"]);
  assertEquals(Object.keys(two), ["digit", "confidence", "box", "alternatives"]);
  assertEquals(two.digit, "2");
  const sum = two.alternatives.reduce(
    (total: number, { confidence }: { confidence: number }) => total + confidence,
    two.confidence,
  );
  assertEquals(two.alternatives.length, 9);
  assert(Math.abs(sum - 1) < 1e-9);
  // Drawn into [70, 60, 280, 300] of 420x420; the ink has to be found there, give or take its rim.
  const [x, y, width, height] = two.box;
  assert(x >= 66 && y >= 56 && x + width <= 354 && y + height <= 364, String(two.box));
  assert(width > 200 || height > 290, String(two.box));
});

Deno.test("predict reads the samples with the dense network and on the cpu backend too", async () => {
  const { code, stdout, stderr } = await run("predict", ["--model", "dense", "--backend", "cpu"]);
  assertEquals(code, 0, stderr);
  const predictions = [...stdout.matchAll(/^The predicted value is: (.)$/gm)].map((m) => m[1]);
  assertEquals(predictions, LABELS);
  assertEquals(stderr.trim(), "model: dense, backend: cpu (as asked for)");
});

testWithFolder("predict reports what it cannot read, and goes on", async (folder) => {
  await Deno.writeTextFile(`${folder}/a.png`, "<html>no picture</html>");
  await Deno.copyFile(new URL("8.png", IMAGES), `${folder}/b.png`);
  await Deno.writeFile(
    `${folder}/c.png`,
    (await Deno.readFile(new URL("5.png", IMAGES))).subarray(0, 900),
  );
  const files = ["a.png", "b.png", "c.png", "none.png"].map((name) => `${folder}/${name}`);

  const json = await run("predict", ["--json", ...files]);
  assertEquals(json.code, 1);
  const results = json.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(results.map(({ file }) => file), files);
  assertEquals(results.map(({ text }) => text), [undefined, "8", undefined, undefined]);
  for (const i of [0, 2, 3]) assertEquals(Object.keys(results[i]), ["file", "error"]);
  assertEquals(results[3].error, "There is no such file");

  const text = await run("predict", files);
  assertEquals(text.code, 1);
  assertStringIncludes(text.stdout, "The predicted value is: 8");
  for (const i of [0, 2, 3]) assertStringIncludes(text.stderr, `${files[i]}: ${results[i].error}`);
});

testWithFolder("predict reads the pictures of a folder in natural order", async (folder) => {
  for (const [from, to] of [["3.png", "10.png"], ["1.png", "9.png"], ["phone.jpg", "x.JPG"]]) {
    await Deno.copyFile(new URL(from, IMAGES), `${folder}/${to}`);
  }
  await Deno.writeTextFile(`${folder}/notes.txt`, "not a picture");
  const { code, stdout } = await run("predict", ["--json", `${folder}/`]);
  assertEquals(code, 0);
  const results = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(results.map(({ file, text }) => [file, text]), [
    [`${folder}/9.png`, "1"],
    [`${folder}/10.png`, "3"],
    [`${folder}/x.JPG`, "4"],
  ]);
});

testWithFolder("predict works from any folder, and prefers what is there", async (folder) => {
  const bundled = await run("predict", ["--json"], { cwd: folder });
  assertEquals(bundled.code, 0, bundled.stderr);
  assertEquals(bundled.stdout.trimEnd().split("\n").length, 10);

  await Deno.mkdir(`${folder}/images`);
  await Deno.copyFile(new URL("7.png", IMAGES), `${folder}/images/1.png`);
  await Deno.copyFile(new URL("8.png", IMAGES), `${folder}/images/3.png`); // after the gap
  const own = await run("predict", ["--json"], { cwd: folder });
  const results = own.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(results.map(({ file, text }) => [file, text]), [["images/1.png", "7"]]);
});

testWithFolder("predict says what is missing and what to do", async (folder) => {
  const empty = await run("predict", [folder]);
  assertEquals(empty.code, 1);
  assertStringIncludes(
    empty.stderr,
    `There are no pictures (PNG, JPEG, GIF) in the folder ${folder}`,
  );

  const model = await run("predict", ["--model", "resnet"]);
  assertEquals(model.code, 1);
  assertStringIncludes(model.stderr, "There is no models/resnet/model.json");
  assertStringIncludes(model.stderr, "deno task train");

  const invert = await run("predict", ["--invert", "maybe"]);
  assertEquals(invert.code, 2);
  assertStringIncludes(invert.stderr, '--invert is auto, yes, no, not "maybe"');
});

Deno.test("main shows its commands, and names them for a wrong one", async () => {
  const help = await run("start", ["--help"]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "read the digits in pictures");
  const wrong = await run("start", ["guess"]);
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, 'There is no command "guess"; there are: train, predict');
});

Deno.test("main without a command says how good the models are, and reads the samples", async () => {
  const { code, stdout, stderr } = await run("start", []);
  assertEquals(code, 0, stderr);
  assertMatch(
    stdout,
    /^dense: test accuracy 0\.9\d{3}, test loss .*\ncnn: test accuracy 0\.9\d{3}/,
  );
  assertEquals(stdout.match(/^The predicted value is: /gm)?.length, 10);
});

Deno.test("main hands over to a command", async () => {
  const { code, stdout } = await run("start", ["predict", "--json", "images/6.png"]);
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout).text, "6");
});
