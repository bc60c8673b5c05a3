import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Backend } from "../../lib/backend/backend.ts";
import { softmax } from "../../lib/model/evaluate.ts";
import type { Model } from "../../lib/model/format.ts";
import { assess, assessModel } from "../../lib/report/assess.ts";

// Four examples of three classes: right, wrong, right, wrong and surer.
const LOGITS = Float32Array.of(2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 4, 0);
const LABELS = Uint8Array.of(0, 0, 2, 2);

Deno.test("assess() tells everything from one pass", () => {
  const assessment = assess(LOGITS, LABELS);
  assertEquals(assessment.accuracy, 0.5);
  assertEquals(assessment.confusionMatrix, [[1, 1, 0], [0, 0, 0], [0, 1, 1]]);
  assertEquals(assessment.classes.map(({ support }) => support), [2, 0, 2]);
  const losses = [[2, 0, 0], [1, 0, 0], [3, 0, 0], [4, 0, 0]].map((row, i) =>
    -Math.log(softmax(row)[i % 2])
  );
  assertAlmostEquals(assessment.loss, losses.reduce((a, b) => a + b) / 4, 1e-12);
  assertEquals(assessment.temperature, 1);
  assertEquals(assessment.uncalibrated, undefined);
});

Deno.test("assess() puts the most confident error first", () => {
  assertEquals(assess(LOGITS, LABELS).errors, [
    { index: 3, label: 2, predicted: 1, confidence: softmax([0, 4, 0])[1] },
    { index: 1, label: 0, predicted: 1, confidence: softmax([0, 1, 0])[1] },
  ]);
});

Deno.test("assess() divides by the temperature, and tells what there would be without", () => {
  const plain = assess(LOGITS, LABELS);
  const calibrated = assess(LOGITS, LABELS, 2);
  assertEquals(calibrated.temperature, 2);
  assertEquals(calibrated.confusionMatrix, plain.confusionMatrix);
  assertEquals(calibrated.errors[0].confidence, softmax([0, 2, 0])[1]);
  const halved = assess(LOGITS.map((logit) => logit / 2), LABELS);
  assertEquals(calibrated.loss, halved.loss);
  assertEquals(calibrated.expectedCalibrationError, halved.expectedCalibrationError);
  const { loss, expectedCalibrationError, reliability } = plain;
  assertEquals(calibrated.uncalibrated, { loss, expectedCalibrationError, reliability });
  assert(calibrated.expectedCalibrationError !== plain.expectedCalibrationError);
});

Deno.test("assessModel() shows how far it is, and disposes of the network", async () => {
  let disposed = false;
  const network = {
    logits: (images: Uint8Array) =>
      Promise.resolve(Float32Array.from({ length: images.length / 784 * 2 }, (_, i) => i % 2)),
    dispose: () => disposed = true,
  };
  const backend = { createNetwork: () => network } as unknown as Backend;
  const examples = { images: new Uint8Array(600 * 784), labels: new Uint8Array(600), count: 600 };
  const progress: number[] = [];
  const model = { temperature: 3 } as Model;
  const { accuracy, temperature } = await assessModel(backend, model, examples, {
    onProgress: (done) => progress.push(done),
  });
  assertEquals([accuracy, temperature], [0, 3]);
  assertEquals(progress, [256, 512, 600]);
  assert(disposed);
});
