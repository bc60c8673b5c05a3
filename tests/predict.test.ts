import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { decode } from "../lib/image/decode.ts";
import { encodePng } from "../lib/report/png.ts";
import { ROOT, run, spawn } from "./commands.ts";
import { namesIn, testWithFolder } from "./parts.ts";

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
  const { code, stdout } = await run("predict", [
    "--json",
    "images/2.png",
    "images/phone.jpg",
    "images/number.jpg",
  ]);
  assertEquals(code, 0);
  const results = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(results.map(({ file, text, model }) => [file, text, model]), [
    ["images/2.png", "2", "best"],
    ["images/phone.jpg", "4", "best"],
    ["images/number.jpg", "2750946", "best"],
  ]);
  const [{ digits: [two] }] = results;
  assertEquals(Object.keys(results[0]), ["file", "text", "digits", "model"]);
  assertEquals(Object.keys(two), ["digit", "confidence", "box", "alternatives", "uncertain"]);
  assertEquals(two.digit, "2");
  const sum = two.alternatives.reduce(
    (total: number, { confidence }: { confidence: number }) => total + confidence,
    two.confidence,
  );
  assertEquals(two.alternatives.length, 9);
  // The probability that it is a digit at all.
  assert(sum > 0.9 && sum <= 1 + 1e-9, String(sum));
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

Deno.test("predict asks for another model where one reads no digits", async () => {
  const { code, stderr } = await run("predict", ["--model", "reject"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "The model reject says whether there is a digit, not which");
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

/** File and text of each line that `--json` printed. */
function textsOf(stdout: string): [string, string | undefined][] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
    .map(({ file, text }) => [file, text]);
}

testWithFolder("predict expands globs that the shell left", async (folder) => {
  await Deno.mkdir(`${folder}/scans/monday`, { recursive: true });
  await Deno.copyFile(new URL("3.png", IMAGES), `${folder}/scans/10.png`);
  await Deno.copyFile(new URL("1.png", IMAGES), `${folder}/scans/9.png`);
  await Deno.copyFile(new URL("7.png", IMAGES), `${folder}/scans/monday/a.png`);
  await Deno.copyFile(new URL("8.png", IMAGES), `${folder}/[1].png`);
  const { code, stdout } = await run(
    "predict",
    ["--json", "scans/*.png", "[1].png", "scans/**", "*.gif"],
    { cwd: folder },
  );
  assertEquals(code, 1); // for the last one
  assertEquals(textsOf(stdout), [
    ["scans/9.png", "1"],
    ["scans/10.png", "3"],
    ["[1].png", "8"],
    ["scans/9.png", "1"],
    ["scans/10.png", "3"],
    ["scans/monday/a.png", "7"],
    ["*.gif", undefined],
  ]);
  assertStringIncludes(stdout, '{"file":"*.gif","error":"No file matches"}');
});

Deno.test("predict reads a picture from the standard input", async () => {
  const input = await Deno.readFile(new URL("6.png", IMAGES));
  const { code, stdout } = await run("predict", ["--json", "images/5.png", "-"], { input });
  assertEquals(code, 0);
  assertEquals(textsOf(stdout), [["images/5.png", "5"], ["-", "6"]]);

  const nothing = await run("predict", ["-"]);
  assertEquals(nothing.code, 1);
  assertStringIncludes(nothing.stderr, "-: The file is empty, expected a picture");
});

testWithFolder(
  "predict --csv prints a row for each picture, whatever came of it",
  async (folder) => {
    await Deno.copyFile(new URL("5.png", IMAGES), `${folder}/five, or "5".png`);
    const blank = await encodePng(new Uint8Array(50 * 50).fill(250), 50, 50);
    await Deno.writeFile(`${folder}/blank.png`, blank);
    const args = ["--csv", 'five, or "5".png', "blank.png", "none.png"];
    const { code, stdout } = await run("predict", args, { cwd: folder });
    assertEquals(code, 1);
    const [header, five, ...others] = stdout.split("\n");
    assertEquals(header, "file,text,confidence,uncertain,error");
    assertMatch(five, /^"five, or ""5"".png",5,0\.99\d\d,false,$/);
    assertEquals(others, ["blank.png,,,false,", "none.png,,,,There is no such file", ""]);
  },
);

Deno.test("predict --threshold marks what is less sure", async () => {
  const { code, stdout } = await run("predict", ["--threshold", "99.99", "images/2.png"]);
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /The predicted value is: 2\nconfidence .*\nuncertain: this may be something else\n/,
  );
  const json = await run("predict", ["--json", "--threshold=0", "images/2.png"]);
  assertEquals(JSON.parse(json.stdout).digits[0].uncertain, false);
  const all = await run("predict", ["--threshold=101", "images/2.png"]);
  assertEquals(all.code, 2);
  assertStringIncludes(all.stderr, '--threshold is a number from 0 to 100, not "101"');
});

testWithFolder("predict reads long lists by several threads, in their order", async (folder) => {
  await Deno.writeTextFile(`${folder}/broken.png`, "\x89PNG\r\n\x1a\n and no more");
  // Mostly the smallest of the samples, now and then one that takes longer.
  const files = Array.from(
    { length: 400 },
    (_, i) => i % 100 === 99 ? `${folder}/broken.png` : `images/${i % 20 === 0 ? 6 : 9}.png`,
  );
  const two = await run("predict", ["--json", "--model=dense", "--threads=2", ...files]);
  assertEquals(two.code, 1);
  assertEquals(textsOf(two.stdout).map(([file]) => file), files);
  assertStringIncludes(
    two.stderr,
    "400 pictures: 396 read, 0 uncertain, 0 blank, 4 failed",
  );
  const one = await run("predict", ["--json", "--model=dense", "--threads=1", ...files]);
  assertEquals(one.stdout, two.stdout);
});

/** A process that reads a long list, at the time when several threads are at it. */
async function readLongList() {
  const files = new Array(2000).fill("images/9.png");
  const process = spawn("predict", ["--json", "--threads=2", ...files]);
  const stdout = process.stdout.getReader();
  // A line is some 700 bytes, and the first hundred or so are the main thread's alone.
  for (let length = 0; length < 400 * 700;) length += (await stdout.read()).value!.length;
  return { process, stdout, stderr: new Response(process.stderr).text() };
}

Deno.test("predict ends when nobody reads its results any more", async () => {
  const { process, stdout, stderr } = await readLongList();
  await stdout.cancel();
  assertEquals((await process.status).code, 0);
  // A summary would stand at the end.
  assertEquals((await stderr).trim(), "model: best, backend: simd, 2 threads (starts at once)");
});

Deno.test("predict ends at Ctrl-C, with all its threads", async () => {
  const { process, stdout, stderr } = await readLongList();
  process.kill("SIGINT");
  while (!(await stdout.read()).done);
  assertEquals((await process.status).signal, "SIGINT");
  assertEquals((await stderr).trim(), "model: best, backend: simd, 2 threads (starts at once)");
});

testWithFolder(
  "predict --debug writes what was seen as pictures, and over no other",
  async (folder) => {
    await Deno.copyFile(new URL("2.png", IMAGES), `${folder}/2.png`);
    await Deno.mkdir(`${folder}/other`);
    await Deno.copyFile(new URL("8.png", IMAGES), `${folder}/other/2.png`);
    const args = ["--json", "--debug", "debug", "2.png", "other/2.png"];
    const { code, stdout, stderr } = await run("predict", args, { cwd: folder });
    assertEquals(code, 0, stderr);
    assertEquals(textsOf(stdout), [["2.png", "2"], ["other/2.png", "8"]]);
    const names = ["2-28x28.png", "2-boxes.png", "2-ink.png"];
    const all = ["2-2-28x28.png", "2-2-boxes.png", "2-2-ink.png", ...names];
    assertEquals(await namesIn(`${folder}/debug`), all);
    const sizes = await Promise.all(
      names.map(async (name) => {
        const { width, height } = await decode(await Deno.readFile(`${folder}/debug/${name}`));
        return [width, height];
      }),
    );
    assertEquals(sizes[0], [28, 28]);
    assert(sizes[1][0] >= sizes[2][0], String(sizes)); // the boxes' picture may be magnified

    // Once more: its own pictures are replaced. A person's are not, and the others still go through.
    await Deno.writeTextFile(`${folder}/debug/2-boxes.png`, "mine");
    const again = await run("predict", args, { cwd: folder });
    assertEquals(again.code, 1);
    assertEquals(textsOf(again.stdout), [["2.png", undefined], ["other/2.png", "8"]]);
    assertStringIncludes(again.stdout, "debug/2-boxes.png is there already");
    assertEquals(await namesIn(`${folder}/debug`), all);
    assertEquals(await Deno.readTextFile(`${folder}/debug/2-boxes.png`), "mine");
  },
);

testWithFolder("predict --debug says how to write elsewhere", async (folder) => {
  const { code, stderr } = await run("predict", ["--debug", `${folder}/seen`, "images/2.png"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, `--debug may not write into ${folder}/seen`);
  assertStringIncludes(stderr, `deno run --allow-read --allow-write=${folder}/seen predict.ts`);
});

testWithFolder("predict says what is missing and what to do", async (folder) => {
  const empty = await run("predict", [folder, "images/4.png"]);
  assertEquals(empty.code, 1);
  assertStringIncludes(empty.stderr, `${folder}: There are no pictures in the folder`);
  assertStringIncludes(empty.stdout, "The predicted value is: 4");

  const both = await run("predict", ["--json", "--csv", "images/4.png"]);
  assertEquals(both.code, 2);
  assertStringIncludes(both.stderr, "--json and --csv exclude each other");

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

Deno.test("predict --from reads with another program's model", async () => {
  const { code, stdout, stderr } = await run("predict", [
    ...["--single", "--json", "--from", "tests/testdata/mnist_net.onnx", "images/1.png"],
  ]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "model: tests/testdata/mnist_net.onnx, backend: simd");
  const { model, digits } = JSON.parse(stdout);
  assertEquals(model, "tests/testdata/mnist_net.onnx");
  assertMatch(digits[0].digit, /^\d$/);
  assertEquals(digits[0].alternatives.length, 9);
});

Deno.test("predict --from goes with no --model, and says what it cannot read", async () => {
  const both = await run("predict", ["--from", "a.onnx", "--models", "models"]);
  assertEquals([both.code, both.stdout], [2, ""]);
  assertStringIncludes(both.stderr, "--from and --models exclude each other");
  const none = await run("predict", ["--from", "a.onnx"]);
  assertEquals([none.code, none.stdout], [1, ""]);
  assertStringIncludes(none.stderr, "There is no file a.onnx; --from takes an .onnx file");
});
