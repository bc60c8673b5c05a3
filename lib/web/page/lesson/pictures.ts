// The lesson's canvases: a digit with what speaks for it, and the maps of a layer as small pictures
// side by side. They are drawn in the pixels of the screen, so that all squares are as large.

/// <reference lib="dom" />

import { make } from "../dom.ts";

/** The digit itself is paler under the colours. */
const INK_UNDER_COLOUR = 0.4;
/** What speaks for or against by less than this, in nats, is pale even where it is the most. */
const FULL_COLOUR = 1;
/** CSS pixels between maps. */
const GAP = 2;
/**
 * CSS pixels: how wide a map is drawn, beside one for each of its columns. On a narrow screen less:
 * this share of its width.
 */
const MAP_WIDTH = 24;
const MAP_SHARE = 1 / 25;
/** Numbers are shown to this power, so that small ones can be seen beside large ones. */
const GAMMA = 0.7;
/** CSS pixels of the square that stands for a unit, and of one of more units than fit that way. */
const UNIT = 12;
const SMALL_UNIT = 4;
const MANY_UNITS = 512;

type Rgb = readonly [red: number, green: number, blue: number];

/** The colour of a picture's pixel, and its opacity from 0 to 1. */
type Shade = (index: number) => { colour: Rgb; opacity: number };

/** Draws a digit, 0 paper to 255 ink, in the colour of text. */
export function drawDigit(canvas: HTMLCanvasElement, pixels: Uint8Array): void {
  const ink = colourOf(canvas, "--text");
  drawSquare(canvas, (i) => ({ colour: ink, opacity: pixels[i] / 255 }));
}

/** Draws a digit, and over it what speaks for it and what against; see `occlusionMap()`. */
export function drawEvidence(
  canvas: HTMLCanvasElement,
  pixels: Uint8Array,
  occlusion: Float32Array,
): void {
  const [ink, speaksFor, speaksAgainst] = ["--text", "--for", "--against"]
    .map((name) => colourOf(canvas, name));
  const scale = occlusion.reduce((most, value) => Math.max(most, Math.abs(value)), FULL_COLOUR);
  drawSquare(canvas, (i) => {
    const colour = occlusion[i] > 0 ? speaksFor : speaksAgainst;
    const over = Math.abs(occlusion[i]) / scale;
    const under = INK_UNDER_COLOUR * pixels[i] / 255 * (1 - over);
    const opacity = over + under;
    const mixed = ink.map((part, k) => (colour[k] * over + part * under) / (opacity || 1));
    return { colour: [mixed[0], mixed[1], mixed[2]], opacity };
  });
}

/** Fills a canvas of 28x28, which the style sheet enlarges. */
function drawSquare(canvas: HTMLCanvasElement, shade: Shade): void {
  const image = new ImageData(28, 28);
  for (let i = 0; i < 28 * 28; i++) {
    const { colour, opacity } = shade(i);
    paint(image, i, colour, opacity);
  }
  [canvas.width, canvas.height] = [28, 28];
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

/**
 * Draws what a layer gives: each map, or each unit, a picture of its own. The larger a number, the
 * more of the text's colour; negative ones have another colour.
 *
 * @param shape [height, width, maps] or [units].
 * @param width CSS pixels that there are; the canvas takes as many as it needs.
 */
export function drawMaps(
  canvas: HTMLCanvasElement,
  { shape, values }: { shape: readonly number[]; values: Float32Array },
  width: number,
): void {
  const [rows, columns, count] = shape.length === 3 ? shape : [1, 1, shape[0]];
  const density = globalThis.devicePixelRatio;
  const unit = count > MANY_UNITS ? SMALL_UNIT : UNIT;
  const mapWidth = columns + Math.min(MAP_WIDTH, MAP_SHARE * width);
  const size = shape.length === 3 ? mapWidth / columns : unit - 1;
  const scale = Math.max(1, Math.round(density * size));
  const gap = Math.round(density * (shape.length === 3 ? GAP : 1));
  const [stepX, stepY] = [columns * scale + gap, rows * scale + gap];
  const perRow = Math.max(1, Math.min(count, Math.floor((density * width + gap) / stepX)));
  canvas.width = perRow * stepX - gap;
  canvas.height = Math.ceil(count / perRow) * stepY - gap;
  canvas.style.width = `${canvas.width / density}px`;
  canvas.style.height = `${canvas.height / density}px`;

  const strip = drawStrip(canvas, values, [rows, columns, count]);
  const context = canvas.getContext("2d")!;
  context.imageSmoothingEnabled = false;
  for (let map = 0; map < count; map++) {
    const x = (map % perRow) * stepX;
    const y = Math.floor(map / perRow) * stepY;
    const [tileWidth, tileHeight] = [columns * scale, rows * scale];
    context.fillStyle = "rgb(128 128 128 / 12%)"; // to be seen where it is empty
    context.fillRect(x, y, tileWidth, tileHeight);
    context.drawImage(strip, 0, map * rows, columns, rows, x, y, tileWidth, tileHeight);
  }
}

/** The maps of (rows, columns, count) one below the other, a pixel a number. */
function drawStrip(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  [rows, columns, count]: readonly number[],
): OffscreenCanvas {
  const [positive, negative] = [colourOf(canvas, "--text"), colourOf(canvas, "--bad")];
  const most = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const strip = new OffscreenCanvas(columns, rows * count);
  const image = new ImageData(strip.width, strip.height);
  for (let i = 0; i < values.length; i++) {
    const to = i % count * rows * columns + Math.floor(i / count);
    const opacity = (Math.abs(values[i]) / most) ** GAMMA;
    paint(image, to, values[i] < 0 ? negative : positive, opacity);
  }
  strip.getContext("2d")!.putImageData(image, 0, 0);
  return strip;
}

function paint(image: ImageData, index: number, [red, green, blue]: Rgb, opacity: number): void {
  const { data } = image;
  data[4 * index] = red;
  data[4 * index + 1] = green;
  data[4 * index + 2] = blue;
  data[4 * index + 3] = 255 * opacity;
}

const probe = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;

/** The colour that a custom property has where the element is, in the present light or dark scheme. */
function colourOf(element: HTMLElement, property: string): Rgb {
  const sample = make("span");
  sample.style.color = `var(${property})`;
  element.after(sample);
  probe.fillStyle = getComputedStyle(sample).color;
  sample.remove();
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
