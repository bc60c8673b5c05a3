// The sheet of paper on the page: what is drawn with a mouse, a pen or fingers.

/// <reference lib="dom" />
import { type Backdrop, drawSheet } from "./ink.ts";
import { type Area, History, type Sheet } from "./sheet.ts";

/** A stroke that is being drawn. */
interface Drawing {
  width: number;
  points: number[];
}

export interface SurfaceOptions {
  /** Hears that something else is to be seen, also strokes that are being drawn: once a frame. */
  onChange: () => void;
  /** Hears that something else can be taken back or done again. */
  onHistory: () => void;
}

export class Surface {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #history = new History<Backdrop>();
  readonly #onChange: () => void;
  readonly #onHistory: () => void;
  /** By pointer: each finger draws a line of its own. */
  readonly #drawings = new Map<number, Drawing>();
  #frame = 0;
  /** Of the pen, in CSS pixels. */
  brush = 16;

  constructor(canvas: HTMLCanvasElement, { onChange, onHistory }: SurfaceOptions) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d")!;
    this.#onChange = onChange;
    this.#onHistory = onHistory;
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#end(event));
    canvas.addEventListener("pointercancel", (event) => this.#cancel(event));
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  /** The sheet, with strokes that are being drawn. */
  get sheet(): Sheet<Backdrop> {
    const { now } = this.#history;
    return { ...now, strokes: [...now.strokes, ...this.#drawings.values()] };
  }

  /** All of the sheet, in its own units. */
  get paper(): Area {
    const { width, height } = this.#canvas;
    return { x: 0, y: 0, width: 1, height: height / width };
  }

  /** The strokes' colour. */
  get colour(): string {
    // A picture may be dark or light whatever the page is; blue is seen on both, and on any paper ink.
    return this.#history.now.backdrop ? ON_PICTURES : getComputedStyle(this.#canvas).color;
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  get isEmpty(): boolean {
    return this.#history.isEmpty && this.#drawings.size === 0;
  }

  /** Puts a picture in the place of all that was there. */
  lay(backdrop: Backdrop): void {
    this.#alter((history) => history.lay(backdrop));
  }

  undo(): void {
    this.#alter((history) => history.undo());
  }

  redo(): void {
    this.#alter((history) => history.redo());
  }

  clear(): void {
    this.#alter((history) => history.clear());
  }

  #alter(change: (history: History<Backdrop>) => void): void {
    this.#drawings.clear();
    change(this.#history);
    this.#show();
    this.#onHistory();
  }

  #begin(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    this.#canvas.setPointerCapture(event.pointerId);
    const { width } = this.#canvas.getBoundingClientRect();
    this.#drawings.set(event.pointerId, { width: this.brush / width, points: this.#place(event) });
    this.#show();
  }

  #move(event: PointerEvent): void {
    const drawing = this.#drawings.get(event.pointerId);
    if (drawing === undefined) return;
    // A pen reports more often than frames are drawn.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) {
      const [x, y] = this.#place(each);
      if (x !== drawing.points.at(-2) || y !== drawing.points.at(-1)) drawing.points.push(x, y);
    }
    // More often than frames are drawn.
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#show());
  }

  #end({ pointerId }: PointerEvent): void {
    const drawing = this.#drawings.get(pointerId);
    if (drawing === undefined) return;
    this.#drawings.delete(pointerId);
    this.#history.draw(drawing); // seen already
    this.#onHistory();
  }

  /** The system has taken the finger for something else, such as a swipe. */
  #cancel({ pointerId }: PointerEvent): void {
    if (this.#drawings.delete(pointerId)) this.#show();
  }

  /** Where the pointer is, in widths of the sheet. */
  #place({ clientX, clientY }: PointerEvent): [number, number] {
    const { left, top, width } = this.#canvas.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / width];
  }

  /** One point of the canvas for each of the screen. */
  #resize(): void {
    const { width, height } = this.#canvas.getBoundingClientRect();
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
    this.#show(); // pictures lie elsewhere on a sheet of another shape
  }

  #show(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#draw();
    this.#onChange();
  }

  #draw(): void {
    drawSheet(this.#context, this.sheet, { paper: this.paper, colour: this.colour });
  }
}

const ON_PICTURES = "#1b4fd0";
