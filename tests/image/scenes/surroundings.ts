// What comes between a digit and its reader: light, camera, lines on the paper, other things at its
// edges.

import type { Random } from "../../../lib/random.ts";
import { emptyCover, type Hand, type Line, stamp } from "./glyph.ts";
import { BLACK, type Colour, type Sheet, WHITE } from "./sheet.ts";
import { clouds, smoothNoise, wood } from "./texture.ts";
import { type Box, write, type Writing } from "./writing.ts";

/** Dark enough for a pen. */
export function darkInk(random: Random): Colour {
  const grey = random.uniform(10, 60);
  return random.pick<Colour>([[grey, grey, grey], [20, 30, grey + 90], [grey, 20, 25], BLACK]);
}

/** Paper under a lamp that is none too bright. */
export function greyPaper(random: Random, low = 130, high = 215): Colour {
  const grey = random.uniform(low, high);
  return [grey + random.uniform(-8, 12), grey, grey + random.uniform(-14, 8)];
}

/** Light from a side, down to 1 - depth at the other. */
export function lamp(sheet: Sheet, depth: number): Sheet {
  const angle = sheet.random.uniform(0, 2 * Math.PI);
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  return sheet.light((u, v) => {
    const along = 0.5 + ((u - 0.5) * dx + (v - 0.5) * dy) / 1.5;
    return 1 - depth * Math.max(0, along) ** 1.5;
  });
}

/** A lens that takes light from the corners. */
export function vignette(sheet: Sheet, depth: number): Sheet {
  return sheet.light((u, v) => 1 - depth * ((u - 0.5) ** 2 + (v - 0.5) ** 2) * 2);
}

/** A shadow with an edge that runs through the middle third. */
export function shadow(sheet: Sheet, depth: number, penumbra = 0.01): Sheet {
  const { random } = sheet;
  const angle = random.uniform(0, 2 * Math.PI);
  const [dx, dy, offset] = [Math.cos(angle), Math.sin(angle), random.uniform(-0.15, 0.15)];
  return sheet.light((u, v) => {
    const inside = ((u - 0.5) * dx + (v - 0.5) * dy - offset) / penumbra + 0.5;
    return 1 - depth * Math.min(1, Math.max(0, inside));
  });
}

/** A spot where a lamp shines back: it takes contrast away, but not all. */
export function glare(sheet: Sheet, strength: number): Sheet {
  const { random, width, height } = sheet;
  const [x0, y0] = [width * random.uniform(0.2, 0.8), height * random.uniform(0.2, 0.8)];
  const radius = Math.max(width, height) * random.uniform(0.15, 0.35);
  return sheet.paint(
    (x, y) => strength * Math.exp(-(((x - x0) / radius) ** 2) - ((y - y0) / radius) ** 2),
    WHITE,
  );
}

/** A phone's camera, none too steady. */
export function camera(sheet: Sheet, noise = 4): Sheet {
  const { random } = sheet;
  return sheet.blur(1).noise(random.uniform(noise / 2, noise)).jpeg(50 + random.integer(40));
}

/** A page as phones see it, all but what is written on it. */
export function photographed(sheet: Sheet): Sheet {
  const { random } = sheet;
  sheet.texture(smoothNoise(random, 2), 6);
  lamp(sheet, random.uniform(0.2, 0.5));
  return camera(vignette(sheet, random.uniform(0, 0.4)));
}

export interface Rules {
  /** Distance of the lines, in pixels. */
  spacing: number;
  width: number;
  colour: Colour;
  /** Squares. */
  grid?: boolean;
}

/** Lines on the paper, evenly spaced and nearly level. */
export function rule(sheet: Sheet, { spacing, width, colour, grid = false }: Rules): Sheet {
  const { random } = sheet;
  const tilt = random.uniform(-0.01, 0.01);
  const [startX, startY] = [random.uniform(0, spacing), random.uniform(0, spacing)];
  const lines: Line[] = [];
  for (let y = startY; y < sheet.height; y += spacing) {
    lines.push([[-9, y], [sheet.width + 9, y + tilt * sheet.width]]);
  }
  for (let x = startX; grid && x < sheet.width; x += spacing) {
    lines.push([[x, -9], [x - tilt * sheet.height, sheet.height + 9]]);
  }
  return sheet.lines(lines, width, colour);
}

/** The outline of a box. */
export function outline([x, y, width, height]: Box): Line {
  const [right, bottom] = [x + width, y + height];
  return [[x, y], [right, y], [right, bottom], [x, bottom], [x, y]];
}

/** A share of 1 within the box. */
export function within([x0, y0, width, height]: Box): (x: number, y: number) => number {
  return (x, y) => x >= x0 && y >= y0 && x < x0 + width && y < y0 + height ? 1 : 0;
}

/** What a screenshot of a window takes along: a frame, a bar with buttons, a scroll bar. */
export function windowRemnants(sheet: Sheet): Sheet {
  const { random, width, height, writing } = sheet;
  const bar = Math.round(0.1 * writing.size) + 4;
  const grey: Colour = [200, 202, 206];
  const parts: (() => void)[] = [
    () => sheet.lines([outline([1, 1, width - 3, height - 3])], 2, random.pick([BLACK, grey])),
    () =>
      sheet.paint(within([0, 0, width, bar]), grey)
        .paint(within([width - bar, 2, bar - 4, bar - 4]), [200, 60, 50])
        .paint(within([4, bar / 2 - 1, 0.3 * width, 3]), [60, 60, 60]),
    () =>
      sheet.paint(within([width - bar, 0, bar, height]), [235, 235, 235])
        .paint(within([width - bar + 2, 0.2 * height, bar - 4, 0.3 * height]), [150, 150, 150]),
    () =>
      sheet.paint(within([0, height - bar, width, bar]), [240, 240, 240])
        .paint(within([6, height - bar + 3, 2.5 * bar, bar - 6]), [60, 110, 200])
        .paint(within([12 + 2.5 * bar, height - bar + 3, 2.5 * bar, bar - 6]), [170, 170, 170]),
  ];
  const order = random.permutation(parts.length);
  for (let i = 0; i <= random.integer(parts.length); i++) parts[order[i]]();
  return sheet;
}

/** Neighbours of which the picture's edge leaves but a little. */
export function cutNeighbours(sheet: Sheet, hand: Hand, colour: Colour): Sheet {
  const { random, width, height, writing } = sheet;
  const cover = emptyCover(width, height);
  const margin = Math.min(...writing.boxes.map(([x]) => x));
  for (let i = 0; i <= random.integer(2); i++) {
    const { data, ...size } = write(random, hand, `${random.integer(10)}`, {
      size: writing.size,
      margin: 0,
    });
    const seen = Math.round(Math.min(0.2 * size.width, 0.4 * margin));
    const left = i === 0 ? seen - size.width : width - seen;
    stamp(cover, { ...size, data }, left, writing.boxes[0][1] + random.integer(10));
  }
  return sheet.stamp(cover, colour);
}

/** Short marks of the pen, anywhere but near the digits. */
export function specks(sheet: Sheet, count: number, colour: Colour): Sheet {
  const { random, width, height, writing } = sheet;
  const lines: Line[] = [];
  while (lines.length < count) {
    const [x, y] = [random.uniform(0, width), random.uniform(0, height)];
    const near = writing.boxes.some(([left, top, w, h]) =>
      x > left - 6 && x < left + w + 6 && y > top - 6 && y < top + h + 6
    );
    // Where digits fill the page, some do get near.
    if (near && random.uniform() < 0.95) continue;
    const length = writing.size * random.uniform(0, 0.05);
    lines.push([[x, y], [x + random.normal(0, length), y + random.normal(0, length)]]);
  }
  return sheet.lines(lines, Math.max(1, writing.size / 60), colour);
}

/** Strokes at the border. */
export function strayStrokes(sheet: Sheet, colour: Colour): Sheet {
  const { random, width, height, writing } = sheet;
  const reach = 0.25 * writing.size;
  const lines = Array.from({ length: 1 + random.integer(3) }, (): Line => {
    const side = random.integer(4);
    const along = random.uniform(0.05, 0.95);
    const [x, y] = [[along * width, 0], [along * width, height], [0, along * height], [
      width,
      along * height,
    ]][side];
    const [inX, inY] = [[0, 1], [0, -1], [1, 0], [-1, 0]][side];
    const depth = random.uniform(0.2, 0.6) * reach;
    const shift = random.normal(0, reach);
    return [[x, y], [
      x + inX * depth + Math.abs(inY) * shift,
      y + inY * depth + Math.abs(inX) * shift,
    ]];
  });
  return sheet.lines(lines, Math.max(1.5, 0.05 * writing.size), colour);
}

/** What was written on the other side, in a mirror and faint. */
export function showThrough(sheet: Sheet, hand: Hand, colour: Colour): Sheet {
  const { random, width, height, writing } = sheet;
  const text = Array.from({ length: 2 }, () => `${random.integer(10)}${random.integer(10)}`);
  const back: Writing = write(random, hand, text.join("\n"), { size: writing.size, margin: 0 });
  const mirrored = {
    ...back,
    data: back.data.map((_, i) => {
      const x = i % back.width;
      return back.data[i - x + back.width - 1 - x];
    }),
  };
  const cover = emptyCover(width, height);
  const at = (room: number) => Math.round(random.uniform(-0.3, 0.3) * room);
  stamp(cover, mirrored, at(width), at(height));
  return sheet.stamp(cover, colour, random.uniform(0.08, 0.16)).blur(1);
}

/** Lays the page on a table that shows on some of its sides. */
export function onTable(sheet: Sheet, table: Colour): Sheet {
  const { random, width, height, writing } = sheet;
  const rim = 0.35 * writing.size;
  const sides = Array.from(
    { length: 4 },
    () => random.uniform() < 0.6 ? rim * random.uniform(0.4, 1) : -rim,
  );
  sides[random.integer(4)] = 0.7 * rim;
  const tilt = () => random.uniform(-0.03, 0.03);
  const [left, top, right, bottom] = sides.map((depth) => ({ depth, tilt: tilt() }));
  const inside = (x: number, y: number) =>
    Math.min(
      x - left.depth - left.tilt * y,
      y - top.depth - top.tilt * x,
      width - x - right.depth - right.tilt * y,
      height - y - bottom.depth - bottom.tilt * x,
    );
  const fibre = random.pick([wood, clouds])(random, writing.size / 12);
  return sheet.paint((x, y) => Math.min(1, Math.max(0, 0.5 - inside(x, y))), (x, y) => {
    const shade = 0.75 + 0.5 * fibre(x, y);
    return [table[0] * shade, table[1] * shade, table[2] * shade];
  });
}
