import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { areaOf, fitInto, History, type Stroke } from "../../../lib/web/page/sheet.ts";

const stroke = (...points: number[]): Stroke => ({ width: 0.02, points });
const [A, B, C] = [stroke(0.1, 0.1), stroke(0.2, 0.2), stroke(0.3, 0.3)];

Deno.test("History takes back what was done, also clearing and pictures", () => {
  const history = new History<string>();
  assert(history.isEmpty && !history.canUndo && !history.canRedo);
  history.clear(); // changes nothing
  assert(!history.canUndo);
  history.draw(A);
  history.draw(B);
  history.clear();
  assert(history.isEmpty);
  history.lay("picture");
  history.draw(C);
  assertEquals(history.now, { backdrop: "picture", strokes: [C] });

  const seen = [];
  while (history.canUndo) {
    history.undo();
    seen.push(history.now);
  }
  assertEquals(seen, [
    { backdrop: "picture", strokes: [] },
    { strokes: [] },
    { strokes: [A, B] },
    { strokes: [A] },
    { strokes: [] },
  ]);
  history.undo(); // there is nothing before
  assertEquals(history.now, { strokes: [] });
});

Deno.test("History does again what was taken back, until something else is done", () => {
  const history = new History<string>();
  history.draw(A);
  history.draw(B);
  history.undo();
  history.undo();
  history.redo();
  assertEquals(history.now.strokes, [A]);
  history.draw(C);
  assert(!history.canRedo);
  history.redo();
  assertEquals(history.now.strokes, [A, C]);
});

Deno.test("History keeps the last four pictures before the present one", () => {
  const history = new History<string>();
  for (const name of "abcdefg") history.lay(name);
  const seen = [];
  for (; history.canUndo; history.undo()) seen.push(history.now.backdrop);
  assertEquals([...seen, history.now.backdrop], ["g", "f", "e", "d", "c"]);
});

Deno.test("areaOf() is around all ink, with paper on each side", () => {
  const { x, y, width, height } = areaOf([
    { width: 0.02, points: [0.2, 0.3, 0.4, 0.3] },
    { width: 0.1, points: [0.3, 0.5] },
  ]);
  // Ink: 0.19 to 0.41 and 0.29 to 0.55; a fifth of the longer side around it.
  assertAlmostEquals(x, 0.19 - 0.052, 1e-12);
  assertAlmostEquals(x + width, 0.41 + 0.052, 1e-12);
  assertAlmostEquals(y, 0.29 - 0.052, 1e-12);
  assertAlmostEquals(y + height, 0.55 + 0.052, 1e-12);
});

Deno.test("fitInto() keeps the shape, and the middle", () => {
  const area = { x: 0, y: 0, width: 1, height: 0.5 };
  assertEquals(fitInto(area, { width: 400, height: 100 }), {
    x: 0,
    y: 0.125,
    width: 1,
    height: 0.25,
  });
  assertEquals(fitInto(area, { width: 10, height: 20 }), {
    x: 0.375,
    y: 0,
    width: 0.25,
    height: 0.5,
  });
});
