// Who can do the arithmetic here, how fast, and whom the program would choose.

import { type Backend, BACKEND_NAMES, type BackendName, DeviceError } from "../backend/backend.ts";
import { chooseBackend, findAdapter } from "../backend/choose.ts";
import { picturesPerSecond, samplesPerSecond } from "../backend/trial.ts";
import { UserError } from "../errors.ts";
import { type Recipe, RECIPES } from "../model/recipes.ts";
import { type Check, isNotAllowed, notAllowed } from "./check.ts";

export interface BackendCheck extends Check {
  /** Speed with the `cnn` recipe's network. */
  training: { samplesPerSecond: number };
  inference: { picturesPerSecond: number };
}

export interface ChoiceCheck extends Check {
  /** What `auto` takes; missing where it fails. */
  backend?: BackendName;
}

/** What the speeds are measured with. */
export const TRIAL_RECIPE = RECIPES.cnn;

/**
 * Plain JavaScript, and TensorFlow.js on a GPU in software, would take half a minute for a step with the
 * recipe's batch.
 */
const SLOW_BATCH = 4;

interface TrialOptions {
  /** How long each trial takes at least. */
  trialMs?: number;
  /** Hears what is about to be tried. */
  onProgress?: (what: string) => void;
  recipe?: Recipe;
}

/** Tries each backend, those of {@linkcode BACKEND_NAMES} in their order. */
export async function checkBackends(
  { trialMs = 1000, onProgress, recipe = TRIAL_RECIPE }: TrialOptions = {},
): Promise<(BackendCheck | Check)[]> {
  const checks: (BackendCheck | Check)[] = [];
  for (const name of BACKEND_NAMES) {
    onProgress?.(`trying the backend ${name}`);
    checks.push(await checkBackend(name, recipe, trialMs));
  }
  return checks;
}

async function checkBackend(
  name: BackendName,
  recipe: Recipe,
  trialMs: number,
): Promise<BackendCheck | Check> {
  try {
    const { backend } = await chooseBackend(name);
    const isSlow = name === "cpu" || (name === "tfjs-webgpu" && (await findAdapter())?.isSoftware);
    const batchSize = isSlow ? SLOW_BATCH : recipe.batchSize;
    return await tryOut(backend, { ...recipe, batchSize }, trialMs);
  } catch (error) {
    if (isNotAllowed(error)) return notAllowed(name, error);
    // Predict and serve take simd unless told otherwise; the others are there for who wants them.
    const state = name === "simd" ? "broken" : name.endsWith("webgpu") ? "note" : "warning";
    if (error instanceof UserError && !(error instanceof DeviceError)) {
      return { name, state, finding: error.message };
    }
    return {
      name,
      state,
      finding: `it failed: ${(error as Error).message}`,
      advice: `Use another with --backend: ${BACKEND_NAMES.filter((n) => n !== name).join(", ")}`,
    };
  }
}

async function tryOut(backend: Backend, recipe: Recipe, trialMs: number): Promise<BackendCheck> {
  const training = await samplesPerSecond(backend, recipe, trialMs);
  const inference = await picturesPerSecond(backend, recipe, trialMs);
  return {
    name: backend.name,
    state: "ok",
    finding: `${count(training)} samples/s in training, ${count(inference)} pictures/s in ` +
      `inference: ${backend.description}`,
    training: { samplesPerSecond: training },
    inference: { picturesPerSecond: inference },
  };
}

function count(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** Which backend `auto` takes for training and for reading, and why. */
export async function checkChoices(recipe: Recipe = TRIAL_RECIPE): Promise<ChoiceCheck[]> {
  return [
    await checkChoice("auto in training", recipe),
    await checkChoice("auto in reading"),
  ];
}

async function checkChoice(name: string, recipe?: Recipe): Promise<ChoiceCheck> {
  try {
    const { backend, reason } = await chooseBackend("auto", { recipe });
    return {
      name,
      state: "ok",
      finding: `${backend.description} (${reason})`,
      backend: backend.name,
    };
  } catch (error) {
    if (isNotAllowed(error)) return notAllowed(name, error);
    return {
      name,
      state: "broken",
      finding: (error as Error).message,
      advice: "Add --backend wasm to the command",
    };
  }
}
