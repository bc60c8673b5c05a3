// EXIF orientation: how a camera was held, and turning its picture upright.
// Source: CIPA DC-008 (Exif 2.32), 4.6.2 (structure of TIFF) and 4.6.4 (tag 0x0112, Orientation).

import type { Picture } from "./picture.ts";

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
    const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
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

/** Turns and mirrors `picture` so that it stands upright; returns it as it is when it does. */
export function upright(picture: Picture, orientation: Orientation): Picture {
  if (orientation === 1) return picture;
  const { width: storedWidth, height: storedHeight } = picture;
  const sideways = orientation >= 5;
  const width = sideways ? storedHeight : storedWidth;
  const height = sideways ? storedWidth : storedHeight;

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

  const stored = picture.data;
  const data = new Uint8ClampedArray(stored.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 4) {
      const from = 4 * (start + x * stepX + y * stepY);
      data[to] = stored[from];
      data[to + 1] = stored[from + 1];
      data[to + 2] = stored[from + 2];
      data[to + 3] = stored[from + 3];
    }
  }
  return { width, height, data };
}
