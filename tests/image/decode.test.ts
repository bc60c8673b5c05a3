import { assert, assertEquals, assertRejects } from "@std/assert";
import { decode, MAX_PIXELS } from "../../lib/image/decode.ts";
import type { Picture } from "../../lib/image/picture.ts";
import {
  at,
  encodeBmp,
  encodeGif,
  encodeJpeg,
  encodePng,
  exifBlock,
  frameControl,
  pngStart,
  webpOf,
} from "./encode.ts";
import {
  ALPHA_WEBP,
  ARITHMETIC_JPEG,
  BASELINE_JPEG,
  LOSSLESS_WEBP,
  LOSSY_WEBP,
  PROGRESSIVE_JPEG,
  RESTART_JPEG,
  SAMPLE,
} from "./samples.ts";

/** How much the values of two pictures of the same size differ on average. */
function meanDifference(a: Picture, b: Picture): number {
  assertEquals([a.width, a.height], [b.width, b.height]);
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
}

function text(content: string): Uint8Array {
  return Uint8Array.from(content, (char) => char.charCodeAt(0));
}

const PNG_KINDS = [
  { colourType: 0, samples: 1, bitDepths: [1, 2, 4, 8, 16] },
  { colourType: 2, samples: 3, bitDepths: [8, 16] },
  { colourType: 3, samples: 1, bitDepths: [1, 2, 4, 8] },
  { colourType: 4, samples: 2, bitDepths: [8, 16] },
  { colourType: 6, samples: 4, bitDepths: [8, 16] },
] as const;

for (const { colourType, samples, bitDepths } of PNG_KINDS) {
  for (const bitDepth of bitDepths) {
    for (const interlaced of [false, true]) {
      const kind = `colour type ${colourType}, ${bitDepth} bits${interlaced ? ", interlaced" : ""}`;
      Deno.test(`decode() reads PNG of ${kind}`, async () => {
        const palette = [[250, 120, 10], [0, 30, 200]];
        const levels = colourType === 3 ? palette.length : 2 ** bitDepth;
        const sample = (x: number, y: number) =>
          Array.from({ length: samples }, (_, i) => (x * 7919 + y * 104_729 + i * 31) % levels);
        const picture = await decode(
          await encodePng(11, 9, {
            colourType,
            bitDepth,
            interlaced,
            palette: colourType === 3 ? palette : undefined,
          }, sample),
        );
        assertEquals([picture.width, picture.height], [11, 9]);
        for (let y = 0; y < 9; y++) {
          for (let x = 0; x < 11; x++) {
            const samples = sample(x, y);
            const [first, ...others] = samples.map((value) =>
              bitDepth === 16 ? value >> 8 : value * 255 / (2 ** bitDepth - 1)
            );
            const expected = {
              0: [first, first, first, 255],
              2: [first, ...others, 255],
              3: [...palette[samples[0] % palette.length], 255],
              4: [first, first, first, ...others],
              6: [first, ...others],
            }[colourType];
            assertEquals(at(picture, x, y), expected, `pixel ${x}, ${y}`);
          }
        }
      });
    }
  }
}

Deno.test("decode() reads a transparent palette entry", async () => {
  const picture = await decode(
    await encodePng(2, 1, {
      colourType: 3,
      bitDepth: 1,
      palette: [[9, 8, 7], [1, 2, 3]],
      chunks: { tRNS: Uint8Array.of(0, 128) },
    }, (x) => [x]),
  );
  assertEquals([at(picture, 0, 0)[3], at(picture, 1, 0)], [0, [1, 2, 3, 128]]);
});

Deno.test("decode() reads the colour that is transparent in a PNG without alpha", async () => {
  const grey = await decode(
    await encodePng(
      3,
      1,
      { colourType: 0, bitDepth: 4, chunks: { tRNS: Uint8Array.of(0, 7) } },
      (x) => [6 + x],
    ),
  );
  assertEquals([0, 1, 2].map((x) => at(grey, x, 0)[3]), [255, 0, 255]);
  const colour = await decode(
    await encodePng(
      3,
      1,
      { colourType: 2, bitDepth: 8, chunks: { tRNS: Uint8Array.of(0, 1, 0, 2, 0, 3) } },
      (x) => [x, 2, 3],
    ),
  );
  assertEquals([0, 1, 2].map((x) => at(colour, x, 0)[3]), [255, 0, 255]);
});

Deno.test("decode() reads the first picture of an animated PNG", async () => {
  const frame = Uint8Array.of(0, 0, 0, 1, 0x78, 1, 1, 3, 0, 0xfc, 0xff, 0, 9, 9, 0, 0x1e, 0, 0x13);
  const picture = await decode(
    await encodePng(2, 1, {
      colourType: 0,
      bitDepth: 8,
      chunks: { acTL: Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 0), fcTL: frameControl(0, 2, 1) },
      chunksAfter: { fcTL: frameControl(1, 2, 1), fdAT: frame },
    }, (x) => [40 * x]),
  );
  assertEquals([at(picture, 0, 0)[0], at(picture, 1, 0)[0]], [0, 40]);
});

for (const progressive of [false, true]) {
  const kind = progressive ? "progressive" : "baseline";
  Deno.test(`decode() reads a grey ${kind} JPEG`, async () => {
    const bytes = encodeJpeg(20, 12, { progressive }, (x, y) => [100 * x + 30 * y]);
    const picture = await decode(bytes);
    assertEquals([picture.width, picture.height], [20, 12]);
    assertEquals(at(picture, 0, 0), [0, 0, 0, 255]);
    assertEquals(at(picture, 19, 0), [200, 200, 200, 255]);
    assertEquals(at(picture, 8, 11), [130, 130, 130, 255]);
  });

  Deno.test(`decode() reads a colour ${kind} JPEG`, async () => {
    // Y, Cb, Cr of pure red, green and blue (JFIF 1.02).
    const colours = [[76, 85, 255], [150, 44, 21], [29, 255, 107]];
    const picture = await decode(encodeJpeg(24, 8, { progressive }, (x) => colours[x]));
    const primaries = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]];
    primaries.forEach((expected, i) => {
      at(picture, 8 * i + 4, 4).forEach((value, channel) => {
        assert(Math.abs(value - expected[channel]) <= 2, `${at(picture, 8 * i + 4, 4)}`);
      });
    });
  });
}

Deno.test("decode() reads a CMYK JPEG, which Adobe stores inverted", async () => {
  // Stored 255 is no ink: paper, black, cyan, half magenta.
  const inks = [[255, 255, 255, 255], [255, 255, 255, 0], [0, 255, 255, 255], [255, 127, 255, 255]];
  const picture = await decode(encodeJpeg(32, 8, { adobe: 0 }, (x) => inks[x]));
  assertEquals([0, 8, 16, 24].map((x) => at(picture, x, 0)), [
    [255, 255, 255, 255],
    [0, 0, 0, 255],
    [0, 255, 255, 255],
    [255, 127, 255, 255],
  ]);
});

Deno.test("decode() reads a YCCK JPEG", async () => {
  // Y, Cb, Cr of the inks as if they were red, green and blue: paper, then black by K alone.
  const inks = [[0, 128, 128, 255], [0, 128, 128, 0], [255, 128, 128, 255]];
  const picture = await decode(encodeJpeg(24, 8, { adobe: 2 }, (x) => inks[x]));
  assertEquals([0, 8, 16].map((x) => at(picture, x, 0)), [
    [255, 255, 255, 255],
    [0, 0, 0, 255],
    [0, 0, 0, 255],
  ]);
});

for (
  const [kind, bytes] of [
    ["with less colour than light", BASELINE_JPEG],
    ["with restarts", RESTART_JPEG],
    ["progressive in ten scans", PROGRESSIVE_JPEG],
  ] as const
) {
  Deno.test(`decode() reads a JPEG ${kind}`, async () => {
    assert(meanDifference(await decode(bytes), SAMPLE) < 4);
  });
}

// Which edge of the upright picture the stored first row and first column are (Exif 2.32, 4.6.4).
const ORIENTATIONS = [
  [1, "top", "left"],
  [2, "top", "right"],
  [3, "bottom", "right"],
  [4, "bottom", "left"],
  [5, "left", "top"],
  [6, "right", "top"],
  [7, "right", "bottom"],
  [8, "left", "bottom"],
] as const;

for (const [orientation, firstRow, firstColumn] of ORIENTATIONS) {
  const sideways = firstRow === "left" || firstRow === "right";
  const far = (edge: string) => edge === "right" || edge === "bottom";
  // Where the block in the given stored row and column is seen, of 3x2 stored blocks.
  const seen = (row: number, column: number) => {
    const fromFirstRow = far(firstRow) ? 1 - row : row;
    const fromFirstColumn = far(firstColumn) ? 2 - column : column;
    return sideways ? [fromFirstRow, fromFirstColumn] : [fromFirstColumn, fromFirstRow];
  };

  for (const byteOrder of ["II", "MM"] as const) {
    Deno.test(`decode() turns EXIF orientation ${orientation} (${byteOrder}) upright`, async () => {
      const exif = exifBlock(orientation, byteOrder);
      const picture = await decode(encodeJpeg(24, 16, { exif }, (x, y) => [40 * (3 * y + x)]));
      assertEquals([picture.width, picture.height], sideways ? [16, 24] : [24, 16]);
      for (let row = 0; row < 2; row++) {
        for (let column = 0; column < 3; column++) {
          const [x, y] = seen(row, column);
          assertEquals(at(picture, 8 * x + 3, 8 * y + 3)[0], 40 * (3 * row + column));
        }
      }
    });
  }

  Deno.test(`decode() turns a PNG with EXIF orientation ${orientation} upright`, async () => {
    const chunks = { eXIf: exifBlock(orientation) };
    const picture = await decode(
      await encodePng(3, 2, { colourType: 0, bitDepth: 8, chunks }, (x, y) => [40 * (3 * y + x)]),
    );
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < 3; column++) {
        const [x, y] = seen(row, column);
        assertEquals(at(picture, x, y)[0], 40 * (3 * row + column));
      }
    }
  });
}

Deno.test("decode() takes malformed EXIF for upright", async () => {
  const whole = exifBlock(6);
  const blocks = [
    ...Array.from({ length: 32 }, (_, length) => whole.subarray(0, length)),
    exifBlock(0),
    exifBlock(9),
    whole.with(0, 0x58), // neither II nor MM
    whole.with(3, 43), // not TIFF's 42
    whole.with(4, 0xff), // the directory lies outside
    whole.with(25, 4), // a LONG where a SHORT belongs
  ];
  for (const exif of blocks) {
    const picture = await decode(encodeJpeg(24, 16, { exif }, () => [99]));
    assertEquals([picture.width, picture.height], [24, 16], `${exif}`);
  }
});

Deno.test("decode() reads a JPEG with fill bytes before a marker", async () => {
  const jpeg = encodeJpeg(8, 8, {}, () => [9]);
  const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
  const filled = [...jpeg.subarray(0, frame), 0xff, 0xff, ...jpeg.subarray(frame)];
  assertEquals(at(await decode(Uint8Array.from(filled)), 0, 0)[0], 9);
});

Deno.test("decode() takes the first picture of a JPEG that holds several (MPO)", async () => {
  const first = encodeJpeg(16, 8, {}, () => [50]);
  const second = encodeJpeg(8, 8, {}, () => [200]);
  const picture = await decode(new Uint8Array([...first, ...second]));
  assertEquals([picture.width, picture.height, at(picture, 15, 7)[0]], [16, 8, 50]);
});

Deno.test("decode() takes the first frame of a GIF and leaves the rest transparent", async () => {
  const palette = [[10, 20, 30], [200, 210, 220], [0, 0, 0]];
  const picture = await decode(encodeGif(30, 20, palette, 2, [
    { x: 5, y: 4, width: 20, height: 10, index: (x, y) => (x === 19 && y === 9 ? 2 : x % 2) },
    { x: 0, y: 0, width: 30, height: 20, index: () => 1 },
  ]));
  assertEquals([picture.width, picture.height], [30, 20]);
  assertEquals(at(picture, 5, 4), [10, 20, 30, 255]);
  assertEquals(at(picture, 6, 13), [200, 210, 220, 255]);
  assertEquals([at(picture, 24, 13)[3], at(picture, 4, 4)[3], at(picture, 25, 5)[3]], [0, 0, 0]);
});

Deno.test("decode() reads an interlaced GIF", async () => {
  const palette = Array.from({ length: 21 }, (_, i) => [10 * i, 0, 0]);
  const picture = await decode(encodeGif(3, 21, palette, 99, [
    { x: 0, y: 0, width: 3, height: 21, interlaced: true, index: (_, y) => y },
  ]));
  const column = Array.from({ length: 21 }, (_, y) => at(picture, 1, y)[0]);
  assertEquals(column, palette.map(([red]) => red));
});

Deno.test("decode() cuts a GIF's frame at its canvas", async () => {
  const picture = await decode(encodeGif(8, 6, [[10, 20, 30], [40, 50, 60]], 99, [
    { x: 5, y: 3, width: 10, height: 10, index: (x) => x === 0 ? 0 : 1 },
  ]));
  assertEquals(at(picture, 5, 5), [10, 20, 30, 255]);
  assertEquals(at(picture, 7, 3), [40, 50, 60, 255]);
  assertEquals(at(picture, 0, 4), [0, 0, 0, 0]);
});

const BMP_PALETTE = [[10, 20, 30], [200, 100, 50], [0, 255, 128]];

for (const bits of [1, 4, 8] as const) {
  for (const kind of ["", ", top-down", ", as run lengths", ", OS/2"]) {
    if (bits === 1 && kind === ", as run lengths") continue; // there is no such thing
    Deno.test(`decode() reads BMP of ${bits} bits${kind}`, async () => {
      const palette = BMP_PALETTE.slice(0, bits === 1 ? 2 : 3);
      const index = (x: number, y: number) => ((x >> 1) + y) % palette.length;
      const picture = await decode(encodeBmp(11, 30, {
        bits,
        // OS/2's header does not say how many there are.
        palette: [...palette, ...Array(2 ** bits - palette.length).fill([0, 0, 0])],
        topDown: kind === ", top-down",
        runLengths: kind === ", as run lengths",
        core: kind === ", OS/2",
      }, index));
      assertEquals([picture.width, picture.height], [11, 30]);
      for (let y = 0; y < 30; y++) {
        for (let x = 0; x < 11; x++) {
          assertEquals(at(picture, x, y), [...palette[index(x, y)], 255], `pixel ${x}, ${y}`);
        }
      }
    });
  }
}

Deno.test("decode() reads BMP of 16, 24 and 32 bits", async () => {
  const of = async (options: Parameters<typeof encodeBmp>[2], value: number) =>
    at(await decode(encodeBmp(3, 2, options, (x, y) => x === 2 && y === 0 ? value : 0)), 2, 0);
  assertEquals(await of({ bits: 16 }, 0x7c1f), [248, 0, 248, 255]);
  assertEquals(await of({ bits: 16, masks: [0xf800, 0x7e0, 0x1f, 0] }, 0xffe0), [248, 252, 0, 255]);
  assertEquals(await of({ bits: 24 }, 0x102030), [0x10, 0x20, 0x30, 255]);
  assertEquals(await of({ bits: 24, topDown: true }, 0x102030), [0x10, 0x20, 0x30, 255]);
  assertEquals(await of({ bits: 24, core: true }, 0x102030), [0x10, 0x20, 0x30, 255]);
  assertEquals(await of({ bits: 32 }, 0x102030), [0x10, 0x20, 0x30, 255]);
  const masks = [0xff, 0xff00, 0xff0000, 0xff000000];
  assertEquals(await of({ bits: 32, masks }, 0x80102030), [0x30, 0x20, 0x10, 0x80]);
});

Deno.test("decode() reads WebP, lossless, lossy and transparent", async () => {
  assertEquals(meanDifference(await decode(LOSSLESS_WEBP), SAMPLE), 0);
  assert(meanDifference(await decode(LOSSY_WEBP), SAMPLE) < 4);
  const transparent = await decode(ALPHA_WEBP);
  assertEquals(at(transparent, 0, 0)[3], 0);
  const [darkest] = [...SAMPLE.data.keys()].filter((i) => SAMPLE.data[i] === 40);
  assertEquals(transparent.data[darkest + 3], 255);
});

Deno.test("decode() turns a WebP with EXIF orientation upright", async () => {
  const still = LOSSLESS_WEBP.subarray(20); // past its only chunk's name and length
  const extended = Uint8Array.of(8, 0, 0, 0, 34, 0, 0, 32, 0, 0); // has EXIF, 35x33 pixels
  const prefix = text("Exif\0\0");
  for (const exif of [exifBlock(3), new Uint8Array([...prefix, ...exifBlock(3)])]) {
    const picture = await decode(webpOf([["VP8X", extended], ["VP8L", still], ["EXIF", exif]]));
    assertEquals(at(picture, 34, 32), at(SAMPLE, 0, 0));
    assertEquals(at(picture, 12, 27), at(SAMPLE, 22, 5));
  }
});

Deno.test("decode() says what to do about a WebP that is an animation", async () => {
  const extended = Uint8Array.of(2, 0, 0, 0, 34, 0, 0, 32, 0, 0);
  const bytes = webpOf([["VP8X", extended], ["ANIM", new Uint8Array(6)]]);
  await assertRejects(() => decode(bytes), SyntaxError, "save one picture of it as PNG or JPEG");
});

for (const [channels, name] of [[1, "grey"], [3, "colour"], [4, "CMYK"]] as const) {
  for (const progressive of [false, true]) {
    const kind = `${progressive ? "progressive" : "baseline"} ${name} JPEG`;
    Deno.test(`decode() reduces a large ${kind} to the side that is needed`, async () => {
      const adobe = channels === 4 ? 0 : undefined;
      const values = (x: number, y: number) => {
        const light = (37 * x + 59 * y) % 256;
        return [[light], [light, 128, 128], [light, light, light, 255]][channels >> 1];
      };
      const bytes = encodeJpeg(203, 77, { progressive, adobe }, values);
      const whole = await decode(bytes);
      assertEquals([whole.scale, whole.fullWidth, whole.fullHeight], [
        undefined,
        undefined,
        undefined,
      ]);
      for (
        const [side, scale] of [[204, 1], [102, 1], [101, 2], [51, 2], [50, 4], [25, 8], [1, 8]]
      ) {
        const picture = await decode(bytes, { side });
        assertEquals(picture.width, Math.ceil(203 / scale), `side ${side}`);
        assertEquals(picture.height, Math.ceil(77 / scale), `side ${side}`);
        if (scale === 1) assertEquals(picture, whole);
        else assertEquals([picture.scale, picture.fullWidth, picture.fullHeight], [scale, 203, 77]);
        for (let y = 0; y < picture.height; y++) {
          for (let x = 0; x < picture.width; x++) {
            assertEquals(at(picture, x, y), at(whole, x * scale, y * scale), `${x}, ${y}`);
          }
        }
      }
    });
  }
}

Deno.test("decode() says how large a picture was before it was reduced and turned", async () => {
  const bytes = encodeJpeg(80, 40, { exif: exifBlock(6) }, (x, y) => [20 * x + 5 * y]);
  const { data, ...size } = await decode(bytes, { side: 10 });
  assertEquals(size, { width: 5, height: 10, scale: 8, fullWidth: 40, fullHeight: 80 });
  assertEquals(data[0], 20); // the lower left corner
});

Deno.test("decode() reduces a JPEG that is far longer than wide no more than is needed", async () => {
  for (const [width, height] of [[3, 400], [400, 3]]) {
    const bytes = encodeJpeg(width, height, {}, () => [9]);
    for (const [side, scale] of [[200, 2], [100, 4], [50, 8]]) {
      const picture = await decode(bytes, { side });
      assertEquals(Math.max(picture.width, picture.height), 400 / scale);
      assertEquals(picture.scale, scale);
    }
  }
});

Deno.test("decode() decodes other formats than JPEG whole", async () => {
  const files = [
    await encodePng(50, 40, { colourType: 0, bitDepth: 8 }, () => [1]),
    encodeGif(50, 40, [[1, 1, 1]], 99, [{ x: 0, y: 0, width: 50, height: 40, index: () => 0 }]),
    encodeBmp(50, 40, { bits: 24 }, () => 0x010101),
  ];
  for (const bytes of files) {
    const { width, height, scale } = await decode(bytes, { side: 5 });
    assertEquals([width, height, scale], [50, 40, undefined]);
  }
  assertEquals((await decode(LOSSY_WEBP, { side: 1 })).width, 35);
});

Deno.test("decode() leaves the pixels alone in their buffer, for others to be given away", async () => {
  for (const bytes of [...await oneOfEach(), encodeJpeg(8, 8, { exif: exifBlock(6) }, () => [1])]) {
    const { width, height, data } = await decode(bytes);
    assertEquals(data.buffer.byteLength, 4 * width * height);
  }
});

/** A PNG, JPEG, GIF, BMP and WebP. */
async function oneOfEach(): Promise<Uint8Array<ArrayBuffer>[]> {
  return [
    await encodePng(3, 2, { colourType: 0, bitDepth: 8 }, () => [1]),
    encodeJpeg(3, 2, {}, () => [1]),
    encodeGif(3, 2, [[1, 1, 1]], 99, [{ x: 0, y: 0, width: 3, height: 2, index: () => 0 }]),
    encodeBmp(3, 2, { bits: 24 }, () => 0x010101),
    LOSSLESS_WEBP,
  ];
}

Deno.test("decode() refuses sizes that files of such lengths cannot have", async () => {
  const [png, jpeg, , bmp, webp] = await oneOfEach();
  const gif = encodeGif(1, 1, [], 0, []);
  const frameHeader = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
  const side = 8000; // 64 megapixels are not too many
  new DataView(png.buffer).setUint32(16, side);
  new DataView(png.buffer).setUint32(20, side);
  new DataView(jpeg.buffer).setUint16(frameHeader + 5, side);
  new DataView(jpeg.buffer).setUint16(frameHeader + 7, side);
  new DataView(gif.buffer).setUint16(6, side, true);
  new DataView(gif.buffer).setUint16(8, side, true);
  new DataView(bmp.buffer).setInt32(18, side, true);
  new DataView(bmp.buffer).setInt32(22, -side, true);
  const lossless = webp.slice();
  new DataView(lossless.buffer).setUint32(21, side - 1 | side - 1 << 14, true);
  const lossy = LOSSY_WEBP.slice();
  new DataView(lossy.buffer).setUint16(26, side, true);
  new DataView(lossy.buffer).setUint16(28, side, true);
  const runs = encodeBmp(3, 2, { bits: 8, runLengths: true }, () => 0);
  new DataView(runs.buffer).setInt32(18, side, true);
  new DataView(runs.buffer).setInt32(22, side, true);
  for (const bytes of [png, jpeg, gif, bmp, runs, lossless, lossy]) {
    await assertRejects(
      () => decode(bytes),
      SyntaxError,
      `8000x8000 pixels are more than ${bytes.length} bytes can hold`,
    );
  }
});

Deno.test("decode() reads large blank pictures of few bytes", async () => {
  const blank = await encodePng(4000, 1, { colourType: 0, bitDepth: 1 }, () => [1]);
  assertEquals((await decode(blank)).width, 4000);
  const jpeg = encodeJpeg(4000, 3000, { progressive: true }, () => [128]);
  assertEquals((await decode(jpeg, { side: 500 })).width, 500);
});

Deno.test("decode() refuses pictures that are too large before decoding them", async () => {
  const jpeg = encodeJpeg(8, 8, {}, () => [0]);
  const frameHeader = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
  jpeg.set([0xff, 0xff, 0xff, 0xff], frameHeader + 5);
  const gif = encodeGif(1, 1, [], 0, []);
  gif.set([0xff, 0xff, 0xff, 0xff], 6);
  const grey = { colourType: 0, bitDepth: 8 } as const;
  for (
    const bytes of [pngStart(20_000, 20_000, grey), pngStart(MAX_PIXELS + 1, 1, grey), jpeg, gif]
  ) {
    await assertRejects(() => decode(bytes), RangeError, "too large");
  }
  await assertRejects(
    () => decode(pngStart(8001, 8000, grey)),
    RangeError,
    "8001x8000 = 64.1 megapixels, expected at most 64",
  );
});

Deno.test("decode() names what is none of its formats", async () => {
  const files: [string, string][] = [
    ["RIFF\x24\0\0\0WAVEfmt ", "an unknown format"],
    ["BMW and other cars", "text"],
    ["\xff\x0a\xfa\x1f", "a JPEG XL picture"],
    ["\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"],
    ["II*\0\x08\0\0\0", "a TIFF picture"],
    ["MM\0*\0\0\0\x08", "a TIFF picture"],
    ["\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"],
    ["\0\0\0\x18ftypmif1\0\0\0\0", "a HEIC picture"],
    ["\0\0\0\x1cftypavif\0\0\0\0", "an AVIF picture"],
    ["\0\0\0\x20ftypisom\0\0\0\0", "a video"],
    ["%PDF-1.7\n", "a PDF document"],
    ['<?xml version="1.0"?>\n<svg width="10">', "an SVG drawing"],
    ["\n<!DOCTYPE html><html>", "an HTML page"],
    ["version https://git-lfs.github.com/spec/v1\n", "text"],
    ["\x7fELF\x02\x01", "an unknown format"],
    ["\x89PNG", "an unknown format"],
  ];
  for (const [start, name] of files) {
    await assertRejects(
      () => decode(text(start)),
      SyntaxError,
      `Found ${name}, expected a PNG, JPEG, GIF, BMP or WebP picture: convert it to PNG or JPEG`,
    );
  }
  await assertRejects(() => decode(new Uint8Array(0)), SyntaxError, "The file is empty");
});

Deno.test("decode() rejects truncated files wherever they end, and works on", async () => {
  const png = await encodePng(9, 9, { colourType: 2, bitDepth: 8 }, (x, y) => [9 * x, 9 * y, 7]);
  const jpeg = encodeJpeg(40, 40, { exif: exifBlock(6) }, (x, y) => [20 * x + 30 * y]);
  const gif = encodeGif(20, 20, [[1, 2, 3], [4, 5, 6]], 9, [
    { x: 0, y: 0, width: 20, height: 20, index: (x) => x % 2 },
  ]);
  const bmp = encodeBmp(9, 9, { bits: 24 }, (x, y) => 9 * x + y);
  // What a decoder can do without: PNG's end chunk; GIF's end code, last block and trailer; what
  // fills a BMP's last row up.
  const files = [[png, 12], [jpeg, 0], [gif, 3], [bmp, 1], [LOSSLESS_WEBP, 0]] as const;
  for (const [bytes, dispensable] of files) {
    for (let length = 0; length < bytes.length - dispensable; length++) {
      await assertRejects(
        () => decode(bytes.subarray(0, length)),
        SyntaxError,
        undefined,
        `${length} of ${bytes.length} bytes`,
      );
    }
    assert((await decode(bytes)).width > 0);
  }
});

Deno.test("decode() rejects damaged files and works on", async () => {
  const png = await encodePng(9, 9, { colourType: 0, bitDepth: 8 }, (x, y) => [9 * x + y]);
  const jpeg = encodeJpeg(80, 80, {}, (x, y) => [20 * x + 3 * y]);
  const inData = png.length - 24;
  await assertRejects(() => decode(png.with(inData, png[inData] ^ 0xff)), SyntaxError, "The PNG");
  const scan = jpeg.length - 30;
  await assertRejects(
    () => decode(jpeg.with(scan, 0xff).with(scan + 1, 0xc4)),
    SyntaxError,
    "JPEG",
  );
  await assertRejects(() => decode(ARITHMETIC_JPEG), SyntaxError, "of an unsupported kind");
  await assertRejects(() => decode(pngStart(0, 5, { colourType: 0, bitDepth: 8 })), SyntaxError);
  assertEquals(at(await decode(png), 1, 1)[0], 10);
  assertEquals(at(await decode(jpeg), 0, 8)[0], 3);
});

Deno.test("decode() decodes several pictures at a time", async () => {
  const values = Array.from({ length: 20 }, (_, i) => i * 12);
  const pictures = await Promise.all(
    values.map((value) => decode(encodeJpeg(8, 8, {}, () => [value]))),
  );
  assertEquals(pictures.map((picture) => at(picture, 3, 3)[0]), values);
});

Deno.test("decode() needs no permission", async () => {
  const script = `import { decode } from ${
    JSON.stringify(new URL("../../lib/image/decode.ts", import.meta.url))
  };
  for (const bytes of ${JSON.stringify((await oneOfEach()).map((bytes) => [...bytes]))}) {
    const { width, height } = await decode(Uint8Array.from(bytes));
    console.log(width, height);
  }`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--quiet", "-"],
    cwd: new URL("../..", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout } = await child.output();
  assertEquals(
    new TextDecoder().decode(stdout).trim().split("\n"),
    ["3 2", "3 2", "3 2", "3 2", "35 33"],
  );
});
