import { assert, assertEquals } from "@std/assert";
import type { Backend, Network } from "../../lib/backend/backend.ts";
import { openSimd } from "../../lib/backend/simd/simd.ts";
import { picturesPerSecond, samplesPerSecond } from "../../lib/backend/trial.ts";
import { RECIPES } from "../../lib/model/recipes.ts";

Deno.test("a trial trains as the recipe does, on held examples where they can be", async () => {
  const simd = await openSimd({ threads: 1 });
  const batches = new Set<string>();
  let [held, disposed] = [0, 0];
  const backend: Backend = {
    ...simd,
    createNetwork(...args): Network {
      const network = simd.createNetwork(...args);
      return Object.assign(Object.create(network), {
        hold(examples: { count: number }, { augmentation }: { augmentation?: unknown }) {
          assertEquals([examples.count, augmentation], [64, RECIPES.cnn.augmentation]);
          held++;
          return {
            startEpoch: (_: number, order: Uint32Array) => assertEquals(new Set(order).size, 64),
            trainBatch: (batch: unknown) =>
              Promise.resolve(void batches.add(JSON.stringify(batch))),
          };
        },
        takeResults: () => Promise.resolve([]),
        logits: (images: Uint8Array) => network.logits(images),
        dispose: () => {
          disposed++;
          network.dispose();
        },
      });
    },
  };
  assert(await samplesPerSecond(backend, RECIPES.cnn, 1) > 0);
  assertEquals([...batches], ['{"first":0,"count":64,"isAugmented":true}']);
  assert(await picturesPerSecond(backend, RECIPES.cnn, 1) > 0);
  assertEquals([held, disposed], [1, 2]);
});
