import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { augmentBatch } from "../../lib/data/augment.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";

const { images } = syntheticDigits({ count: 20, seed: 1 });
const INDICES = Uint32Array.from({ length: 20 }, (_, i) => 100 + i);
const MOVED = { rotationDeg: 10, zoom: 0.1, shear: 0.1, shift: 2, elastic: 1 };

function picture(batch: Uint8Array, index: number): Uint8Array {
  return batch.subarray(index * 784, (index + 1) * 784);
}

Deno.test("augmentBatch() gives a copy where nothing is to be done", () => {
  const copy = augmentBatch(images, INDICES, {}, { seed: 1, epoch: 1 });
  assertEquals(copy, images);
  assert(copy.buffer !== images.buffer);
});

Deno.test("augmentBatch() depends on seed, epoch and index, not on the batch", () => {
  const whole = augmentBatch(images, INDICES, MOVED, { seed: 1, epoch: 1 });
  for (let i = 0; i < 20; i++) {
    const alone = picture(images, i);
    const again = augmentBatch(alone, [100 + i], MOVED, { seed: 1, epoch: 1 });
    assertEquals(again, picture(whole, i));
    for (const [seed, epoch, index] of [[2, 1, 100 + i], [1, 2, 100 + i], [1, 1, 99]]) {
      assertNotEquals(augmentBatch(alone, [index], MOVED, { seed, epoch }), again);
    }
  }
});
