import { assert, assertEquals } from "@std/assert";
import { type Canvas, drawBoxes } from "../../lib/report/boxes.ts";

const BLUE = [0, 114, 178];
const VERMILION = [213, 94, 0];

function colourAt({ data, width }: Canvas, x: number, y: number): number[] {
  return [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
}

/** The places of a colour. */
function* placesOf(canvas: Canvas, colour: number[]): Generator<[x: number, y: number]> {
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      if (colourAt(canvas, x, y).every((value, c) => value === colour[c])) yield [x, y];
    }
  }
}

function grey(width: number, height: number, value: number, alpha = 255) {
  const data = Uint8ClampedArray.from(
    { length: 4 * width * height },
    (_, i) => i % 4 === 3 ? alpha : value,
  );
  return { width, height, data };
}

Deno.test("drawBoxes() frames each digit, with a label above it", () => {
  const canvas = drawBoxes(grey(400, 300, 100), [
    { box: [50, 60, 40, 80], digit: "7", uncertain: false },
    { box: [200, 100, 30, 50], digit: "1", uncertain: true },
  ]);
  assertEquals([canvas.width, canvas.height], [400, 300]);
  const blue = [...placesOf(canvas, BLUE)];
  assertEquals(Math.min(...blue.map(([x]) => x)), 48); // lines are 2 wide, around the box
  assertEquals(Math.max(...blue.map(([x]) => x)), 91);
  assertEquals(Math.max(...blue.map(([, y]) => y)), 141);
  assert(blue.every(([x, y]) => x < 50 || x >= 90 || y < 60 || y >= 140), "ink is covered");
  assert([...placesOf(canvas, VERMILION)].every(([x]) => x >= 198 && x < 232));
  assertEquals(colourAt(canvas, 70, 100), [100, 100, 100]);
  // 1:7 in white dots of 2x2, on the plate: the seven's uppermost dots.
  const label = [...placesOf(canvas, [255, 255, 255])].filter(([x]) => x < 100);
  assertEquals([...new Set(label.map(([, y]) => y))].length, 10); // five dots high
  assert(label.every(([x, y]) => x >= 48 && y < 58));
  assertEquals(label.filter(([x, y]) => y === 46 && x >= 66).map(([x]) => x), [
    66,
    67,
    68,
    69,
    70,
    71,
  ]);
});

Deno.test("drawBoxes() magnifies small pictures, boxes too", () => {
  const canvas = drawBoxes(grey(28, 20, 100), [{ box: [4, 10, 10, 6], digit: "0" }]);
  assertEquals([canvas.width, canvas.height], [15 * 28, 15 * 20]);
  const blue = [...placesOf(canvas, BLUE)];
  assertEquals(Math.min(...blue.map(([x]) => x)), 15 * 4 - 2);
  assertEquals(Math.max(...blue.map(([x]) => x)), 15 * 14 + 1);
});

Deno.test("drawBoxes() numbers what the font has no name for", () => {
  const [bag, kana, seven] = ["Bag", "お", "7"].map((digit) =>
    drawBoxes(grey(400, 300, 100), [{ box: [100, 100, 50, 60], digit }]).data.toHex()
  );
  assert(bag === kana && bag !== seven);
});

Deno.test("drawBoxes() stays in the picture where ink touches its edges", () => {
  for (const box of [[0, 0, 400, 300], [395, 0, 5, 5], [0, 295, 3, 5]] as const) {
    const canvas = drawBoxes(grey(400, 300, 100), [{ box, digit: "8" }]);
    assertEquals(canvas.data.length, 3 * 400 * 300);
    assert([...placesOf(canvas, [255, 255, 255])].length > 0, "the label is out of sight");
  }
});

Deno.test("drawBoxes() puts what is transparent on white", () => {
  assertEquals(colourAt(drawBoxes(grey(500, 400, 0, 0), []), 9, 9), [255, 255, 255]);
  assertEquals(colourAt(drawBoxes(grey(500, 400, 0, 51), []), 9, 9), [204, 204, 204]);
});
