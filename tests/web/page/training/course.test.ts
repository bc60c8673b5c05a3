// What the page draws its curves of.

import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { TrainingProgress } from "../../../../lib/model/trainer.ts";
import { Course } from "../../../../lib/web/page/training/course.ts";

const TOTAL = 1000;

/** What training tells after `done` examples whose losses were `loss(i)`. */
function progress(epoch: number, done: number, loss: (i: number) => number): TrainingProgress {
  const losses = Array.from({ length: done }, (_, i) => loss(i));
  const mean = losses.reduce((a, b) => a + b) / done;
  return {
    type: "progress",
    epoch,
    done,
    total: TOTAL,
    loss: mean,
    accuracy: 1 - mean / 4,
    samplesPerSecond: 1,
    secondsLeft: 1,
  };
}

Deno.test("Course has the mean over each piece, not that since the epoch's beginning", () => {
  const course = new Course(1);
  for (let done = 10; done <= TOTAL; done += 10) {
    course.addProgress(progress(1, done, (i) => i < 500 ? 2 : 1));
  }
  assertEquals(course.training.length, 100);
  for (const { at, loss, accuracy } of course.training) {
    assertAlmostEquals(loss, at <= 0.5 ? 2 : 1, 1e-9);
    assertAlmostEquals(accuracy, at <= 0.5 ? 0.5 : 0.75, 1e-9);
  }
});

Deno.test("Course has few points however often it is told, and the end of each epoch", () => {
  const course = new Course(3);
  for (let epoch = 1; epoch <= 3; epoch++) {
    for (let done = 1; done <= TOTAL; done++) course.addProgress(progress(epoch, done, () => 1));
  }
  const ends = course.training.map(({ at }) => at);
  assertEquals(ends.filter(Number.isInteger), [1, 2, 3]);
  assertEquals(ends, ends.toSorted((a, b) => a - b));
  assertEquals(ends.length, 3 * 34); // pieces of 30 examples, 34 an epoch
});

Deno.test("Course goes back to where training was saved", () => {
  const course = new Course(2);
  const result = { loss: 1, accuracy: 0.5, seconds: 1, samplesPerSecond: 1, valAccuracy: 0.5 };
  course.addProgress(progress(1, TOTAL, () => 1));
  course.addEpoch({ ...result, epoch: 1, valLoss: 1 });
  course.addProgress(progress(2, 500, () => 1));
  course.goBackTo(1);
  assertEquals(course.training.map(({ at }) => at), [1]);
  course.addProgress(progress(2, 250, () => 3));
  assertEquals(course.training.at(-1), { at: 1.25, loss: 3, accuracy: 0.25 });
  course.goBackTo(0);
  assertEquals([course.training, course.validation], [[], []]);
});

Deno.test("Course has the validation of the epochs that had one", () => {
  const course = new Course(2);
  const result = { loss: 1, accuracy: 0.5, seconds: 1, samplesPerSecond: 1 };
  course.addEpoch({ ...result, epoch: 1, valLoss: null, valAccuracy: null });
  course.addEpoch({ ...result, epoch: 2, valLoss: 0.25, valAccuracy: 0.75 });
  assertEquals(course.validation, [{ at: 2, loss: 0.25, accuracy: 0.75 }]);
});
