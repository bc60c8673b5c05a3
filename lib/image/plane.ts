// Pictures of one value a pixel: cutting, scaling and stretching them.

/** One value a pixel, (height, width) row-major. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A rectangle of whole pixels: x and y of its upper left corner, width, height. */
export type Box = [x: number, y: number, width: number, height: number];

/** Makes a plane of what `value` gives for each pixel. */
export function planeOf(
  width: number,
  height: number,
  value: (x: number, y: number) => number,
): Plane {
  const data = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) data[i] = value(x, y);
  }
  return { width, height, data };
}

/** The part of `plane` within the box. */
export function crop(plane: Plane, [left, top, width, height]: Box): Plane {
  return planeOf(width, height, (x, y) => plane.data[(top + y) * plane.width + left + x]);
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
  const { width, height, data } = plane;
  const scale = side / Math.max(width, height);
  const columns = shares(width, Math.max(1, Math.round(width * scale)));
  const rows = shares(height, Math.max(1, Math.round(height * scale)));

  const narrow = planeOf(columns.length, height, (x, y) => {
    let sum = 0;
    for (const [from, share] of columns[x]) sum += share * data[y * width + from];
    return sum;
  });
  return planeOf(columns.length, rows.length, (x, y) => {
    let sum = 0;
    for (const [from, share] of rows[y]) sum += share * narrow.data[from * narrow.width + x];
    return sum;
  });
}

/** For each of `to` new pixels of a line, the old ones that it is made of and their shares. */
function shares(from: number, to: number): [index: number, share: number][][] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    if (to > from) { // between the centres of two old pixels, or at the outermost one
      const centre = Math.min(Math.max((i + 0.5) * step - 0.5, 0), from - 1);
      const left = Math.floor(centre);
      const right = Math.min(left + 1, from - 1);
      return [[left, 1 - (centre - left)], [right, centre - left]];
    }
    const start = i * step;
    const end = start + step;
    const covered: [number, number][] = [];
    for (let index = Math.floor(start); index < Math.min(end, from); index++) {
      covered.push([index, (Math.min(end, index + 1) - Math.max(start, index)) / step]);
    }
    return covered;
  });
}
