import { assertEquals } from "@std/assert";
import { cut, trainingSteps } from "../../bench/steps.ts";
import type { HeldExamples, Network } from "../../lib/backend/backend.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";

const EXAMPLES = syntheticDigits({ count: 7, seed: 1 });

Deno.test("cut() gives batches of one size, and leaves the rest out", () => {
  const batches = cut(EXAMPLES, 3);
  assertEquals(batches.map(({ count }) => count), [3, 3]);
  assertEquals(batches[1].images, EXAMPLES.images.slice(3 * 784, 6 * 784));
  assertEquals(batches[1].labels, EXAMPLES.labels.slice(3, 6));
});

Deno.test("trainingSteps() hands over each batch where the network holds none", async () => {
  const given: Uint8Array[] = [];
  const step = trainingSteps(
    network({ trainBatch: (_, labels) => void given.push(labels) }),
    EXAMPLES,
    3,
  );
  for (let i = 0; i < 3; i++) await step(i);
  const [first, second] = cut(EXAMPLES, 3).map(({ labels }) => labels);
  assertEquals(given, [first, second, first]);
});

Deno.test("trainingSteps() begins an epoch each time all that the network holds is through", async () => {
  const told: unknown[] = [];
  const held: HeldExamples = {
    startEpoch: (epoch, order) => void told.push([epoch, [...order]]),
    trainBatch: ({ first, count }) => Promise.resolve(void told.push([first, count])),
  };
  const step = trainingSteps(
    network({
      hold: ({ count }) => {
        told.push(count);
        return held;
      },
    }),
    EXAMPLES,
    3,
  );
  for (let i = 0; i < 3; i++) await step(i);
  const order = [0, 1, 2, 3, 4, 5];
  assertEquals(told, [6, [1, order], [0, 3], [3, 3], [2, order], [0, 3]]);
});

/** As much of a network as a test needs. */
function network(parts: Partial<Network>): Network {
  return parts as Network;
}
