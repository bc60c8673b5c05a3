import { assert, assertEquals } from "@std/assert";
import { assess } from "../../lib/report/assess.ts";
import {
  caption,
  classificationTable,
  confusionTable,
  gallery,
  misreadFiles,
} from "../../lib/report/text.ts";

const NAMES = ["class 0", "class 1", "class 2"];

Deno.test("classificationTable() is the one that scikit-learn prints", () => {
  // The example of its documentation, with digits=4: labels 0 1 2 2 2, predictions 0 0 2 2 1.
  const logits = [0, 0, 2, 2, 1].flatMap((k) => [0, 1, 2].map((i) => i === k ? 1 : 0));
  const assessment = assess(Float32Array.from(logits), Uint8Array.of(0, 1, 2, 2, 2));
  assertEquals(
    classificationTable(assessment, NAMES),
    `              precision    recall  f1-score   support

     class 0     0.5000    1.0000    0.6667         1
     class 1     0.0000    0.0000    0.0000         1
     class 2     1.0000    0.6667    0.8000         3

    accuracy                         0.6000         5
   macro avg     0.5000    0.5556    0.4889         5
weighted avg     0.7000    0.6000    0.6133         5`,
  );
});

Deno.test("confusionTable() shows a dot where there is none", () => {
  assertEquals(
    confusionTable([[980, 0, 1], [12, 1000, 0], [0, 3, 7]], ["0", "1", "2"], 80),
    `true \\ predicted    0    1    2
               0  980    .    1
               1   12 1000    .
               2    .    3    7`,
  );
});

Deno.test("confusionTable() numbers the columns of long names, and counts wide characters as two", () => {
  assertEquals(
    confusionTable([[98, 0], [12, 7]], ["Ankle boot", "T-shirt/top"], 80),
    `true \\ predicted  1  2
    Ankle boot 1 98  .
   T-shirt/top 2 12  7`,
  );
  assertEquals(
    confusionTable([[98, 0], [12, 7]], ["お", "す"], 80),
    `true \\ predicted お す
              お 98  .
              す 12  7`,
  );
});

Deno.test("confusionTable() lists the errors where the terminal has no room for a matrix", () => {
  const names = Array.from({ length: 62 }, (_, k) => String.fromCodePoint(0x3042 + k));
  const matrix = names.map((_, i) => names.map((_, k) => i === k ? 100 : i < k ? i : 0));
  const lines = confusionTable(matrix, names, 80).split("\n");
  assertEquals(lines.slice(0, 2), [
    "most frequent errors:",
    `${names[60]} read as ${names[61]}  60`,
  ]);
  assertEquals([lines.length, lines.at(-1)], [
    22,
    "and 1810 kinds more, in the matrix of --report",
  ]);
  const right = names.map((_, i) => names.map((_, k) => i === k ? 100 : 0));
  assertEquals(confusionTable(right, names, 80), "no errors");
});

Deno.test("caption() says what it is, what it was read as and how surely", () => {
  const error = { index: 7, label: 2, predicted: 0, confidence: 0.99149 };
  assertEquals(caption(error, ["5", "1", "6"]), "6 read as 5, 99.1 %");
});

Deno.test("gallery() shows two rows of as many pictures as fit side by side", () => {
  const images = new Uint8Array(9 * 784);
  for (let i = 0; i < 9; i++) images.fill(255, 784 * i + 280, 784 * i + 308); // row 10
  const errors = Array.from({ length: 9 }, (_, i) => (
    { index: 8 - i, label: 0, predicted: 1, confidence: 0.9 - i / 100 }
  ));
  for (const [columns, across] of [[20, 1], [59, 1], [60, 2], [80, 2], [92, 3]]) {
    const lines = gallery(errors, images, ["5", "6"], columns).split("\n");
    const captions = lines.filter((line) => line.includes("read as"));
    assertEquals(captions.map((line) => line.match(/5 read as 6/g)!.length), [across, across]);
    assert(captions[0].startsWith("5 read as 6, 90.0 %"));
    // Paper above and below the ink is left out: a line of ink, a blank one, the caption.
    assertEquals(lines.findIndex((line) => line.includes("read as")), 2);
    // Half of the ink: two rows of pixels share a line.
    assert(/^={28}/.test(lines[0]), lines[0]);
  }
  // Long names: as many side by side as their captions leave room for.
  const long = gallery(errors, images, ["Ankle boot", "T-shirt/top"], 80).split("\n");
  const captions = long.filter((line) => line.includes("read as"));
  assertEquals(captions[0].match(/Ankle boot read as T-shirt\/top, \d\d\.0 %/g)!.length, 2);
  assert(long.every((line) => line.length <= 80));
  const one = gallery(errors, images, ["Ankle boot", "T-shirt/top"], 70).split("\n");
  assertEquals(one.filter((line) => line.includes("read as")).length, 2);
  assertEquals(gallery([], images, ["5", "6"], 80), "");
});

Deno.test("misreadFiles() names thirty files, and leaves out pictures without", () => {
  const files = [undefined, ...Array.from({ length: 32 }, (_, i) => `${i}.png`)];
  const errors = files.map((_, index) => ({ index, label: 0, predicted: 1, confidence: 0.9 }));
  const lines = misreadFiles(errors, files, ["5", "6"]).split("\n");
  assertEquals(lines.length, 31);
  assertEquals([lines[0], lines[30]], ["0.png: 5 read as 6, 90.0 %", "and 2 more"]);
  assertEquals(misreadFiles(errors.slice(0, 1), files, ["5", "6"]), "");
});
