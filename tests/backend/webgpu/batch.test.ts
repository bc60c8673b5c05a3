// Batches gathered and augmented on WebGPU, against augmentBatch().

import { assert, assertEquals, assertThrows } from "@std/assert";
import { batch, canAugment } from "../../../lib/backend/webgpu/kernels/batch.ts";
import { type Augmentation, augmentBatch } from "../../../lib/data/augment.ts";
import { syntheticDigits } from "../../../lib/data/synthetic.ts";
import { RECIPES } from "../../../lib/model/recipes.ts";
import { Random } from "../../../lib/random.ts";
import { runKernels, testOnGpu } from "./harness.ts";

const PICTURE = 784;
const SEED = 7;

const DIGITS = syntheticDigits({ count: 200, seed: 1 });
/** The digits, then a picture without ink, and one of nothing else. */
const TOTAL = DIGITS.count + 2;
const IMAGES = new Uint8Array(TOTAL * PICTURE);
IMAGES.set(DIGITS.images);
IMAGES.fill(255, (TOTAL - 1) * PICTURE);
const LABELS = Uint32Array.from({ length: TOTAL }, (_, i) => DIGITS.labels[i] ?? 0);
const ORDER = Uint32Array.from(new Random(1).permutation(TOTAL));

/** As much as pictures may be warped. */
const STRONGEST = { rotationDeg: 45, shear: 0.5, zoom: 0.5, shift: 8, elastic: 2 };
const WARPS: Augmentation[] = [
  STRONGEST,
  ...Object.entries(STRONGEST).map(([name, amount]) => ({ [name]: amount })),
  ...["dense", "cnn", "tiny", "best"].map((name) => RECIPES[name].augmentation!),
];

/** The batch of the order's pictures from `first` on, as bytes and labels. */
async function gather(
  step: { first: number; count: number; epoch?: number; augmented?: number },
  augmentation?: Augmentation,
): Promise<{ pixels: number[]; targets: Uint32Array }> {
  const x = new Float32Array(step.count * PICTURE).fill(NaN);
  const targets = new Uint32Array(step.count);
  const arrays = {
    images: new Uint32Array(IMAGES.buffer),
    labels: LABELS,
    order: ORDER,
    x,
    targets,
  };
  await runKernels([batch({ augmentation, seed: SEED })], arrays, step);
  return { pixels: Array.from(x, (number) => Math.fround(number * 255)), targets };
}

function picturesOf(indices: Uint32Array): Uint8Array {
  const pictures = new Uint8Array(indices.length * PICTURE);
  indices.forEach((index, i) => {
    pictures.set(IMAGES.subarray(index * PICTURE, (index + 1) * PICTURE), i * PICTURE);
  });
  return pictures;
}

testOnGpu("a batch has the pictures and labels that the order names on WebGPU", async () => {
  for (const augmentation of [undefined, {}, STRONGEST]) {
    for (const [first, count] of [[0, TOTAL], [30, 1], [TOTAL - 7, 7]]) {
      const { pixels, targets } = await gather({ first, count, augmented: 0 }, augmentation);
      const indices = ORDER.subarray(first, first + count);
      assertEquals(pixels, [...picturesOf(indices)]);
      assertEquals(targets, indices.map((index) => LABELS[index]));
    }
  }
});

testOnGpu("a batch is augmented as augmentBatch() does on WebGPU", async () => {
  for (const augmentation of WARPS) {
    for (const [first, count, epoch] of [[0, TOTAL, 1], [50, 100, 29]]) {
      const { pixels } = await gather({ first, count, epoch, augmented: 1 }, augmentation);
      const indices = ORDER.subarray(first, first + count);
      const options = { seed: SEED, epoch };
      const expected = augmentBatch(picturesOf(indices), indices, augmentation, options);

      const errors = pixels.map((pixel, i) => pixel - expected[i]);
      const what = `${JSON.stringify(augmentation)} in epoch ${epoch}`;
      // A pose in float32 puts the source of a pixel in some thousands over another 256th of a pixel's
      // edge, and with it now and then those of a row.
      const off = errors.filter((error) => Math.abs(error) > 1).length / errors.length;
      assert(off < 1e-3, `${what}: ${off} of the pixels are off by more than a grey level`);
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      assert(Math.abs(mean) < 1e-3, `${what}: pixels are off by ${mean} in the mean`);
    }
  }
});

Deno.test("canAugment() says that pictures can be warped on WebGPU, and nothing else", () => {
  for (const augmentation of WARPS) assert(canAugment(augmentation));
  for (const name of ["thickness", "blur", "contrast", "cutout", "noise"]) {
    assert(!canAugment({ ...STRONGEST, [name]: 0.1 }), name);
    assert(canAugment({ ...STRONGEST, [name]: 0 }), name);
  }
});

Deno.test("a batch on WebGPU refuses what leaves digits illegible", () => {
  assertThrows(() => batch({ augmentation: { zoom: 0.6 }, seed: SEED }), RangeError, "zoom");
});

Deno.test("a batch on WebGPU has a workgroup for each picture, however many", () => {
  for (const count of [1, 65_535, 65_536, 200_000]) {
    const [x, y = 1] = batch({ seed: SEED }).workgroups(count);
    assert(x <= 65_535 && x * y >= count, `${x} x ${y} for ${count}`);
  }
});
