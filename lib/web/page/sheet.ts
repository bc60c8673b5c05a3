// What is on the page's sheet of paper: strokes, perhaps on a picture, and how it came to that. Lengths
// are in widths of the sheet, so that all stays in place when a screen is turned.

/** A line that a pen drew. */
export interface Stroke {
  /** How wide it is. */
  readonly width: number;
  /** x and y of each point in turn; at least one. */
  readonly points: readonly number[];
}

/** A sheet as it is at one time: drawing makes another. */
export interface Sheet<Backdrop> {
  /** What is drawn on. */
  readonly backdrop?: Backdrop;
  readonly strokes: readonly Stroke[];
}

/** So many pictures can be had back. */
const MOST_PICTURES = 4;

/** A sheet that remembers what it was. */
export class History<Backdrop> {
  #past: Sheet<Backdrop>[] = [];
  #future: Sheet<Backdrop>[] = [];
  #now: Sheet<Backdrop> = { strokes: [] };

  get now(): Sheet<Backdrop> {
    return this.#now;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  get isEmpty(): boolean {
    return this.#now.backdrop === undefined && this.#now.strokes.length === 0;
  }

  draw(stroke: Stroke): void {
    this.#become({ ...this.#now, strokes: [...this.#now.strokes, stroke] });
  }

  /** Puts a picture in the place of all that was there. */
  lay(backdrop: Backdrop): void {
    this.#become({ backdrop, strokes: [] });
  }

  clear(): void {
    if (!this.isEmpty) this.#become({ strokes: [] });
  }

  undo(): void {
    const before = this.#past.pop();
    if (before === undefined) return;
    this.#future.push(this.#now);
    this.#now = before;
  }

  redo(): void {
    const after = this.#future.pop();
    if (after === undefined) return;
    this.#past.push(this.#now);
    this.#now = after;
  }

  #become(sheet: Sheet<Backdrop>): void {
    this.#past.push(this.#now);
    this.#future = [];
    this.#now = sheet;
    this.#forget();
  }

  /** Drops what was before the last few pictures, which take megabytes each. */
  #forget(): void {
    const pictures = new Set<Backdrop>();
    const last = this.#past.findLastIndex(({ backdrop }) => {
      if (backdrop !== undefined) pictures.add(backdrop);
      return pictures.size > MOST_PICTURES;
    });
    this.#past = this.#past.slice(last + 1);
  }
}

/** A part of the sheet, or of a picture. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The part that strokes take, with as much paper around as people leave on a photo. */
export function areaOf(strokes: readonly Stroke[]): Area {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { width, points } of strokes) {
    for (let i = 0; i < points.length; i += 2) {
      left = Math.min(left, points[i] - width / 2);
      right = Math.max(right, points[i] + width / 2);
      top = Math.min(top, points[i + 1] - width / 2);
      bottom = Math.max(bottom, points[i + 1] + width / 2);
    }
  }
  const margin = MARGIN * Math.max(right - left, bottom - top);
  return {
    x: left - margin,
    y: top - margin,
    width: right - left + 2 * margin,
    height: bottom - top + 2 * margin,
  };
}

// MNIST leaves 4 of 28 pixels on each side.
const MARGIN = 0.2;

/** Where something of that size lies when it fills `area` without being cut: in the middle. */
export function fitInto(area: Area, { width, height }: { width: number; height: number }): Area {
  const scale = Math.min(area.width / width, area.height / height);
  return {
    x: area.x + (area.width - scale * width) / 2,
    y: area.y + (area.height - scale * height) / 2,
    width: scale * width,
    height: scale * height,
  };
}
