// The ink of a digit, cut out of its picture.

import { boundingBox, type Component } from "./components.ts";
import { type Int, max, min } from "./integer.ts";
import { Box, crop, extent, Plane } from "./plane.ts";

/** The ink of one digit. */
export class Ink {
  constructor(
    /** The part of the picture that it takes. */
    readonly box: Box,
    /** The contrast within the box, all other marks taken away: 0 paper to 255. */
    readonly plane: Plane,
    /** The contrast that strokes end at. */
    readonly outline: number,
  ) {}
}

/**
 * Cuts the ink of some components out of the contrast.
 *
 * @param outline The contrast that strokes end at.
 * @param labels By pixel, the label of the component it belongs to, or 0.
 * @param count How many labels there are at most.
 */
export function cutOut(
  components: Component[],
  contrast: Plane,
  outline: number,
  labels: Int32Array,
  count: Int,
): Ink {
  const chosen = new Uint8Array(count + 1);
  chosen[0] = FREE;
  for (let i = 0; i < components.length; i++) chosen[components[i].label] = CHOSEN;
  const room = withRim(boundingBox(components), contrast);
  const plane = copyChosen(room, chosen, labels, contrast);
  const inner = extent(plane);
  const outer = new Box(room.x + inner.x, room.y + inner.y, inner.width, inner.height);
  return new Ink(outer, crop(plane, inner), outline);
}

const CHOSEN = 1;
const FREE = 2; // of no component: a stroke's soft rim may lie there

/** The box and one pixel more on all sides, as far as the plane goes. */
function withRim(box: Box, plane: Plane): Box {
  const left = max(0, box.x - 1);
  const top = max(0, box.y - 1);
  const right = min(plane.width, box.x + box.width + 1);
  const bottom = min(plane.height, box.y + box.height + 1);
  return new Box(left, top, right - left, bottom - top);
}

/** The contrast in the box, of chosen labels and next to them, where a stroke's soft rim lies. */
function copyChosen(box: Box, chosen: Uint8Array, labels: Int32Array, contrast: Plane): Plane {
  const data = new Float64Array(box.width * box.height);
  for (let y = 0, i = 0; y < box.height; y++) {
    const row = (box.y + y) * contrast.width + box.x;
    for (let x = 0; x < box.width; x++, i++) {
      const value = contrast.data[row + x];
      if (value === 0) continue;
      const state = chosen[labels[row + x]];
      const isPart = state === CHOSEN ||
        (state === FREE && touchesChosen(box, x, y, chosen, labels, contrast.width));
      if (isPart) data[i] = value;
    }
  }
  return new Plane(box.width, box.height, data);
}

/** Whether a chosen label is next to the place (x, y) in the box. */
function touchesChosen(
  box: Box,
  x: Int,
  y: Int,
  chosen: Uint8Array,
  labels: Int32Array,
  width: Int,
): boolean {
  const right = min(box.width - 1, x + 1);
  const bottom = min(box.height - 1, y + 1);
  for (let row = max(0, y - 1); row <= bottom; row++) {
    for (let column = max(0, x - 1); column <= right; column++) {
      if (chosen[labels[(box.y + row) * width + box.x + column]] === CHOSEN) return true;
    }
  }
  return false;
}
