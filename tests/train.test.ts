import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { syntheticDigits } from "../lib/data/synthetic.ts";
import { exists } from "../lib/files.ts";
import { decode } from "../lib/image/decode.ts";
import { roundToFloat16 } from "../lib/model/format.ts";
import { classCount } from "../lib/model/layers.ts";
import { loadMetrics, loadModel } from "../lib/model/store.ts";
import { encodePng } from "../lib/report/png.ts";
import { run, spawn } from "./commands.ts";
import { curve, drawFolder, namesIn, testWithFolder } from "./parts.ts";

const SMALL = ["--dataset", "synthetic", "--limit", "400", "--backend", "simd"];

testWithFolder("train fits dense, then cnn, and saves both with their metrics", async (folder) => {
  const { code, stdout, stderr } = await run("train", [...SMALL, "--epochs", "2", "--out", folder]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^dense: test accuracy \d\.\d{4}, test loss .*\ncnn: test accuracy /);
  assertMatch(
    stderr,
    /epoch 2\/2 {2}loss \S+ {2}accuracy \S+ {2}val_loss \S+ {2}val_accuracy \S+ {2}\S+ s {2}\d+ samples\/s/,
  );
  assertMatch(stderr, /^backend: simd, \d+ threads? \(as asked for\)$/m);
  for (const [name, validation] of [["dense", 20], ["cnn", 40]] as const) {
    const metrics = await loadMetrics(`${folder}/${name}`);
    const model = await loadModel(`${folder}/${name}`);
    assertEquals(model.classes, metrics.classes);
    assertEquals(metrics.history.map(({ epoch }) => epoch), [1, 2]);
    assertEquals(metrics.dataset.train + metrics.dataset.validation, 400);
    assertEquals(metrics.dataset.validation, validation);
    assertEquals(metrics.dataset.test, 400);
    assert(Object.values(metrics.dataset.sha256).every((hash) => /^[0-9a-f]{64}$/.test(hash)));
    assert(metrics.history[1].loss < metrics.history[0].loss);
    assertStringIncludes(await Deno.readTextFile(`${folder}/${name}/report.html`), `<h1>${name}`);
    assertEquals(model.temperature, metrics.temperature);
    // Chance is 0.1: both learn even from this little.
    assert(metrics.test.accuracy > 0.3, `${name}: ${metrics.test.accuracy}`);
  }
});

testWithFolder(
  "train gives the same curve for the same command, another for another seed",
  async (folder) => {
    const metrics = [];
    for (const [i, seed] of ["1", "1", "2"].entries()) {
      const out = `${folder}/${i}`;
      const args = [...SMALL, "--model", "dense", "--epochs", "2", "--seed", seed, "--out", out];
      assertEquals((await run("train", args)).code, 0);
      metrics.push(curve(await loadMetrics(`${out}/dense`)));
    }
    assertEquals(metrics[1], metrics[0]);
    assert(JSON.stringify(metrics[2]) !== JSON.stringify(metrics[0]));
  },
);

testWithFolder(
  "train says so when threads are asked of a backend that has none",
  async (folder) => {
    const args = [...SMALL.slice(0, -1), "cpu", "--threads", "2", "--out", folder];
    const { code, stderr } = await run("train", args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "The backend cpu has no threads to choose");
  },
);

testWithFolder(
  "train --seeds keeps what validation prefers and reports mean and deviation",
  async (folder) => {
    const args = [...SMALL, "--model", "dense", "--epochs", "1", "--seeds", "3", "--out", folder];
    const { code, stdout } = await run("train", args);
    assertEquals(code, 0);
    const { seed, seeds, test } = await loadMetrics(`${folder}/dense`);
    assertEquals([seeds!.first, seeds!.n], [1, 3]);
    assertEquals(seeds!.values[seed - 1], test.accuracy);
    assertEquals(seeds!.validation[seed - 1], Math.max(...seeds!.validation as number[]));
    assertStringIncludes(stdout, `mean of 3 ${seeds!.mean.toFixed(4)}`);
  },
);

testWithFolder(
  "train learns from a folder of pictures, and evaluate measures on it",
  async (folder) => {
    await drawFolder(`${folder}/mine`, 300);
    await Deno.writeTextFile(`${folder}/mine/1/scan.png`, "no picture");
    const args = ["--dataset", `${folder}/mine/`, "--data", folder, "--backend", "simd"];
    const trained = await run("train", [
      ...args,
      "--model",
      "dense",
      "--epochs",
      "1",
      "--out",
      folder,
    ]);
    assertEquals(trained.code, 0, trained.stderr);
    assertMatch(trained.stderr, /^\S+\/mine\/1\/scan\.png is left out: /m);
    assertMatch(trained.stderr, /^data: mine\/, \d+ pictures to train on, \d+ to test$/m);
    const { classes, dataset, test } = await loadMetrics(`${folder}/dense`);
    assertEquals(classes, [..."0123456789"]);
    assertEquals([dataset.name, dataset.train + dataset.validation + dataset.test], ["mine/", 300]);
    assert(test.accuracy > 0.2, `${test.accuracy}`); // chance is 0.1

    const measured = await run("evaluate", [
      ...args,
      "--model",
      "dense",
      "--models",
      folder,
      "--json",
    ]);
    assertEquals(measured.code, 0, measured.stderr);
    const { dataset: name, count, accuracy } = JSON.parse(measured.stdout);
    assertEquals({ name, count, accuracy }, {
      name: "mine/",
      count: dataset.test,
      accuracy: test.accuracy,
    });
  },
);

testWithFolder("train takes as few as two digits, and refuses a folder of none", async (folder) => {
  await Deno.mkdir(`${folder}/mine/7`, { recursive: true });
  const args = [
    "--dataset",
    `${folder}/mine`,
    "--model",
    "dense",
    "--epochs",
    "1",
    "--out",
    folder,
  ];
  const refused = await run("train", args);
  assertEquals([refused.code, refused.stdout], [1, ""]);
  assertStringIncludes(
    refused.stderr,
    `Found fewer than 2 pictures that can be read of 7 in ${folder}/mine`,
  );

  const { images } = syntheticDigits({ count: 2, seed: 5, stream: 1 });
  for (const i of [0, 1]) {
    const png = await encodePng(images.subarray(784 * i, 784 * (i + 1)), 28, 28);
    await Deno.writeFile(`${folder}/mine/7/${i}.png`, png);
  }
  const { code, stderr } = await run("train", args);
  assertEquals(code, 0, stderr);
  const { dataset } = await loadMetrics(`${folder}/dense`);
  assertEquals([dataset.train, dataset.validation, dataset.test], [1, 0, 1]);
});

testWithFolder("train --from goes on from a model, and mixes in what it knows", async (folder) => {
  const { images, labels } = syntheticDigits({ count: 8, seed: 5, stream: 1 });
  for (const [i, digit] of labels.entries()) {
    await Deno.mkdir(`${folder}/mine/${digit}`, { recursive: true });
    const png = await encodePng(images.subarray(784 * i, 784 * (i + 1)), 28, 28);
    await Deno.writeFile(`${folder}/mine/${digit}/${i}.png`, png);
  }
  // What the page adds to its corrections.
  await Deno.writeTextFile(`${folder}/mine/corrections.json`, "[]");
  const base = await run("train", [...SMALL, "--model", "dense", "--out", folder]);
  assertEquals(base.code, 0, base.stderr);

  const args = ["--from", `${folder}/dense`, "--dataset", `${folder}/mine/`, "--limit", "400"];
  const common = ["--backend", "simd", "--out", `${folder}/tuned`];
  const tuned = await run("train", [...args, ...common]);
  assertEquals(tuned.code, 0, tuned.stderr);
  assertMatch(
    tuned.stdout,
    /^dense-mine: test accuracy .*\n {2}synthetic {2}400 pictures, test accuracy (\S+), \S+ before\n {2}mine\/ {6}too few pictures to test on: it was trained on all of them\n$/,
  );
  assertStringIncludes(tuned.stderr, "/dense was trained on synthetic: mixed in, so that");
  const [before, after] = [
    await loadMetrics(`${folder}/dense`),
    await loadMetrics(`${folder}/tuned/dense-mine`),
  ];
  assertEquals(after.from!.test.accuracy, before.test.accuracy);
  assertEquals(after.dataset.name, "synthetic+mine/");
  assertEquals(after.dataset.validation, before.dataset.validation);
  assertEquals((await loadModel(`${folder}/tuned/dense-mine`)).name, "dense-mine");

  // It says so where one measures on what it was trained on.
  const models = ["--model", "dense-mine", "--models", `${folder}/tuned`, "--json"];
  const measured = await run("evaluate", [...models, "--dataset", `${folder}/mine`]);
  assertEquals(measured.code, 0, measured.stderr);
  assertStringIncludes(measured.stderr, "8 pictures to test (dense-mine has learned all of mine/)");
  const { accuracy } = JSON.parse(measured.stdout);
  assert(accuracy > before.test.accuracy, `${accuracy}`);
});

testWithFolder("train --from learns classes that the model has not", async (folder) => {
  const { images, labels } = syntheticDigits({ count: 120, seed: 5, stream: 1 });
  for (const [i, digit] of labels.entries()) {
    if (digit > 1) continue;
    const name = ["up", "0"][digit];
    await Deno.mkdir(`${folder}/signs/${name}`, { recursive: true });
    const flipped = images.slice(784 * i, 784 * (i + 1)).reverse();
    await Deno.writeFile(`${folder}/signs/${name}/${i}.png`, await encodePng(flipped, 28, 28));
  }
  const base = await run("train", [...SMALL, "--model", "dense", "--out", folder]);
  assertEquals(base.code, 0, base.stderr);
  const { code, stderr } = await run("train", [
    ...["--from", `${folder}/dense`, "--dataset", `${folder}/signs`, "--limit", "400"],
    ...["--backend", "simd", "--out", folder],
  ]);
  assertEquals(code, 0, stderr);
  const { classes, architecture } = await loadModel(`${folder}/dense-signs`);
  assertEquals(classes, [..."0123456789", "up"]);
  assertEquals(classCount(architecture), 11);
});

testWithFolder("train --from says what it lacks and what does not go with it", async (folder) => {
  for (
    const [args, message] of [
      [["--from", "best"], "Name the pictures to learn from with --dataset: mnist, "],
      [["--from", "best", "--model", "cnn"], "--from and --model exclude each other"],
      [["--from", "best", "--classic"], "--from and --classic exclude each other"],
    ] as const
  ) {
    const { code, stderr } = await run("train", [...args, "--out", folder]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, message);
  }
  const dataset = ["--dataset", "synthetic", "--out", folder];
  const none = await run("train", ["--from", "nobody", ...dataset]);
  assertEquals(none.code, 1);
  assertStringIncludes(none.stderr, "There is no models/nobody/model.json");
  const wrong = await run("train", ["--from", `${folder}/nobody.onnx`, ...dataset]);
  assertStringIncludes(wrong.stderr, `There is no file ${folder}/nobody.onnx`);
});

testWithFolder("train --float16 stores weights in half the bytes", async (folder) => {
  const args = [...SMALL, "--model", "dense", "--epochs", "1"];
  const full = await run("train", [...args, "--out", `${folder}/full`]);
  const half = await run("train", [...args, "--float16", "--out", `${folder}/half`]);
  assertEquals([full.code, half.code], [0, 0], half.stderr);
  const [{ weights }, stored] = [
    await loadModel(`${folder}/full/dense`),
    await loadModel(`${folder}/half/dense`),
  ];
  assertEquals((await Deno.stat(`${folder}/half/dense/weights.bin`)).size, 2 * 118_282);
  assertEquals(stored.weights, roundToFloat16(weights));
  // The same run, tested with slightly other weights.
  const [before, after] = [
    await loadMetrics(`${folder}/full/dense`),
    await loadMetrics(`${folder}/half/dense`),
  ];
  assertEquals(curve(after).history, curve(before).history);
  assert(after.test.loss !== before.test.loss);
  assert(Math.abs(after.test.loss - before.test.loss) < 0.01);
});

testWithFolder(
  "Ctrl-C saves a checkpoint, and --resume goes on to the same curve",
  async (folder) => {
    // Long enough to be interrupted.
    const args = ["--dataset", "synthetic", "--limit", "1500", "--model", "cnn", "--epochs", "20"];
    const through = await run("train", [...args, "--out", `${folder}/through`]);
    assertEquals(through.code, 0, through.stderr);

    const out = `${folder}/stopped`;
    const child = spawn("train", [...args, "--out", out]);
    // The first epoch's checkpoint says that training is under way.
    let ended = false;
    child.status.then(() => ended = true);
    while (!ended && !await exists(`${out}/cnn/checkpoint.safetensors`)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGINT");
    const stopped = await child.output();
    const notes = new TextDecoder().decode(stopped.stderr);
    assertEquals(stopped.code, 130, notes);
    assertMatch(notes, /Interrupted in epoch (?!1,)\d+, after batch \d+\n/);
    assertStringIncludes(notes, `deno task train --resume --model cnn --out ${out}`);

    const wrong = await run("train", ["--resume", "--epochs", "9", "--out", out]);
    assertEquals(wrong.code, 2);
    assertStringIncludes(wrong.stderr, "The interrupted run of cnn has --epochs 20, not 9");

    const other = await run("train", ["--resume", "--float16", "--out", out]);
    assertEquals(other.code, 2);
    assertStringIncludes(other.stderr, "The interrupted run of cnn has --float16 false, not true");

    const none = await run("train", ["--resume", "--model", "dense", "--out", out]);
    assertEquals(none.code, 1);
    assertStringIncludes(none.stderr, `There is no interrupted run of dense in ${out}`);

    const resumed = await run("train", ["--resume", "--model", "cnn", "--out", out]);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals(
      curve(await loadMetrics(`${out}/cnn`)),
      curve(await loadMetrics(`${folder}/through/cnn`)),
    );
    assertEquals(await loadModel(`${out}/cnn`), await loadModel(`${folder}/through/cnn`));
    const files = await namesIn(`${out}/cnn`);
    assertEquals(files, ["metrics.json", "model.json", "report.html", "weights.bin"]);
  },
);

testWithFolder("train says what is wrong before it begins, and how to go on", async (folder) => {
  const none = await run("train", ["--resume", "--out", folder]);
  assertEquals(none.code, 1);
  assertStringIncludes(none.stderr, `error: There is no interrupted run in ${folder}`);

  const typo = await run("train", ["--epoch", "3"]);
  assertEquals(typo.code, 2);
  assertStringIncludes(typo.stderr, "did you mean --epochs?");

  const model = await run("train", ["--model", "rnn"]);
  assertEquals(model.code, 2);
  assertStringIncludes(
    model.stderr,
    'There is no recipe "rnn", only dense, cnn, fast, tiny, best, reject',
  );
});

testWithFolder("train fits a network that tells digits from what is none", async (folder) => {
  const args = ["--model", "reject", "--limit", "600", "--epochs", "3", "--backend", "simd"];
  const { code, stderr } = await run("train", [
    ...args,
    "--batch",
    "32", // some dozen steps, for the moving statistics to catch up with the weights
    "--dataset",
    "synthetic-or-others",
    "--out",
    folder,
  ]);
  assertEquals(code, 0, stderr);
  const { classes, dataset, rejections, test } = await loadMetrics(`${folder}/reject`);
  assertEquals(classes, ["other", "digit"]);
  assertEquals([dataset.name, dataset.train + dataset.validation], ["synthetic-or-others", 600]);
  assertEquals(rejections!.map(({ keep }) => keep), [0.99, 0.995]);
  const { rejected } = rejections![0];
  for (const kind of ["digit", "two digits", "new letter"]) {
    assert(rejected[kind] >= 0 && rejected[kind] <= 1, `${kind}: ${rejected[kind]}`);
  }
  // Chance is 0.5: it learns even from this little.
  assert(test.accuracy > 0.6, `${test.accuracy}`);
});

testWithFolder("train refuses a data set with other classes than the network's", async (folder) => {
  const args = ["--model", "reject", "--dataset", "synthetic", "--limit", "20", "--out", folder];
  const { code, stderr } = await run("train", args);
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    "reject tells 2 classes apart, and synthetic has 10: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9. Name another",
  );
  assertEquals(await namesIn(folder), [".lock"]);
});

testWithFolder("train --preview writes a sheet of augmented pictures", async (folder) => {
  const path = `${folder}/sheet.png`;
  const args = [...SMALL, "--model", "cnn", "--out", folder, "--preview", path];
  const { code, stdout, stderr } = await run("train", args);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "rotationDeg 10");
  const rows = stdout.match(/^row \d+: /gm)!.length;
  const { width, height } = await decode(await Deno.readFile(path));
  assert(width > 10 * 28 && height > rows * 28, `${width}x${height}, ${rows} rows`);
  // Nothing else was done.
  assertEquals(await namesIn(folder), ["sheet.png"]);

  const plain = await run("train", [...args, "--classic"]);
  assertEquals(plain.code, 1);
  assertStringIncludes(plain.stderr, "cnn is trained on the pictures as they are");
  const unnamed = await run("train", [...SMALL, "--preview", path]);
  assertEquals(unnamed.code, 2);
  assertStringIncludes(unnamed.stderr, "Name the recipe to preview with --model");
});

Deno.test("train --help shows flags and examples on stdout", async () => {
  const { code, stdout } = await run("train", ["--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "--resume");
  assertStringIncludes(stdout, "deno task train --dataset synthetic");
});

testWithFolder("a run takes the place of an interrupted one, and says so", async (folder) => {
  await Deno.mkdir(`${folder}/dense`);
  await Deno.writeTextFile(`${folder}/dense/checkpoint.safetensors`, "of an earlier run");
  const args = [...SMALL, "--model", "dense", "--epochs", "1", "--out", folder];
  const { code, stderr } = await run("train", args);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, `takes the place of the interrupted run in ${folder}/dense`);
  assertEquals(await exists(`${folder}/dense/checkpoint.safetensors`), false);
});

testWithFolder("train goes on where a report cannot be written, and says so", async (folder) => {
  await Deno.mkdir(`${folder}/dense/report.html`, { recursive: true });
  const { code, stdout, stderr } = await run("train", [...SMALL, "--epochs", "1", "--out", folder]);
  assertEquals(code, 1, stderr);
  assertMatch(stdout, /^dense: .*\ncnn: /);
  assertStringIncludes(stderr, `its report is not: Could not write ${folder}/dense/report.html`);
  assertEquals(await namesIn(`${folder}/dense`), [
    "metrics.json",
    "model.json",
    "report.html",
    "weights.bin",
  ]);
  await Deno.stat(`${folder}/cnn/report.html`);
});
