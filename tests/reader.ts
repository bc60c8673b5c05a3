// The committed networks, ready to read pictures, for tests of what comes out in the end.

import { openSimd } from "../lib/backend/simd/simd.ts";
import { loadModel } from "../lib/model/store.ts";
import { openClassifier, type RecogniseOptions } from "../lib/recognise.ts";
import { ROOT } from "./commands.ts";

/** What `predict` reads with, on one thread. */
export async function openReader(): Promise<RecogniseOptions> {
  const backend = await openSimd({ threads: 1 });
  const load = (name: string) => loadModel(new URL(`models/${name}`, ROOT).pathname);
  const [best, reject] = await Promise.all(["best", "reject"].map(load));
  return {
    ...openClassifier(backend, best),
    classes: best.classes,
    reject: openClassifier(backend, reject),
  };
}
