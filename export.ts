// digits export: writes a model in the forms that other programs run.

import { helpText, parseUsage, runCommand } from "./lib/cli.ts";
import { UserError } from "./lib/errors.ts";
import { C_WEIGHTS, encodeC } from "./lib/export/c.ts";
import { type Exported, identifier } from "./lib/export/contract.ts";
import { kserveManifest, STORAGE_URI } from "./lib/export/kserve.ts";
import { encodeOnnx } from "./lib/export/onnx.ts";
import { tritonRepository } from "./lib/export/triton.ts";
import { exists, ownFolder, stat, writeFiles } from "./lib/files.ts";
import { DEFAULT_MODEL } from "./lib/model/format.ts";
import { METRICS_FILE } from "./lib/model/metrics.ts";
import { loadMetrics, loadModel, makeDirectory } from "./lib/model/store.ts";
import { PROGRAM } from "./lib/own.ts";
import { VERSION } from "./lib/versions.ts";

const USAGE = {
  name: "export",
  summary:
    `Writes a model for other programs. As TensorFlow.js wants it, it is in its folder of models/.

onnx: one file for ONNX Runtime, OpenVINO, TensorRT and others.
c: one C99 header for microcontrollers.
triton: a model repository for Triton Inference Server.
kserve: an InferenceService that runs this repository in Kubernetes.`,
  flags: {
    model: { type: "text", value: "NAME", help: `a folder of models/ (default ${DEFAULT_MODEL})` },
    models: { type: "text", value: "DIR", help: "where models are (default models)" },
    format: { type: "text", choices: ["onnx", "c"], help: "one file (default onnx)" },
    target: {
      type: "text",
      choices: ["triton", "kserve"],
      help: "or what a server is set up with",
    },
    weights: {
      type: "text",
      choices: C_WEIGHTS,
      help: "how the header stores them (default int8)",
    },
    "storage-uri": {
      type: "text",
      value: "URI",
      help: `where KServe finds the repository (default ${STORAGE_URI})`,
    },
    out: {
      type: "text",
      value: "PATH",
      help: "the file (default NAME.onnx, digits_NAME.h, NAME.yaml); for triton the folder " +
        "(default model_repository)",
    },
  },
  examples: [
    `${PROGRAM} export --model best --out best.onnx`,
    `${PROGRAM} export --model tiny --format c`,
    `${PROGRAM} export --target triton --out model_repository`,
    `${PROGRAM} export --target kserve --storage-uri s3://bucket/model_repository`,
  ],
} as const;

type Flags = ReturnType<typeof parseUsage<typeof USAGE["flags"]>>["flags"];

/** Gives the exit code. */
export async function exportModel(args: string[]): Promise<number> {
  const { flags, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  const kind = kindOf(flags);
  const exported = await load(flags);
  const files = filesOf(exported, kind, flags);
  for (const path of Object.keys(files)) await prepare(path);
  await writeFiles(files);
  for (const path of Object.keys(files)) {
    console.log(`${path}: ${stat(path)!.size.toLocaleString("en")} bytes`);
  }
  return 0;
}

type Kind = NonNullable<Flags["format"] | Flags["target"]>;

/** @throws {UserError} where flags do not go together. */
function kindOf({ format, target, weights, "storage-uri": uri }: Flags): Kind {
  const wrong = (message: string) => new UserError(message, { exitCode: 2 });
  if (format && target) throw wrong("--format and --target exclude each other");
  const kind = format ?? target ?? "onnx";
  if (weights && kind !== "c") throw wrong("--weights is for --format c");
  if (uri && kind !== "kserve") throw wrong("--storage-uri is for --target kserve");
  return kind;
}

async function load(flags: Flags): Promise<Exported> {
  const name = flags.model ?? DEFAULT_MODEL;
  const folder = `${flags.models ?? await ownFolder("models", name)}/${name}`;
  const model = { ...await loadModel(folder), name };
  const isMeasured = await exists(`${folder}/${METRICS_FILE}`);
  const metrics = isMeasured ? await loadMetrics(folder) : undefined;
  return { model, metrics, version: VERSION };
}

/** What is written, by path. */
function filesOf(
  exported: Exported,
  kind: Kind,
  flags: Flags,
): Record<string, string | Uint8Array> {
  const { name } = exported.model;
  switch (kind) {
    case "onnx":
      return { [flags.out ?? `${name}.onnx`]: encodeOnnx(exported) };
    case "c":
      return { [flags.out ?? `digits_${identifier(name)}.h`]: header(exported, flags) };
    case "kserve":
      return {
        [flags.out ?? `${name}.yaml`]: kserveManifest(name, flags["storage-uri"] ?? STORAGE_URI),
      };
    case "triton": {
      const folder = flags.out ?? "model_repository";
      const files = Object.entries(tritonRepository(exported));
      return Object.fromEntries(files.map(([path, content]) => [`${folder}/${path}`, content]));
    }
  }
}

function header(exported: Exported, { weights = "int8" }: Flags): string {
  try {
    return encodeC(exported, weights);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(`${error.message}. Use --format onnx, or another model`, { cause: error });
  }
}

/** Makes the folder that a file goes to. */
async function prepare(path: string): Promise<void> {
  if (stat(path)?.isDirectory) {
    throw new UserError(`${path} is a folder: name a file with --out, such as ${path}/model`);
  }
  const folder = path.replace(/[^/\\]*$/, "");
  if (folder) await makeDirectory(folder);
}

if (import.meta.main) await runCommand(exportModel);
