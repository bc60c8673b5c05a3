// Deno's own DataView knows half precision: it is the oracle.

import { assertEquals } from "@std/assert";
import { fromHalfBits, LARGEST_HALF, toHalfBits } from "../../lib/model/half.ts";

const view = new DataView(new ArrayBuffer(4));

function oracleBits(value: number): number {
  view.setFloat16(0, value);
  return view.getUint16(0);
}

function oracleValue(bits: number): number {
  view.setUint16(0, bits);
  return view.getFloat16(0);
}

Deno.test("fromHalfBits() knows all 65,536 of them, and toHalfBits() the way back", () => {
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const value = fromHalfBits(bits);
    if (!Object.is(value, oracleValue(bits))) throw new Error(`${bits} gives ${value}`);
    if (!Number.isNaN(value) && toHalfBits(value) !== bits) {
      throw new Error(`${value} gives ${toHalfBits(value)}, not ${bits}`);
    }
  }
  assertEquals(fromHalfBits(0x7bff), LARGEST_HALF);
  assertEquals(toHalfBits(NaN), 0x7e00);
});

Deno.test("toHalfBits() rounds to the nearest, ties to even", () => {
  // Around each half and each midpoint of two: the float32 below, itself and the one above.
  for (let bits = 0; bits < 0x7c00; bits++) {
    const value = fromHalfBits(bits);
    // After the largest half would come 65536.
    const next = bits === 0x7bff ? 65536 : fromHalfBits(bits + 1);
    for (const x of [value, (value + next) / 2]) {
      view.setFloat32(0, x);
      const pattern = view.getUint32(0);
      for (const neighbour of [Math.max(0, pattern - 1), pattern, pattern + 1]) {
        view.setUint32(0, neighbour);
        const near = view.getFloat32(0);
        for (const signed of [near, -near]) {
          const [actual, expected] = [toHalfBits(signed), oracleBits(signed)];
          if (actual !== expected) throw new Error(`${signed} gives ${actual}, not ${expected}`);
        }
      }
    }
  }
  // The rest of float32: from numbers too small for any half to numbers too large.
  for (let pattern = 1; pattern < 0x7f800000; pattern += 98_765) {
    view.setUint32(0, pattern);
    const x = view.getFloat32(0);
    assertEquals(toHalfBits(x), oracleBits(x), `${x}`);
  }
});
