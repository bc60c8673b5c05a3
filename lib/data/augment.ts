// Augmentation: training pictures changed a little, anew each epoch, as other people's hands, pens
// and cameras would. Where everything is done, this is the order: the pen, the hand, the camera.

import { Random } from "../random.ts";
import { addNoise, blur, cutOut, scaleInk, thicken } from "./retouch.ts";
import { GRID_GAIN, GRID_LENGTH, type Pose, warp } from "./warp.ts";

const SIZE = 28;
const PICTURE = SIZE * SIZE;

/**
 * What is done to training pictures, each drawn anew for each picture and epoch; what is left out
 * is not done. All amounts are uniformly distributed up to the ones named.
 */
export interface Augmentation {
  /** Largest rotation either way, degrees. */
  rotationDeg?: number;
  /** Largest slant either way: pixels to the side for each pixel up. */
  shear?: number;
  /** Width and height, each on its own, are multiplied by exp(-zoom) to exp(zoom). */
  zoom?: number;
  /** Largest shift either way along each axis, pixels. */
  shift?: number;
  /** Standard deviation of the pixels' elastic displacement along each axis, pixels. */
  elastic?: number;

  // What follows happens to every second picture, each on its own, so that clean ones remain.

  /** Strokes get thicker by up to this share of a pixel on each side, or thinner by half of it. */
  thickness?: number;
  /** Largest standard deviation of a blur, pixels. */
  blur?: number;
  /** Ink is multiplied by 1 - contrast to 1 + contrast. */
  contrast?: number;
  /** Side of a blank square, pixels. */
  cutout?: number;
  /** Largest standard deviation of each pixel's noise, where 1 is full ink. */
  noise?: number;
}

/** Beyond these a picture may no longer show what its label says. */
const LIMITS: Required<Augmentation> = {
  rotationDeg: 45,
  shear: 0.5,
  zoom: 0.5,
  shift: 8, // MNIST's ink is 20 pixels wide or high: a part of it remains
  elastic: 2,
  thickness: 1,
  blur: 0.8,
  contrast: 0.9,
  cutout: 14,
  noise: 0.25,
};

const CHANCE = 0.5;

// Scratch memory, overwritten for each picture.
const pose: Pose = { zoomX: 1, zoomY: 1, shear: 0, angleDeg: 0, shiftX: 0, shiftY: 0 };
const grid = new Float64Array(GRID_LENGTH);

/**
 * Augments a batch of pictures. The same seed, epoch and index give the same picture, whatever the
 * batch around it.
 *
 * @param images `[N, 28, 28]`, the pictures of the batch, 0 = paper to 255 = ink.
 * @param indices `[N]`, each picture's index in the training set, below 2^22.
 * @param options `epoch` is below 1024; beyond that and in larger sets pictures share their draws.
 * @param out `[N, 28, 28]`; may be `images` itself.
 * @throws {RangeError} Where a strength is beyond what leaves digits legible.
 * @throws {TypeError} Where there are not as many pictures as indices.
 */
export function augmentBatch(
  images: Uint8Array,
  indices: ArrayLike<number>,
  augmentation: Augmentation,
  { seed, epoch }: { seed: number; epoch: number },
  out: Uint8Array = new Uint8Array(images.length),
): Uint8Array {
  const length = indices.length * PICTURE;
  if (images.length !== length || out.length !== length) {
    throw new TypeError(
      `Expected ${indices.length} pictures of ${PICTURE} bytes, found ${images.length} bytes ` +
        `to put into ${out.length}`,
    );
  }
  checkLimits(augmentation);
  for (let i = 0; i < indices.length; i++) {
    const random = new Random(seed, epoch << 22 ^ indices[i]);
    const start = i * PICTURE;
    const from = images.subarray(start, start + PICTURE);
    augmentPicture(from, out.subarray(start, start + PICTURE), augmentation, random);
  }
  return out;
}

/**
 * Checks what training pictures are to be changed by.
 *
 * @throws {RangeError} Where a strength is beyond what leaves digits legible.
 */
export function checkLimits(augmentation: Augmentation): void {
  for (const [name, limit] of Object.entries(LIMITS)) {
    const value = augmentation[name as keyof Augmentation] ?? 0;
    if (!(value >= 0 && value <= limit)) {
      throw new RangeError(`Expected an augmentation's ${name} from 0 to ${limit}, found ${value}`);
    }
  }
}

/** `from` and `to` are [28, 28]. */
function augmentPicture(
  from: Uint8Array,
  to: Uint8Array,
  augmentation: Augmentation,
  random: Random,
): void {
  const { rotationDeg = 0, shear = 0, zoom = 0, shift = 0, elastic = 0 } = augmentation;
  const { thickness = 0, blur: deviation = 0, contrast = 0, cutout = 0, noise = 0 } = augmentation;
  let latest = from; // where the picture is by now
  if (thickness > 0 && random.uniform() < CHANCE) {
    // Thin strokes would vanish where thick ones only change.
    thicken(latest, to, random.uniform(-thickness / 2, thickness));
    latest = to;
  }
  if (rotationDeg > 0 || shear > 0 || zoom > 0 || shift > 0 || elastic > 0) {
    pose.zoomX = Math.exp(random.uniform(-zoom, zoom));
    pose.zoomY = Math.exp(random.uniform(-zoom, zoom));
    pose.shear = random.uniform(-shear, shear);
    pose.angleDeg = random.uniform(-rotationDeg, rotationDeg);
    pose.shiftX = random.uniform(-shift, shift);
    pose.shiftY = random.uniform(-shift, shift);
    if (elastic > 0) drawGrid(random, elastic);
    warp(latest, to, pose, elastic > 0 ? grid : undefined);
    latest = to;
  }
  if (latest !== to) to.set(latest);
  if (deviation > 0 && random.uniform() < CHANCE) blur(to, to, random.uniform(0, deviation));
  if (contrast > 0 && random.uniform() < CHANCE) {
    scaleInk(to, to, random.uniform(1 - contrast, 1 + contrast));
  }
  if (cutout > 0 && random.uniform() < CHANCE) {
    cutOut(to, to, random.integer(SIZE), random.integer(SIZE), cutout);
  }
  if (noise > 0 && random.uniform() < CHANCE) addNoise(to, to, random.uniform(0, noise), random);
}

function drawGrid(random: Random, deviation: number): void {
  const largest = Math.sqrt(3) * deviation / GRID_GAIN; // of a uniform distribution
  for (let i = 0; i < GRID_LENGTH; i++) grid[i] = random.uniform(-largest, largest);
}
