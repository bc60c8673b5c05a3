import { assertEquals, assertRejects } from "@std/assert";
import { stageNames, writeStages } from "../../lib/batch/stages.ts";
import { UserError } from "../../lib/errors.ts";
import { decode } from "../../lib/image/decode.ts";
import type { Digit, Reading, Stages } from "../../lib/recognise.ts";
import { namesIn, testWithFolder } from "../parts.ts";

Deno.test("stageNames() tells files of the same name apart", () => {
  const files = ["a/scan.png", "b/scan.jpg", "SCAN.PNG", "scan-2.png", "b\\x.y.png", "-", ".png"];
  assertEquals(stageNames(files), [
    ...["scan", "scan-2", "SCAN-3", "scan-2-2", "x.y", "stdin", "picture"],
  ]);
});

/** A digit whose pixels all have one value. */
function digit(name: string, line: number, value: number, box: Digit["box"]): Digit {
  const pixels = new Uint8Array(28 * 28).fill(value);
  return { digit: name, confidence: 1, alternatives: [], uncertain: false, line, pixels, box };
}

// Worked on at half its size.
const stages: Stages = {
  picture: { width: 400, height: 300, data: new Uint8ClampedArray(4 * 400 * 300).fill(255) },
  ink: Uint8Array.from({ length: 400 * 300 }, (_, i) => i % 251),
  scale: 2,
};
const reading: Reading = {
  text: "12\n3",
  uncertain: false,
  digits: [
    digit("1", 0, 10, [100, 100, 80, 120]),
    digit("2", 0, 20, [300, 100, 80, 120]),
    digit("3", 1, 30, [100, 260, 80, 120]),
  ],
};

const NOTHING: Reading = { text: "", digits: [], uncertain: false };

async function read(path: string) {
  const { width, height, data } = await decode(await Deno.readFile(path));
  const at = (x: number, y: number) => [...data.subarray(4 * (y * width + x)).subarray(0, 3)];
  return { width, height, at };
}

testWithFolder("writeStages() shows ink, boxes and what the network saw", async (folder) => {
  await writeStages(`${folder}/a`, reading, stages);
  assertEquals(await namesIn(folder), ["a-28x28.png", "a-boxes.png", "a-ink.png"]);

  const ink = await read(`${folder}/a-ink.png`);
  assertEquals([ink.width, ink.height], [400, 300]);
  assertEquals(ink.at(7, 1), [407 % 251, 407 % 251, 407 % 251]);

  const sheet = await read(`${folder}/a-28x28.png`);
  assertEquals([sheet.width, sheet.height], [56, 56]);
  const corners = [[0, 0], [28, 27], [27, 28], [28, 28]].map(([x, y]) => sheet.at(x, y)[0]);
  assertEquals(corners, [10, 20, 30, 0]);

  const boxes = await read(`${folder}/a-boxes.png`);
  assertEquals([boxes.width, boxes.height], [400, 300]);
  const white = [255, 255, 255];
  for (const [x, y] of [[50, 50], [150, 50], [50, 130]]) { // halved, as the picture is
    assertEquals(boxes.at(x, y), white); // within
    assertEquals(boxes.at(x - 1, y + 30), [0, 114, 178]); // on the left edge
    assertEquals(boxes.at(x + 40, y + 30), [0, 114, 178]); // on the right edge
  }
});

testWithFolder("writeStages() replaces its own pictures, and no others", async (folder) => {
  await writeStages(`${folder}/a`, reading, stages);
  await writeStages(`${folder}/a`, NOTHING, stages);
  // No digit was seen this time.
  assertEquals(await namesIn(folder), ["a-boxes.png", "a-ink.png"]);

  await Deno.writeTextFile(`${folder}/b-boxes.png`, "a picture of mine");
  await Deno.writeTextFile(`${folder}/c-28x28.png`, "another");
  await assertRejects(
    () => writeStages(`${folder}/b`, reading, stages),
    UserError,
    "b-boxes.png is there already, and is none that --debug wrote: name another folder",
  );
  await writeStages(`${folder}/c`, NOTHING, stages);
  assertEquals(await Deno.readTextFile(`${folder}/b-boxes.png`), "a picture of mine");
  assertEquals(await Deno.readTextFile(`${folder}/c-28x28.png`), "another");
});

testWithFolder("writeStages() says where it could not write", async (folder) => {
  await assertRejects(
    () => writeStages(`${folder}/none/a`, reading, stages),
    UserError,
    `Could not write ${folder}/none/a-ink.png: `,
  );
});
