// Masks and planes for the tests of what works on them.

import { Plane } from "../../lib/image/plane.ts";

/** Makes a plane of what `value` gives for each pixel. */
export function planeOf(
  width: number,
  height: number,
  value: (x: number, y: number) => number,
): Plane {
  const data = Float64Array.from(
    { length: width * height },
    (_, i) => value(i % width, Math.floor(i / width)),
  );
  return new Plane(width, height, data);
}

/** Makes a mask of where `isInk` says so. */
export function maskOf(
  width: number,
  height: number,
  isInk: (x: number, y: number) => boolean,
): Uint8Array {
  return Uint8Array.from(planeOf(width, height, (x, y) => isInk(x, y) ? 1 : 0).data);
}
