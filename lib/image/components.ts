// Connected components: the separate spots of ink, and which of them make up the digit.
// Source: Rosenfeld & Pfaltz, Sequential Operations in Digital Picture Processing (1966), with
// eight neighbours; here by flood fill.

import type { Box } from "./plane.ts";

/** One connected spot of ink. */
export interface Component {
  /** 1 + its index: what its pixels have in the label plane. */
  readonly label: number;
  /** The first and last column and row that it touches. */
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** In pixels. */
  area: number;
  /** How many of its pixels lie on the picture's edge. */
  edge: number;
}

/**
 * Finds the eight-connected components of `mask` ((height, width) row-major, not 0 = set).
 *
 * @returns The components, and for each pixel its component's label, or 0.
 */
export function connectedComponents(
  mask: Uint8Array,
  width: number,
  height: number,
): { components: Component[]; labels: Uint32Array } {
  const components: Component[] = [];
  const labels = new Uint32Array(mask.length);
  const stack: number[] = [];
  for (let seed = 0; seed < mask.length; seed++) {
    if (!mask[seed] || labels[seed]) continue;
    const label = components.length + 1;
    const found = { label, left: width, top: height, right: 0, bottom: 0, area: 0, edge: 0 };
    components.push(found);
    labels[seed] = label;
    stack.push(seed);
    for (let pixel = stack.pop(); pixel !== undefined; pixel = stack.pop()) {
      const x = pixel % width;
      const y = (pixel - x) / width;
      found.area++;
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) found.edge++;
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x);
      found.top = Math.min(found.top, y);
      found.bottom = Math.max(found.bottom, y);
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const neighbour = ny * width + nx;
          if (!mask[neighbour] || labels[neighbour]) continue;
          labels[neighbour] = label;
          stack.push(neighbour);
        }
      }
    }
  }
  return { components, labels };
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
export function chooseDigit(components: readonly Component[]): Component[] {
  const away = components.filter((it) => it.edge <= ALONG_EDGE * length(it));
  const candidates = largestArea(away) >= RIVAL * largestArea(components) ? away : components;
  const unframed = candidates.filter((outer) =>
    !candidates.some((inner) => inner.area >= RIVAL * outer.area && frames(outer, inner))
  );
  const main = unframed.find((it) => it.area === largestArea(unframed));
  if (main === undefined) return [];
  return unframed.filter((it) =>
    it === main ||
    it.area >= LEAST_PART * main.area && gap(it, main) <= FURTHEST_PART * length(main)
  );
}

/** The smallest box around `components`, of which there is at least one. */
export function boundingBox(components: readonly Component[]): Box {
  const left = Math.min(...components.map((it) => it.left));
  const top = Math.min(...components.map((it) => it.top));
  const right = Math.max(...components.map((it) => it.right));
  const bottom = Math.max(...components.map((it) => it.bottom));
  return [left, top, right - left + 1, bottom - top + 1];
}

function length({ left, top, right, bottom }: Component): number {
  return Math.max(right - left, bottom - top) + 1;
}

function largestArea(components: readonly Component[]): number {
  return components.reduce((area, it) => Math.max(area, it.area), 0);
}

function frames(outer: Component, inner: Component): boolean {
  const least = FRAME_GAP * length(outer);
  return Math.min(
    inner.left - outer.left,
    inner.top - outer.top,
    outer.right - inner.right,
    outer.bottom - inner.bottom,
  ) >= least;
}

/** How far the bounding boxes are from each other, in columns or rows, whichever is more. */
function gap(a: Component, b: Component): number {
  return Math.max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom);
}
