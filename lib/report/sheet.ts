// A sheet of training pictures beside what augmentation makes of them, for people to judge whether
// they still show what their labels say.

import { type Augmentation, augmentBatch } from "../data/augment.ts";
import type { Examples } from "../data/examples.ts";

const SIZE = 28;
const PICTURE = SIZE * SIZE;
const EPOCHS = 9;

// On the sheet, in its pixels.
const SCALE = 3; // of each picture
const CELL = SCALE * SIZE + 4;
const GAP = 12; // around the sheet, behind the originals, above the rows of everything
const GREY = 208; // between white pictures

const DESCRIPTIONS: Record<keyof Augmentation, (amount: number) => string> = {
  rotationDeg: (amount) => `turned by up to ${amount} degrees`,
  shear: (amount) => `slanted by up to ${amount} px a row`,
  zoom: (amount) => `width and height up to ${percent(Math.expm1(amount))} % more, or less`,
  shift: (amount) => `shifted by up to ${amount} px`,
  elastic: (amount) => `bent by ${amount} px (standard deviation)`,
  thickness: (amount) => `every second one thicker by up to ${amount} px a side, or thinner`,
  blur: (amount) => `every second one blurred by up to ${amount} px (standard deviation)`,
  contrast: (amount) => `every second one with up to ${percent(amount)} % more ink, or less`,
  cutout: (amount) => `every second one without a square of ${amount} px`,
  noise: (amount) => `every second one with noise of up to ${percent(amount)} % of full ink`,
};

/** A grey picture. */
export interface Sheet {
  /** `[height, width]`, row-major, 0 = black to 255 = white. */
  pixels: Uint8Array;
  width: number;
  height: number;
  /** What each row shows, from top to bottom. */
  rows: string[];
}

/**
 * Lays out rows of ten: a training picture, then what becomes of it in epochs 1 to 9. The first
 * rows show one operation each, the others all of them together, on one picture of each label.
 *
 * @param examples The training pictures, at least one. If they are those of a run with the same
 * seed, the rows of all operations show what that run trains on.
 * @throws {RangeError} Where there is no example, or an amount is too large.
 */
export function previewSheet(
  examples: Examples,
  augmentation: Augmentation,
  { seed }: { seed: number },
): Sheet {
  const places = onePerLabel(examples);
  if (places.length === 0) throw new RangeError("There are no examples to show");
  const rows = singleOperations(augmentation).map((single, i) => ({
    ...single,
    place: places[i % places.length],
    top: GAP + i * CELL,
  }));
  const start = rows.length === 0 ? GAP : 2 * GAP + rows.length * CELL;
  places.forEach((place, i) =>
    rows.push({ augmentation, place, description: "all of it", top: start + i * CELL })
  );

  const width = 3 * GAP + (1 + EPOCHS) * CELL;
  const height = start + places.length * CELL + GAP;
  const pixels = new Uint8Array(width * height).fill(GREY);
  for (const { augmentation, place, top } of rows) {
    const original = examples.images.subarray(place * PICTURE, (place + 1) * PICTURE);
    paste(original, pixels, width, GAP, top);
    for (let epoch = 1; epoch <= EPOCHS; epoch++) {
      const augmented = augmentBatch(original, [place], augmentation, { seed, epoch });
      paste(augmented, pixels, width, 2 * GAP + epoch * CELL, top);
    }
  }
  return { pixels, width, height, rows: rows.map(({ description }) => description) };
}

/** Each operation on its own, where there are several. */
function singleOperations(augmentation: Augmentation) {
  const names = (Object.keys(DESCRIPTIONS) as (keyof Augmentation)[])
    .filter((name) => augmentation[name]);
  if (names.length === 1) return [];
  return names.map((name) => {
    const amount = augmentation[name]!;
    const single: Augmentation = { [name]: amount };
    return {
      augmentation: single,
      description: `${name} ${amount}: ${DESCRIPTIONS[name](amount)}`,
    };
  });
}

/** The places of the first example of each label, in the labels' order. */
function onePerLabel({ labels }: Examples): number[] {
  const present = [...new Set(labels)].sort((a, b) => a - b);
  return present.map((label) => labels.indexOf(label));
}

/** Puts a picture [28, 28], ink black on white, onto the sheet, magnified. */
function paste(
  picture: Uint8Array,
  pixels: Uint8Array,
  width: number,
  left: number,
  top: number,
): void {
  for (let y = 0; y < SCALE * SIZE; y++) {
    const row = Math.floor(y / SCALE) * SIZE;
    for (let x = 0; x < SCALE * SIZE; x++) {
      pixels[(top + y) * width + left + x] = 255 - picture[row + Math.floor(x / SCALE)];
    }
  }
}

function percent(share: number): number {
  return Math.round(100 * share);
}
