import { assert, assertEquals } from "@std/assert";
import { type Components, connectedComponents } from "../../lib/image/components.ts";
import type { Plane } from "../../lib/image/plane.ts";
import { cutBySeams } from "../../lib/image/seams.ts";
import { Random } from "../../lib/random.ts";
import { maskOf, planeOf } from "./planes.ts";

type Shape = (x: number, y: number) => boolean;

const [WIDTH, HEIGHT] = [120, 70];

function componentsOf(shape: Shape): Components & { contrast: Plane } {
  const contrast = planeOf(WIDTH, HEIGHT, (x, y) => shape(x, y) ? 200 : 0);
  return { ...connectedComponents(maskOf(WIDTH, HEIGHT, shape), contrast), contrast };
}

/** Cuts what is one component; gives each pixel's slice from 0, -1 where there is no ink. */
function slicesOf(shape: Shape): { count: number; slices: Int32Array } {
  const { components: [piece, ...others], labels, contrast } = componentsOf(shape);
  assertEquals(others, []);
  const count = cutBySeams(piece, contrast, labels, 10);
  return { count, slices: labels.map((label) => label === 0 ? -1 : label - 10) };
}

function nought(centreX: number, centreY: number, radius: number, width: number): Shape {
  return (x, y) => Math.abs(Math.hypot(x - centreX, y - centreY) - radius) < width / 2;
}

/** Asserts that there is a cut between two shapes; all but `share` of the ink is on its side. */
function assertParts(left: Shape, right: Shape, share: number): void {
  const { count, slices } = slicesOf((x, y) => left(x, y) || right(x, y));
  const shares = Array.from({ length: count - 1 }, (_, cut) => {
    let ink = 0;
    let wrong = 0;
    slices.forEach((slice, i) => {
      const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
      if (slice < 0 || left(x, y) === right(x, y)) return;
      ink++;
      if (left(x, y) !== (slice <= cut)) wrong++;
    });
    return wrong / ink;
  });
  assert(Math.min(...shares) <= share, `${shares}`);
}

Deno.test("cutBySeams() parts noughts where they touch", () => {
  assertParts(nought(35, 35, 20, 6), nought(80, 35, 20, 6), 0.01);
  assertParts(nought(35, 30, 20, 8), nought(80, 40, 20, 8), 0.02);
});

Deno.test("cutBySeams() parts strokes that lean, along the gap between them", () => {
  const leaning = (x0: number): Shape => (x, y) =>
    y >= 8 && y < 62 && Math.abs(x - x0 + 0.7 * (y - 35)) < 5;
  const bridge: Shape = (x, y) => y >= 30 && y < 33 && x >= 45 && x < 75;
  assertParts((x, y) => leaning(45)(x, y), (x, y) => leaning(75)(x, y) || bridge(x, y), 0.05);
});

Deno.test("cutBySeams() does not run into dead ends", () => {
  // Up and down, a straight pocket tempts from the gap that leans away from it.
  const gap = (y: number) => 60 + 0.7 * Math.max(0, Math.abs(y - 35) - 4);
  const isInk: Shape = (x, y) => y >= 5 && y < 66 && x >= 20 && x < 110;
  const pocket: Shape = (x, y) => Math.abs(x - 60) < 3 && Math.abs(y - 35) < 20;
  const bridge: Shape = (x, y) => y === 35 && Math.abs(x - 60) < 5;
  const left: Shape = (x, y) => isInk(x, y) && x < gap(y) - 3 && !pocket(x, y);
  const right: Shape = (x, y) => (isInk(x, y) && x > gap(y) + 3) || bridge(x, y);
  assertParts(left, right, 0.005);
});

Deno.test("cutBySeams() cuts what is joined by a thin bar there, and the bar alone", () => {
  const blocks: Shape = (x, y) =>
    y >= 10 && y < 60 && ((x >= 20 && x < 50) || (x >= 70 && x < 100));
  const bar: Shape = (x, y) => y >= 34 && y < 37 && x >= 50 && x < 70;
  const { count, slices } = slicesOf((x, y) => blocks(x, y) || bar(x, y));
  assert(count >= 2, `${count}`);
  const sliceAt = (x: number, y: number) => slices[y * WIDTH + x];
  assert(sliceAt(49, 35) < sliceAt(70, 35));
  // Whatever else is cut, no path crosses from one block to the other.
  const lefts = new Set<number>();
  const rights = new Set<number>();
  slices.forEach((slice, i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    if (blocks(x, y)) (x < 60 ? lefts : rights).add(slice);
  });
  assertEquals(lefts.intersection(rights), new Set());
});

Deno.test("cutBySeams() has every pixel of the piece in one slice, from left to right", () => {
  const random = new Random(1);
  for (let round = 0; round < 20; round++) {
    const marks = Array.from(
      { length: 6 },
      () => nought(random.uniform(15, 105), random.uniform(20, 50), random.uniform(5, 18), 5),
    );
    const found = componentsOf((x, y) => marks.some((mark) => mark(x, y)));
    const { components, labels, contrast } = found;
    const [piece] = components.toSorted((a, b) => b.area - a.area);
    const before = labels.slice();
    const first = components.length + 1;
    const count = cutBySeams(piece, contrast, labels, first);
    labels.forEach((label, i) => {
      if (before[i] !== piece.label) assertEquals(label, before[i]);
      else assert(label >= first && label < first + count, `${label}, ${first} + ${count}`);
    });
    for (let y = 0; y < HEIGHT; y++) {
      const row = labels.slice(y * WIDTH, (y + 1) * WIDTH).filter((label) => label >= first);
      assertEquals(row, row.toSorted());
    }
  }
});

Deno.test("cutBySeams() leaves alone what is too narrow to be cut", () => {
  const { count, slices } = slicesOf((x, y) => x >= 50 && x < 54 && y >= 5 && y < 65);
  assertEquals([count, Math.max(...slices)], [1, 0]);
  assertEquals(slicesOf((x, y) => x === 50 && y === 20).count, 1);
});
