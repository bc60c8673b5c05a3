import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { COSTLY, KINDS, makeScene, mnistHand, PEN, type Scene } from "./scenes.ts";
import { Random } from "../../lib/random.ts";
import { syntheticDigits } from "../../lib/data/synthetic.ts";
import { breakInk, turn } from "./scenes/glyph.ts";
import { write } from "./scenes/writing.ts";

const CHEAP = Object.keys(KINDS).filter((kind) => !COSTLY.has(kind));

/** How far the pixels of an area differ from each other, red, green and blue, of 255; and alpha. */
function contrast({ picture: { width, data } }: Scene, [left, top, w, h]: Scene["boxes"][number]) {
  let most = 0;
  for (let c = 0; c < 4; c++) {
    let [low, high] = [255, 0];
    for (let y = top; y < top + h; y++) {
      for (let x = left; x < left + w; x++) {
        const value = data[4 * (y * width + x) + c];
        [low, high] = [Math.min(low, value), Math.max(high, value)];
      }
    }
    most = Math.max(most, high - low);
  }
  return most;
}

Deno.test("makeScene() makes the same scene again, and another one of another seed", async () => {
  for (const kind of ["single: glare", "several: photo", "nothing: scribble"]) {
    const scene = await makeScene(kind, { seed: 3, index: 2 });
    assertEquals(await makeScene(kind, { seed: 3, index: 2 }), scene);
    assertNotEquals((await makeScene(kind, { seed: 4, index: 2 })).picture, scene.picture);
  }
});

Deno.test("makeScene() says what is written, and gives each digit a box with ink in it", async () => {
  for (const kind of CHEAP) {
    const scene = await makeScene(kind, { seed: 1 });
    const { text, boxes, picture } = scene;
    const form = { single: /^\d$/, several: /^\d+(\n?\d+)+$/, nothing: /^$/ }[kind.split(":")[0]]!;
    assert(form.test(text), `${kind}: ${JSON.stringify(text)}`);
    assertEquals(boxes.length, text.replaceAll("\n", "").length, kind);
    for (const box of boxes) {
      const [x, y, width, height] = box;
      assert(
        x >= 0 && y >= 0 && x + width <= picture.width && y + height <= picture.height,
        `${kind}: [${box}] in ${picture.width}x${picture.height}`,
      );
      assert(contrast(scene, box) > 40, `${kind}: ${contrast(scene, box)}`);
    }
  }
});

Deno.test("makeScene() names what it knows not", async () => {
  await assertRejects(() => makeScene("single: smoke", { seed: 1 }), RangeError, "smoke");
});

Deno.test("write() sets lines below each other and digits from left to right", () => {
  const { boxes, lines } = write(new Random(1), PEN, "123\n45", { size: 60, gap: 0.2 });
  for (const [i, j] of [[0, 1], [1, 2], [3, 4]]) {
    assert(boxes[i][0] + boxes[i][2] <= boxes[j][0], `${boxes}`);
  }
  assert(lines[0][1] + lines[0][3] < lines[1][1], `${lines}`);
});

Deno.test("write() lets the ink of neighbours touch where it is to", () => {
  const apart = write(new Random(2), PEN, "88", { size: 60, snug: 0.1, pen: 0.1 });
  const joined = write(new Random(2), PEN, "88", { size: 60, snug: -0.05, pen: 0.1 });
  assertEquals(pieces(apart), 2);
  assertEquals(pieces(joined), 1);
});

Deno.test("breakInk() parts a stroke and leaves most of it", () => {
  const whole = PEN(new Random(5), 1, 100, 8);
  const broken = breakInk(new Random(5), whole);
  const ink = (data: Float32Array) => data.reduce((sum, value) => sum + value, 0);
  assert(pieces(broken) > pieces(whole), `${pieces(broken)}`);
  assert(ink(broken.data) > 0.6 * ink(whole.data));
});

Deno.test("turn() lays a one on its side", () => {
  const upright = PEN(new Random(5), 1, 100, 8);
  const lying = turn(upright, 90);
  assert(Math.abs(lying.width - upright.height) <= 2, `${lying.width}x${lying.height}`);
  assert(Math.abs(lying.height - upright.width) <= 2, `${lying.width}x${lying.height}`);
});

Deno.test("mnistHand() enlarges one of the digits it is asked for", () => {
  const { images, labels } = syntheticDigits({ count: 10, seed: 1 });
  const hand = mnistHand(images, labels);
  const start = 784 * labels.indexOf(0);
  const { width, height, data } = hand(new Random(1), 0, 200);
  assert(Math.max(width, height) > 180 && Math.max(width, height) < 215, `${width}x${height}`);
  // As much of it is ink as of the small one, and the middle of a zero is paper.
  const small = images.subarray(start, start + 784).reduce((sum, value) => sum + value, 0) / 255;
  const large = data.reduce((sum, value) => sum + value, 0) / 100;
  assert(Math.abs(large / small - 1) < 0.2, `${large} of ${small}`);
  assertEquals(data[(height >> 1) * width + (width >> 1)], 0);
});

/** How many pieces the ink is in, of eight neighbours. */
function pieces({ width, height, data }: { width: number; height: number; data: Float32Array }) {
  const left = new Set([...data.keys()].filter((i) => data[i] > 0.3));
  let count = 0;
  for (const first of left) {
    count++;
    left.delete(first);
    for (const stack = [first]; stack.length > 0;) {
      const i = stack.pop()!;
      for (let y = -1; y <= 1; y++) {
        for (let x = -1; x <= 1; x++) {
          const inside = (i % width) + x >= 0 && (i % width) + x < width && i + y * width >= 0 &&
            i + y * width < width * height;
          if (inside && left.delete(i + y * width + x)) stack.push(i + y * width + x);
        }
      }
    }
  }
  return count;
}
