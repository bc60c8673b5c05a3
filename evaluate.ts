// digits evaluate: measures models on the test pictures. In the terminal, as JSON, or as one HTML page.

import type { Backend } from "./lib/backend/backend.ts";
import { chooseBackend } from "./lib/backend/choose.ts";
import {
  BACKEND_FLAGS,
  helpText,
  parseUsage,
  runCommand,
  StatusLine,
  terminalColumns,
} from "./lib/cli.ts";
import { relabel } from "./lib/data/assemble.ts";
import { corrupt, CORRUPTIONS } from "./lib/data/corruptions.ts";
import { type Dataset, DATASET_CHOICES, DATASET_VALUE } from "./lib/data/dataset.ts";
import { type Examples, take } from "./lib/data/examples.ts";
import { FOLDER_FORM } from "./lib/data/labels.ts";
import { MNIST } from "./lib/data/sources.ts";
import { UserError } from "./lib/errors.ts";
import { exists, ownFolder, stat, writeFiles } from "./lib/files.ts";
import { FROM_CONTRACT, FROM_FLAG, loadFrom } from "./lib/import/from.ts";
import { DATA_FLAG, loadShowing } from "./lib/load.ts";
import { DEFAULT_MODEL, type Model } from "./lib/model/format.ts";
import { type Base, trainedOn } from "./lib/model/finetune.ts";
import type { Metrics } from "./lib/model/metrics.ts";
import { loadMetrics, loadModel } from "./lib/model/store.ts";
import { PROGRAM } from "./lib/own.ts";
import { type Assessment, assessModel } from "./lib/report/assess.ts";
import { trainingCurve } from "./lib/report/curve.ts";
import { type CorruptedAccuracy, reportHtml } from "./lib/report/report.ts";
import { bar, percent } from "./lib/report/reading.ts";
import { classificationTable, confusionTable, gallery, misreadFiles } from "./lib/report/text.ts";

const USAGE = {
  name: "evaluate",
  summary: `Measures a model on the test pictures: scores per class, confusion matrix, calibration.

${FROM_CONTRACT}`,
  flags: {
    model: {
      type: "text",
      value: "NAME,...",
      help: `folders of models/, or all (default ${DEFAULT_MODEL})`,
    },
    models: { type: "text", value: "DIR", help: "where models are (default models)" },
    from: FROM_FLAG,
    dataset: {
      type: "text",
      value: DATASET_VALUE,
      help:
        `${PROGRAM} data lists names; a folder has ${FOLDER_FORM} (default what the model was trained on)`,
    },
    data: DATA_FLAG,
    limit: { type: "number", value: "N", help: "use the first N test pictures only" },
    corrupted: {
      type: "boolean",
      help: "measure on pictures spoilt in fifteen ways too (MNIST-C)",
    },
    ...BACKEND_FLAGS,
    report: { type: "text", value: "FILE.html", help: "write all of it as a page, with charts" },
    json: { type: "boolean", help: "print one JSON object a line for each model" },
  },
  examples: [
    `${PROGRAM} evaluate`,
    `${PROGRAM} evaluate --model dense --report dense.html`,
    `${PROGRAM} evaluate --model all --corrupted`,
    `${PROGRAM} evaluate --from mnist.onnx`,
    `${PROGRAM} evaluate --dataset my-digits/     (my-digits/0/*.png, my-digits/1/*.png, ...)`,
    `${PROGRAM} evaluate --dataset scans/labels.csv   (with the columns file,label)`,
  ],
} as const;

/** A model with all that is said of it. */
interface Evaluated extends Base {
  dataset: string;
  /** Labelled as the model has its classes. */
  test: Examples;
  /** Where the pictures come from files. */
  files: Dataset["testFiles"];
  assessment: Assessment;
  corrupted?: CorruptedAccuracy[];
}

const status = new StatusLine();

/** Gives the exit code. */
export async function evaluate(args: string[]): Promise<number> {
  const { flags, help } = parseUsage(USAGE, args);
  if (help) {
    console.log(helpText(USAGE));
    return 0;
  }
  const names = flags.from === undefined
    ? await modelNames(flags.model ?? DEFAULT_MODEL, flags.models)
    : [flags.from];
  if (flags.report !== undefined) checkReport(flags.report, names);
  const loaded: Base[] = flags.from === undefined
    ? await Promise.all(names.map((name) => load(name, flags.models)))
    : [{ name: flags.from, model: await loadFrom(flags.from, flags) }];
  /** What a model has learned of the folders that it is measured on. */
  const learned: string[] = [];
  const data = await loadShowing(status, flags.dataset ?? measuredOn(loaded[0]), {
    directory: flags.data,
    limit: 1, // the training pictures are of no use here
    testAll: (folder) => {
      const learner = loaded.find(({ metrics }) => leftToTest(metrics, folder) !== undefined);
      if (!learner) return true;
      const none = leftToTest(learner.metrics, folder) === 0;
      learned.push(
        none
          ? `${learner.name} has learned all of ${folder}`
          : `one of five of ${folder}: ${learner.name} has learned the others`,
      );
      return none;
    },
  });
  // All are those that have to do with the data set, where there are any.
  const fitting = loaded.filter(({ model }) => unknownTo(model, data).length === 0);
  const models = flags.model === "all" && fitting.length > 0 ? fitting : loaded;
  for (const { name, model } of models) checkFit(name, model, data);
  const count = Math.min(data.test.count, flags.limit ?? Infinity);
  const { backend, reason } = await chooseBackend(flags.backend ?? "auto", {
    threads: flags.threads,
  });
  const parts = learned.map((why) => ` (${why})`).join("");
  status.print(
    `data: ${data.name}, ${count} pictures to test${parts}; ` +
      `backend: ${backend.description} (${reason})`,
  );

  const results: Evaluated[] = [];
  for (const { name, model, metrics } of models) {
    const test = take(relabel(data.test, data, model.classes), count);
    const assessment = await assessModel(backend, model, test, {
      onProgress: (done) => status.update(`${name} ${bar(done / count)} ${done} pictures`),
    });
    results.push({
      name,
      model,
      metrics,
      dataset: data.name,
      test,
      files: data.testFiles,
      assessment,
    });
  }
  if (flags.corrupted) await measureCorrupted(backend, results);
  status.clear();
  if (flags.json) results.forEach((result) => console.log(JSON.stringify(toJson(result))));
  else if (results.length === 1) console.log(toText(results[0]));
  else console.log(comparison(results));
  if (flags.report !== undefined) {
    const page = await reportHtml({ ...results[0], images: results[0].test.images });
    await writeFiles({ [flags.report]: page });
    status.print(`The report is in ${flags.report}`);
  }
  return 0;
}

/** The names that a comma list stands for, or `all`. */
async function modelNames(list: string, models: string | undefined): Promise<string[]> {
  if (list !== "all") return list.split(",").map((name) => name.trim()).filter(Boolean);
  const folder = models ?? await ownFolder("models", DEFAULT_MODEL);
  const names: string[] = [];
  if (stat(folder)?.isDirectory) {
    for await (const { name } of Deno.readDir(folder)) {
      if (await exists(`${folder}/${name}/model.json`)) names.push(name);
    }
  }
  if (names.length === 0) {
    throw new UserError(`There are no models in ${folder}. Train them with: ${PROGRAM} train`);
  }
  return names.sort();
}

/** What can be known to fail is said before the work, not after it. */
function checkReport(path: string, names: readonly string[]): void {
  if (names.length > 1) {
    throw new UserError("A report is about one model: name it with --model", { exitCode: 2 });
  }
  if (stat(path)?.isDirectory) {
    throw new UserError(`--report names a folder, ${path}; it takes a file: ${path}/report.html`, {
      exitCode: 2,
    });
  }
  const folder = /^(.*)[/\\]/.exec(path)?.[1] || (/^[/\\]/.test(path) ? "/" : ".");
  if (!stat(folder)?.isDirectory) {
    throw new UserError(
      `There is no folder ${folder} for the report; make it first, or name another`,
    );
  }
}

async function load(name: string, models: string | undefined): Promise<Base> {
  const folder = `${models ?? await ownFolder("models", name)}/${name}`;
  const model = await loadModel(folder);
  // A model from elsewhere comes without.
  const metrics = await exists(`${folder}/metrics.json`) ? await loadMetrics(folder) : undefined;
  return { name, model, metrics };
}

/**
 * The data sets that a model was trained on, as far as this program knows them by name; otherwise MNIST.
 *
 * @throws {UserError} when it tells apart what is in none of them.
 */
function measuredOn(loaded: Base): string {
  const { name, model, metrics } = loaded;
  const known = trainedOn(loaded);
  if (known.length > 0) return known.join("+");
  if (MNIST.classes.every((digit) => model.classes.includes(digit))) return MNIST.name;
  const learned = metrics ? `was trained on ${metrics.dataset.name} and ` : "";
  throw new UserError(
    `The model ${name} ${learned}tells ${model.classes.join(", ")} apart. ` +
      `Name pictures to measure it on with --dataset: ${DATASET_CHOICES}`,
    { exitCode: 2 },
  );
}

/** Of a data set that a model was trained on, alone or joined with others, how many are to test. */
function leftToTest(metrics: Metrics | undefined, name: string): number | undefined {
  const { dataset } = metrics ?? {};
  const parts = dataset?.parts ?? (dataset ? [dataset] : []);
  return parts.find((part) => part.name === name)?.test;
}

/** The classes of the test pictures that a model does not tell apart. */
function unknownTo({ classes }: Model, { classes: names, test }: Dataset): string[] {
  const present = new Set(test.labels);
  return names.filter((name, label) => present.has(label) && !classes.includes(name));
}

/** @throws {UserError} when the model tells other classes apart, or sees other pictures. */
function checkFit(name: string, model: Model, data: Dataset): void {
  const { architecture, classes } = model;
  const shape = architecture.inputShape.join("x");
  if (shape !== "28x28x1") {
    throw new UserError(
      `The model ${name} takes pictures of ${shape}, and ${data.name} has 28x28x1`,
    );
  }
  const unknown = unknownTo(model, data);
  if (unknown.length === 0) return;
  throw new UserError(
    `The model ${name} tells ${classes.join(", ")} apart, and ${data.name} has pictures of ` +
      `${unknown.join(", ")}. Name a data set that fits with --dataset: ${DATASET_CHOICES}`,
  );
}

/** Adds to each model's results its accuracy on corrupted test pictures, the same for all. */
async function measureCorrupted(
  backend: Backend,
  results: readonly Evaluated[],
): Promise<void> {
  results.forEach((result) => result.corrupted = []);
  for (const [i, name] of CORRUPTIONS.entries()) {
    status.update(`corrupted ${bar(i / CORRUPTIONS.length)} ${name}`);
    const images = corrupt(results[0].test.images, name);
    for (const { model, test, corrupted } of results) {
      const { accuracy } = await assessModel(backend, model, { ...test, images });
      corrupted!.push({ name, accuracy });
    }
  }
}

function meanAccuracy(corrupted: readonly CorruptedAccuracy[]): number {
  return corrupted.reduce((sum, { accuracy }) => sum + accuracy, 0) / corrupted.length;
}

function toJson({ name, model, dataset, files, assessment, corrupted }: Evaluated) {
  const { classes } = model;
  const { accuracy, loss, expectedCalibrationError, temperature, uncalibrated } = assessment;
  const { macroAverage, weightedAverage, confusionMatrix } = assessment;
  return {
    model: name,
    dataset,
    count: macroAverage.support,
    accuracy,
    loss,
    expectedCalibrationError,
    temperature,
    ...(uncalibrated
      ? {
        uncalibrated: {
          loss: uncalibrated.loss,
          expectedCalibrationError: uncalibrated.expectedCalibrationError,
        },
      }
      : {}),
    classes: assessment.classes.map((scores, k) => ({ class: classes[k], ...scores })),
    macroAverage,
    weightedAverage,
    confusionMatrix,
    errors: assessment.errors.map(({ index, label, predicted, confidence }) => ({
      index,
      ...(files?.[index] === undefined ? {} : { file: files[index] }),
      label: classes[label],
      predicted: classes[predicted],
      confidence,
    })),
    ...(corrupted
      ? {
        corrupted: {
          mean: meanAccuracy(corrupted),
          accuracy: Object.fromEntries(corrupted.map(({ name, accuracy }) => [name, accuracy])),
        },
      }
      : {}),
  };
}

function toText(result: Evaluated): string {
  const { name, model, metrics, dataset, test, files, assessment, corrupted } = result;
  const { accuracy, loss, expectedCalibrationError, temperature, uncalibrated } = assessment;
  const { errors, confusionMatrix } = assessment;
  const columns = terminalColumns(Deno.stdout);
  const curve = trainingCurve(metrics?.history ?? [], columns);
  const pictures = gallery(errors, test.images, model.classes, columns);
  const misread = files && misreadFiles(errors, files, model.classes);
  const calibration = `expected calibration error ${percent(expectedCalibrationError, 2)}`;
  const before = uncalibrated && `without temperature: loss ${uncalibrated.loss.toFixed(4)}, ` +
      `expected calibration error ${percent(uncalibrated.expectedCalibrationError, 2)}`;
  return [
    `${name} on ${dataset}: accuracy ${accuracy.toFixed(4)}, loss ${loss.toFixed(4)}`,
    ...(before ? [`${calibration}, temperature ${temperature.toFixed(3)}`, before] : [calibration]),
    "",
    classificationTable(assessment, model.classes),
    "",
    confusionTable(confusionMatrix, model.classes, columns),
    ...(curve ? ["", curve] : []),
    ...(corrupted ? ["", corruptionTable(corrupted)] : []),
    ...(pictures ? ["", `The most confident of ${errors.length} errors:`, "", pictures] : []),
    ...(misread ? ["", misread] : []),
  ].join("\n");
}

function corruptionTable(corrupted: readonly CorruptedAccuracy[]): string {
  const rows = [...corrupted, { name: "mean", accuracy: meanAccuracy(corrupted) }];
  const width = Math.max(...rows.map(({ name }) => name.length));
  return [
    `${"corruption".padEnd(width)}  accuracy`,
    ...rows.map(({ name, accuracy }) => `${name.padEnd(width)}  ${accuracy.toFixed(4)}`),
  ].join("\n");
}

/** One line a model. */
function comparison(results: readonly Evaluated[]): string {
  const width = Math.max(5, ...results.map(({ name }) => name.length));
  const row = (name: string, cells: readonly string[]) =>
    `${name.padEnd(width)}${cells.map((cell) => cell.padStart(13)).join("")}`;
  const spoilt = results.some(({ corrupted }) => corrupted);
  return [
    row("model", ["accuracy", "loss", "calibration", ...(spoilt ? ["corrupted"] : [])]),
    ...results.map(({ name, assessment, corrupted }) =>
      row(name, [
        assessment.accuracy.toFixed(4),
        assessment.loss.toFixed(4),
        percent(assessment.expectedCalibrationError, 2),
        ...(corrupted ? [meanAccuracy(corrupted).toFixed(4)] : []),
      ])
    ),
  ].join("\n");
}

if (import.meta.main) await runCommand(evaluate);
