// EXIF orientation: how a camera was held, and turning its picture upright.
// Source: CIPA DC-008 (Exif 2.32), 4.6.2 (structure of TIFF) and 4.6.4 (tag 0x0112, Orientation).

import { viewOf } from "./bytes.ts";
import type { Size } from "./picture.ts";

/**
 * Which way the stored picture lies: 1 is upright, 2 to 8 name the turn or mirroring that makes it
 * so (Exif 2.32, tag 0x0112).
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
const LITTLE_ENDIAN = 0x4949; // "II", Intel
const BIG_ENDIAN = 0x4d4d; // "MM", Motorola

/**
 * The orientation in an EXIF block, which is a TIFF file: `tiff` begins with its "II" or "MM".
 * Metadata never stops a picture from being read, so what is malformed counts as upright.
 */
export function exifOrientation(tiff: Uint8Array): Orientation {
  try {
    const view = viewOf(tiff);
    const byteOrder = view.getUint16(0);
    if (byteOrder !== LITTLE_ENDIAN && byteOrder !== BIG_ENDIAN) return 1;
    const little = byteOrder === LITTLE_ENDIAN;
    if (view.getUint16(2, little) !== 42) return 1;

    const directory = view.getUint32(4, little);
    const entries = view.getUint16(directory, little);
    for (let i = 0; i < entries; i++) {
      const entry = directory + 2 + 12 * i; // an entry: tag 2, type 2, count 4, value 4 bytes
      if (view.getUint16(entry, little) !== ORIENTATION_TAG) continue;
      const value = view.getUint16(entry + 8, little);
      const valid = view.getUint16(entry + 2, little) === SHORT && value >= 1 && value <= 8;
      return valid ? value as Orientation : 1;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // an offset that points outside the block
  }
  return 1;
}

/** Turns and mirrors RGBA `pixels` so that they stand upright; returns them as they are if they do. */
export function upright(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  { width: storedWidth, height: storedHeight }: Size,
  orientation: Orientation,
): Uint8ClampedArray<ArrayBuffer> {
  if (orientation === 1) return pixels;
  const { width, height } = uprightSize({ width: storedWidth, height: storedHeight }, orientation);

  // Upright pixel (x, y) is stored pixel start + x stepX + y stepY.
  const right = storedWidth - 1;
  const bottom = (storedHeight - 1) * storedWidth;
  const [start, stepX, stepY] = {
    2: [right, -1, storedWidth],
    3: [right + bottom, -1, -storedWidth],
    4: [bottom, 1, -storedWidth],
    5: [0, storedWidth, 1],
    6: [bottom, -storedWidth, 1],
    7: [right + bottom, -storedWidth, -1],
    8: [right, storedWidth, -1],
  }[orientation];

  const stored = new Uint32Array(pixels.buffer); // four bytes a pixel, whatever their order
  const turned = new Uint32Array(stored.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = start + y * stepY; x < width; x++, from += stepX) {
      turned[to++] = stored[from];
    }
  }
  return new Uint8ClampedArray(turned.buffer);
}

/** The size of a picture when it stands upright. */
export function uprightSize({ width, height }: Size, orientation: Orientation): Size {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}
