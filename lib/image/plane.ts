// Pictures of one value a pixel: cutting, scaling and stretching them.

import { type Int, int, max, min } from "./integer.ts";
import { select } from "./select.ts";

/** One value a pixel, (height, width) row-major. */
export class Plane {
  constructor(
    readonly width: Int,
    readonly height: Int,
    readonly data: Float64Array,
  ) {}
}

/** A rectangle of whole pixels, (x, y) its upper left corner. */
export class Box {
  constructor(
    readonly x: Int,
    readonly y: Int,
    readonly width: Int,
    readonly height: Int,
  ) {}
}

/** The part of `plane` within the box. */
export function crop(plane: Plane, box: Box): Plane {
  const data = new Float64Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const start = (box.y + y) * plane.width + box.x;
    data.set(plane.data.subarray(start, start + box.width), y * box.width);
  }
  return new Plane(box.width, box.height, data);
}

/** The smallest box around all that is not 0; empty where everything is. */
export function extent(plane: Plane): Box {
  const data = plane.data;
  let left = plane.width;
  let top = plane.height;
  let right = -1;
  let bottom = -1;
  for (let y = 0, i = 0; y < plane.height; y++) {
    for (let x = 0; x < plane.width; x++, i++) {
      if (data[i] === 0) continue;
      left = min(left, x);
      top = min(top, y);
      right = max(right, x);
      bottom = max(bottom, y);
    }
  }
  return new Box(left, top, max(0, right - left + 1), max(0, bottom - top + 1));
}

// The darkest tenth of the ink counts as full. In 90 of 100 of MNIST's pictures it is 252 and up.
const FULL_INK = 0.9;

/** Scales the values so that the darkest tenth of all that are not 0 becomes 255. */
export function stretch(plane: Plane): Plane {
  const ink = plane.data.filter((value) => value > 0);
  const scale = 255 / select(ink, int(FULL_INK * (ink.length - 1)));
  const data = new Float64Array(plane.data.length);
  for (let i = 0; i < data.length; i++) data[i] = Math.min(255, plane.data[i] * scale);
  return new Plane(plane.width, plane.height, data);
}

/**
 * Scales `plane` so that its longer side has `side` pixels. It is averaged over the area of each
 * new pixel where it gets smaller and interpolated where it grows; at the same size it stays as it
 * is.
 */
export function fit(plane: Plane, side: Int): Plane {
  const longer: number = max(plane.width, plane.height);
  if (longer === side) return plane;
  const columns = max(1, int(Math.round(plane.width * side / longer)));
  const rows = max(1, int(Math.round(plane.height * side / longer)));
  return scaleRows(scaleRows(plane, columns), rows);
}

/** Scales each row to `to` pixels, and swaps rows and columns: done twice it scales both. */
function scaleRows(plane: Plane, to: Int): Plane {
  const scaled = new Plane(plane.height, to, new Float64Array(plane.height * to));
  const width: number = plane.width;
  const step = width / to;
  for (let x = 0; x < to; x++) {
    if (to > width) { // between the centres of two old pixels, or at the outermost one
      const centre = Math.min(Math.max((x + 0.5) * step - 0.5, 0), width - 1);
      const left = int(centre);
      addColumn(plane, left, 1 - (centre - left), scaled, x);
      if (left < centre) addColumn(plane, left + 1, centre - left, scaled, x);
    } else {
      const start = x * step;
      const end = Math.min(start + step, width);
      for (let column = int(start); column < end; column++) {
        const share = Math.min(end, column + 1) - Math.max(start, column);
        addColumn(plane, column, share / step, scaled, x);
      }
    }
  }
  return scaled;
}

/** Adds `share` times the column of `plane` to the row of `sum`. */
function addColumn(plane: Plane, column: Int, share: number, sum: Plane, row: Int): void {
  const from = plane.data;
  const to = sum.data;
  for (let y = 0, i = column, j = row * plane.height; y < plane.height; y++, j++) {
    to[j] += share * from[i];
    i += plane.width;
  }
}
