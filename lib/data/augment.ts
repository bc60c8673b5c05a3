// Augmentation: training pictures changed a little, anew each epoch, as other people's hands, pens
// and cameras would.

import { Random } from "../random.ts";
import { GRID_GAIN, GRID_LENGTH, type Pose, warp } from "./warp.ts";

const PICTURE = 28 * 28;

/** What is done to training pictures, each drawn anew for each picture and epoch; what is left out is not done. */
export interface Augmentation {
  /** Largest rotation, degrees, either way. */
  rotationDeg?: number;
  /** Largest slant either way: pixels to the side for each pixel up. */
  shear?: number;
  /** Width and height, each on its own, are multiplied by exp(-zoom) to exp(zoom). */
  zoom?: number;
  /** Largest shift, pixels, either way along each axis. */
  shift?: number;
  /** Standard deviation of the pixels' elastic displacement, pixels along each axis. */
  elastic?: number;
}

export interface AugmentOptions {
  seed: number;
  epoch: number;
}

// Scratch memory, overwritten for each picture.
const pose: Pose = { zoomX: 1, zoomY: 1, shear: 0, angleDeg: 0, shiftX: 0, shiftY: 0 };
const grid = new Float64Array(GRID_LENGTH);

/**
 * Augments a batch of pictures. The same seed, epoch and index give the same picture, whatever the
 * batch around it.
 *
 * @param images `[N, 28, 28]`, the pictures of the batch.
 * @param indices `[N]`, each picture's index in the training set.
 * @param out `[N, 28, 28]`; may be `images` itself.
 */
export function augmentBatch(
  images: Uint8Array,
  indices: ArrayLike<number>,
  augmentation: Augmentation,
  { seed, epoch }: AugmentOptions,
  out: Uint8Array = new Uint8Array(images.length),
): Uint8Array {
  for (let i = 0; i < indices.length; i++) {
    const random = new Random(seed, epoch << 22 ^ indices[i]);
    const from = images.subarray(i * PICTURE, (i + 1) * PICTURE);
    const to = out.subarray(i * PICTURE, (i + 1) * PICTURE);
    drawPose(random, augmentation);
    const { elastic = 0 } = augmentation;
    if (elastic > 0) drawGrid(random, elastic);
    warp(from, to, pose, elastic > 0 ? grid : undefined);
  }
  return out;
}

function drawPose(
  random: Random,
  { rotationDeg = 0, shear = 0, zoom = 0, shift = 0 }: Augmentation,
): void {
  pose.zoomX = Math.exp(random.uniform(-zoom, zoom));
  pose.zoomY = Math.exp(random.uniform(-zoom, zoom));
  pose.shear = random.uniform(-shear, shear);
  pose.angleDeg = random.uniform(-rotationDeg, rotationDeg);
  pose.shiftX = random.uniform(-shift, shift);
  pose.shiftY = random.uniform(-shift, shift);
}

function drawGrid(random: Random, deviation: number): void {
  const largest = Math.sqrt(3) * deviation / GRID_GAIN; // of a uniform distribution
  for (let i = 0; i < GRID_LENGTH; i++) grid[i] = random.uniform(-largest, largest);
}
