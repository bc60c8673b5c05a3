// Connected components: the separate spots of ink, and which of them make up the digit.
// Source: Rosenfeld & Pfaltz, Sequential Operations in Digital Picture Processing (1966), with
// eight neighbours; here by flood fill.

import { type Int, int, max, min } from "./integer.ts";
import { Box, type Plane } from "./plane.ts";

/** One connected spot of ink. */
export class Component {
  /** In pixels. */
  area: Int = 0;
  /** How many of its pixels lie on the picture's edge. */
  edge: Int = 0;
  /** The largest value in it. */
  peak: number = 0;

  constructor(
    /** 1 + its index: what its pixels have in the label plane. */
    readonly label: Int,
    /** The first and last column and row that it touches. */
    public left: Int,
    public top: Int,
    public right: Int,
    public bottom: Int,
  ) {}

  get length(): Int {
    return max(this.right - this.left, this.bottom - this.top) + 1;
  }
}

/** The components of a picture, and for each pixel its component's label, or 0. */
export class Components {
  constructor(
    readonly components: Component[],
    readonly labels: Int32Array,
  ) {}
}

/** Finds the eight-connected components of all that is above `threshold`. */
export function connectedComponents(plane: Plane, threshold: number): Components {
  const width = plane.width;
  const height = plane.height;
  const data = plane.data;
  const components: Component[] = [];
  const labels = new Int32Array(data.length);
  const stack = new Int32Array(data.length); // each pixel gets there once
  for (let seed = 0; seed < data.length; seed++) {
    if (data[seed] <= threshold || labels[seed] !== 0) continue;
    const found = new Component(components.length + 1, width, height, 0, 0);
    components.push(found);
    labels[seed] = found.label;
    let waiting = 0;
    stack[waiting++] = seed;
    while (waiting > 0) {
      const pixel = stack[--waiting];
      const y = int(pixel / width);
      const x = pixel - y * width;
      found.area++;
      found.peak = Math.max(found.peak, data[pixel]);
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) found.edge++;
      found.left = min(found.left, x);
      found.right = max(found.right, x);
      found.top = min(found.top, y);
      found.bottom = max(found.bottom, y);
      const right = min(width - 1, x + 1);
      const bottom = min(height - 1, y + 1);
      for (let row = max(0, y - 1); row <= bottom; row++) {
        for (let column = max(0, x - 1); column <= right; column++) {
          const neighbour = row * width + column;
          if (data[neighbour] <= threshold || labels[neighbour] !== 0) continue;
          labels[neighbour] = found.label;
          stack[waiting++] = neighbour;
        }
      }
    }
  }
  return new Components(components, labels);
}

// A part of the digit that came off has at least this share of the main part's area: smaller
// spots are specks.
const LEAST_PART = 0.05;
// And it is no further from the main part than this share of the main part's length.
const FURTHEST_PART = 0.3;
// A spot that has more pixels on the picture's edge than this share of its length runs along it,
// as shadows do; digits that touch the edge cross it.
const ALONG_EDGE = 0.5;
// A spot along the edge, or around another, gives way to one of at least this share of its area.
const RIVAL = 0.1;
// A frame leaves this share of its length free on every side of what it frames: parts of a digit
// that lie within each other's bounding box do not.
const FRAME_GAP = 0.05;

/**
 * Picks the components that make up the one digit of a picture: the largest and the parts that
 * came off it, but neither specks nor what runs along the picture's edge or frames a better one.
 */
export function chooseDigit(components: Component[]): Component[] {
  const away = components.filter((it) => it.edge <= ALONG_EDGE * it.length);
  const candidates = largestArea(away) >= RIVAL * largestArea(components) ? away : components;
  const unframed: Component[] = [];
  for (let i = 0; i < candidates.length; i++) {
    if (!framesAny(candidates[i], candidates)) unframed.push(candidates[i]);
  }
  const chosen: Component[] = [];
  const main = largest(unframed);
  for (let i = 0; i < unframed.length; i++) {
    if (i === main || isPart(unframed[i], unframed[main])) chosen.push(unframed[i]);
  }
  return chosen;
}

/** Whether `it` came off the main part. */
function isPart(it: Component, main: Component): boolean {
  return it.area >= LEAST_PART * main.area && gap(it, main) <= FURTHEST_PART * main.length;
}

/** The smallest box around `components`; empty where there are none. */
export function boundingBox(components: Component[]): Box {
  if (components.length === 0) return new Box(0, 0, 0, 0);
  let left = components[0].left;
  let top = components[0].top;
  let right = components[0].right;
  let bottom = components[0].bottom;
  for (let i = 1; i < components.length; i++) {
    left = min(left, components[i].left);
    top = min(top, components[i].top);
    right = max(right, components[i].right);
    bottom = max(bottom, components[i].bottom);
  }
  return new Box(left, top, right - left + 1, bottom - top + 1);
}

/** The index of the one with the largest area; of none 0. */
function largest(components: Component[]): Int {
  let best = 0;
  for (let i = 1; i < components.length; i++) {
    if (components[i].area > components[best].area) best = i;
  }
  return best;
}

function largestArea(components: Component[]): Int {
  return components.length === 0 ? 0 : components[largest(components)].area;
}

/** Whether `outer` frames one of the others that is not a speck beside it. */
function framesAny(outer: Component, others: Component[]): boolean {
  for (let i = 0; i < others.length; i++) {
    if (others[i].area >= RIVAL * outer.area && frames(outer, others[i])) return true;
  }
  return false;
}

function frames(outer: Component, inner: Component): boolean {
  const across = min(inner.left - outer.left, outer.right - inner.right);
  const down = min(inner.top - outer.top, outer.bottom - inner.bottom);
  return min(across, down) >= FRAME_GAP * outer.length;
}

/** How far the bounding boxes are from each other, in columns or rows, whichever is more. */
function gap(a: Component, b: Component): Int {
  const across = max(a.left - b.right, b.left - a.right);
  const down = max(a.top - b.bottom, b.top - a.bottom);
  return max(across, down);
}
