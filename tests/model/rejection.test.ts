import { assertAlmostEquals, assertEquals } from "@std/assert";
import { logOdds, rejections } from "../../lib/model/rejection.ts";

/** Logits of pictures with these log-odds of a digit. */
function withOdds(odds: number[]): Float32Array {
  return Float32Array.from(odds.flatMap((odds) => [1, 1 + odds]));
}

Deno.test("logOdds() is what softmax makes of the logits, at the temperature", () => {
  const [odds] = logOdds(Float32Array.of(0.5, 3.5), 2);
  assertEquals(odds, 1.5);
  const digit = Math.exp(3.5 / 2) / (Math.exp(0.5 / 2) + Math.exp(3.5 / 2));
  assertAlmostEquals(Math.log(digit / (1 - digit)), odds, 1e-12);
});

Deno.test("rejections() keeps the share of digits that it says, and counts by kind", () => {
  // Digits with log-odds of 1 to 200, and others that are surer than all of them.
  const digits = Array.from({ length: 200 }, (_, i) => i + 1);
  const validation = {
    logits: withOdds([...digits, 900, 901]),
    labels: Uint8Array.from([...digits.map(() => 1), 0, 0]),
  };
  const test = withOdds([0, 2, 100, 1.5, 2.5, 3, 4]);
  const kinds = { names: ["a", "none", "b"], of: Uint8Array.of(0, 0, 0, 2, 2, 2, 2) };
  assertEquals(rejections(validation, test, kinds, 1), [
    { keep: 0.99, threshold: 3, rejected: { a: 2 / 3, b: 0.5 } },
    { keep: 0.995, threshold: 2, rejected: { a: 1 / 3, b: 0.25 } },
  ]);
  assertEquals(rejections(validation, test, kinds, 2)[0].threshold, 1.5);
});
