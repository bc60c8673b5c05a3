// A picture with the digits that were found in it: a box around each, with its number in reading
// order and what it was read as.

import type { Picture } from "../image/picture.ts";

/** A digit in a picture, in the picture's pixels. */
export interface Marked {
  box: readonly [x: number, y: number, width: number, height: number];
  digit: string;
  uncertain?: boolean;
}

/** A picture without transparency. */
export interface Canvas {
  width: number;
  height: number;
  /** (height, width, 3) row-major: red, green and blue, 0-255. */
  data: Uint8Array;
}

type Colour = readonly [red: number, green: number, blue: number];

// Blue and vermilion, which people with any colour vision tell apart. Source: Okabe & Ito, Color
// Universal Design (2008).
const SURE: Colour = [0, 114, 178];
const UNCERTAIN: Colour = [213, 94, 0];
const WHITE: Colour = [255, 255, 255];

/** Smaller pictures are magnified to this many pixels a side or more, to have room for numbers. */
const SIDE = 400;

/** Lines and the font's dots are 1 pixel wide for every so many of a square picture's side. */
const PIXELS_PER_DOT = 200;

/**
 * Three by five dots a character, rows from top to bottom, the left dot the highest bit. Enough for
 * numbers, and small enough for a picture of any size.
 */
const FONT: Readonly<Record<string, readonly number[]>> = {
  "0": [7, 5, 5, 5, 7],
  "1": [2, 6, 2, 2, 7],
  "2": [7, 1, 7, 4, 7],
  "3": [7, 1, 7, 1, 7],
  "4": [5, 5, 7, 1, 1],
  "5": [7, 4, 7, 1, 7],
  "6": [7, 4, 7, 5, 7],
  "7": [7, 1, 1, 2, 2],
  "8": [7, 5, 7, 5, 7],
  "9": [7, 5, 7, 1, 7],
  ":": [0, 2, 0, 2, 0],
};
const ADVANCE = 4; // dots from one character to the next
const LINE = 5; // dots

/**
 * Draws the boxes, each with a label: `3:7` is the third digit, read as 7, and `3` the third of what is
 * no digit. Uncertain ones are
 * vermilion, the others blue. Small pictures are magnified; what is transparent becomes white.
 */
export function drawBoxes(picture: Picture, digits: readonly Marked[]): Canvas {
  const zoom = Math.ceil(SIDE / Math.max(picture.width, picture.height));
  const canvas = magnify(picture, zoom);
  const dot = Math.max(1, Math.round(Math.sqrt(canvas.width * canvas.height) / PIXELS_PER_DOT));
  digits.forEach(({ box, digit, uncertain }, i) => {
    const colour = uncertain ? UNCERTAIN : SURE;
    const [x, y, width, height] = box.map((value) => Math.round(zoom * value));
    frame(canvas, [x - dot, y - dot, width + 2 * dot, height + 2 * dot], dot, colour);
    drawLabel(canvas, labelOf(i, digit), [x - dot, y - dot, y + height + dot], dot, colour);
  });
  return canvas;
}

/** The number alone where the font has not all that the class's name is made of. */
function labelOf(index: number, name: string): string {
  const canDraw = [...name].every((character) => Object.hasOwn(FONT, character));
  return canDraw ? `${index + 1}:${name}` : `${index + 1}`;
}

/** The picture on white, each pixel a square of `zoom` by `zoom`. */
function magnify({ width, height, data }: Picture, zoom: number): Canvas {
  const canvas = {
    width: zoom * width,
    height: zoom * height,
    data: new Uint8Array(3 * zoom * width * zoom * height),
  };
  for (let y = 0, to = 0; y < canvas.height; y++) {
    const row = Math.floor(y / zoom) * width;
    for (let x = 0; x < canvas.width; x++) {
      const from = 4 * (row + Math.floor(x / zoom));
      const alpha = data[from + 3] / 255;
      for (let c = 0; c < 3; c++) canvas.data[to++] = 255 + alpha * (data[from + c] - 255);
    }
  }
  return canvas;
}

/** The border of a box, drawn inwards. */
function frame(
  canvas: Canvas,
  [x, y, width, height]: Marked["box"],
  line: number,
  colour: Colour,
): void {
  fill(canvas, [x, y, width, line], colour);
  fill(canvas, [x, y + height - line, width, line], colour);
  fill(canvas, [x, y, line, height], colour);
  fill(canvas, [x + width - line, y, line, height], colour);
}

/** White on a plate above a box, below it where there is no room, or else in its corner. */
function drawLabel(
  canvas: Canvas,
  text: string,
  [x, boxTop, boxBottom]: readonly [number, number, number],
  dot: number,
  colour: Colour,
): void {
  const [width, height] = [dot * (ADVANCE * text.length + 1), dot * (LINE + 2)];
  const left = Math.max(0, Math.min(x, canvas.width - width));
  const top = boxTop >= height
    ? boxTop - height
    : boxBottom + height <= canvas.height
    ? boxBottom
    : Math.max(0, boxTop);
  fill(canvas, [left, top, width, height], colour);
  [...text].forEach((character, i) => {
    FONT[character]?.forEach((bits, row) => {
      for (let column = 0; column < 3; column++) {
        if ((bits >> 2 - column & 1) === 0) continue;
        const at = left + dot * (1 + ADVANCE * i + column);
        fill(canvas, [at, top + dot * (1 + row), dot, dot], WHITE);
      }
    });
  });
}

/** Fills the part of a rectangle that is on the canvas. */
function fill(canvas: Canvas, [x, y, width, height]: Marked["box"], colour: Colour): void {
  for (let row = Math.max(0, y); row < Math.min(canvas.height, y + height); row++) {
    for (let column = Math.max(0, x); column < Math.min(canvas.width, x + width); column++) {
      canvas.data.set(colour, 3 * (row * canvas.width + column));
    }
  }
}
