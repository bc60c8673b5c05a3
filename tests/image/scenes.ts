// Pictures of digits as people take and draw them, and of what is no digit, made with known answers:
// to develop and to measure the reader on. A kind is what one difficulty looks like; what of it is
// difficult varies from scene to scene, and each can be read by a person without doubt.

import type { Picture } from "../../lib/image/picture.ts";
import { Random } from "../../lib/random.ts";
import { type Hand, type Line, PEN } from "./scenes/glyph.ts";
import { LETTERS, photo, scribble, SHAPES } from "./scenes/marks.ts";
import { BLACK, type Colour, Sheet, WHITE } from "./scenes/sheet.ts";
import {
  camera,
  cutNeighbours,
  darkInk,
  glare,
  greyPaper,
  lamp,
  onTable,
  outline,
  photographed,
  rule,
  shadow,
  showThrough,
  specks,
  strayStrokes,
  vignette,
  windowRemnants,
  within,
} from "./scenes/surroundings.ts";
import { checks, cloth, clouds, smoothNoise, stripes, wood } from "./scenes/texture.ts";
import { blank, type Box, type Layout, write, type Writing } from "./scenes/writing.ts";

export { type Hand, mnistHand, PEN } from "./scenes/glyph.ts";

/** A picture with what a person reads in it. */
export interface Scene {
  /** What is difficult about it. */
  kind: string;
  /** The digits, a line break between lines; empty where there is none. */
  text: string;
  /** [x, y, width, height] of each digit's ink, in pixels and reading order. */
  boxes: Box[];
  picture: Picture;
}

type Kind = (random: Random, hand: Hand) => Sheet;
type Kinds = Record<string, Kind>;

/** One digit, 80 to 240 pixels high unless told otherwise. */
function one(random: Random, hand: Hand, layout: Partial<Layout> = {}): Writing {
  return write(random, hand, `${random.integer(10)}`, { size: random.uniform(80, 240), ...layout });
}

function page(random: Random, hand: Hand, layout: Partial<Layout> = {}, paper?: Colour): Sheet {
  return new Sheet(random, one(random, hand, layout), paper);
}

/** As large as the networks' pictures are. */
const SMALL = { size: 18, page: [28, 28] } as const;

// Colours as light as each other (Rec. 601: 0.299 red + 0.587 green + 0.114 blue), about 120.
const EQUALLY_LIGHT: readonly Colour[] = [
  [255, 63, 60],
  [40, 162, 120],
  [90, 110, 250],
  [130, 128, 50],
  [230, 60, 144],
  [120, 120, 120],
];

function equallyLight(random: Random): [Colour, Colour] {
  const [a, b] = random.permutation(EQUALLY_LIGHT.length);
  return [EQUALLY_LIGHT[a], EQUALLY_LIGHT[b]];
}

/** One digit each. */
const SINGLE: Kinds = {
  "plain drawing": (random, hand) => page(random, hand).ink(darkInk(random)),
  "28x28": (random, hand) => page(random, hand, SMALL).ink(BLACK),
  "28x28, strokes of 1 pixel": (random, hand) =>
    page(random, hand, { ...SMALL, pen: 1 / 18 }).ink(BLACK),
  "hairline strokes": (random, hand) =>
    page(random, hand, { size: 200, pen: random.uniform(0.01, 0.02) }).ink(darkInk(random)),
  "strokes as thick as the counter": (random, hand) =>
    page(random, hand, { pen: random.uniform(0.17, 0.23) }).ink(darkInk(random)),
  "light on dark": (random, hand) =>
    page(random, hand, {}, random.pick<Colour>([BLACK, [30, 50, 40], [20, 25, 60]])).ink(
      random.pick<Colour>([WHITE, [255, 220, 120], [190, 190, 190]]),
    ),
  "lamp from a side": (random, hand) =>
    camera(
      lamp(
        page(random, hand, {}, greyPaper(random)).ink(darkInk(random)),
        random.uniform(0.5, 0.75),
      ),
    ),
  "vignette": (random, hand) =>
    camera(
      vignette(page(random, hand, { margin: 0.8 }, greyPaper(random)).ink(darkInk(random)), 0.75),
    ),
  "hard shadow": (random, hand) =>
    camera(
      shadow(
        page(random, hand, {}, greyPaper(random)).ink(darkInk(random)),
        random.uniform(0.35, 0.6),
      ),
    ),
  "glare": (random, hand) =>
    camera(
      glare(
        page(random, hand, {}, greyPaper(random)).ink(darkInk(random)),
        random.uniform(0.5, 0.75),
      ),
    ),
  "grey patch on white": (random, hand) => patched(random, hand, WHITE, greyPaper(random)),
  "white patch on grey": (random, hand) => patched(random, hand, greyPaper(random), WHITE),
  "dark patch on white, light ink": (random, hand) =>
    patched(random, hand, WHITE, [40, 45, 50], WHITE),
  "paper on a dark table": (random, hand) =>
    camera(lamp(
      onTable(
        page(random, hand, { margin: 0.9 }, greyPaper(random, 190, 240)).ink(darkInk(random)),
        random.pick<Colour>([
          [70, 45, 30],
          [40, 40, 45],
          [110, 75, 45],
        ]),
      ),
      0.3,
    )),
  "ink as light as the ground": (random, hand) => {
    const [ink, paper] = equallyLight(random);
    return page(random, hand, {}, paper).ink(ink);
  },
  "ink as light as the ground, photo": (random, hand) => {
    const [ink, paper] = equallyLight(random);
    return camera(lamp(page(random, hand, {}, paper).ink(ink), 0.3));
  },
  "transparent, dark ink": (random, hand) =>
    page(random, hand, {}, BLACK).ink(darkInk(random)).transparent(),
  "transparent, light ink": (random, hand) =>
    page(random, hand, {}, BLACK).ink(WHITE).transparent(),
  "ruled": (random, hand) => ruled(random, hand, { colour: [150, 180, 220] }),
  "ruled like the ink": (random, hand) =>
    ruled(random, hand, { colour: [50, 50, 50], share: 0.012 }),
  "grid": (random, hand) => ruled(random, hand, { colour: [150, 180, 220], grid: true }),
  "grid like the ink": (random, hand) =>
    ruled(random, hand, { colour: [50, 50, 50], grid: true, share: 0.01 }),
  "ruled, photo": (random, hand) =>
    photographed(ruled(random, hand, { colour: [110, 140, 190], grid: random.uniform() < 0.5 })),
  "window remnants": (random, hand) =>
    windowRemnants(page(random, hand, { margin: 0.5 }).ink(BLACK)),
  "stray strokes at the border": (random, hand) =>
    strayStrokes(page(random, hand, { margin: 0.5 }).ink(BLACK), BLACK),
  "neighbours cut off": (random, hand) =>
    cutNeighbours(page(random, hand, { margin: 0.4 }).ink(BLACK), hand, BLACK),
  "touching the edge": (random, hand) => {
    const margin: [number, number, number, number] = [0.4, 0.4, 0.4, 0.4];
    margin[random.integer(4)] = 0;
    return page(random, hand, { margin }).ink(darkInk(random));
  },
  "cropped to the ink": (random, hand) => page(random, hand, { margin: 0 }).ink(darkInk(random)),
  "broken strokes": (random, hand) => page(random, hand, { broken: true }).ink(darkInk(random)),
  "dry pen": (random, hand) => page(random, hand, { size: 200 }).dryInk(darkInk(random), 0.9),
  "JPEG noise": (random, hand) =>
    page(random, hand).ink(darkInk(random)).jpeg(10 + random.integer(20)),
  "pencil": (random, hand) =>
    camera(
      page(
        random,
        hand,
        { size: 200, pen: random.uniform(0.03, 0.05) },
        greyPaper(random, 185, 225),
      )
        .texture(smoothNoise(random, 2), 8).dryInk([120, 120, 126], 0.5),
      3,
    ),
  "coarse paper": (random, hand) =>
    camera(
      page(random, hand, {}, greyPaper(random)).texture(clouds(random, 14), 45).ink(
        darkInk(random),
      ),
    ),
  "noise": (random, hand) =>
    page(random, hand, {}, greyPaper(random)).ink(darkInk(random)).noise(random.uniform(15, 28)),
  "blur": (random, hand) => {
    const sheet = page(random, hand, {}, greyPaper(random)).ink(darkInk(random));
    return sheet.blur(Math.round(0.03 * sheet.writing.size)).noise(3);
  },
  "salt and pepper": (random, hand) =>
    page(random, hand).ink(BLACK).saltAndPepper(random.uniform(0.01, 0.05)),
  "specks": (random, hand) => specks(page(random, hand).ink(BLACK), 5 + random.integer(15), BLACK),
  "showing through": (random, hand) => {
    const sheet = new Sheet(random, one(random, hand), [245, 243, 238]);
    const colour = darkInk(random);
    return camera(showThrough(sheet, hand, colour).ink(colour), 2);
  },
  "small in a large picture": (random, hand) =>
    page(random, hand, {
      size: random.uniform(24, 40),
      margin: [
        random.uniform(2, 14),
        random.uniform(2, 9),
        random.uniform(2, 14),
        random.uniform(2, 9),
      ],
    }).ink(darkInk(random)),
  "small in a large photo": (random, hand) =>
    photographed(
      page(random, hand, {
        size: random.uniform(40, 60),
        margin: [
          random.uniform(2, 9),
          random.uniform(2, 7),
          random.uniform(2, 9),
          random.uniform(2, 7),
        ],
      }, greyPaper(random)).ink(darkInk(random)),
    ),
  "rotated": (random, hand) =>
    page(random, hand, { angle: random.pick([-1, 1]) * random.uniform(6, 14) }).ink(BLACK),
  "blackboard": (random, hand) =>
    camera(lamp(
      page(random, hand, { size: 200 }, [52, 72, 64]).texture(clouds(random, 60), 18)
        .dryInk([225, 228, 220], 0.7),
      0.5,
    )),
  "grid, shadow and pale ink": (random, hand) =>
    camera(shadow(
      ruled(random, hand, { colour: [170, 190, 215], grid: true, ink: [105, 110, 130] }),
      random.uniform(0.3, 0.5),
      0.1,
    )),
  "phone photo, 2500 pixels": (random, hand) =>
    photographed(
      page(random, hand, { size: 1000, margin: 0.6 }, greyPaper(random)).ink(darkInk(random)).blur(
        2,
      ),
    ),
};

function patched(random: Random, hand: Hand, ground: Colour, paper: Colour, ink?: Colour): Sheet {
  const sheet = page(random, hand, { margin: 0.45 }, paper).ink(ink ?? darkInk(random));
  const { writing: { boxes: [[x, y, width, height]], size } } = sheet;
  const rim = () => size * random.uniform(0.05, 0.3);
  const [left, top] = [rim(), rim()];
  const inside = within([x - left, y - top, width + left + rim(), height + top + rim()]);
  return sheet.paint((px, py) => 1 - inside(px, py), ground);
}

function ruled(
  random: Random,
  hand: Hand,
  { colour, grid = false, share = 0.015, ink = darkInk(random) }: {
    colour: Colour;
    grid?: boolean;
    /** The lines' width as a share of the digit's height. */
    share?: number;
    ink?: Colour;
  },
): Sheet {
  const writing = one(random, hand, { margin: 0.6 });
  const spacing = writing.size * (grid ? random.uniform(0.25, 0.6) : random.uniform(0.4, 1.1));
  const sheet = new Sheet(random, writing, [252, 252, 250]);
  return rule(sheet, { spacing, width: Math.max(1, share * writing.size), colour, grid }).ink(ink);
}

/** Lines of so many digits, as many in each: one number for all, or from and to. */
function numbers(random: Random, lines: number, [from, to]: readonly [number, number]): string {
  return Array.from({ length: lines }, () => {
    const length = from + random.integer(to - from + 1);
    return Array.from({ length }, () => random.integer(10)).join("");
  }).join("\n");
}

/** Two to ten digits in a line, unless told otherwise. */
function several(
  random: Random,
  hand: Hand,
  layout: Partial<Layout> = {},
  { text = numbers(random, 1, [2, 10]), paper }: { text?: string; paper?: Colour } = {},
): Sheet {
  const all = { size: random.uniform(50, 110), spread: 0.08, ragged: 0.05, gap: 0.3, ...layout };
  return new Sheet(random, write(random, hand, text, all), paper);
}

/** Several digits each. */
const SEVERAL: Kinds = {
  "plain line": (random, hand) => several(random, hand).ink(darkInk(random)),
  "several lines": (random, hand) =>
    several(random, hand, {}, { text: numbers(random, 2 + random.integer(3), [2, 6]) }).ink(BLACK),
  "touching": (random, hand) =>
    several(random, hand, { snug: -0.02 }, { text: numbers(random, 1, [2, 3]) }).ink(BLACK),
  "touching, one pen": (random, hand) =>
    several(random, hand, { snug: -0.03, pen: random.uniform(0.06, 0.12) }, {
      text: numbers(random, 1, [2, 5]),
    }).ink(BLACK),
  "close": (random, hand) => several(random, hand, { snug: 0.05 }).ink(BLACK),
  "slanted, columns overlap": (random, hand) =>
    several(random, hand, { lean: random.uniform(0.3, 0.5), snug: 0.08 }).ink(BLACK),
  "broken strokes": (random, hand) => several(random, hand, { broken: true }).ink(BLACK),
  "different heights": (random, hand) =>
    several(random, hand, { spread: 0.3, ragged: 0.12 }).ink(darkInk(random)),
  "ragged": (random, hand) => several(random, hand, { ragged: 0.2 }).ink(darkInk(random)),
  "ruled": (random, hand) => ruledLine(random, hand, false),
  "grid": (random, hand) => ruledLine(random, hand, true),
  "photo": (random, hand) =>
    photographed(several(random, hand, {}, { paper: greyPaper(random) }).ink(darkInk(random))),
  "photo of several lines": (random, hand) =>
    photographed(
      several(random, hand, { gap: 0.6 }, {
        paper: greyPaper(random),
        text: numbers(random, 2 + random.integer(2), [3, 5]),
      }).ink(darkInk(random)),
    ),
  "hard shadow": (random, hand) =>
    camera(
      shadow(several(random, hand, {}, { paper: greyPaper(random) }).ink(darkInk(random)), 0.45),
    ),
  "light on dark": (random, hand) => several(random, hand, {}, { paper: BLACK }).ink(WHITE),
  "28 pixels high": (random, hand) =>
    several(random, hand, { size: 20, margin: 0.2, ragged: 0 }).ink(BLACK),
  "strokes of 1 pixel": (random, hand) =>
    several(random, hand, { size: 24, pen: 1 / 24 }).ink(BLACK),
  "thick strokes": (random, hand) => several(random, hand, { pen: 0.19 }).ink(BLACK),
  "hairline strokes": (random, hand) => several(random, hand, { pen: 0.025 }).ink(darkInk(random)),
  "pencil": (random, hand) =>
    camera(
      several(random, hand, { pen: 0.04 }, { paper: greyPaper(random, 185, 225) })
        .texture(smoothNoise(random, 2), 8).dryInk([115, 115, 120], 0.4),
      3,
    ),
  "ruled, photo": (random, hand) => photographed(ruledLine(random, hand, random.uniform() < 0.5)),
  "paper on a dark table": (random, hand) =>
    camera(onTable(
      several(random, hand, { margin: 0.9 }, { paper: greyPaper(random, 190, 240) })
        .ink(darkInk(random)),
      [60, 45, 35],
    )),
  "ink as light as the ground": (random, hand) => {
    const [ink, paper] = equallyLight(random);
    return several(random, hand, {}, { paper }).ink(ink);
  },
  "transparent": (random, hand) =>
    several(random, hand, {}, { paper: BLACK }).ink(BLACK).transparent(),
  "cropped to the ink": (random, hand) => several(random, hand, { margin: 0 }).ink(BLACK),
  "window remnants": (random, hand) =>
    windowRemnants(several(random, hand, { margin: 0.5 }).ink(BLACK)),
  "showing through": (random, hand) => {
    const sheet = several(random, hand, {}, { paper: [245, 243, 238] });
    return camera(showThrough(sheet, hand, BLACK).ink(BLACK), 2);
  },
  "JPEG noise": (random, hand) =>
    several(random, hand).ink(darkInk(random)).jpeg(10 + random.integer(20)),
  "large gaps": (random, hand) => several(random, hand, { gap: random.uniform(1, 3) }).ink(BLACK),
  "20 digits a line": (random, hand) =>
    several(random, hand, { size: 50 }, { text: numbers(random, 2, [20, 20]) }).ink(BLACK),
  "column": (random, hand) =>
    several(random, hand, {}, { text: numbers(random, 3 + random.integer(4), [1, 1]) }).ink(BLACK),
  "form fields": (random, hand) => formFields(random, hand),
  "underlined": (random, hand) => underlined(random, hand),
  "specks": (random, hand) =>
    specks(several(random, hand).ink(BLACK), 8 + random.integer(20), BLACK),
  "slanted line": (random, hand) =>
    several(random, hand, { angle: random.pick([-1, 1]) * random.uniform(3, 8) }).ink(BLACK),
  "slanted lines": (random, hand) =>
    several(random, hand, { angle: random.pick([-1, 1]) * random.uniform(2, 6), lineGap: 0.8 }, {
      text: numbers(random, 3, [3, 6]),
    }).ink(BLACK),
};

function ruledLine(random: Random, hand: Hand, grid: boolean): Sheet {
  const sheet = several(random, hand);
  const { size } = sheet.writing;
  const spacing = size * (grid ? random.uniform(0.3, 0.6) : random.uniform(0.5, 1.1));
  return rule(sheet, { spacing, width: Math.max(1, 0.015 * size), colour: [150, 180, 220], grid })
    .ink(darkInk(random));
}

/** A box for each digit, as forms have them, side by side or apart. */
function formFields(random: Random, hand: Hand): Sheet {
  const pitch = random.uniform(1.15, 1.4);
  const sheet = several(random, hand, { pitch, ragged: 0.03, margin: 0.6 });
  const { boxes, lines: [[, top, , height]], size } = sheet.writing;
  const apart = random.pick([0, 0.12]) * size;
  // The first digit is in the middle of the first field.
  const middle = boxes[0][0] + boxes[0][2] / 2;
  const side = pitch * size - apart;
  const fields = boxes.map((_, i): Line =>
    outline([middle + i * pitch * size - side / 2, top - 0.15 * size, side, height + 0.3 * size])
  );
  return sheet.lines(
    fields,
    Math.max(1, 0.02 * size),
    random.pick<Colour>([BLACK, [120, 120, 120]]),
  )
    .ink(darkInk(random));
}

function underlined(random: Random, hand: Hand): Sheet {
  const sheet = several(random, hand).ink(BLACK);
  const { lines: [[x, y, width, height]], size } = sheet.writing;
  const below = () => y + height + size * random.uniform(0.06, 0.2);
  return sheet.lines([[[x, below()], [x + width, below()]]], 0.06 * size, BLACK);
}

/** No digit at all. */
const NOTHING: Kinds = {
  "blank, white": (random) => new Sheet(random, blank(300, 300)),
  "blank, paper": (random) =>
    camera(
      new Sheet(random, blank(320, 240), greyPaper(random)).texture(smoothNoise(random, 2), 8),
      8,
    ),
  "blank, uneven light": (random) =>
    camera(vignette(lamp(new Sheet(random, blank(320, 240), greyPaper(random)), 0.6), 0.5)),
  "blank, shadow": (random) =>
    camera(shadow(new Sheet(random, blank(320, 240), greyPaper(random)), 0.5)),
  "gradient": (random) => lamp(new Sheet(random, blank(300, 300), greyPaper(random, 60, 250)), 1),
  "noise": (random) => new Sheet(random, blank(200, 200), [128, 128, 128]).noise(60),
  "stripes": (random) =>
    new Sheet(random, blank(240, 240), [128, 128, 128])
      .texture(stripes(random, random.uniform(8, 60)), random.uniform(20, 110)),
  "checks": (random) =>
    new Sheet(random, blank(240, 240), [128, 128, 128])
      .texture(checks(random.uniform(8, 60)), random.uniform(20, 110)),
  "clouds": (random) =>
    new Sheet(random, blank(300, 300), [128, 128, 128])
      .texture(clouds(random, random.uniform(20, 120)), random.uniform(40, 120)),
  "wood": (random) =>
    camera(new Sheet(random, blank(320, 240), [130, 95, 60]).texture(wood(random, 8), 45)),
  "cloth": (random) =>
    camera(
      new Sheet(random, blank(320, 240), [110, 120, 150]).texture(cloth(random.uniform(6, 14)), 35),
    ),
  "scribble": (random) => scribble(random, darkInk(random), WHITE),
  "letter": (random) => page(random, LETTERS).ink(darkInk(random)),
  "letter, photo": (random) =>
    photographed(page(random, LETTERS, {}, greyPaper(random)).ink(darkInk(random))),
  "word": (random) => several(random, LETTERS).ink(darkInk(random)),
  "shape": (random) => page(random, SHAPES).ink(darkInk(random)),
  "shapes": (random) => several(random, SHAPES, { gap: 0.5 }).ink(darkInk(random)),
  "photo of something": (random) => camera(photo(random)),
};

/** Kinds whose scenes take seconds to make. */
export const COSTLY: ReadonlySet<string> = new Set(["single: phone photo, 2500 pixels"]);

const NAMED_NOTHING = named("nothing", NOTHING);

/** Every kind there is, by `group: name`. */
export const KINDS: Kinds = {
  ...named("single", SINGLE),
  ...named("several", SEVERAL),
  ...NAMED_NOTHING,
};

function named(group: string, kinds: Kinds): Kinds {
  return Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [`${group}: ${name}`, kind]),
  );
}

/**
 * Makes scene number `index` of a kind: a name in {@linkcode KINDS}. It does not depend on others.
 *
 * @param hand Who writes; the random pen unless given.
 * @throws {RangeError} when there is no such kind.
 */
export async function makeScene(
  kind: string,
  { seed, index = 0, hand = PEN }: { seed: number; index?: number; hand?: Hand },
): Promise<Scene> {
  const make = KINDS[kind];
  if (!make) throw new RangeError(`Expected a kind of scene, found ${JSON.stringify(kind)}`);
  const sheet = make(new Random(Math.imul(seed, 1_000_003) + index, hash(kind)), hand);
  const { text, boxes } = kind in NAMED_NOTHING ? { text: "", boxes: [] } : sheet.writing;
  return { kind, text, boxes, picture: await sheet.picture() };
}

/** A number for a name (FNV-1a), so that no kind's scenes depend on which others there are. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
