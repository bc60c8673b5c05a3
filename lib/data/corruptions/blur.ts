// Things between the camera and the digit that smear it. Source of the strengths: MNIST-C, see
// ../corruptions.ts.

import type { Random } from "../../random.ts";
import { PIXELS, SIZE } from "./corruption.ts";
import { blurColumns, gaussian } from "./gaussian.ts";

const GLASS_BLUR = gaussian(0.7, "nearest");
const GLASS_ROUNDS = 2;
const GLASS_REACH = 1; // pixels

/**
 * Frosted glass: neighbours change places at random between two slight blurs.
 *
 * The blurs go up and down only. MNIST-C told scikit-image that the last axis is colours, and so
 * its pictures are made; it also swaps with pixels to the left and above only.
 */
export function glassBlur(picture: Float64Array, random: Random): Float64Array {
  const shuffled = blurColumns(picture, GLASS_BLUR).map((ink) => Math.floor(255 * ink) / 255);
  for (let round = 0; round < GLASS_ROUNDS; round++) {
    for (let y = SIZE - GLASS_REACH; y > GLASS_REACH; y--) {
      for (let x = SIZE - GLASS_REACH; x > GLASS_REACH; x--) {
        if (random.integer(2) === 0) continue;
        const dx = random.integer(2 * GLASS_REACH) - GLASS_REACH;
        const dy = random.integer(2 * GLASS_REACH) - GLASS_REACH;
        const [here, there] = [y * SIZE + x, (y + dy) * SIZE + x + dx];
        [shuffled[here], shuffled[there]] = [shuffled[there], shuffled[here]];
      }
    }
  }
  return blurColumns(shuffled, GLASS_BLUR);
}

const MOTION_STEPS = 21; // ImageMagick's kernel of radius 10
const MOTION_SIGMA = 3; // pixels
const MOTION_MAX_ANGLE_DEG = 45;

const MOTION_KERNEL = motionKernel();

/**
 * A moving camera: ink trails off to the left, rising or falling by at most 45 degrees.
 *
 * As ImageMagick does it, but for its 16-bit rounding: half a Gaussian, from whole pixels.
 */
export function motionBlur(picture: Float64Array, random: Random): Float64Array {
  const angle = random.uniform(-MOTION_MAX_ANGLE_DEG, MOTION_MAX_ANGLE_DEG) * Math.PI / 180;
  const blurred = new Float64Array(PIXELS);
  for (let step = 0; step < MOTION_STEPS; step++) {
    const dx = Math.ceil(step * Math.cos(angle) - 0.5);
    const dy = Math.ceil(step * Math.sin(angle) - 0.5);
    for (let y = 0; y < SIZE; y++) {
      const row = SIZE * Math.min(SIZE - 1, Math.max(0, y + dy));
      for (let x = 0; x < SIZE; x++) {
        blurred[y * SIZE + x] += MOTION_KERNEL[step] * picture[row + Math.min(SIZE - 1, x + dx)];
      }
    }
  }
  return blurred;
}

function motionKernel(): Float64Array {
  const kernel = Float64Array.from(
    { length: MOTION_STEPS },
    (_, step) => Math.exp(-0.5 * (step / MOTION_SIGMA) ** 2),
  );
  const sum = kernel.reduce((a, b) => a + b);
  return kernel.map((weight) => weight / sum);
}
