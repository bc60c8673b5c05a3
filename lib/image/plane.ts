// Pictures of one value a pixel: cutting, scaling and stretching them.

/** One value a pixel, (height, width) row-major. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A rectangle of whole pixels: x and y of its upper left corner, width, height. */
export type Box = [x: number, y: number, width: number, height: number];

/** The part of `plane` within the box. */
export function crop(plane: Plane, [left, top, width, height]: Box): Plane {
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * plane.width + left;
    data.set(plane.data.subarray(start, start + width), y * width);
  }
  return { width, height, data };
}

/** The smallest box around all that is not 0; undefined where everything is. */
export function extent({ width, height, data }: Plane): Box | undefined {
  let left = width, top = height, right = -1, bottom = -1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] === 0) continue;
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x);
      bottom = Math.max(bottom, y);
    }
  }
  return right < 0 ? undefined : [left, top, right - left + 1, bottom - top + 1];
}

// The darkest tenth of the ink counts as full. In 90 of 100 of MNIST's pictures it is 252 and up.
const FULL_INK = 0.9;

/** Scales the values so that the darkest tenth of all that are not 0 becomes 255. */
export function stretch(plane: Plane): Plane {
  const ink = plane.data.filter((value) => value > 0).sort();
  const scale = 255 / ink[Math.floor(FULL_INK * (ink.length - 1))];
  return { ...plane, data: plane.data.map((value) => Math.min(255, value * scale)) };
}

/**
 * Scales `plane` so that its longer side has `side` pixels. It is averaged over the area of each
 * new pixel where it gets smaller and interpolated where it grows; at the same size it stays as it
 * is.
 */
export function fit(plane: Plane, side: number): Plane {
  const { width, height } = plane;
  const longer = Math.max(width, height);
  if (longer === side) return plane;
  const columns = Math.max(1, Math.round(width * side / longer));
  const rows = Math.max(1, Math.round(height * side / longer));
  return scaleRows(scaleRows(plane, columns), rows);
}

/** Scales each row to `to` pixels, and swaps rows and columns: done twice it scales both. */
function scaleRows({ width, height, data }: Plane, to: number): Plane {
  const scaled = new Float32Array(height * to);
  const step = width / to;
  const add = (column: number, share: number, start: number) => {
    for (let y = 0, i = column; y < height; y++, i += width) scaled[start + y] += share * data[i];
  };
  for (let x = 0; x < to; x++) {
    if (to > width) { // between the centres of two old pixels, or at the outermost one
      const centre = Math.min(Math.max((x + 0.5) * step - 0.5, 0), width - 1);
      const left = Math.floor(centre);
      add(left, 1 - (centre - left), x * height);
      if (left < centre) add(left + 1, centre - left, x * height);
    } else {
      const start = x * step;
      const end = Math.min(start + step, width);
      for (let column = Math.floor(start); column < end; column++) {
        add(column, (Math.min(end, column + 1) - Math.max(start, column)) / step, x * height);
      }
    }
  }
  return { width: height, height: to, data: scaled };
}
