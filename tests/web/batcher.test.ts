import { assertEquals, assertRejects } from "@std/assert";
import { Batcher, type Classify } from "../../lib/web/batcher.ts";

/** A network of two classes that gives each byte and its double, and notes what it was given. */
function doubler(): Classify & { calls: number[][] } {
  const calls: number[][] = [];
  return {
    calls,
    logits: (images) => {
      calls.push([...images]);
      return Promise.resolve(Float32Array.from([...images].flatMap((byte) => [byte, 2 * byte])));
    },
  };
}

Deno.test("Batcher runs what readings ask at the same time as one batch", async () => {
  const network = doubler();
  const sizes: number[] = [];
  const batcher = new Batcher((bytes) => sizes.push(bytes));
  const shared = batcher.share(network);
  const read = (images: number[]) => batcher.run(() => shared.logits(Uint8Array.from(images)));
  const answers = await Promise.all([read([1]), read([2, 3]), read([4])]);
  assertEquals(answers.map((answer) => [...answer]), [[1, 2], [2, 4, 3, 6], [4, 8]]);
  assertEquals(network.calls, [[1, 2, 3, 4]]);
  assertEquals(sizes, [4]);
});

Deno.test("Batcher asks each network for itself, and waits for no reading that has ended", async () => {
  const [first, second] = [doubler(), doubler()];
  const batcher = new Batcher();
  const [one, two] = [batcher.share(first), batcher.share(second)];
  await Promise.all([
    batcher.run(async () => {
      await one.logits(Uint8Array.of(1));
      await two.logits(Uint8Array.of(2));
    }),
    batcher.run(async () => {
      await one.logits(Uint8Array.of(3));
    }),
    batcher.run(() => two.logits(Uint8Array.of(4))),
    batcher.run(() => Promise.resolve()),
    batcher.run(() => Promise.reject(new Error("broken"))).catch(() => {}),
  ]);
  assertEquals(first.calls, [[1, 3]]);
  assertEquals(second.calls, [[4], [2]]);
});

Deno.test("Batcher tells all readings of a batch what went wrong, and goes on", async () => {
  const batcher = new Batcher();
  const broken = batcher.share({ logits: () => Promise.reject(new Error("no memory")) });
  const read = (network: Classify) => batcher.run(() => network.logits(Uint8Array.of(1)));
  await Promise.all([1, 2].map(() => assertRejects(() => read(broken), Error, "no memory")));
  assertEquals([...await read(batcher.share(doubler()))], [1, 2]);
});
