import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Colours } from "../../lib/image/colour.ts";
import { drawPaper, findPaper, inkScale } from "../../lib/image/paper.ts";
import { CHANNELS, fitSurfaces, TERMS } from "../../lib/image/surface.ts";
import { Random } from "../../lib/random.ts";

type Colour = readonly [red: number, green: number, blue: number];

const AUTO = -1;
const DARK_INK = 0;
const LIGHT_INK = 1;
const [WIDTH, HEIGHT] = [120, 90];

function coloursOf(pixel: (x: number, y: number) => Colour): Colours {
  const data = new Uint8ClampedArray(4 * WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) data.set(pixel(x, y), 4 * (y * WIDTH + x));
  }
  return new Colours(WIDTH, HEIGHT, new Uint32Array(data.buffer));
}

/** Whether (x, y) is in a stroke of a bent line in the middle. */
function isInk(x: number, y: number): boolean {
  return (x >= 50 && x < 60 && y >= 20 && y < 70) || (y >= 60 && y < 70 && x >= 50 && x < 80);
}

/** What of a colour's weighted sum the paper and the ink are, by the weights alone. */
function distance(weights: Float64Array, paper: Colour, ink: Colour): number {
  return weights.reduce((sum, weight, i) => sum + weight * (ink[i] - paper[i]), 0);
}

Deno.test("findPaper() takes black ink on white paper as it is", () => {
  const paper = findPaper(coloursOf((x, y) => isInk(x, y) ? [20, 20, 20] : [240, 240, 240]), AUTO);
  assertEquals(paper.inverted, false);
  paper.weights.forEach((weight) => assertAlmostEquals(weight, -1 / 3, 1e-6));
  assertAlmostEquals(paper.offset, 255, 1e-3);
  drawPaper(paper, WIDTH, HEIGHT).data.forEach((value) => assertAlmostEquals(value, 15, 0.01));
});

Deno.test("inkScale() goes from what is furthest from ink to what is most like it", () => {
  const colours = coloursOf((x, y) =>
    x === 0 ? [255, 255, 255] : isInk(x, y) ? [0, 0, 0] : [240, 240, 240]
  );
  const { data } = inkScale(colours, findPaper(colours, AUTO));
  assertAlmostEquals(data[0], 0, 1e-3);
  assertAlmostEquals(data[30 * WIDTH + 55], 255, 1e-3);
  assertAlmostEquals(data[30 * WIDTH + 10], 15, 1e-3);
});

Deno.test("findPaper() finds the paper's light under the ink, be it a lamp's or a vignette", () => {
  const lights: Record<string, (u: number, v: number) => number> = {
    lamp: (u) => 200 - 80 * u,
    corner: (u, v) => 180 + 60 * u - 50 * v,
    vignette: (u, v) => 230 - 120 * u * u - 140 * v * v,
  };
  const random = new Random(1);
  for (const [name, light] of Object.entries(lights)) {
    const grey = (x: number, y: number) => light(x / WIDTH - 0.5, y / HEIGHT - 0.5);
    const colours = coloursOf((x, y) => {
      const value = grey(x, y) * (isInk(x, y) ? 0.3 : 1) + random.normal(0, 2);
      return [value, value, value];
    });
    const paper = findPaper(colours, AUTO);
    assertEquals(paper.inverted, false, name);
    drawPaper(paper, WIDTH, HEIGHT).data.forEach((value, i) => {
      const expected = 255 - grey(i % WIDTH, Math.floor(i / WIDTH));
      assert(Math.abs(value - expected) < 2, `${name}: ${value} at ${i}, not ${expected}`);
    });
  }
});

Deno.test("fitSurfaces() finds each term of each channel's surface", () => {
  const factors = [
    [200, 20, -30, 40, 25, -35],
    [180, -15, 10, -50, 45, 30],
    [120, 40, 35, 30, -60, 20],
  ];
  const colours = coloursOf((x, y) => {
    const [u, v] = [x / WIDTH - 0.5, y / HEIGHT - 0.5];
    if (isInk(x, y)) return [20, 20, 20];
    const [red, green, blue] = factors.map(([one, ...terms]) => {
      return [u, v, u * u, u * v, v * v].reduce((sum, term, i) => sum + terms[i] * term, one);
    });
    return [red, green, blue];
  });
  const found = fitSurfaces(colours, AUTO).factors;
  assertEquals(found.length, CHANNELS * TERMS);
  factors.flat().forEach((factor, i) => assertAlmostEquals(found[i], factor, 0.5)); // of bytes
});

Deno.test("findPaper() takes the even ground of a drawing as it is", () => {
  const paper = findPaper(
    coloursOf((x, y) => {
      const grey = isInk(x, y) ? 20 : isInk(x - 1, y) ? 120 : 253;
      return [grey, grey, grey];
    }),
    AUTO,
  );
  assertEquals([...paper.surface.subarray(1)], [0, 0, 0, 0, 0]);
  assertAlmostEquals(paper.surface[0], 2, 1e-9);
});

Deno.test("findPaper() tells ink by its colour where it is as light as the paper", () => {
  // By Rec. 601 the luma of both is 120.
  const ground: Colour = [40, 162, 120];
  const ink: Colour = [255, 63, 60];
  const paper = findPaper(coloursOf((x, y) => isInk(x, y) ? ink : ground), AUTO);
  // The direction from one to the other, of length 1 in the sum of its parts.
  const length = 215 + 99 + 60;
  [215 / length, -99 / length, -60 / length].forEach((expected, i) => {
    assertAlmostEquals(paper.weights[i], expected, 1e-3);
  });
  assertAlmostEquals(paper.offset, 255 * (99 + 60) / length, 0.5);
});

Deno.test("findPaper() tells light ink from dark, whatever the colours", () => {
  const pairs: [ink: Colour, ground: Colour][] = [
    [[20, 30, 120], [250, 240, 220]],
    [[90, 90, 95], [60, 180, 90]],
    [[10, 10, 10], [60, 50, 50]],
    [[200, 40, 40], [250, 200, 60]],
  ];
  for (const [dark, light] of pairs) {
    const asDark = findPaper(coloursOf((x, y) => isInk(x, y) ? dark : light), AUTO);
    const asLight = findPaper(coloursOf((x, y) => isInk(x, y) ? light : dark), AUTO);
    assertEquals([asDark.inverted, asLight.inverted], [false, true], `${dark}`);
    // The same direction, the other way round.
    asLight.weights.forEach((weight, i) => assertAlmostEquals(weight, -asDark.weights[i], 1e-3));
    assert(distance(asDark.weights, light, dark) > 0);
  }
});

Deno.test("findPaper() is not led astray by a few pixels of another colour", () => {
  const [ground, ink]: [Colour, Colour] = [[250, 250, 250], [90, 120, 240]];
  const colours = coloursOf((x, y) => {
    if (!isInk(x, y)) return ground;
    return (x + y) % 7 === 0 ? [0, 0, 0] : ink;
  });
  const { weights } = findPaper(colours, AUTO);
  const along = distance(weights, ground, ink) / Math.hypot(...weights);
  assert(along > 0.95 * Math.hypot(160, 130, 10), `${weights}`);
});

Deno.test("findPaper() believes what it is told of the ink where there are both", () => {
  const colours = coloursOf((x, y) => {
    if (isInk(x, y)) return [10, 10, 10];
    return x >= 10 && x < 14 && y >= 20 && y < 60 ? [250, 250, 250] : [128, 128, 128];
  });
  const light = findPaper(colours, LIGHT_INK);
  assertEquals(findPaper(colours, AUTO).inverted, false);
  assertEquals([findPaper(colours, DARK_INK).inverted, light.inverted], [false, true]);
  assert(inkScale(colours, light).data[40 * WIDTH + 12] > 240);
});

Deno.test("findPaper() takes the greater part for ink where it is told that this is darker", () => {
  // As from a camera: without noise the lighter half would be all of one grey.
  const random = new Random(3);
  const colours = coloursOf((x, y) => {
    const grey = (x > 20 && x < 100 && y > 10 ? 40 : 220) + random.normal(0, 3);
    return [grey, grey, grey];
  });
  const paper = findPaper(colours, DARK_INK);
  assertEquals(paper.inverted, false);
  drawPaper(paper, WIDTH, HEIGHT).data.forEach((value) => assert(Math.abs(value - 35) < 4));
});

Deno.test("findPaper() believes that blank paper has dark ink", () => {
  assertEquals(findPaper(coloursOf(() => [90, 160, 200]), AUTO).inverted, false);
});
