// What the corruptions have in common.

import type { Random } from "../../random.ts";

/** Width and height of a picture. */
export const SIZE = 28;
export const PIXELS = SIZE * SIZE;

/**
 * Corrupts one picture.
 *
 * @param picture `[28, 28]`, row-major, 0 = paper to 1 = ink; stays as it is.
 * @returns A new picture, which may exceed 0 to 1 and is clipped then.
 */
export type Corruption = (picture: Float64Array, random: Random) => Float64Array;
