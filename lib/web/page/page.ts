// The page: what is drawn or handed in is read as it changes, in a worker, by the code and the models
// that the command line has.

/// <reference lib="dom" />
import { type Remote, transfer, wrap } from "comlink";
import type { Explanation } from "../../model/explanation.ts";
import type { TrainedModel } from "../../model/training.ts";
import { AnswerView, type Placed } from "./answer.ts";
import { takePictures } from "./camera.ts";
import { Corrections } from "./corrections/corrections.ts";
import { find, make } from "./dom.ts";
import type { ModelCard } from "../models.ts";
import type { OpenedModel } from "./engine.ts";
import { fetchText } from "../../fetch.ts";
import { percent } from "../../report/reading.ts";
import { type Backdrop, drawForReading, type Drawn, drawOnBackdrop } from "./ink.ts";
import { takeFiles } from "./intake.ts";
import { onKeys } from "./keys.ts";
import { latest } from "./latest.ts";
import { Lesson } from "./lesson/lesson.ts";
import { fitInto } from "./sheet.ts";
import { Surface } from "./surface.ts";
import type { Service } from "./worker.ts";

/** What goes on that the answer may change by. */
type Task = "reading" | "opening";

const engine = startEngine();

const surface = new Surface(find("surface", HTMLCanvasElement), {
  onChange: () => {
    find("stage", HTMLElement).toggleAttribute("data-empty", surface.isEmpty);
    find("clear", HTMLButtonElement).disabled = surface.isEmpty;
    readSheet();
  },
  onHistory: () => {
    find("undo", HTMLButtonElement).disabled = !surface.canUndo;
    find("redo", HTMLButtonElement).disabled = !surface.canRedo;
  },
});
const view = new AnswerView({ onSelect: select });
/** What the model in use tells digits by. */
let model: OpenedModel | undefined;
let corrections: Corrections | undefined;
/** The model that was trained here last, and its name in the list. */
let trained: TrainedModel | undefined;
const OWN = "yours";
const lesson = new Lesson(find("lesson", HTMLElement), { explain });
const brush = find("brush", HTMLInputElement);
const models = find("model", HTMLSelectElement);
const problem = find("problem", HTMLElement);

/** What is shown, and of which digit more is. */
let placed: Placed | undefined;
let selected = 0;
const tasks = new Set<Task>();
/** The picture that the worker has. */
let opened: Backdrop | undefined;

const readLatest = latest(async () => {
  if (model === undefined) return; // once there is a model, it reads what there is
  try {
    placed = surface.isEmpty ? undefined : await read();
    show(placed);
  } catch (error) {
    report(error);
  }
}, () => setBusy("reading", false));

function readSheet(): void {
  setBusy("reading", true);
  readLatest();
}

function setBusy(task: Task, isBusy: boolean): void {
  if (isBusy) tasks.add(task);
  else tasks.delete(task);
  view.busy = tasks.size > 0;
}

async function read(): Promise<Placed | undefined> {
  const { sheet, sheet: { backdrop, strokes }, paper } = surface;
  if (backdrop === undefined) {
    const drawn = drawForReading(strokes);
    return drawn && await readDrawn(drawn, "no"); // a pen's ink is darker
  }
  if (strokes.length > 0) return await readDrawn(drawOnBackdrop(sheet, surface.colour, paper));
  if (opened !== backdrop) {
    const { bitmap } = await engine.open(backdrop.file);
    bitmap.close();
    opened = backdrop;
  }
  const { width, height } = backdrop;
  const answer = await engine.read(undefined, {});
  return { answer, area: fitInto(paper, backdrop), width, height };
}

async function readDrawn(
  { picture: { width, height, data }, area }: Drawn,
  invert: "auto" | "no" = "auto",
): Promise<Placed> {
  const picture = transfer({ width, height, data }, [data.buffer]);
  return { answer: await engine.read(picture, { invert }), area, width, height };
}

function show(placed: Placed | undefined): void {
  const { digits, model: name, classes } = placed?.answer ??
    { digits: [], model: "", classes: model?.classes ?? [] };
  if (placed) view.show(placed, surface.paper);
  else view.clear();
  corrections?.show(digits, name, classes);
  select(Math.min(selected, Math.max(0, digits.length - 1)));
}

function select(index: number): void {
  selected = index;
  view.select(index);
  corrections?.select(index);
  const { digits: { [index]: digit } = [], classes = [] } = placed?.answer ?? {};
  if (digit) lesson.showDigit(digit.pixels, classes.indexOf(digit.digit), digit.digit);
  else lesson.clear();
}

async function open(file: Blob): Promise<void> {
  setBusy("opening", true);
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { bitmap, width, height } = await engine.open(bytes);
    opened = { bitmap, width, height, file: bytes };
    problem.hidden = true;
    surface.lay(opened);
  } catch (error) {
    opened = undefined;
    report(error);
  }
  setBusy("opening", false);
}

let explainer: Remote<Service> | undefined;

/** By a worker of its own, started for the first digit: reading goes on while digits are explained. */
async function explain(pixels: Uint8Array, classIndex: number): Promise<Explanation> {
  if (explainer === undefined) {
    explainer = startEngine();
    if (trained) await explainer.add(OWN, trained.model, trained.metrics);
  }
  return await explainer.explain(placed!.answer.model, pixels, classIndex);
}

/** Reads with a model that was trained on this page, and lists it until the page is left. */
async function useTrained(newest: TrainedModel): Promise<void> {
  trained = newest;
  const { model, metrics } = newest;
  for (const each of [engine, explainer]) await each?.add(OWN, model, metrics);
  const text = `${OWN}, ${percent(metrics.test.accuracy, 2)}`;
  const listed = [...models.options].find(({ value }) => value === OWN);
  if (listed) listed.textContent = text;
  else models.append(make("option", { value: OWN }, text));
  models.value = OWN;
  await useModel(OWN);
}

/** Training is loaded by who opens its panel. */
function offerTraining(): void {
  let loading: Promise<void> | undefined;
  find("training-panel", HTMLDetailsElement).addEventListener("toggle", () => {
    loading ??= startTraining().catch((error) => {
      loading = undefined; // it may be there at the next try
      report(error);
    });
  });
}

async function startTraining(): Promise<void> {
  // By its address: it is bundled for itself, see tools/build_page.ts.
  const { href } = new URL("training.js", import.meta.url);
  const { Training } = await import(href) as typeof import("./training/training.ts");
  new Training(find("training", HTMLElement), {
    onTrained: useTrained,
    announce: (text) => view.announce(text),
  });
}

async function useModel(name: string): Promise<void> {
  models.disabled = true;
  try {
    model = await engine.use(name);
    lesson.showModel(name, model.metrics);
    corrections ??= new Corrections(find("corrections", HTMLElement), {
      announce: (text) => view.announce(text),
    });
    problem.hidden = true;
    readSheet();
  } catch (error) {
    if (model) models.value = model.name;
    report(error);
  } finally {
    models.disabled = false;
  }
}

function report(error: unknown): void {
  problem.textContent = error instanceof Error ? error.message : String(error);
  problem.hidden = false;
}

function changeBrush(width: number): void {
  brush.valueAsNumber = width; // within the element's range
  surface.brush = brush.valueAsNumber;
}

function startEngine(): Remote<Service> {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("error", ({ message }) => {
    report(new Error(`What reads did not start: ${message || "reload the page"}`));
  });
  return wrap(worker);
}

async function start(): Promise<void> {
  find("undo", HTMLButtonElement).addEventListener("click", () => surface.undo());
  find("redo", HTMLButtonElement).addEventListener("click", () => surface.redo());
  find("clear", HTMLButtonElement).addEventListener("click", () => surface.clear());
  brush.addEventListener("input", () => changeBrush(brush.valueAsNumber));
  onKeys({
    "command z": () => surface.undo(),
    "command shift z": () => surface.redo(),
    "command y": () => surface.redo(),
    "escape": () => surface.clear(),
    "delete": () => surface.clear(),
    "[": () => changeBrush(brush.valueAsNumber - 2),
    "]": () => changeBrush(brush.valueAsNumber + 2),
  });
  takeFiles(open);
  takePictures(open);
  offerTraining();
  // Ink has the colour of text.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(placed));

  const choices: ModelCard[] = JSON.parse(
    await fetchText(new URL("models/index.json", import.meta.url)),
  );
  models.append(
    ...choices.map(({ name, accuracy }) =>
      make("option", { value: name }, `${name}, ${percent(accuracy!, 2)}`)
    ),
  );
  models.value = (choices.find((choice) => choice.default) ?? choices[0]).name;
  models.addEventListener("change", () => useModel(models.value));
  await useModel(models.value);
  document.documentElement.dataset.ready = "";
  // Only secure pages have it, and not in every browser's private windows: the page works without.
  await navigator.serviceWorker?.register(new URL("sw.js", import.meta.url)).catch(() => {});
}

start().catch(report);
