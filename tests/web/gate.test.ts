import { assertEquals, assertRejects } from "@std/assert";
import { Gate } from "../../lib/web/gate.ts";

/** Work that ends when it is told to. */
function startWork(gate: Gate, weights: number[]) {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = Promise.all(weights.map((weight, i) =>
    gate.pass(weight, () => {
      begun.push(i);
      return new Promise<void>((end) => ends[i] = end);
    })
  ));
  return { begun, ends, all };
}

/** Lets everything happen that waits for nothing. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("Gate lets in what there is room for, in order", async () => {
  const { begun, ends, all } = startWork(new Gate(10), [4, 4, 4, 1]);
  await settle();
  assertEquals(begun, [0, 1]); // the last has room, and its turn has not come
  ends[0]();
  await settle();
  assertEquals(begun, [0, 1, 2, 3]);
  ends.forEach((end) => end());
  await all;
});

Deno.test("Gate does alone what is heavier than all it has room for", async () => {
  const { begun, ends, all } = startWork(new Gate(10), [1, 100, 1]);
  await settle();
  assertEquals(begun, [0]);
  ends[0]();
  await settle();
  assertEquals(begun, [0, 1]);
  ends[1]();
  await settle();
  assertEquals(begun, [0, 1, 2]);
  ends[2]();
  await all;
});

Deno.test("Gate has room again after work that failed", async () => {
  const gate = new Gate(1);
  await assertRejects(
    () => gate.pass(1, () => Promise.reject(new Error("broken"))),
    Error,
    "broken",
  );
  assertEquals(await gate.pass(1, () => Promise.resolve(5)), 5);
});
