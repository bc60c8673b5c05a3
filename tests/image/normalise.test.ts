import { assert, assertEquals } from "@std/assert";
import { asciiArt } from "../../lib/image/ascii.ts";
import { normalise, type Normalised } from "../../lib/image/normalise.ts";
import type { PaperOptions } from "../../lib/image/open.ts";
import type { Picture } from "../../lib/image/picture.ts";
import { Random } from "../../lib/random.ts";
import { EIGHT, FIVE, type Lines, paint, pen, SEVEN } from "./draw.ts";

const DIGITS: Record<string, Lines> = { five: FIVE, seven: SEVEN, eight: EIGHT };

/** Dark ink on white paper, `size` pixels high, in a square picture with a quarter of that around. */
function drawn(lines: Lines, size = 120, penWidth = size / 8): Picture {
  const ink = pen(lines, [size / 4, size / 4], size, penWidth);
  return paint(1.5 * size, 1.5 * size, (x, y) => 255 - 235 * ink(x, y));
}

function found(picture: Picture, options?: PaperOptions): Normalised {
  const normalised = normalise(picture, options);
  if (normalised === undefined) throw new Error("Found nothing");
  return normalised;
}

/** A 28x28 picture as one that could come from a file. */
function picture28(pixels: Uint8Array): Picture {
  return paint(28, 28, (x, y) => pixels[y * 28 + x]);
}

/** The mean difference of the pixels, of 255. */
function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

// Hardly to be seen: the ink itself is about 30 of 255 in the mean.
const ALIKE = 1.5;

function assertAlike(actual: Normalised, expected: Normalised, tolerance = ALIKE): void {
  const distance = difference(actual.pixels, expected.pixels);
  assert(
    distance <= tolerance,
    `Differs by ${distance}:\n${asciiArt(actual.pixels)}\nfrom\n${asciiArt(expected.pixels)}`,
  );
}

function centreOfMass(pixels: Uint8Array): [x: number, y: number] {
  const mass = pixels.reduce((sum, value) => sum + value, 0);
  return [
    pixels.reduce((sum, value, i) => sum + value * (i % 28), 0) / mass,
    pixels.reduce((sum, value, i) => sum + value * Math.floor(i / 28), 0) / mass,
  ];
}

/** The smallest box around the ink: [x, y, width, height]. */
function boxOf(pixels: Uint8Array): number[] {
  const columns = [...pixels.keys()].filter((i) => pixels[i] > 0).map((i) => i % 28);
  const rows = [...pixels.keys()].filter((i) => pixels[i] > 0).map((i) => Math.floor(i / 28));
  const [left, top] = [Math.min(...columns), Math.min(...rows)];
  return [left, top, Math.max(...columns) - left + 1, Math.max(...rows) - top + 1];
}

for (const [name, lines] of Object.entries(DIGITS)) {
  Deno.test(`normalise() fits a ${name} into 20x20`, () => {
    const [, , width, height] = boxOf(found(drawn(lines)).pixels);
    assertEquals(height, 20);
    assert(width > 8 && width < 18, `${width}`);
  });

  Deno.test(`normalise() centres the centre of mass of a ${name}`, () => {
    const [x, y] = centreOfMass(found(drawn(lines)).pixels);
    assert(Math.abs(x - 14) <= 0.5 && Math.abs(y - 14) <= 0.5, `${x}, ${y}`);
  });

  Deno.test(`normalise() leaves a ${name} in MNIST's form almost as it is`, () => {
    const once = found(drawn(lines));
    const twice = found(picture28(once.pixels));
    assertAlike(twice, once, 0.5);
    assertEquals(twice.inverted, true);
    assertEquals(twice.box, boxOf(once.pixels));
  });

  Deno.test(`normalise() sees a ${name} alike, dark on light and light on dark`, () => {
    const dark = drawn(lines);
    const light = paint(
      dark.width,
      dark.height,
      (x, y) => 255 - dark.data[4 * (y * dark.width + x)],
    );
    assertEquals(found(dark).inverted, false);
    assertEquals(found(light).inverted, true);
    assertAlike(found(light), found(dark), 0.01);
  });

  Deno.test(`normalise() sees a ${name} alike wherever it is on the paper`, () => {
    const expected = found(drawn(lines));
    for (const [left, top] of [[5, 3], [150, 20], [70, 170], [161, 163]]) {
      const ink = pen(lines, [left + 10, top + 10], 120, 15);
      const moved = paint(320, 320, (x, y) => 255 - 235 * ink(x, y));
      assertAlike(found(moved), expected, 0.01);
    }
  });

  Deno.test(`normalise() sees a ${name} alike at all sizes`, () => {
    const expected = found(drawn(lines));
    for (const size of [80, 200, 400, 1000]) assertAlike(found(drawn(lines, size)), expected, 2.5);
    // A pen of few pixels leaves some choice.
    for (const size of [12, 20, 24, 40]) assertAlike(found(drawn(lines, size)), expected, 13);
  });

  Deno.test(`normalise() finds a light ${name} that touches the edge`, () => {
    const ink = pen(lines, [-2, 0], 120, 16);
    const { pixels, inverted, box } = found(paint(100, 120, (x, y) => 250 * ink(x, y)));
    assertEquals(inverted, true);
    assertEquals([box[1], box[3]], [0, 120]);
    assertEquals(boxOf(pixels)[3], 20);
  });
}

Deno.test("normalise() draws what MNIST would (a bent line, exactly)", () => {
  // 10x20 pixels need no scaling. The centre of mass is at (2.45, 14.45) of them: 90 pixels have
  // x = 1 in the mean and y = 9.5 (the 60 of the upright), or x = 6 and y = 18 (the 21 to its right).
  const isInk = (x: number, y: number) => x >= 0 && x < 10 && y >= 0 && y < 20 && (x < 3 || y > 16);
  const { pixels, box } = found(paint(50, 40, (x, y) => isInk(x - 30, y - 7) ? 0 : 255));
  assertEquals(box, [30, 7, 10, 20]);
  const left = 14 - Math.round((60 * 1 + 21 * 6) / 81);
  const top = 14 - Math.round((60 * 9.5 + 21 * 18) / 81);
  const expected = Uint8Array.from({ length: 784 }, (_, i) => {
    return isInk(i % 28 - left, Math.floor(i / 28) - top) ? 255 : 0;
  });
  assertEquals(pixels, expected);
});

Deno.test("normalise() draws a five (golden picture)", () => {
  const golden = [
    "                    ++@@%%%%####******++..",
    "                    @@@@@@@@@@@@@@@@@@@@++",
    "                    @@@@----====++++++**..",
    "                  ..@@@@",
    "                  --@@%%",
    "                  ==@@##",
    "                  ++@@**  --++--",
    "                  **@@@@@@@@@@@@%%==",
    "                  ##@@@@@@@@##@@@@@@@@--",
    "                  ::**==..    ..==%%@@##",
    "                                  ::@@@@",
    "                                    %%@@==",
    "                                    ++@@##",
    "                                    ++@@%%",
    "                                    @@@@==",
    "                                  ++@@%%",
    "                ##@@++..        --@@@@==",
    "                %%@@@@@@**==##@@@@@@%%",
    "                  ==%%@@@@@@@@@@@@**::",
    "                      ::**%%++::",
  ];
  assertEquals(asciiArt(found(drawn(FIVE)).pixels).split("\n").filter(Boolean), golden);
});

Deno.test("normalise() gives the box in pixels of the picture", () => {
  const ink = pen(SEVEN, [900, 600], 500, 60);
  const { box: [x, y, width, height] } = found(paint(2000, 1500, (x, y) => 240 - 200 * ink(x, y)));
  // The pen goes from 15 to 85 % of the 500 pixels to the right, and down all of them.
  [[x, 945], [y, 570], [width, 410], [height, 560]].forEach(([actual, expected]) => {
    assert(Math.abs(actual - expected) <= 10, `${actual} is not about ${expected}`);
  });
});

Deno.test("normalise() keeps the box within a picture that it reduced", () => {
  const { box: [x, y, width, height] } = found(
    paint(1501, 1301, (x, y) => x > 600 && y > 500 && y < 900 ? 0 : 255),
  );
  assertEquals([x + width, y > 450 && y + height < 950], [1501, true]);
});

Deno.test("normalise() reads ink under uneven light and noise", () => {
  const expected = found(drawn(FIVE));
  const ink = pen(FIVE, [90, 60], 120, 15);
  const random = new Random(1);
  const lights: Record<string, (x: number, y: number) => number> = {
    vignette: (x, y) => 230 - 110 * (((x - 150) / 150) ** 2 + ((y - 120) / 120) ** 2) / 2,
    lamp: (x) => 240 - 170 * x / 300,
    dusk: () => 80,
  };
  for (const light of Object.values(lights)) {
    const photo = paint(
      300,
      240,
      (x, y) => light(x, y) * (1 - 0.6 * ink(x, y)) + random.normal(0, 4),
    );
    assertEquals(found(photo).inverted, false);
    assertAlike(found(photo), expected, 4);
  }
  const board = paint(
    300,
    240,
    (x, y) => 50 + y / 5 + 110 * ink(x, y) + random.normal(0, 4),
  );
  assertEquals(found(board).inverted, true);
  assertAlike(found(board), expected, 4);
});

Deno.test("normalise() reads coloured ink", () => {
  const ink = pen(EIGHT, [30, 30], 120, 15);
  const blue = paint(180, 180, (x, y) => {
    const share = ink(x, y);
    return [255 - 235 * share, 250 - 200 * share, 240 - 60 * share, 255];
  });
  assertAlike(found(blue), found(drawn(EIGHT)));
});

Deno.test("normalise() reads ink on transparent ground, dark or light", () => {
  const ink = pen(FIVE, [30, 30], 120, 15);
  const expected = found(drawn(FIVE));
  for (const [tone, inverted] of [[0, false], [90, false], [200, true], [255, true]] as const) {
    const picture = paint(180, 180, (x, y) => {
      const grey = Math.min(255, tone + x % 5); // a pen is never quite even
      return [grey, grey, grey, 255 * ink(x, y)];
    });
    assertEquals(found(picture).inverted, inverted);
    assertAlike(found(picture), expected);
  }
});

Deno.test("normalise() reads a card that lies on transparent ground", () => {
  const ink = pen(FIVE, [90, 90], 120, 15);
  const outside = (x: number, y: number) => Math.min(x, y, 299 - x, 299 - y) < 55;
  for (const [paper, tone] of [[255, 20], [30, 230]]) {
    const card = paint(300, 300, (x, y) => {
      const grey = paper + (tone - paper) * ink(x, y);
      return outside(x, y) ? [0, 0, 0, 0] : [grey, grey, grey, 255];
    });
    assertEquals(found(card).inverted, tone > paper);
    assertAlike(found(card), found(drawn(FIVE)));
  }
});

Deno.test("normalise() drops specks, frames and shadows along the edge", () => {
  const ink = pen(FIVE, [90, 60], 120, 15);
  const surroundings = pen(FIVE, [90, 60], 120, 30);
  const expected = found(drawn(FIVE));
  const marks: Record<string, (x: number, y: number) => boolean> = {
    specks: (x, y) => x % 60 < 3 && y % 50 < 3 && surroundings(x, y) === 0,
    edge: (x, y) => Math.min(x, y, 299 - x, 239 - y) < 6,
    frame: (x, y) => {
      const inwards = Math.min(x, y, 299 - x, 239 - y);
      return inwards >= 12 && inwards < 16;
    },
    shadow: (x, y) => x > 230 + y / 30,
  };
  for (const [name, mark] of Object.entries(marks)) {
    const picture = paint(300, 240, (x, y) => mark(x, y) ? 20 : 255 - 235 * ink(x, y));
    const normalised = found(picture);
    assertEquals(normalised.inverted, false, name);
    assertAlike(normalised, expected);
  }
});

Deno.test("normalise() keeps a digit together that is in parts", () => {
  const halves = (x: number, y: number) =>
    x >= 100 && x < 112 && y >= 40 && y < 160 && !(y >= 90 && y < 102);
  assertEquals(found(paint(200, 200, (x, y) => halves(x, y) ? 0 : 255)).box, [100, 40, 12, 120]);

  // The lower half reaches the picture's edge, the upper one does not.
  assertEquals(found(paint(200, 160, (x, y) => halves(x, y) ? 0 : 255)).box, [100, 40, 12, 120]);
});

Deno.test("normalise() drops a mark that is far from the digit", () => {
  const ink = pen(FIVE, [30, 30], 120, 15);
  const blot = (x: number, y: number) => Math.hypot(x - 240, y - 60) < 20;
  const picture = paint(280, 180, (x, y) => blot(x, y) ? 20 : 255 - 235 * ink(x, y));
  assertAlike(found(picture), found(drawn(FIVE)));
});

Deno.test("normalise() reads a nought that fills the picture but for its rim", () => {
  const { inverted, box } = found(paint(100, 100, (x, y) => {
    const radius = Math.hypot(x - 49.5, y - 49.5);
    return radius > 16 && radius < 46 ? 20 : 250;
  }));
  assertEquals([inverted, box], [false, [4, 4, 92, 92]]);
});

Deno.test("normalise() reads small pictures that are cropped to the ink", () => {
  for (const lines of Object.values(DIGITS)) {
    for (const penWidth of [10, 15, 20, 25]) {
      const whole = found(drawn(lines, 120, penWidth));
      const [left, top, width, height] = boxOf(whole.pixels);
      const cropped = found(
        paint(width, height, (x, y) => 255 - whole.pixels[(top + y) * 28 + left + x]),
      );
      assertEquals(cropped.inverted, false);
      assertAlike(cropped, whole, 4);
    }
  }
});

Deno.test("normalise() leaves thin strokes of MNIST's size alone", () => {
  const isInk = (x: number, y: number) =>
    (x === 9 && y >= 4 && y < 24) || (y === 23 && x >= 9 && x < 20);
  const thin = paint(28, 28, (x, y) => isInk(x, y) ? 255 : 0);
  assertEquals(found(thin).pixels.filter((value) => value === 255).length, 20 + 10);
  assertEquals(found(thin).pixels.filter((value) => value > 0).length, 20 + 10);
});

Deno.test("normalise() takes a faint part of a stroke along", () => {
  const dark = pen([[[0.5, 0], [0.5, 1]]], [30, 30], 120, 12);
  const faint = pen([[[0.5, 0.4], [0, 0.8]]], [30, 30], 120, 12);
  const { box } = found(
    paint(180, 180, (x, y) => 240 - Math.max(200 * dark(x, y), 75 * faint(x, y))),
  );
  assert(box[2] > 60, `${box}`);
});

/** The stroke width that a ring of the given measures has at last, in pixels of 28. */
function strokeOfRing(diameter: number, penWidth: number): number {
  const radius = (diameter - penWidth) / 2;
  const centre = 0.6 * diameter - 0.5;
  const { pixels } = found(paint(1.2 * diameter, 1.2 * diameter, (x, y) => {
    const off = Math.abs(Math.hypot(x - centre, y - centre) - radius);
    return 255 - 255 * Math.min(1, Math.max(0, penWidth / 2 + 0.5 - off));
  }));
  // A ring with outer diameter 20 and stroke w has the area pi (20 - w) w.
  const area = pixels.reduce((sum, value) => sum + value, 0) / 255;
  return 10 - Math.sqrt(100 - area / Math.PI);
}

Deno.test("normalise() redraws strokes that are thinner than MNIST's", () => {
  for (const [diameter, penWidth] of [[40, 1], [60, 2], [100, 2], [300, 2], [300, 5], [500, 25]]) {
    const width = strokeOfRing(diameter, penWidth);
    assert(Math.abs(width - 2) < 0.08, `${width} of ${penWidth} in ${diameter}`);
  }
});

Deno.test("normalise() redraws strokes that are thicker than MNIST's", () => {
  for (const [diameter, penWidth] of [[50, 12], [300, 70], [300, 80]]) {
    const width = strokeOfRing(diameter, penWidth);
    assert(Math.abs(width - 4) < 0.5, `${width} of ${penWidth} in ${diameter}`);
  }
});

Deno.test("normalise() keeps the width of strokes like MNIST's", () => {
  for (const penWidth of [36, 45, 54]) {
    const width = strokeOfRing(300, penWidth);
    assert(Math.abs(width - penWidth / 15) < 0.15, `${width} of ${penWidth} in 300`);
  }
});

Deno.test("normalise() finds nothing on blank paper", () => {
  const blank: Record<string, Picture> = {
    white: paint(60, 40, () => 255),
    black: paint(60, 40, () => 0),
    transparent: paint(60, 40, () => [0, 0, 0, 0]),
    "one pixel": paint(1, 1, () => 0),
    "one row": paint(200, 1, () => 128),
    gradient: paint(200, 150, (x, y) => 60 + x / 2 + y / 2),
    "one dark pixel": paint(28, 28, (x, y) => x === 12 && y === 15 ? 0 : 255),
    "the other side showing through": paint(
      200,
      200,
      (x, y) => Math.hypot(x - 99, y - 99) < 50 ? 228 : 240,
    ),
    dust: paint(300, 200, (x, y) => x > 100 && x < 103 && y > 70 && y < 73 ? 0 : 250),
  };
  for (const [name, picture] of Object.entries(blank)) {
    assertEquals(normalise(picture), undefined, name);
  }
});

Deno.test("normalise() finds nothing in dust and noise, be it scattered over the paper", () => {
  const dust = paint(100, 100, (x, y) => (x === 20 || x === 70) && y === 40 ? 0 : 255);
  assertEquals(normalise(dust), undefined);
  const random = new Random(2);
  const noise = paint(200, 200, () => 190 + random.normal(0, 12));
  assertEquals(normalise(noise), undefined);
});

Deno.test("normalise() draws a line one pixel wide", () => {
  const { pixels, box } = found(paint(60, 60, (x, y) => x === 30 && y >= 10 && y < 50 ? 0 : 255));
  assertEquals(box, [30, 10, 1, 40]);
  assertEquals(boxOf(pixels)[3], 20);
  assertEquals(Math.max(...pixels), 255);
});

Deno.test("normalise() believes `invert` where the ink is the greater part", () => {
  // A thick one, cropped to its outline: most of the picture and of its rim is ink.
  const isInk = (x: number, y: number) => x > 25 || (y < 40 && x > 10);
  const dark = paint(60, 120, (x, y) => isInk(x, y) ? 20 : 240);
  const light = paint(60, 120, (x, y) => isInk(x, y) ? 240 : 20);
  const asDark = found(dark, { invert: "no" });
  const asLight = found(light, { invert: "yes" });
  assertEquals([asDark.inverted, asLight.inverted], [false, true]);
  assertEquals([asDark.box, asLight.box], [[11, 0, 49, 120], [11, 0, 49, 120]]);
  assertEquals(asDark.pixels, asLight.pixels);
});
