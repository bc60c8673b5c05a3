import { assert, assertEquals } from "@std/assert";
import { dropoutKey, dropoutMask, mix } from "../../lib/model/dropout.ts";

/** The same in whole numbers of any size, written from the definition. */
function mixSlowly(x: bigint): bigint {
  const M = 2n ** 32n;
  x ^= x >> 16n;
  x = x * 0x21f0aaadn % M;
  x ^= x >> 15n;
  x = x * 0x735a2d97n % M;
  return x ^ (x >> 15n);
}

Deno.test("mix() agrees with its definition and is one to one on a sample", () => {
  const seen = new Set<number>();
  for (let i = 0; i < 5000; i++) {
    const x = Math.imul(i, 0x9e3779b9) >>> 0;
    assertEquals(BigInt(mix(x)), mixSlowly(BigInt(x)));
    seen.add(mix(x));
  }
  assertEquals(seen.size, 5000);
  assertEquals([mix(0), mix(1), mix(2 ** 32 - 1)], [0, 2_261_973_619, 2_578_835_075]);
});

Deno.test("mix() changes about half the bits for a change of any one", () => {
  for (let bit = 0; bit < 32; bit++) {
    let changed = 0;
    for (let i = 0; i < 1000; i++) {
      const difference = mix(i) ^ mix(i ^ (1 << bit));
      for (let k = 0; k < 32; k++) changed += (difference >>> k) & 1;
    }
    // 32,000 bits: a standard deviation is 0.3 percent.
    assert(Math.abs(changed / 32_000 - 0.5) < 0.02, `bit ${bit}: ${changed / 32_000}`);
  }
});

Deno.test("dropoutKey() takes seed, step and layer modulo 2^32", () => {
  const M = 2n ** 32n;
  for (const [seed, step, layer] of [[1, 1, 0], [1, 1, 4], [3, 70_000, 10], [2 ** 32 - 1, 2, 1]]) {
    const inner = (BigInt(step) + mixSlowly(BigInt(layer))) % M;
    const expected = mixSlowly((BigInt(seed) + mixSlowly(inner)) % M);
    assertEquals(BigInt(dropoutKey(seed, step, layer)), expected);
  }
  assertEquals(dropoutKey(2 ** 32 + 7, 1, 2), dropoutKey(7, 1, 2));
  assertEquals(dropoutKey(Number.MAX_SAFE_INTEGER, 1, 2), dropoutKey(2 ** 32 - 1, 1, 2));
});

Deno.test("dropoutMask() keeps by hash and threshold, place by place", () => {
  const key = dropoutKey(1, 1, 4);
  const mask = dropoutMask(key, 0.3, 300);
  const threshold = BigInt(Math.round(0.3 * 2 ** 32));
  for (const [i, factor] of mask.entries()) {
    const hash = mixSlowly((BigInt(i) * 0x9e3779b9n + BigInt(key)) % 2n ** 32n);
    assertEquals(factor, hash >= threshold ? Math.fround(1 / 0.7) : 0);
  }
  assertEquals([...mask.subarray(0, 12)].map((factor) => factor > 0 ? 1 : 0), [
    0,
    1,
    0,
    0,
    1,
    0,
    1,
    1,
    1,
    1,
    1,
    1,
  ]);
  // A longer batch begins with the same.
  assertEquals(dropoutMask(key, 0.3, 1000).subarray(0, 300), mask);
});

Deno.test("dropoutMask() drops about the rate, and keeps the expected sum", () => {
  for (const rate of [0, 0.1, 0.5, 0.9]) {
    const mask = dropoutMask(dropoutKey(5, 2, 1), rate, 100_000);
    const dropped = mask.reduce((count, factor) => count + (factor === 0 ? 1 : 0), 0) / 100_000;
    // Five standard deviations of the binomial distribution.
    const margin = 5 * Math.sqrt(rate * (1 - rate) / 100_000);
    assert(Math.abs(dropped - rate) <= margin, `${dropped} dropped at rate ${rate}`);
    const mean = mask.reduce((sum, factor) => sum + factor, 0) / 100_000;
    assert(Math.abs(mean - 1) <= margin / (1 - rate) + 1e-6, `mean ${mean} at rate ${rate}`);
  }
});

Deno.test("masks of other seeds, steps and layers have nothing to do with each other", () => {
  const keys = [[1, 1, 4], [2, 1, 4], [1, 2, 4], [1, 1, 5], [2, 2, 4], [4, 1, 1]]
    .map(([seed, step, layer]) => dropoutKey(seed, step, layer));
  assertEquals(new Set(keys).size, keys.length);
  const masks = keys.map((key) => dropoutMask(key, 0.5, 10_000));
  for (const [i, one] of masks.entries()) {
    for (const other of masks.slice(i + 1)) {
      const same = one.reduce((count, factor, k) => count + (factor === other[k] ? 1 : 0), 0);
      // Half of them by chance; a standard deviation is 50.
      assert(Math.abs(same - 5000) < 250, `${same} of 10,000 are the same`);
    }
  }
});
