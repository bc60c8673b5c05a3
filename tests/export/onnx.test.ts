import { assert, assertEquals } from "@std/assert";
import { ONNX_RUNTIME } from "../../bench/contenders.ts";
import { encodeOnnx } from "../../lib/export/onnx.ts";
import { decodeOnnxModel, type GraphProto, type ValueInfoProto } from "../../lib/onnx/schema.ts";
import { ROOT } from "../commands.ts";
import { assertNear, testWith, withFolder } from "../parts.ts";
import {
  DIGITS,
  farthest,
  loadExported,
  NAMES,
  ODD,
  ODDER,
  ourLogits,
  PIXELS,
  probabilitiesOf,
  testPictures,
  toFloats,
} from "./networks.ts";
import type { Outputs } from "./onnxruntime.ts";

/** Sizes of a value's dimensions; the open one by its name. */
function shapeOf({ type }: ValueInfoProto): (string | number)[] {
  return type!.tensorType!.shape!.dim.map(({ dimParam, dimValue }) => dimParam || Number(dimValue));
}

/** What onnx.checker demands of a graph, and that nothing in it is of no use. */
function checkGraph({ node, initializer, input, output, valueInfo }: GraphProto): void {
  const known = [...input, ...initializer].map(({ name }) => name);
  for (const { name, input, output } of node) {
    for (const value of input) assert(known.includes(value), `${name} takes ${value} too early`);
    known.push(...output);
  }
  assertEquals(new Set(known).size, known.length, "a value is given twice");
  assertEquals(new Set(node.map(({ name }) => name)).size, node.length, "a node's name");
  // IR.md, "Names Within a Graph".
  for (const name of known) assert(/^[A-Za-z_]\w*$/.test(name), `${name} is no identifier of C90`);
  const used = new Set(node.flatMap(({ input }) => input));
  for (const { name } of initializer) assert(used.has(name), `${name} is not used`);
  const typed = [...valueInfo, ...output].map(({ name }) => name);
  assertEquals(typed.sort(), node.flatMap(({ output }) => output).sort(), "values with a type");
}

for (const name of NAMES) {
  Deno.test(`${name} as ONNX says what it is and keeps the rules of the format`, async () => {
    const exported = await loadExported(name);
    const { model, metrics } = exported;
    const { graph, irVersion, opsetImport, metadataProps, ...file } = decodeOnnxModel(
      encodeOnnx(exported),
    );
    assertEquals([irVersion, opsetImport[0].domain, opsetImport[0].version], [8n, "", 17n]);
    assertEquals([file.producerName, file.producerVersion], ["digits", exported.version]);
    const { input, output } = graph!;
    const classes = model.classes.length;
    assertEquals([...input, ...output].map((value) => [value.name, ...shapeOf(value)]), [
      ["image", "N", 28, 28, 1],
      ["logits", "N", classes],
      ["probabilities", "N", classes],
    ]);
    checkGraph(graph!);
    const { classes: names, temperature, preprocessing, ...rest } = Object.fromEntries(
      metadataProps.map(({ key, value }) => [key, value]),
    );
    assertEquals(JSON.parse(names), model.classes);
    assertEquals(Number(temperature), model.temperature);
    assertEquals(preprocessing, input[0].docString);
    const { recipe, test, dataset } = metrics!;
    const accuracy = `${(100 * test.accuracy).toFixed(2)} % of the ${dataset.test} test pictures`;
    assertEquals(rest, {
      recipe,
      accuracy: `${accuracy} of ${dataset.name}`,
      source: dataset.source,
    });
  });
}

Deno.test("a model without temperature and metrics is written, too", async () => {
  const { model, version } = await loadExported("dense");
  const bytes = encodeOnnx({ model: { ...model, temperature: undefined }, version });
  const keys = decodeOnnxModel(bytes).metadataProps.map(({ key }) => key);
  assertEquals(keys, ["classes", "temperature", "preprocessing"]);
});

/** The trained networks, and such as are harder to write. */
const ALL = [...NAMES, ODD, ODDER];

/** Writes them into a folder; gives their files in that order. */
async function writeAll(folder: string): Promise<string[]> {
  const files = ALL.map((name) => `${folder}/${name}.onnx`);
  for (const [i, name] of ALL.entries()) {
    await Deno.writeFile(files[i], encodeOnnx(await loadExported(name)));
  }
  return files;
}

/** What a program prints; the test fails with what it says where it does not end well. */
async function outputOf(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd: ROOT }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const PACKAGE = `npm:onnxruntime-web@${ONNX_RUNTIME}`;
const LOCKED = ["--quiet", "--no-config", "--lock=bench/peers/deno.lock", "--frozen"];
const hasOnnxRuntime = new Deno.Command(Deno.execPath(), {
  args: ["eval", ...LOCKED, "--cached-only", `import ${JSON.stringify(PACKAGE)}`],
  cwd: ROOT,
  stderr: "null",
}).outputSync().success;

/**
 * How far ONNX Runtime's probabilities may be from this program's, and its logits, of the largest. With
 * noise a picture may be as much one class as another: there probabilities show twice what Winograd's
 * algorithm rounds in logits, so they are compared where digits are to be read.
 */
const TOLERANCE = 1e-5;

testWith("onnxruntime", hasOnnxRuntime, "ONNX Runtime gives the same probabilities", async (t) => {
  await withFolder(async (folder) => {
    const files = await writeAll(folder);
    const images = testPictures();
    const pictures = `${folder}/pictures.bin`;
    await Deno.writeFile(pictures, new Uint8Array(toFloats(images).buffer));
    const lines = await outputOf(Deno.execPath(), [
      ...["run", ...LOCKED, "--cached-only", "--no-prompt", "--allow-read"],
      ...["tests/export/onnxruntime.ts", PACKAGE, pictures, ...files],
    ]);
    const outputs: Outputs[] = lines.trimEnd().split("\n").map((line) => JSON.parse(line));
    for (const [i, name] of ALL.entries()) {
      await t.step(name, async () => {
        const { model } = await loadExported(name);
        const { logits, probabilities } = outputs[i];
        const classes = model.classes.length;
        const ours = await ourLogits(model, images);
        assertEquals(logits.shape, [images.length / PIXELS, classes]);
        assertEquals(probabilities.shape, logits.shape);
        const expected = probabilitiesOf(model, ours.subarray(0, DIGITS * classes));
        const apart = farthest(probabilities.data.slice(0, DIGITS * classes), expected);
        assert(apart <= TOLERANCE, `probabilities are ${apart} apart`);
        assertNear(logits.data, ours, TOLERANCE, "logits");
      });
    }
  });
});

/** Debian's Python, whose package python3-onnx is; others need not see it. */
const PYTHON = "/usr/bin/python3";
const CHECK = `
import onnx, sys
for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
`;

/** Whether that Python has the package onnx. */
function hasOnnx(): boolean {
  try {
    return new Deno.Command(PYTHON, { args: ["-c", "import onnx"], stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}

testWith("onnx", hasOnnx(), "onnx.checker accepts every model", async () => {
  await withFolder(async (folder) => {
    const files = await writeAll(folder);
    await outputOf(PYTHON, ["-c", CHECK, ...files]);
  });
});
