// What must not matter to a reading: where on the paper the digits are, how large they are, whether
// they are dark or light, how the camera was held, how much paper there is around, and which kind of
// file it is.

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Picture } from "../lib/image/picture.ts";
import { read, recognise } from "../lib/recognise.ts";
import { FIVE, paint, pen } from "./image/draw.ts";
import { encodeBmp, encodeGif, encodeJpeg, encodePng, exifBlock } from "./image/encode.ts";
import {
  ALPHA_WEBP,
  BASELINE_JPEG,
  LOSSLESS_WEBP,
  LOSSY_WEBP,
  PROGRESSIVE_JPEG,
  RESTART_JPEG,
} from "./image/samples.ts";
import { makeScene } from "./image/scenes.ts";
import { openReader } from "./reader.ts";

const READER = await openReader();

// The same pictures each time, and few enough to be quick.
const RUNS = { seed: 5, numRuns: 25 };

type Colour = readonly [red: number, green: number, blue: number, alpha: number];

function colourAt({ width, data }: Picture, x: number, y: number): Colour {
  const at = 4 * (y * width + x);
  return [data[at], data[at + 1], data[at + 2], data[at + 3]];
}

/** Paper on all sides, in pixels. */
interface Margins {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Adds paper like that of the picture's corner. */
function pad(picture: Picture, { left, top, right, bottom }: Margins): Picture {
  const { width, height } = picture;
  const paper = colourAt(picture, 0, 0);
  return paint(left + width + right, top + height + bottom, (x, y) => {
    const isInside = x >= left && x < left + width && y >= top && y < top + height;
    return isInside ? colourAt(picture, x - left, y - top) : paper;
  });
}

/** Scales by the mean of four by four places in each new pixel, between old pixels' centres. */
function scale({ width, height, data }: Picture, factor: number): Picture {
  const columns = Math.round(width * factor);
  const rows = Math.round(height * factor);
  const wide = new Float64Array(4 * columns * height);
  sharesOf(width, factor, columns).forEach((shares, x) => {
    for (const [column, share] of shares) {
      for (let y = 0; y < height; y++) {
        const [from, to] = [4 * (y * width + column), 4 * (y * columns + x)];
        for (let i = 0; i < 4; i++) wide[to + i] += share * data[from + i];
      }
    }
  });
  const scaled = new Float64Array(4 * columns * rows);
  sharesOf(height, factor, rows).forEach((shares, y) => {
    for (const [row, share] of shares) {
      const [from, to] = [4 * row * columns, 4 * y * columns];
      for (let i = 0; i < 4 * columns; i++) scaled[to + i] += share * wide[from + i];
    }
  });
  return { width: columns, height: rows, data: Uint8ClampedArray.from(scaled) };
}

/** For each new pixel along a side, the old ones and how much each counts for. */
function sharesOf(length: number, factor: number, count: number): [at: number, share: number][][] {
  return Array.from(
    { length: count },
    (_, i) =>
      [0.125, 0.375, 0.625, 0.875].flatMap((place): [number, number][] => {
        const at = Math.min(length - 1, Math.max(0, (i + place) / factor - 0.5));
        const first = Math.floor(at);
        const next = Math.min(length - 1, first + 1);
        return [[first, (1 - at + first) / 4], [next, (at - first) / 4]];
      }),
  );
}

function invert(picture: Picture): Picture {
  const { width, height } = picture;
  return paint(width, height, (x, y) => {
    const [red, green, blue, alpha] = colourAt(picture, x, y);
    return [255 - red, 255 - green, 255 - blue, alpha];
  });
}

/** A PNG that is stored turned, as its EXIF orientation says (Exif 2.32, 4.6.4). */
function turned(picture: Picture, orientation: number): Promise<Uint8Array> {
  const isTurned = orientation >= 5;
  const [width, height] = [picture.width, picture.height];
  return encodePng(
    isTurned ? height : width,
    isTurned ? width : height,
    { colourType: 2, bitDepth: 8, chunks: { eXIf: exifBlock(orientation) } },
    (column, row) => {
      const [along, down] = isTurned ? [row, column] : [column, row];
      const x = [2, 3, 6, 7].includes(orientation) ? width - 1 - along : along;
      const y = [3, 4, 7, 8].includes(orientation) ? height - 1 - down : down;
      return colourAt(picture, x, y).slice(0, 3);
    },
  );
}

const margin = fc.integer({ min: 0, max: 80 });
const margins: fc.Arbitrary<Margins> = fc.record({
  left: margin,
  top: margin,
  right: margin,
  bottom: margin,
});
const factor = fc.double({ min: 0.5, max: 3, noNaN: true });
const orientation = fc.integer({ min: 1, max: 8 });

/** Scenes of a kind, small enough to be quick. */
async function scenesOf(kind: string, seeds: readonly number[]) {
  return await Promise.all(seeds.map((seed) => makeScene(kind, { seed })));
}

const SCENES = {
  "a digit": await scenesOf("single: plain drawing", [1, 3, 4, 6, 8]),
  "a line of digits": await scenesOf("several: plain line", [1, 4, 6]),
};

for (const [name, scenes] of Object.entries(SCENES)) {
  const scene = fc.constantFrom(...scenes);

  Deno.test(`read() reads ${name} alike wherever on the paper, and however much there is`, async () => {
    await fc.assert(
      fc.asyncProperty(scene, margins, async ({ picture, text }, margins) => {
        assertEquals((await read(pad(picture, margins), READER)).text, text);
      }),
      RUNS,
    );
  });

  Deno.test(`read() reads ${name} alike at all sizes`, async () => {
    await fc.assert(
      fc.asyncProperty(scene, factor, async ({ picture, text }, factor) => {
        assertEquals((await read(scale(picture, factor), READER)).text, text);
      }),
      RUNS,
    );
  });

  Deno.test(`read() reads ${name} alike, dark on light and light on dark`, async () => {
    for (const { picture, text } of scenes) {
      assertEquals((await read(invert(picture), READER)).text, text);
    }
  });

  Deno.test(`recognise() reads ${name} alike however the camera was held`, async () => {
    await fc.assert(
      fc.asyncProperty(scene, orientation, async ({ picture, text }, orientation) => {
        const bytes = await turned(scale(picture, 0.5), orientation);
        assertEquals((await recognise(bytes, READER)).text, text);
      }),
      { ...RUNS, numRuns: 16 },
    );
  });

  Deno.test(`recognise() reads ${name} alike whatever of this comes together`, async () => {
    const changes = fc.record({
      margins,
      factor: fc.double({ min: 0.4, max: 0.8, noNaN: true }), // the encoder is none of the fastest
      isInverted: fc.boolean(),
      orientation,
    });
    await fc.assert(
      fc.asyncProperty(scene, changes, async ({ picture, text }, change) => {
        const scaled = scale(picture, change.factor);
        const padded = pad(change.isInverted ? invert(scaled) : scaled, change.margins);
        const bytes = await turned(padded, change.orientation);
        assertEquals((await recognise(bytes, READER)).text, text);
      }),
      RUNS,
    );
  });
}

const five = pen(FIVE, [15, 12], 40, 5);
const [WIDTH, HEIGHT] = [70, 66];

/** How much of a pixel is ink, in so many steps. */
function inkAt(x: number, y: number, steps: number): number {
  return Math.round(five(x, y) * steps) / steps;
}

type Encode = (isLight: boolean) => Uint8Array | Promise<Uint8Array>;

/** Ways to store the five, by name. */
function encodings(): Record<string, Encode> {
  const all: Record<string, Encode> = {};
  const pngs = [[0, 1, [1, 2, 4, 8, 16]], [2, 3, [8, 16]], [3, 1, [1, 2, 4, 8]]] as const;
  for (const [colourType, samples, bitDepths] of pngs) {
    for (const bitDepth of bitDepths) {
      for (const interlaced of [false, true]) {
        const name = `PNG ${colourType}, ${bitDepth} bits${interlaced ? ", interlaced" : ""}`;
        const steps = 2 ** bitDepth - 1;
        const palette = colourType === 3
          ? Array.from({ length: steps + 1 }, (_, i) => new Array(3).fill(255 * i / steps | 0))
          : undefined;
        all[name] = (isLight) =>
          encodePng(WIDTH, HEIGHT, { colourType, bitDepth, interlaced, palette }, (x, y) => {
            const ink = inkAt(x, y, steps);
            return new Array(samples).fill(Math.round(steps * (isLight ? ink : 1 - ink)));
          });
      }
    }
  }
  for (const [colourType, samples] of [[4, 1], [6, 3]] as const) {
    for (const bitDepth of [8, 16] as const) {
      const full = 2 ** bitDepth - 1;
      // Ink alone, over nothing; and what covers nothing has the ink's colour, or another one.
      for (const under of [0, full]) {
        all[`PNG ${colourType}, ${bitDepth} bits, transparent over ${under}`] = (isLight) =>
          encodePng(WIDTH, HEIGHT, { colourType, bitDepth }, (x, y) => {
            const alpha = Math.round(full * five(x, y));
            const tone = alpha === 0 ? under : isLight ? full : 0;
            return [...new Array(samples).fill(tone), alpha];
          });
      }
      all[`PNG ${colourType}, ${bitDepth} bits, opaque`] = (isLight) =>
        encodePng(WIDTH, HEIGHT, { colourType, bitDepth }, (x, y) => {
          const ink = five(x, y);
          const tone = Math.round(full * (isLight ? ink : 1 - ink));
          return [...new Array(samples).fill(tone), full];
        });
    }
  }
  for (const bits of [1, 4, 8] as const) {
    const steps = 2 ** bits - 1;
    const palette = Array.from(
      { length: steps + 1 },
      (_, i) => new Array(3).fill(255 * i / steps | 0),
    );
    for (const runLengths of bits === 1 ? [false] : [false, true]) {
      all[`BMP ${bits} bits${runLengths ? ", runs" : ""}`] = (isLight) =>
        encodeBmp(WIDTH, HEIGHT, { bits, palette, runLengths }, (x, y) => {
          const ink = inkAt(x, y, steps);
          return Math.round(steps * (isLight ? ink : 1 - ink));
        });
    }
  }
  for (const bits of [24, 32] as const) {
    all[`BMP ${bits} bits`] = (isLight) =>
      encodeBmp(WIDTH, HEIGHT, { bits }, (x, y) => {
        const ink = five(x, y);
        return Math.round(255 * (isLight ? ink : 1 - ink)) * 0x010101;
      });
  }
  for (const interlaced of [false, true]) {
    all[`GIF${interlaced ? ", interlaced" : ""}`] = (isLight) => {
      const palette = Array.from({ length: 100 }, (_, i) => new Array(3).fill(255 * i / 99 | 0));
      const index = (x: number, y: number) => {
        const ink = inkAt(x, y, 99);
        return Math.round(99 * (isLight ? ink : 1 - ink));
      };
      const frame = { x: 0, y: 0, width: WIDTH, height: HEIGHT, interlaced, index };
      return encodeGif(WIDTH, HEIGHT, palette, 127, [frame]);
    };
    all[`GIF, transparent${interlaced ? ", interlaced" : ""}`] = (isLight) => {
      const index = (x: number, y: number) => five(x, y) > 0.5 ? 1 : 0;
      const frame = { x: 0, y: 0, width: WIDTH, height: HEIGHT, interlaced, index };
      const palette = [[120, 120, 120], new Array(3).fill(isLight ? 255 : 0)];
      return encodeGif(WIDTH, HEIGHT, palette, 0, [frame]);
    };
  }
  // Each pixel is a block of 8x8.
  const jpegs = {
    grey: [1, undefined],
    colour: [3, undefined],
    CMYK: [4, 0],
    YCCK: [4, 2],
  } as const;
  for (const [name, [components, adobe]] of Object.entries(jpegs)) {
    for (const progressive of [false, true]) {
      all[`JPEG, ${name}${progressive ? ", progressive" : ""}`] = (isLight) =>
        encodeJpeg(8 * WIDTH, 8 * HEIGHT, { progressive, adobe }, (x, y) => {
          const tone = Math.round(255 * (isLight ? five(x, y) : 1 - five(x, y)));
          if (components === 1) return [tone];
          if (components === 3) return [tone, 128, 128];
          // Stored inverted: all of the ink is black (K).
          return adobe === 0 ? [255, 255, 255, tone] : [0, 128, 128, tone];
        });
    }
  }
  return all;
}

for (const [name, encode] of Object.entries(encodings())) {
  Deno.test(`recognise() reads a five, dark and light: ${name}`, async () => {
    for (const isLight of [false, true]) {
      for (const single of [false, true]) {
        const { text, uncertain } = await recognise(await encode(isLight), { ...READER, single });
        assertEquals({ text, uncertain }, { text: "5", uncertain: false }, `light: ${isLight}`);
      }
    }
  });
}

Deno.test("recognise() reads a seven of 22 pixels in every kind of file that others made", async () => {
  const files = {
    ALPHA_WEBP,
    BASELINE_JPEG,
    LOSSLESS_WEBP,
    LOSSY_WEBP,
    PROGRESSIVE_JPEG,
    RESTART_JPEG,
  };
  for (const [name, bytes] of Object.entries(files)) {
    const { text, uncertain } = await recognise(bytes, READER);
    assertEquals({ text, uncertain }, { text: "7", uncertain: false }, name);
  }
});
