import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { loadDataset } from "../../lib/data/dataset.ts";
import { type CWeights, encodeC, memoryOf } from "../../lib/export/c.ts";
import { quantise, roundToInt8 } from "../../lib/export/c/int8.ts";
import { measure } from "../../lib/model/evaluate.ts";
import type { Model } from "../../lib/model/format.ts";
import { initialWeights, type Layer } from "../../lib/model/layers.ts";
import { Random } from "../../lib/random.ts";
import { assertNear, testWith, withFolder } from "../parts.ts";
import {
  DIGITS,
  loadExported,
  NAMES,
  ODD,
  ourLogits,
  PIXELS,
  probabilitiesOf,
  testPictures,
} from "./networks.ts";

const DATA = Deno.env.get("DIGITS_DATA");

const WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Werror"];
const SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** The C compiler's exit code; its messages where it fails. */
function compile(args: string[]): { success: boolean; message: string } {
  try {
    const { success, stderr } = new Deno.Command("cc", { args }).outputSync();
    return { success, message: new TextDecoder().decode(stderr) };
  } catch (error) {
    return { success: false, message: String(error) };
  }
}

const hasCompiler = compile(["--version"]).success;

/** Reads pictures and writes the logits, the probabilities and the best class of each, as floats. */
function mainSource(prefix: string): string {
  const macro = prefix.toUpperCase();
  return `#define ${macro}_IMPLEMENTATION
#include "${prefix}.h"
#include <stdio.h>
int main(void) {
  uint8_t pixels[${macro}_PIXELS];
  float answer[2 * ${macro}_CLASSES + 1];
  while (fread(pixels, 1, sizeof pixels, stdin) == sizeof pixels) {
    ${prefix}_logits(pixels, answer);
    answer[2 * ${macro}_CLASSES] = (float)${prefix}_predict(pixels, answer + ${macro}_CLASSES);
    if (fwrite(answer, sizeof answer, 1, stdout) != 1) return 1;
  }
  return 0;
}
`;
}

/** What the compiled header answers for pictures: a row of floats for each. */
async function answersOf(
  header: string,
  prefix: string,
  images: Uint8Array<ArrayBuffer>,
  flags: string[],
): Promise<Float32Array> {
  return await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/${prefix}.h`, header);
    await Deno.writeTextFile(`${folder}/main.c`, mainSource(prefix));
    const files = [`${folder}/main.c`, "-lm", "-o", `${folder}/main`];
    const { success, message } = compile([...WARNINGS, ...flags, ...files]);
    assert(success, message);
    const process = new Deno.Command(`${folder}/main`, {
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const [{ success: ended, stdout, stderr }] = await Promise.all([
      process.output(),
      new Blob([images]).stream().pipeTo(process.stdin),
    ]);
    assert(ended, new TextDecoder().decode(stderr));
    return new Float32Array(stdout.slice().buffer);
  });
}

/** How far numbers may be from the backend's: probabilities as they are, logits of the largest. */
const TOLERANCE = 1e-5;

/** Compares a model as C with the same model on this program's own kernels. */
async function compare(
  name: string,
  weights: CWeights,
  images: Uint8Array<ArrayBuffer>,
  flags: string[],
): Promise<void> {
  const exported = await loadExported(name);
  const model = weights === "int8" ? roundToInt8(exported.model) : exported.model;
  const header = encodeC(exported, weights);
  const answers = await answersOf(header, `digits_${name}`, images, flags);
  const expected = await ourLogits(model, images);
  const classes = model.classes.length;
  const row = 2 * classes + 1;
  assertEquals(answers.length, images.length / PIXELS * row);
  const columns = (from: number, to: number) =>
    Array.from(answers).filter((_, i) => i % row >= from && i % row < to);
  assertNear(columns(0, classes), expected, TOLERANCE, "logits");
  const probabilities = columns(classes, 2 * classes);
  const sure = probabilities.slice(0, DIGITS * classes);
  const ours = probabilitiesOf(model, expected).slice(0, DIGITS * classes);
  assertNear(sure, ours, TOLERANCE, "probabilities");
  for (const [i, best] of columns(2 * classes, row).entries()) {
    const own = probabilities.slice(i * classes, (i + 1) * classes);
    assertEquals(best, own.indexOf(Math.max(...own)));
  }
}

for (const weights of ["int8", "float32"] as const) {
  testWith("cc", hasCompiler, `tiny as C with ${weights} answers as it does here`, async () => {
    await compare("tiny", weights, testPictures(), ["-O2"]);
  });

  for (const name of [...NAMES, ODD]) {
    testWith("cc", hasCompiler, `${name} as C with ${weights} keeps to its memory`, async () => {
      await compare(name, weights, testPictures().slice(0, 10 * PIXELS), ["-O1", ...SANITIZERS]);
    });
  }
}

testWith("cc", hasCompiler, "a header has the classes' names as they are", async () => {
  const exported = await loadExported(ODD);
  const printed = await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/digits_odd.h`, encodeC(exported, "int8"));
    await Deno.writeTextFile(
      `${folder}/main.c`,
      `#define DIGITS_ODD_IMPLEMENTATION
#include "digits_odd.h"
#include <stdio.h>
int main(void) {
  for (int i = 0; i < DIGITS_ODD_CLASSES; i++) printf("%s%c", digits_odd_classes[i], 0);
  return 0;
}
`,
    );
    const args = [...WARNINGS, `${folder}/main.c`, "-lm", "-o", `${folder}/main`];
    const { success, message } = compile(args);
    assert(success, message);
    return new Deno.Command(`${folder}/main`).outputSync().stdout;
  });
  const names = new TextDecoder().decode(printed).split("\0");
  assertEquals(names, [...exported.model.classes, ""]);
});

for (const weights of ["int8", "float32"] as const) {
  Deno.test(`the header of tiny with ${weights} says how much memory it takes`, async () => {
    const exported = await loadExported("tiny");
    const header = encodeC(exported, weights);
    const bytes = { const: 0, variable: 0 };
    // "static const float name[16]", "static float even[1152], odd[5408]"
    for (
      const [, constant, type, names] of header.matchAll(/static (const )?(\w+) (.*\[.*)[;=]/g)
    ) {
      for (const [, count] of names.matchAll(/\[(\w+)\]/g)) {
        const length = Number(count.replace("DIGITS_TINY_FILTERS", "16"));
        bytes[constant ? "const" : "variable"] += length * (type === "int8_t" ? 1 : 4);
      }
    }
    assertEquals(memoryOf(exported, weights), { flash: bytes.const, ram: bytes.variable });
    assertStringIncludes(header, `${bytes.const} bytes of constants, ${bytes.variable} bytes of`);
  });
}

Deno.test("a header claims the accuracy of float32 weights as measured before rounding", async () => {
  const exported = await loadExported("tiny");
  const claim = `Accuracy: ${
    (100 * exported.metrics!.test.accuracy).toFixed(2)
  } % of the 10000 test`;
  const [int8, float32] = (["int8", "float32"] as const).map((weights) =>
    encodeC(exported, weights).replaceAll("\n *", "")
  );
  assertStringIncludes(
    int8,
    `${claim} pictures of mnist, before its kernels were rounded to int8.`,
  );
  assertStringIncludes(float32, `${claim} pictures of mnist.`);
  const { metrics: _, ...unknown } = exported;
  assert(!encodeC(unknown, "int8").includes("Accuracy"));
});

Deno.test("quantise() takes each filter's largest number for 127", () => {
  const { values, scale } = quantise(Float32Array.of(1, 0, -0.5, 0, 0.004, 0), 2);
  assertEquals([...values], [127, 0, -63, 0, 1, 0]); // -63.5 is rounded up
  assertEquals([...scale], [1 / 127, 0]);
});

Deno.test("roundToInt8() moves no weight by more than half a step", async () => {
  const { model } = await loadExported("tiny");
  for (const [i, { shape, data }] of roundToInt8(model).weights.entries()) {
    const original = model.weights[i].data;
    const filters = shape.at(-1)!;
    const { scale } = quantise(original, filters);
    data.forEach((value, k) => {
      const step = shape.length === 1 ? 0 : scale[k % filters];
      assertAlmostEquals(value, original[k], step * 0.5001);
    });
  }
});

Deno.test("a layer that stands where C has no step for it is named", () => {
  const flatten: Layer = { type: "flatten" };
  const last: Layer = { type: "dense", units: 2, activation: "softmax" };
  const normalise: Layer = { type: "batchNormalization", momentum: 0.9, epsilon: 0.001 };
  const pool: Layer = { type: "maxPooling2d", poolSize: 2 };
  const convolution = (activation: "relu" | "linear"): Layer => ({
    type: "conv2d",
    filters: 2,
    kernelSize: 3,
    padding: "valid",
    activation,
  });
  const refused = (layers: Layer[], layer: string) => {
    const architecture = { inputShape: [28, 28, 1], layers: [...layers, flatten, last] } as const;
    const weights = initialWeights(architecture, new Random(1));
    const gamma = weights.find(({ name }) => name === "batch_normalization/gamma");
    gamma?.data.fill(-1);
    const model = { name: "other", architecture, weights, classes: ["0", "1"] };
    const encode = () => encodeC({ model, version: "1.2.3" }, "int8");
    if (!layer) return assertStringIncludes(encode(), "digits_other_predict");
    assertThrows(encode, TypeError, `Layer ${layer} cannot be written as C where it stands`);
  };
  refused([convolution("linear"), pool, normalise], "");
  refused([pool], "max_pooling2d");
  refused([convolution("linear"), pool, pool], "max_pooling2d_1");
  refused([convolution("relu"), normalise], "batch_normalization");
  refused([convolution("linear"), normalise, pool], "max_pooling2d");
  refused([convolution("linear"), flatten, normalise], "batch_normalization");
});

testWith(
  "mnist",
  DATA !== undefined,
  "tiny with int8 kernels is as accurate on MNIST",
  async () => {
    const { model } = await loadExported("tiny");
    const { test } = await loadDataset("mnist", { directory: DATA!, limit: 1 });
    const accuracy = async (model: Model) =>
      measure(await ourLogits(model, test.images), test.labels).accuracy;
    const [before, after] = [await accuracy(model), await accuracy(roundToInt8(model))];
    assert(after >= before - 0.001, `${after}, not ${before}`);
  },
);
