import { assertEquals, assertThrows } from "@std/assert";
import { confusionMatrix, confusions } from "../../lib/model/confusion.ts";

Deno.test("confusionMatrix() has a row for each class, and a column for what it was taken for", () => {
  const matrix = confusionMatrix([0, 1, 2, 2, 2], [0, 0, 2, 2, 1], 3);
  assertEquals(matrix, [[1, 0, 0], [1, 0, 0], [0, 1, 2]]);
  assertEquals(confusionMatrix([], [], 2), [[0, 0], [0, 0]]);
});

Deno.test("confusionMatrix() takes nothing that does not fit together", () => {
  assertThrows(
    () => confusionMatrix([0, 1], [0], 2),
    TypeError,
    "2 labels come with 1 predictions",
  );
  assertThrows(() => confusionMatrix([0, 2], [0, 1], 2), RangeError, "Example 1 is 2");
  assertThrows(() => confusionMatrix([0, 1], [0, -1], 2), RangeError, "taken for -1 of 2");
});

Deno.test("confusions() puts the most frequent error first, and leaves out what is right", () => {
  assertEquals(confusions([[9, 0, 1], [3, 8, 0], [0, 2, 7]]), [
    { label: 1, predicted: 0, count: 3 },
    { label: 2, predicted: 1, count: 2 },
    { label: 0, predicted: 2, count: 1 },
  ]);
  assertEquals(confusions([[5, 0], [0, 5]]), []);
});
