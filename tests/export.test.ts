import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import config from "../deno.json" with { type: "json" };
import { encodeC } from "../lib/export/c.ts";
import { INPUT as OURS, LOGITS, PROBABILITIES } from "../lib/export/onnx.ts";
import { decodeOnnxModel, type ValueInfoProto } from "../lib/onnx/schema.ts";
import { INPUT, OUTPUTS } from "../lib/web/tensors.ts";
import { run } from "./commands.ts";
import { loadExported } from "./export/networks.ts";
import { parseTextFormat } from "./export/text_format.ts";
import { namesIn, testWithFolder } from "./parts.ts";

testWithFolder("export writes the best model as ONNX unless told otherwise", async (folder) => {
  const { code, stdout, stderr } = await run("export", [], { cwd: folder });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^best\.onnx: [\d,]+ bytes\n$/);
  const { graph, producerVersion } = decodeOnnxModel(await Deno.readFile(`${folder}/best.onnx`));
  assertEquals([graph!.name, producerVersion], ["best", config.version]);
});

testWithFolder("export writes the C header where it is told to", async (folder) => {
  const out = `${folder}/new/tiny.h`;
  const args = ["--model", "tiny", "--format", "c", "--weights", "float32", "--out", out];
  const { code, stderr } = await run("export", args);
  assertEquals([code, stderr], [0, ""]);
  const exported = { ...await loadExported("tiny"), version: config.version };
  assertEquals(await Deno.readTextFile(out), encodeC(exported, "float32"));
  assertEquals(await namesIn(`${folder}/new`), ["tiny.h"]);
});

testWithFolder("export names the header after the model, with int8 kernels", async (folder) => {
  const { stdout } = await run("export", ["--format=c", "--model=tiny"], { cwd: folder });
  assertMatch(stdout, /^digits_tiny\.h: /);
  assertStringIncludes(await Deno.readTextFile(`${folder}/digits_tiny.h`), "static const int8_t");
});

testWithFolder("export sets up Triton for the file that it writes along", async (folder) => {
  const { code, stderr } = await run("export", ["--target", "triton"], { cwd: folder });
  assertEquals([code, stderr], [0, ""]);
  const model = `${folder}/model_repository/best`;
  assertEquals(await namesIn(model), ["1", "config.pbtxt", "labels.txt"]);
  assertEquals(await Deno.readTextFile(`${model}/labels.txt`), "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  const { graph } = decodeOnnxModel(await Deno.readFile(`${model}/1/model.onnx`));
  const inFile = (values: ValueInfoProto[]) =>
    values.map(({ name, type }) => ({
      name,
      data_type: "TYPE_FP32",
      dims: type!.tensorType!.shape!.dim.slice(1).map(({ dimValue }) => Number(dimValue)),
    }));
  const labels = { label_filename: "labels.txt" };
  assertEquals(parseTextFormat(await Deno.readTextFile(`${model}/config.pbtxt`)), {
    name: "best",
    backend: "onnxruntime",
    max_batch_size: 64,
    input: inFile(graph!.input),
    output: inFile(graph!.output).map((output) => ({ ...output, ...labels })),
    version_policy: { latest: { num_versions: 1 } },
    instance_group: [{ kind: "KIND_AUTO", count: 1 }],
    dynamic_batching: { max_queue_delay_microseconds: 500 },
  });
});

Deno.test("exports have the names of the program's own server", () => {
  assertEquals(OURS, INPUT.name);
  assertEquals([LOGITS, PROBABILITIES], [...OUTPUTS]);
});

testWithFolder("export writes an InferenceService for KServe", async (folder) => {
  const args = ["--target", "kserve", "--model", "tiny", "--storage-uri", "s3://bucket/models"];
  const { code, stdout } = await run("export", args, { cwd: folder });
  assertEquals(code, 0);
  assertMatch(stdout, /^tiny\.yaml: /);
  assertEquals(parse(await Deno.readTextFile(`${folder}/tiny.yaml`)), {
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: { name: "digits-tiny" },
    spec: {
      predictor: {
        model: {
          modelFormat: { name: "triton" },
          runtime: "kserve-tritonserver",
          protocolVersion: "v2",
          storageUri: "s3://bucket/models",
        },
      },
    },
  });
});

testWithFolder("export says what is wrong, and writes nothing", async (folder) => {
  const wrong: [string[], number, string][] = [
    [["--model", "none"], 1, "There is no models/none/model.json"],
    [["--format", "c", "--target", "triton"], 2, "--format and --target exclude each other"],
    [["--weights", "int8"], 2, "--weights is for --format c"],
    [["--storage-uri", "s3://bucket"], 2, "--storage-uri is for --target kserve"],
    [["--format", "keras"], 2, '--format is onnx, c, not "keras"'],
    [["--out", folder], 1, `${folder} is a folder: name a file with --out`],
  ];
  for (const [args, expected, message] of wrong) {
    const { code, stdout, stderr } = await run("export", args, { cwd: folder });
    assertEquals([code, stdout], [expected, ""], args.join(" "));
    assertStringIncludes(stderr, message);
  }
  assertEquals(await namesIn(folder), []);
});
