import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { EpochResult } from "../../lib/model/trainer.ts";
import { trainingCurve } from "../../lib/report/curve.ts";

function history(epochs: number, { validation = true } = {}): EpochResult[] {
  return Array.from({ length: epochs }, (_, i): EpochResult => ({
    epoch: i + 1,
    loss: 1 / (i + 1),
    accuracy: 1 - 0.5 / (i + 1),
    valLoss: validation ? 0.9 / (i + 1) : null,
    valAccuracy: validation ? 1 - 0.4 / (i + 1) : null,
    seconds: 1,
    samplesPerSecond: 1,
  }));
}

Deno.test("trainingCurve() draws loss beside accuracy", () => {
  // Three epochs of loss 1, 1/2, 1/3, no validation: 17 columns, 8 for each step.
  assertEquals(
    trainingCurve(history(3, { validation: false }), 80),
    `        loss                         accuracy
1.0000 |*                    0.8333 |              ***
       | **                         |          ****
       |   *                        |       ***
       |    **                      |      *
       |      *                     |    **
       |       ***                  |   *
       |          ****              | **
0.3333 |              ***    0.5000 |*
       +-----------------           +-----------------
        1       2       3            1       2       3
* training`,
  );
});

Deno.test("trainingCurve() fits any width, and shows loss alone in a narrow one", () => {
  for (const epochs of [2, 3, 5, 30, 200]) {
    for (const columns of [20, 40, 71, 72, 80, 200]) {
      const lines = trainingCurve(history(epochs), columns).split("\n");
      assert(lines.every((line) => line.length <= columns), `${epochs} epochs, ${columns} columns`);
      assertEquals(lines[0].includes("accuracy"), columns >= 72);
      assert(lines.at(-2)!.trimEnd().endsWith(` ${epochs}`), lines.at(-2));
    }
  }
});

Deno.test("trainingCurve() marks validation, and where both are one", () => {
  const curve = trainingCurve(history(5), 80);
  for (const mark of ["*", "o", "@"]) assertStringIncludes(curve.split("\n", 9).join(""), mark);
  assertStringIncludes(curve, "* training  o validation  @ both");
});

Deno.test("trainingCurve() stands what is no curve", () => {
  assertEquals(trainingCurve([], 80), "");
  assertEquals(trainingCurve(history(1), 80), "");
  const flat = history(3).map((epoch) => ({ ...epoch, loss: 0.5, valLoss: 0.5 }));
  assertStringIncludes(trainingCurve(flat, 80), "@@@");
  const diverged = history(3).map((epoch, i) => i === 0 ? epoch : { ...epoch, loss: NaN });
  assertStringIncludes(trainingCurve(diverged, 80), "|*");
  const lost = history(3).map((epoch) => ({ ...epoch, loss: NaN, valLoss: NaN }));
  assertStringIncludes(trainingCurve(lost, 80), "accuracy");
});
