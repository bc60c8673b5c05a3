// The compiled half of the picture code: that it does what its sources do. That it is compiled from
// them as they are, is tested with the kernels in tests/backend/simd/build.test.ts.

import { assert, assertEquals } from "@std/assert";
import { DARK, FAINT, LOCAL, UNRULED } from "../../lib/image/method.ts";
import { OpenPage } from "../../lib/image/open.ts";
import { Page } from "../../lib/image/page.ts";
import type { Picture } from "../../lib/image/picture.ts";
import { Random } from "../../lib/random.ts";
import { EIGHT, FIVE, paint, pen, SEVEN } from "./draw.ts";
import { makeScene } from "./scenes.ts";

const random = new Random(6);
const five = pen(FIVE, [90, 60], 120, 15);
const seven = pen(SEVEN, [10, 10], 60, 2);
const eight = pen(EIGHT, [560, 40], 120, 33);
const PICTURES: Record<string, Picture> = {
  "a noisy photo under a lamp": paint(300, 240, (x, y) => {
    return (240 - 170 * x / 300) * (1 - 0.6 * five(x, y)) + random.normal(0, 4);
  }),
  "chalk": paint(300, 240, (x, y) => 50 + y / 5 + 110 * five(x, y) + random.normal(0, 4)),
  "a thin pen": paint(80, 80, (x, y) => 250 - 200 * seven(x, y)),
  "a thick pen in a picture that is reduced": paint(1301, 203, (x, y) => {
    const ink = eight(x, y);
    return [250 - 230 * ink, 250 - 200 * ink, 240, 255];
  }),
  "a transparent ground": paint(80, 80, (x, y) => [200, 220, 240, 255 * seven(x, y)]),
  "28x28 pixels": paint(28, 28, (x, y) => x > 11 && x < 16 && y > 3 && y < 24 ? 255 : 0),
  "blank paper": paint(60, 40, () => 240),
  "one pixel": paint(1, 1, () => 0),
};
const SCENES = [
  "single: ruled",
  "single: grid",
  "single: hard shadow",
  "single: ink as light as the ground",
  "several: touching",
  "several: photo of several lines",
  "nothing: noise",
];

const METHODS = Array.from({ length: 16 }, (_, flags) => ({
  flags: (flags & 1 ? LOCAL : 0) | (flags & 2 ? UNRULED : 0) | (flags & 4 ? FAINT : 0) |
    (flags & 8 ? DARK : 0),
  method: {
    local: (flags & 1) !== 0,
    unruled: (flags & 2) !== 0,
    faint: (flags & 4) !== 0,
    dark: (flags & 8) !== 0,
  },
}));
const ALL_WAYS = { auto: -1, no: 0, yes: 1 } as const;

/** What there is to see of a page after the last call. */
function seen(page: Page | OpenPage) {
  const { isBlank, isUneven, mayBeRuled } = page;
  const pieces = page instanceof OpenPage ? page.pieces() : page.pieces;
  const boxes = pieces.map((
    { left, top, right, bottom, area },
  ) => [left, top, right, bottom, area]);
  return { isBlank, isUneven, mayBeRuled, pieces: boxes };
}

function assertAlike(page: OpenPage, sources: Page): void {
  assertEquals(seen(page), seen(sources));
  const { width, height, data } = page.contrast();
  const expected = sources.contrast;
  assertEquals([width, height], [expected.width, expected.height]);
  const different = data.findIndex((value, i) => value !== Math.round(expected.data[i]));
  assertEquals(different, -1, "the contrast differs from there on");
}

function assertDrawsAlike(page: OpenPage, sources: Page, indices: number[]): void {
  const { pixels, box } = sources.draw(Int32Array.from(indices));
  assertEquals(page.draw(indices), { pixels, box: [box.x, box.y, box.width, box.height] });
}

/** Looks at a picture both ways, by each method. */
function compare(
  picture: Picture,
  invert: keyof typeof ALL_WAYS,
  methods: typeof METHODS = METHODS,
): void {
  const { width, height, data } = picture;
  const page = new OpenPage(picture);
  const sources = new Page(new Uint32Array(data.buffer), width, height);
  assertEquals(page.scale, sources.factor);
  const isKnown = invert !== "auto";
  assertEquals(page.findPaper({ invert }), sources.findPaper(ALL_WAYS[invert], isKnown));
  for (const { method, flags } of methods) {
    assertEquals(page.separate(method), sources.separate(flags));
    assertAlike(page, sources);
    useAll(page, sources);
  }
  page.close();
}

/** Cuts the largest piece, draws it, its slices and all, and leaves one digit. */
function useAll(page: OpenPage, sources: Page): void {
  const areas = page.pieces().map(({ area }) => area);
  const largest = areas.indexOf(Math.max(...areas));
  if (largest >= 0) {
    assertDrawsAlike(page, sources, [largest]);
    const count = page.cut(largest);
    assertEquals(count, sources.cut(largest));
    assertAlike(page, sources);
    for (let i = 0; i < count; i++) assertDrawsAlike(page, sources, [largest + i]);
  }
  page.keepOneDigit();
  sources.keepOneDigit();
  assertAlike(page, sources);
  const all = [...page.pieces().keys()];
  if (all.length > 0) assertDrawsAlike(page, sources, all);
}

for (const [name, picture] of Object.entries(PICTURES)) {
  for (const invert of ["auto", "no", "yes"] as const) {
    Deno.test(`OpenPage sees what its sources see: ${name}, invert ${invert}`, () => {
      // What the methods do to it does not depend on who said how the ink is.
      compare(picture, invert, invert === "auto" ? METHODS : METHODS.slice(0, 2));
    });
  }
}

for (const kind of SCENES) {
  Deno.test(`OpenPage sees what its sources see: ${kind}`, async () => {
    const { picture } = await makeScene(kind, { seed: 1 });
    compare(picture, "auto");
  });
}

Deno.test("OpenPage tells what reaches the edge", () => {
  const page = new OpenPage(paint(60, 40, (x, y) => {
    return (x > 20 && x < 25 && y > 8) || (x > 40 && x < 45 && y > 8 && y < 30) ? 0 : 255;
  }));
  page.findPaper();
  page.separate();
  const pieces = page.pieces().sort((a, b) => a.left - b.left);
  assertEquals(pieces.map((piece) => page.isAtEdge(piece)), [true, false]);
  page.close();
});

Deno.test("OpenPage sees a page alike after another one has used its memory", () => {
  const [lamp, thick, , , ...rest] = Object.values(PICTURES);
  const look = (picture: Picture) => {
    const page = new OpenPage(picture);
    page.findPaper();
    page.separate();
    const all = seen(page);
    page.close();
    return all;
  };
  const first = look(lamp);
  for (const other of [thick, ...rest]) look(other);
  assert(first.pieces.length > 0);
  assertEquals(look(lamp), first);
});
