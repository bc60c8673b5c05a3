// A model of things that are no digits, with names of several characters, from training to every place
// that its classes are named in.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeOnnxModel } from "../lib/onnx/schema.ts";
import { encodePng } from "../lib/report/png.ts";
import { openService } from "../lib/web/service.ts";
import { run } from "./commands.ts";
import { EIGHT, FIVE, type Lines, pen, SEVEN } from "./image/draw.ts";
import { testWithFolder } from "./parts.ts";
import { ask, post } from "./web/service.ts";

/** What stands for which class; a folder cannot have a slash in its name. */
const SHAPES: Readonly<Record<string, Lines>> = {
  "Ankle boot": SEVEN,
  "T-shirt/top": EIGHT,
  "お": FIVE,
};
const CLASSES = Object.keys(SHAPES);

/** Shapes side by side, of so many pixels in height. */
function picture(names: readonly string[], size: number, penWidth: number) {
  const [width, height] = [Math.round(1.5 * size) * names.length, 2 * size];
  const inks = names.map((name, i) =>
    pen(SHAPES[name], [(1.5 * i + 0.25) * size, 0.5 * size], size, penWidth)
  );
  const samples = new Uint8Array(width * height);
  samples.forEach((_, i) => {
    const ink = Math.max(...inks.map((ink) => ink(i % width, Math.floor(i / width))));
    samples[i] = Math.round(255 * (1 - ink));
  });
  return encodePng(samples, width, height);
}

testWithFolder("a model's own classes are named wherever it is used", async (folder) => {
  for (const name of CLASSES) {
    const path = `${folder}/things/${name.replace("/", "%2F")}`;
    await Deno.mkdir(path, { recursive: true });
    for (let i = 0; i < 10; i++) {
      await Deno.writeFile(`${path}/${i}.png`, await picture([name], 30 + i, 3 + i / 4));
    }
  }
  const succeed = async (...[task, args, options]: Parameters<typeof run>) => {
    const { code, stdout, stderr } = await run(task, args, { cwd: folder, ...options });
    assertEquals(code, 0, stderr);
    return stdout;
  };
  await succeed("train", [
    ...["--dataset=things/", "--model=dense", "--epochs=20", "--batch=4", "--threads=1"],
    "--out=own",
  ]);
  const model = ["--model=dense", "--models=own"];
  // The network that knows digits, and would take these for none, is not asked, nor read.
  await Deno.mkdir(`${folder}/models/reject`, { recursive: true });
  await Deno.writeTextFile(`${folder}/models/reject/model.json`, "damaged");

  await Deno.writeFile(`${folder}/two.png`, await picture(["T-shirt/top", "Ankle boot"], 40, 4));
  const text = await succeed("predict", [...model, "two.png"]);
  assertStringIncludes(text, "The predicted value is: T-shirt/top Ankle boot\n");
  await succeed("export", [...model, "--out=dense.onnx"]);
  const onnx = decodeOnnxModel(await Deno.readFile(`${folder}/dense.onnx`));
  const classes = onnx.metadataProps.find(({ key }) => key === "classes")!.value;
  assertEquals([...JSON.parse(classes)].sort(), CLASSES);
  const json = JSON.parse(await succeed("predict", ["--from=dense.onnx", "--json", "two.png"]));
  assertEquals(json.text, "T-shirt/top Ankle boot");
  await succeed("export", [...model, "--format=c", "--out=dense.h"]);
  assertStringIncludes(await Deno.readTextFile(`${folder}/dense.h`), '"\\343\\201\\212"');

  const report = await succeed("evaluate", [
    ...[...model, "--dataset=things/", "--report=report.html"],
  ]);
  assert(/^ +Ankle boot +1\.0000/m.test(report), report);
  assert(/^ +Ankle boot \d +2 +\. +\.$/m.test(report), report);
  const page = await Deno.readTextFile(`${folder}/report.html`);
  for (const name of CLASSES) assertStringIncludes(page, `>${name}</text>`);

  const service = await openService({
    ...{ model: "dense", models: `${folder}/own`, threads: 1 },
    onError: (error) => {
      throw error;
    },
  });
  try {
    const one = await picture(["お"], 40, 4);
    const { status, body } = await ask(service, "/api/predict?single=true", post(one));
    assertEquals(status, 200);
    assertEquals((body as { text: string }).text, "お");
  } finally {
    service.readers.end();
  }
});
