// Which pixels of a picture speak for a class: parts of the picture are covered one after the other,
// to see by how much the network's belief in the class falls.
// Source: Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2
// (occlusion sensitivity). There what covers is grey; here it is paper, which takes ink away, and ink,
// which shows where the paper's emptiness counts: with ink across its top a 4 would be a 9.

import type { Network } from "../backend/backend.ts";
import { logSumExp } from "./evaluate.ts";

const SIDE = 28;
const PAPER = 0;
const INK = 255;

/** Pixels: enough to cut through a stroke of MNIST, which is about 3 wide. */
const PATCH = 4;
/** Pixels from one patch to the next: half a patch, so that each pixel is under four of them. */
const STEP = PATCH / 2;

/** A square of ink or paper, perhaps partly beyond the picture's border. */
interface Patch {
  x: number;
  y: number;
  colour: typeof PAPER | typeof INK;
}

/** What answers, and how honest it is made. */
export interface OcclusionOptions {
  network: Pick<Network, "logits">;
  /** What logits are divided by (calibration.ts). */
  temperature?: number;
}

/**
 * How much each pixel speaks for a class (28, 28): by how much the log-odds of the class,
 * log(p / (1 - p)), are higher than with other contents around that pixel, in nats. Positive speaks
 * for the class, negative against it. For ink that is the mean over the patches of paper that cover
 * it, for paper over those of ink; a grey pixel has its share of both.
 *
 * Log-odds, because the probability itself hardly moves where the network is sure, and its logarithm
 * neither: what takes it from 0.9999 to 0.99 would not be seen beside what takes it from 0.9 to 0.5.
 *
 * The network is asked about some 300 pictures at once.
 *
 * @param pixels (28, 28) row-major, 0 paper to 255 ink.
 * @throws {TypeError} when the picture has another size.
 * @throws {RangeError} when the network has no such class.
 */
export async function occlusionMap(
  pixels: Uint8Array,
  classIndex: number,
  { network, temperature = 1 }: OcclusionOptions,
): Promise<Float32Array<ArrayBuffer>> {
  if (pixels.length !== SIDE * SIDE) {
    throw new TypeError(`Expected 28x28 = 784 pixels, found ${pixels.length}`);
  }
  const patches = patchesThatChange(pixels);
  const images = new Uint8Array((1 + patches.length) * pixels.length);
  images.set(pixels);
  patches.forEach((patch, i) => {
    const image = images.subarray((1 + i) * pixels.length, (2 + i) * pixels.length);
    image.set(pixels);
    forEachPixel(patch, (at) => image[at] = patch.colour);
  });
  const logits = await network.logits(images);
  const classes = logits.length / (1 + patches.length);
  if (!(classIndex >= 0 && classIndex < classes)) {
    throw new RangeError(`There is no class ${classIndex} of ${classes}`);
  }
  const [whole, ...covered] = Array.from(
    { length: 1 + patches.length },
    (_, i) => logOdds(logits.subarray(i * classes, (i + 1) * classes), classIndex, temperature),
  );
  return averageFalls(pixels, patches, covered.map((odds) => whole - odds));
}

/** Patches of paper and of ink all over the picture, without those that would leave it as it is. */
function patchesThatChange(pixels: Uint8Array): Patch[] {
  const patches: Patch[] = [];
  for (const colour of [PAPER, INK] as const) {
    for (let y = STEP - PATCH; y < SIDE; y += STEP) {
      for (let x = STEP - PATCH; x < SIDE; x += STEP) {
        const patch: Patch = { x, y, colour };
        let changes = false;
        forEachPixel(patch, (at) => changes ||= pixels[at] !== colour);
        if (changes) patches.push(patch);
      }
    }
  }
  return patches;
}

/** Calls `visit` with the index of each pixel that the patch covers. */
function forEachPixel({ x, y }: Patch, visit: (at: number) => void): void {
  for (let row = Math.max(0, y); row < Math.min(SIDE, y + PATCH); row++) {
    for (let column = Math.max(0, x); column < Math.min(SIDE, x + PATCH); column++) {
      visit(row * SIDE + column);
    }
  }
}

/** log(p / (1 - p)) of a class, from one row of logits: it does not overflow where p rounds to 1. */
function logOdds(logits: Float32Array, classIndex: number, temperature: number): number {
  const others = logits.filter((_, k) => k !== classIndex);
  return logits[classIndex] / temperature - logSumExp(others, temperature);
}

/** What each pixel has its share in: the mean of the falls under the patches of the other colour. */
function averageFalls(
  pixels: Uint8Array,
  patches: readonly Patch[],
  falls: readonly number[],
): Float32Array<ArrayBuffer> {
  const map = new Float32Array(pixels.length);
  patches.forEach((patch, i) => {
    // Every pixel is under as many patches; those left out changed nothing.
    const fall = falls[i] / (PATCH / STEP) ** 2;
    forEachPixel(patch, (at) => {
      const changed = Math.abs(pixels[at] - patch.colour) / (INK - PAPER);
      map[at] += changed * fall;
    });
  });
  return map;
}
