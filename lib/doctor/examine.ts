// All that the doctor looks at, and what it comes to.

import { type AdapterCheck, checkAdapters } from "./adapters.ts";
import { type BackendCheck, checkBackends, checkChoices, type ChoiceCheck } from "./backends.ts";
import { type Check, lookAt, type State } from "./check.ts";
import { checkData, type DataCheck, listOthers } from "./data.ts";
import { checkProcessor, checkVersions } from "./machine.ts";
import { checkModels, type ModelCheck } from "./models.ts";
import { checkPage } from "./page.ts";
import { checkPermissions, type PermissionCheck } from "./permissions.ts";

/** The object that `--json` prints. What could not be looked at is a plain {@linkcode Check}. */
export interface Examination {
  /** The worst of all. */
  state: State;
  versions: Check[];
  processor: Check[];
  adapters: (AdapterCheck | Check)[];
  backends: (BackendCheck | ChoiceCheck | Check)[];
  models: (ModelCheck | Check)[];
  data: (DataCheck | Check)[];
  page: Check[];
  permissions: PermissionCheck[];
}

/** From the best to the worst. */
const STATES: readonly State[] = ["ok", "note", "warning", "broken"];

/**
 * Looks at everything; takes some seconds, for the backends are tried.
 *
 * @param trialMs How long each backend is tried at least, in training and again in inference.
 * @param onProgress Hears what is being done.
 */
export async function examine(
  options: { trialMs?: number; onProgress?: (what: string) => void } = {},
): Promise<Examination> {
  const sections = {
    versions: checkVersions(),
    processor: checkProcessor(),
    adapters: await checkAdapters(),
    backends: [...await checkBackends(options), ...await checkChoices()],
    models: await lookAt("models", checkModels),
    data: await lookAt("data sets", async () => [...await checkData(), ...listOthers()]),
    page: await lookAt("page", checkPage),
    permissions: await checkPermissions(),
  };
  return { state: worstOf(Object.values<Check[]>(sections).flat()), ...sections };
}

export function worstOf(checks: readonly Check[]): State {
  return STATES[Math.max(0, ...checks.map(({ state }) => STATES.indexOf(state)))];
}
