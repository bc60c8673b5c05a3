// Strokes as a canvas draws them: for the page to show, and for the network to read.

/// <reference lib="dom" />
import { MAX_SIDE } from "../../image/method.ts";
import type { Picture, Size } from "../../image/picture.ts";
import { type Area, areaOf, fitInto, type Sheet, type Stroke } from "./sheet.ts";

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** A picture to draw on. */
export interface Backdrop extends Size {
  /** What is shown; may be smaller than the picture is. */
  bitmap: ImageBitmap;
  /** The picture's file. */
  file: Uint8Array;
}

/** How a sheet is drawn. */
interface Look {
  /** All of the sheet, which a picture fills as far as its shape allows. */
  paper: Area;
  /** The part of it that the canvas shows; all unless given. */
  view?: Area;
  /** The strokes'. */
  colour: string;
}

/** Draws a sheet as large as the context's canvas is. */
export function drawSheet(
  context: Context,
  { backdrop, strokes }: Sheet<Backdrop>,
  { paper, view = paper, colour }: Look,
): void {
  const { canvas } = context;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const scale = canvas.width / view.width;
  context.setTransform(scale, 0, 0, scale, -scale * view.x, -scale * view.y);
  if (backdrop) {
    const { x, y, width, height } = fitInto(paper, backdrop);
    context.drawImage(backdrop.bitmap, x, y, width, height);
  }
  context.strokeStyle = colour;
  for (const stroke of strokes) drawStroke(context, stroke);
}

/**
 * A curve through the middles between the points, which rounds off the corners that a pen's few
 * reports a second leave.
 */
function drawStroke(context: Context, { width, points }: Stroke): void {
  context.lineWidth = width;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  context.moveTo(points[0], points[1]);
  for (let i = 2; i < points.length - 2; i += 2) {
    const [x, y, nextX, nextY] = points.slice(i, i + 4);
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  // A tap is a dot: a line of no length at all would not be drawn everywhere.
  context.lineTo(points.at(-2)! + DOT * width, points.at(-1)!);
  context.stroke();
}

const DOT = 1e-3;

/** A picture of what is drawn, and the part of the sheet that it shows. */
export interface Drawn {
  picture: Picture;
  area: Area;
}

// The time that reading takes grows with the pixels. So many are enough for a line of a dozen digits, of
// which each is about 30 pixels high then: MNIST's are 20.
const PIXELS = 60_000;
// What is smaller is not looked at any closer: a dot is a dot.
const LEAST_AREA = 0.25 ** 2;

/** Black strokes on white; `undefined` where there are none. */
export function drawForReading(strokes: readonly Stroke[]): Drawn | undefined {
  if (strokes.length === 0) return undefined;
  const area = areaOf(strokes);
  const scale = Math.sqrt(PIXELS / Math.max(area.width * area.height, LEAST_AREA));
  const context = readable(scale * area.width, scale * area.height);
  const { canvas } = context;
  // Whole pixels may show a little more than was asked for.
  const shown = { ...area, width: canvas.width / scale, height: canvas.height / scale };
  drawSheet(context, { strokes }, { paper: shown, colour: "black" });
  context.globalCompositeOperation = "destination-over";
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  return { picture: pixelsOf(context), area: shown };
}

/** The sheet's picture with the strokes on it, as far as they are on it. */
export function drawOnBackdrop(sheet: Sheet<Backdrop>, colour: string, paper: Area): Drawn {
  const { bitmap, ...size } = sheet.backdrop!;
  const area = fitInto(paper, size);
  const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
  const context = readable(scale * bitmap.width, scale * bitmap.height);
  drawSheet(context, sheet, { paper, view: area, colour });
  return { picture: pixelsOf(context), area };
}

let idle: OffscreenCanvasRenderingContext2D | undefined;

/** A canvas that lies in memory and not on the GPU, from where reading pixels takes long. */
function readable(width: number, height: number): OffscreenCanvasRenderingContext2D {
  idle ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
  idle.canvas.width = Math.max(1, Math.ceil(width));
  idle.canvas.height = Math.max(1, Math.ceil(height));
  return idle;
}

function pixelsOf(context: OffscreenCanvasRenderingContext2D): Picture {
  const { width, height } = context.canvas;
  return context.getImageData(0, 0, width, height);
}
