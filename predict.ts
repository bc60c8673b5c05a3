// digits predict: reads the digits in pictures and shows each as ASCII art, as the original
// main.py did with 1.png, 2.png, ...

import { chooseBackend } from "./lib/backend/choose.ts";
import { BACKEND_FLAGS, helpText, parseUsage, runCommand, terminalColumns } from "./lib/cli.ts";
import { UserError } from "./lib/errors.ts";
import { exists, ownFolder, stat } from "./lib/files.ts";
import { asciiArt } from "./lib/image/ascii.ts";
import { DEFAULT_MODEL } from "./lib/model/format.ts";
import { loadModel } from "./lib/model/store.ts";
import { type Reading, recognise, type RecogniseOptions } from "./lib/recognise.ts";

const USAGE = {
  name: "predict",
  summary: "Reads the digit in each picture; without pictures, in images/1.png, 2.png, ...",
  operands: "[FILE|FOLDER ...]",
  flags: {
    model: { type: "text", value: "NAME", help: `a folder of models/ (default ${DEFAULT_MODEL})` },
    models: { type: "text", value: "DIR", help: "where models are (default models)" },
    ...BACKEND_FLAGS,
    invert: {
      type: "text",
      choices: ["auto", "yes", "no"],
      help: "yes: ink is lighter than paper (default auto)",
    },
    json: { type: "boolean", help: "print one JSON object a line for each picture" },
  },
  examples: [
    "deno task predict",
    "deno task predict my-digit.jpg scans/",
    "deno task predict --json --model dense photo.png",
  ],
} as const;

/** Pictures in a folder are known by these; a file that is named outright is tried whatever its name. */
const EXTENSIONS = /\.(png|jpe?g|jpe|jfif|gif)$/i;

/** Gives the exit code: 1 when a picture could not be read. */
export async function predict(args: string[]): Promise<number> {
  const { flags, operands, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  const name = flags.model ?? DEFAULT_MODEL;
  const files = operands.length > 0 ? await listPictures(operands) : await numberedPictures();
  const [model, { backend, reason }] = await Promise.all([
    loadModel(`${flags.models ?? await ownFolder("models", name)}/${name}`),
    chooseBackend(flags.backend ?? "auto", { threads: flags.threads }),
  ]);
  console.error(`model: ${name}, backend: ${backend.description} (${reason})`);
  const network = backend.createNetwork(model.architecture, model.weights);
  const { classes, temperature } = model;
  const options = { network, classes, temperature, invert: flags.invert };

  let failed = false;
  try {
    for (const file of files) {
      const result = await read(file, options);
      if ("error" in result) failed = true;
      if (flags.json) console.log(JSON.stringify(toJson(file, result, name)));
      else if ("error" in result) console.error(`${file}: ${result.error}`);
      else console.log(toText(file, result));
    }
  } finally {
    network.dispose();
  }
  return failed ? 1 : 0;
}

/** One picture; what is wrong with it is a result, so that the next one gets its turn. */
async function read(
  file: string,
  options: RecogniseOptions,
): Promise<Reading | { error: string }> {
  try {
    return await recognise(await Deno.readFile(file), options);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { error: "There is no such file" };
    if (
      error instanceof SyntaxError || error instanceof RangeError ||
      error instanceof Deno.errors.PermissionDenied
    ) return { error: error.message };
    throw error;
  }
}

function toJson(file: string, result: Reading | { error: string }, model: string) {
  if ("error" in result) return { file, error: result.error };
  const digits = result.digits.map(({ digit, confidence, box, alternatives }) => ({
    digit,
    confidence,
    box,
    alternatives,
  }));
  return { file, text: result.text, digits, model };
}

function toText(file: string, { digits }: Reading): string {
  if (digits.length === 0) return `${file}\nNo digit was found: the picture is blank\n`;
  const columns = terminalColumns(Deno.stdout);
  return digits.map(({ digit, confidence, alternatives, pixels }) => {
    const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
    const others = alternatives.slice(0, 2)
      .map((other) => `${other.digit} (${percent(other.confidence)})`);
    return [
      file,
      asciiArt(pixels, { columns }),
      `The predicted value is: ${digit}`,
      `confidence ${percent(confidence)}, then ${others.join(", ")}`,
      "",
    ].join("\n");
  }).join("\n");
}

/** The files that are named, and the pictures of the folders that are, in natural order. */
async function listPictures(paths: string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (!stat(path)?.isDirectory) {
      files.push(path);
      continue;
    }
    const names: string[] = [];
    for await (const entry of Deno.readDir(path)) {
      if (!entry.isDirectory && EXTENSIONS.test(entry.name)) names.push(entry.name);
    }
    if (names.length === 0) {
      throw new UserError(`There are no pictures (PNG, JPEG, GIF) in the folder ${path}`);
    }
    names.sort(new Intl.Collator("en", { numeric: true }).compare);
    files.push(...names.map((name) => `${path.replace(/[/\\]$/, "")}/${name}`));
  }
  return files;
}

/** images/1.png, 2.png, ... until a number is missing. */
async function numberedPictures(): Promise<string[]> {
  const folder = await ownFolder("images", "1.png");
  const files: string[] = [];
  for (let i = 1; await exists(`${folder}/${i}.png`); i++) files.push(`${folder}/${i}.png`);
  if (files.length === 0) {
    throw new UserError(
      "There is no images/1.png. Put your pictures into the folder images as 1.png, 2.png, ..., " +
        "or name them: deno task predict my-digit.jpg",
    );
  }
  return files;
}

if (import.meta.main) await runCommand(predict);
