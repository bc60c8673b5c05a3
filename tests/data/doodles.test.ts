import { assert, assertNotEquals } from "@std/assert";
import { inkOf } from "../../lib/data/canvas.ts";
import { filledShape, scribble, texture } from "../../lib/data/doodles.ts";
import { Random } from "../../lib/random.ts";

Deno.test("scribble() is one long curve or several lines, never twice the same", () => {
  const random = new Random(1);
  const counts = new Set<number>();
  for (let i = 0; i < 100; i++) {
    const { strokes } = scribble(random);
    counts.add(strokes.length);
    assert(strokes.length > 1 || strokes[0].length >= 5);
    assert(strokes.flat().every(({ x, y }) => x > -0.3 && x < 1.3 && y > -0.3 && y < 1.3));
    assertNotEquals(scribble(random).strokes, strokes);
  }
  assert(counts.has(1) && counts.size > 4);
});

Deno.test("filledShape() is filled, or a wide frame, and never as narrow as a 1", () => {
  const random = new Random(2);
  for (let i = 0; i < 100; i++) {
    const shape = filledShape(random, 60);
    assert(shape.width / shape.height > 0.55, `${shape.width}x${shape.height}`);
    const share = inkOf(shape) / shape.data.length;
    assert(share > 0.15, `Only ${share} of shape ${i} is ink`);
    if (shape.width <= shape.height) {
      const middle = Math.floor(shape.height / 2) * shape.width + Math.floor(shape.width / 2);
      assert(shape.data[middle] > 200, `Shape ${i} has a hole, as a 0 has`);
    }
  }
});

Deno.test("texture() is neither blank nor full, but for a few", () => {
  const random = new Random(3);
  const shares = Array.from({ length: 100 }, () => {
    const plane = texture(random, 60);
    return inkOf(plane) / plane.data.length;
  });
  assert(shares.filter((share) => share > 0.05 && share < 0.95).length > 80, `${shares}`);
});
