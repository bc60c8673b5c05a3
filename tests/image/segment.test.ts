// Which ink belongs to which digit, asked of a judge that knows digits by where they are: what is
// tested is how they are put together, not how well they are read.

import { assert, assertEquals } from "@std/assert";
import { type Drawn, OpenPage } from "../../lib/image/open.ts";
import type { Picture } from "../../lib/image/picture.ts";
import { type Judge, type Judged, segment, takeAsOne } from "../../lib/image/segment.ts";
import { paint } from "./draw.ts";

type Box = readonly [x: number, y: number, width: number, height: number];

const SURE = 0.02;
const UNLIKELY = 6;

/** The part that two boxes share of what they cover together. */
function overlap([ax, ay, aw, ah]: Box, [bx, by, bw, bh]: Box): number {
  const width = Math.max(0, Math.min(ax + aw, bx + bw) - Math.max(ax, bx));
  const height = Math.max(0, Math.min(ay + ah, by + bh) - Math.max(ay, by));
  return width * height / (aw * ah + bw * bh - width * height);
}

/** Takes what nearly fills the box of a digit for that one, and all else for none. */
function knowing(digits: readonly Box[], unlikely = UNLIKELY): Judge<Judged> {
  return (drawn) =>
    Promise.resolve(drawn.map((it) => {
      const isDigit = digits.some((digit) => overlap(digit, it.box) > 0.85);
      return { ...it, loss: isDigit ? SURE : unlikely };
    }));
}

/** Black rectangles on white. */
function picture(marks: readonly Box[], width = 400, height = 200): Picture {
  return paint(width, height, (px, py) => {
    return marks.some(([x, y, w, h]) => px >= x && px < x + w && py >= y && py < y + h) ? 0 : 255;
  });
}

function open(marks: readonly Box[], width?: number, height?: number): OpenPage {
  const page = new OpenPage(picture(marks, width, height));
  page.findPaper();
  page.separate();
  return page;
}

/** A digit of 30x60 pixels, whole. */
function whole(x: number, y: number): Box {
  return [x, y, 30, 60];
}

/** Asserts that of the marks the digits are found, line by line, and gives what that costs. */
async function assertFinds(marks: readonly Box[], lines: readonly (readonly Box[])[]) {
  const page = open(marks);
  const { lines: found, ...rest } = await segment(page, knowing(lines.flat()));
  page.close();
  const boxes = found.map((line) => line.map(({ box }) => box));
  assertEquals(boxes.map((line) => line.length), lines.map((line) => line.length), `${boxes}`);
  boxes.flat().forEach((box, i) => {
    assert(overlap(box, lines.flat()[i]) > 0.85, `[${box}], not [${lines.flat()[i]}]`);
  });
  return rest;
}

Deno.test("segment() finds a digit, and several in a line from left to right", async () => {
  await assertFinds([whole(150, 60)], [[whole(150, 60)]]);
  const line = [20, 80, 140, 200, 320].map((x) => whole(x, 60 + x / 20));
  const { cost, value } = await assertFinds(line.toReversed(), [line]);
  assert(cost < 5 * 0.1, `${cost}`);
  assert(value > 0);
});

Deno.test("segment() gives lines from top to bottom", async () => {
  const lines = [[whole(200, 20), whole(260, 24)], [
    whole(20, 110),
    whole(80, 112),
    whole(260, 108),
  ]];
  await assertFinds(lines.flat().toReversed(), lines);
});

Deno.test("segment() joins the parts of broken digits, side by side and one above the other", async () => {
  const digits = [whole(40, 60), whole(120, 60), whole(200, 60), whole(280, 60)];
  const parts: Box[] = [
    ...[[40, 60, 12, 60], [57, 60, 13, 60]] as const,
    ...[[120, 60, 30, 25], [120, 92, 30, 28]] as const,
    ...[[200, 60, 12, 25], [216, 60, 14, 25], [202, 92, 26, 28]] as const,
    whole(280, 60),
  ];
  await assertFinds(parts, [digits]);
});

Deno.test("segment() joins no digits of two lines, close as they are", async () => {
  const lines = [[whole(100, 20), whole(150, 20)], [whole(100, 90), whole(150, 90)]];
  await assertFinds(lines.flat(), lines);
});

Deno.test("segment() cuts digits that touch", async () => {
  const digits = [whole(60, 60), whole(94, 60), whole(128, 60)];
  const bridges: Box[] = [[90, 88, 4, 3], [124, 70, 4, 3]];
  await assertFinds([...digits, ...bridges], [digits]);
});

Deno.test("segment() cuts nothing of which the whole is a digit", async () => {
  const wide: Box = [60, 60, 60, 60];
  const page = open([wide, whole(150, 60)]);
  const { lines: [line] } = await segment(page, knowing([wide, whole(150, 60)]));
  assertEquals(line.map(({ box }) => box), [wide, whole(150, 60)]);
  assertEquals(page.pieces().length, 2);
  assertEquals(line.map(({ doubt = 0 }) => doubt), [0, 0]);
  page.close();
});

Deno.test("segment() doubts what it had to cut out", async () => {
  const digits = [whole(60, 60), whole(94, 60)];
  const page = open([...digits, [90, 88, 4, 3], whole(200, 60)]);
  const { lines: [line] } = await segment(page, knowing([...digits, whole(200, 60)]));
  page.close();
  const doubts = line.map(({ doubt = 0 }) => doubt);
  assertEquals(doubts.map((doubt) => doubt > 0), [true, true, false]);
});

Deno.test("segment() leaves specks out", async () => {
  const digits = [whole(60, 60), whole(140, 60), whole(220, 60)];
  const specks: Box[] = [[100, 40, 6, 6], [105, 90, 7, 5], [180, 118, 5, 5], [30, 30, 6, 7]];
  const without = await assertFinds(digits, [digits]);
  const { cost } = await assertFinds([...digits, ...specks], [digits]);
  assert(cost < without.cost + 0.5, `${cost}, ${without.cost} without specks`);
});

Deno.test("segment() leaves out a line that digits stand on", async () => {
  const digits = [whole(60, 60), whole(140, 60), whole(220, 60)];
  const { cost } = await assertFinds([...digits, [40, 132, 240, 5]], [digits]);
  assert(cost < 1, `${cost}`);
});

Deno.test("segment() leaves out what is no digit, at a price", async () => {
  const digits = [whole(60, 60), whole(140, 60)];
  const clean = await assertFinds(digits, [digits]);
  const { cost, value } = await assertFinds([...digits, [220, 60, 15, 60]], [digits]);
  assert(cost > clean.cost + 1, `${cost}, ${clean.cost} without`);
  assert(value < clean.value, `${value}, ${clean.value} without`);
});

Deno.test("segment() leaves out what is no digit at the same price, wide or narrow", async () => {
  const digits = [whole(60, 60), whole(140, 60)];
  const narrow = await assertFinds([...digits, [220, 60, 15, 60]], [digits]);
  const wide = await assertFinds([...digits, [220, 60, 50, 60]], [digits]);
  assert(Math.abs(wide.cost - narrow.cost) < 1, `${wide.cost}, ${narrow.cost} where it is narrow`);
});

Deno.test("segment() leaves out a neighbour that the edge cuts off, at a lower price", async () => {
  const digits = [whole(100, 60), whole(180, 60)];
  const inside = await assertFinds([...digits, [250, 60, 20, 20]], [digits]);
  const atEdge = await assertFinds([...digits, [250, 0, 20, 20]], [digits]);
  assert(atEdge.cost < inside.cost, `${atEdge.cost}, ${inside.cost} inside`);
});

Deno.test("segment() takes a digit for one that fell into many pieces", async () => {
  const pieces = Array.from({ length: 20 }, (_, i): Box => [
    ...[150 + 12 * (i % 4), 50 + 20 * Math.floor(i / 4)] as const,
    ...[9, 16] as const,
  ]);
  await assertFinds(pieces, [[[150, 50, 45, 96]]]);
});

Deno.test("segment() finds no digits where nothing looks like one", async () => {
  const page = open([[60, 60, 15, 60], [200, 50, 20, 70]]);
  const { lines, cost, value } = await segment(page, knowing([], 50));
  page.close();
  assertEquals(lines.flat(), []);
  assert(cost > 0 && value < 0, `${cost}, ${value}`);
});

Deno.test("segment() finds nothing on blank paper", async () => {
  const page = open([]);
  assertEquals(page.pieces(), []);
  assertEquals((await segment(page, knowing([]))).lines, []);
  page.close();
});

Deno.test("segment() asks about the same ink once, but for what was cut", async () => {
  const digits = [whole(60, 60), whole(140, 60), whole(220, 60), whole(300, 60)];
  const asked: string[] = [];
  const judge = knowing(digits);
  const page = open(digits);
  await segment(page, (drawn: readonly Drawn[]) => {
    asked.push(...drawn.map(({ box }) => box.join()));
    return judge(drawn);
  });
  page.close();
  assertEquals(asked.length, new Set(asked).size);
});

Deno.test("segment() takes two sure digits with a gap between them for two", async () => {
  // As a seven and a one, which together look like a wide seven.
  const digits: Box[] = [[60, 60, 42, 60], [117, 76, 12, 44]];
  const together: Box = [60, 60, 69, 60];
  const page = open(digits);
  const { lines } = await segment(page, (drawn) =>
    Promise.resolve(drawn.map((it) => {
      if (overlap(together, it.box) > 0.9) return { ...it, loss: 0.03 };
      return {
        ...it,
        loss: digits.some((digit) => overlap(digit, it.box) > 0.9) ? 0.02 : UNLIKELY,
      };
    })));
  page.close();
  assertEquals(lines.flat().map(({ box }) => box), digits);
});

Deno.test("segment() weighs what a digit is likely to be, not how it comes out best", async () => {
  // Two digits, or four that are narrower; the judge finds these a little less likely.
  const pieces = [60, 78, 120, 138].map((x): Box => [x, 60, 14, 60]);
  const pairs: Box[] = [[60, 60, 32, 60], [120, 60, 32, 60]];
  const find = async (loss: number) => {
    const page = open(pieces);
    const { lines } = await segment(page, (drawn) =>
      Promise.resolve(drawn.map((it) => {
        const isPair = pairs.some((pair) => overlap(pair, it.box) > 0.9);
        const isPiece = pieces.some((piece) => overlap(piece, it.box) > 0.9);
        return { ...it, loss: isPair ? 0.5 : isPiece ? loss : UNLIKELY };
      })));
    page.close();
    return lines.flat().map(({ box }) => box);
  };
  assertEquals(await find(0.1), pieces);
  assertEquals(await find(0.4), pairs);
});

Deno.test("takeAsOne() takes all that belongs together for one digit, whatever it looks like", async () => {
  const page = open([[150, 40, 40, 50], [150, 100, 40, 50], [20, 20, 4, 4]]);
  const { lines, cost } = await takeAsOne(page, knowing([]));
  assertEquals(lines.map((line) => line.map(({ box }) => box)), [[[150, 40, 40, 110]]]);
  assertEquals(cost, UNLIKELY);
  page.close();

  const blank = open([]);
  assertEquals((await takeAsOne(blank, knowing([]))).lines.flat(), []);
  blank.close();
});
