import { assertEquals } from "@std/assert";
import { blueOf, type Colours, greenOf, redOf, toColours } from "../../lib/image/colour.ts";

type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

function pack(pixels: readonly Rgba[]): Uint32Array {
  return new Uint32Array(Uint8ClampedArray.from(pixels.flat()).buffer);
}

function unpack({ pixels }: Colours): number[][] {
  return Array.from(pixels, (pixel) => [redOf(pixel), greenOf(pixel), blueOf(pixel)]);
}

Deno.test("toColours() takes opaque pixels as they are", () => {
  const colours = toColours(pack([[1, 2, 3, 255], [250, 240, 230, 255]]), 2, 1, 1);
  assertEquals([colours.width, colours.height], [2, 1]);
  assertEquals(unpack(colours), [[1, 2, 3], [250, 240, 230]]);
});

Deno.test("toColours() averages squares, of which the last may be cut off", () => {
  const greys = [
    [10, 20, 100],
    [30, 40, 200],
    [50, 60, 255],
  ];
  const rgba = pack(greys.flat().map((grey) => [grey, grey, 0, 255]));
  const colours = toColours(rgba, 3, 3, 2);
  assertEquals([colours.width, colours.height], [2, 2]);
  assertEquals(unpack(colours), [[25, 25, 0], [150, 150, 0], [55, 55, 0], [255, 255, 0]]);
});

Deno.test("toColours() puts white behind dark ink, and black behind light ink", () => {
  const inks = (grey: number) => {
    return pack([[grey, grey, grey, 255], [9, 9, 9, 0], [grey, grey, grey, 51]]);
  };
  const greys = (grey: number) => unpack(toColours(inks(grey), 3, 1, 1)).map(([red]) => red);
  assertEquals(greys(20), [20, 255, 208]);
  assertEquals(greys(250), [250, 0, 50]);
});

Deno.test("toColours() weighs what it averages by opacity", () => {
  const rgba = pack([[100, 0, 0, 255], [0, 100, 0, 51], [0, 0, 0, 0], [0, 0, 0, 0]]);
  // A quarter of the red, a twentieth of the green, and white for the rest.
  assertEquals(unpack(toColours(rgba, 2, 2, 2)), [[204, 184, 179]]);
});
