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
    /** What its pixels have in the label plane: of those found together, 1 + its index. */
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

  /** Takes a pixel of the given value in. */
  add(x: Int, y: Int, value: number, isOnEdge: boolean): void {
    this.area++;
    if (isOnEdge) this.edge++;
    this.peak = Math.max(this.peak, value);
    this.left = min(this.left, x);
    this.right = max(this.right, x);
    this.top = min(this.top, y);
    this.bottom = max(this.bottom, y);
  }
}

/** The components of a picture, and for each pixel its component's label, or 0. */
export class Components {
  constructor(
    readonly components: Component[],
    readonly labels: Int32Array,
  ) {}
}

/**
 * Finds the eight-connected components of a mask, (height, width) of `plane`, of all that is not 0.
 *
 * @param plane Where the components' peaks are looked up.
 */
export function connectedComponents(mask: Uint8Array, plane: Plane): Components {
  const width = plane.width;
  const height = plane.height;
  const data = plane.data;
  const components: Component[] = [];
  const labels = new Int32Array(mask.length);
  const stack = new Int32Array(mask.length); // each pixel gets there once
  for (let seed = 0; seed < mask.length; seed++) {
    if (mask[seed] === 0 || labels[seed] !== 0) continue;
    const found = new Component(components.length + 1, width, height, 0, 0);
    components.push(found);
    labels[seed] = found.label;
    let waiting = 0;
    stack[waiting++] = seed;
    while (waiting > 0) {
      const pixel = stack[--waiting];
      const y = int(pixel / width);
      const x = pixel - y * width;
      found.add(x, y, data[pixel], x === 0 || y === 0 || x === width - 1 || y === height - 1);
      const right = min(width - 1, x + 1);
      const bottom = min(height - 1, y + 1);
      for (let row = max(0, y - 1); row <= bottom; row++) {
        for (let column = max(0, x - 1); column <= right; column++) {
          const neighbour = row * width + column;
          if (mask[neighbour] === 0 || labels[neighbour] !== 0) continue;
          labels[neighbour] = found.label;
          stack[waiting++] = neighbour;
        }
      }
    }
  }
  return new Components(components, labels);
}

const POINTS = 5; // a side that a square is looked at in

/** Whether a square of `side` pixels fits into a component, about. */
export function holdsSquare(found: Components, it: Component, side: Int, width: Int): boolean {
  const step = int((side + POINTS - 2) / (POINTS - 1));
  const reach = step * (POINTS - 1);
  if (it.area < reach * reach) return false;
  for (let top = it.top; top + reach <= it.bottom; top += step) {
    for (let left = it.left; left + reach <= it.right; left += step) {
      let inside = 0;
      for (let i = 0; i < POINTS * POINTS; i++) {
        const row = int(i / POINTS);
        const pixel = (top + step * row) * width + left + step * (i - POINTS * row);
        if (found.labels[pixel] === it.label) inside++;
      }
      if (inside === POINTS * POINTS) return true;
    }
  }
  return false;
}

// A spot that has more pixels on the picture's edge than this share of its length runs along it,
// as shadows do; digits that touch the edge cross it.
const ALONG_EDGE = 0.5;
// A spot along the edge, or around others, gives way where they have at least this share of its area.
const RIVAL = 0.1;
// A frame leaves this share of its breadth free on every side of what it frames: parts of a digit
// that lie within each other's bounding box do not.
const FRAME_GAP = 0.05;
// What a frame is around is at least this share of its breadth long: dots within a nought are not.
const FRAMED = 0.3;

/**
 * Leaves out what runs along the picture's edge.
 *
 * @param always Even if there is nothing better.
 */
export function withoutEdges(components: Component[], always: boolean): Component[] {
  const away = components.filter((it) => it.edge <= ALONG_EDGE * it.length);
  const isBetter = always || largestArea(away) >= RIVAL * largestArea(components);
  return isBetter ? away : components;
}

/** Leaves out what frames something better. */
export function withoutFrames(components: Component[]): Component[] {
  const unframed: Component[] = [];
  for (let i = 0; i < components.length; i++) {
    if (!isFrame(components[i], components)) unframed.push(components[i]);
  }
  return unframed;
}

/** Whether `outer` lies around others that are not specks beside it. */
function isFrame(outer: Component, others: Component[]): boolean {
  let framed = 0;
  for (let i = 0; i < others.length; i++) {
    if (frames(outer, others[i])) framed += others[i].area;
  }
  return framed >= RIVAL * outer.area;
}

function frames(outer: Component, inner: Component): boolean {
  const across = min(inner.left - outer.left, outer.right - inner.right);
  const down = min(inner.top - outer.top, outer.bottom - inner.bottom);
  const breadth = min(outer.right - outer.left, outer.bottom - outer.top) + 1;
  return min(across, down) >= FRAME_GAP * breadth && inner.length >= FRAMED * breadth;
}

// A part of the digit that came off has at least this share of the main part's area: smaller
// spots are specks.
const LEAST_PART = 0.05;
// And it is no further from the main part than this share of the main part's length.
const FURTHEST_PART = 0.3;

/**
 * Picks the components that make up the one digit of a picture: the largest and the parts that
 * came off it, but no specks.
 */
export function chooseDigit(components: Component[]): Component[] {
  const chosen: Component[] = [];
  const main = largest(components);
  for (let i = 0; i < components.length; i++) {
    if (i === main || isPart(components[i], components[main])) chosen.push(components[i]);
  }
  return chosen;
}

/** Whether `it` came off the main part. */
function isPart(it: Component, main: Component): boolean {
  return it.area >= LEAST_PART * main.area && gap(it, main) <= FURTHEST_PART * main.length;
}

// Specks are shorter than this share of the length that most ink belongs to,
const SPECK = 0.06;
// or as much longer as it takes to get along with so many components: more are a texture.
const MOST = 600;

/** Leaves out specks. */
export function withoutSpecks(components: Component[]): Component[] {
  let area = 0.0;
  let sum = 0.0;
  for (let i = 0; i < components.length; i++) {
    area += components[i].area;
    sum += components[i].area * (1.0 * components[i].length);
  }
  let least = SPECK * sum / Math.max(1, area);
  let left = longerThan(components, least);
  while (left.length > MOST) {
    least *= 1.5;
    left = longerThan(left, least);
  }
  return left;
}

function longerThan(components: Component[], least: number): Component[] {
  const longer: Component[] = [];
  for (let i = 0; i < components.length; i++) {
    if (components[i].length >= least) longer.push(components[i]);
  }
  return longer;
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

/** How far the bounding boxes are from each other, in columns or rows, whichever is more. */
function gap(a: Component, b: Component): Int {
  const across = max(a.left - b.right, b.left - a.right);
  const down = max(a.top - b.bottom, b.top - a.bottom);
  return max(across, down);
}
