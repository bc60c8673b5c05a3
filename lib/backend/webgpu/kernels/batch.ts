// Batches of resident examples: gathered by the epoch's order, and augmented as lib/data/augment.ts does.

import { type Augmentation, checkLimits } from "../../../data/augment.ts";
import { GRID_GAIN } from "../../../data/warp.ts";
import type { Kernel } from "../kernel.ts";
import { INK } from "./input.ts";
import { MIX, RANDOM } from "./random.ts";
import { warp } from "./warp.ts";

/** Workgroups along x, no more than every device has; the rest is along y. */
const MOST_WORKGROUPS = 65535;

/** What can be done to pictures here. */
const WARPS: readonly string[] = ["rotationDeg", "shear", "zoom", "shift", "elastic"];

/** Whether {@linkcode batch} can augment so: it warps pictures, and leaves all else to the CPU. */
export function canAugment(augmentation: Augmentation): boolean {
  return operations(augmentation).every((name) => WARPS.includes(name));
}

/**
 * `x` (N,28,28), from 0 to 1, and `targets` (N): of all `images` (28,28), which are bytes, four in a word,
 * and `labels`, those that `order` names from the step's first place on. Where the step says so, they are
 * augmented as augmentBatch() does with the step's epoch and their indices; but for rounding, since the
 * pose is float32 here.
 *
 * @param options Of the seed, the lower 32 bits count.
 * @throws {RangeError} Where a strength is beyond what leaves digits legible.
 */
export function batch(
  { augmentation = {}, seed }: { augmentation?: Augmentation; seed: number },
): Kernel {
  checkLimits(augmentation);
  const isWarped = operations(augmentation).length > 0;
  return {
    label: "batch",
    arrays: {
      images: "read u32",
      labels: "read u32",
      order: "read u32",
      x: "read_write f32",
      targets: "read_write u32",
    },
    code: `${INK}
${isWarped ? `${MIX}${RANDOM}${augmenting(augmentation, seed)}` : PLAIN}
${GATHERING}`,
    // One for each picture.
    workgroups: (count) => [Math.min(count, MOST_WORKGROUPS), Math.ceil(count / MOST_WORKGROUPS)],
  };
}

/** The names of what is done at all. */
function operations(augmentation: Augmentation): string[] {
  return Object.entries(augmentation).filter(([, amount]) => amount > 0).map(([name]) => name);
}

const GATHERING = `
const THREADS = 64;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(workgroup_id) workgroup: vec3u,
) {
  const PIXELS = 784u;
  let picture = workgroup.y * ${MOST_WORKGROUPS} + workgroup.x;
  if (picture >= step.count) {
    return;
  }
  let example = order[step.first + picture];
  if (thread == 0) {
    targets[picture] = labels[example];
  }
  for (var i = thread; i < PIXELS / 4; i += THREADS) {
    let pixels = images[example * (PIXELS / 4) + i];
    for (var j = 0u; j < 4; j++) {
      source[4 * i + j] = (pixels >> (8 * j)) & 0xff;
    }
  }
  prepare(thread, example);
  for (var i = thread; i < PIXELS; i += THREADS) {
    x[picture * PIXELS + i] = ink(pixelOf(i));
  }
}`;

/** Pictures as they are. */
const PLAIN = `
var<workgroup> source: array<u32, 784>;

fn prepare(thread: u32, example: u32) {
  workgroupBarrier();
}

fn pixelOf(i: u32) -> u32 {
  return source[i];
}`;

/** Pictures that are augmented in the steps that say so. */
function augmenting(augmentation: Augmentation, seed: number): string {
  const { rotationDeg = 0, shear = 0, zoom = 0, shift = 0, elastic = 0 } = augmentation;
  const isBent = elastic > 0;
  const between = (amount: number) => `drawBetween(&random, -${amount}, ${amount})`;
  return `${warp({ isBent })}

fn drawFrame(stream: u32) {
  var random = randomOf(${seed >>> 0}, stream);
  var pose: Pose;
  pose.zoom.x = exponential(${between(zoom)});
  pose.zoom.y = exponential(${between(zoom)});
  pose.shear = ${between(shear)};
  pose.angle = ${between(rotationDeg)} * ${Math.PI / 180};
  pose.shift.x = ${between(shift)};
  pose.shift.y = ${between(shift)};
  frame = frameOf(pose);
${isBent ? drawPoints(between(Math.sqrt(3) * elastic / GRID_GAIN)) : ""}}

fn prepare(thread: u32, example: u32) {
  if (step.augmented == 1) {
    if (thread == 0) {
      drawFrame((step.epoch << 22) ^ example);
    }
    workgroupBarrier();
    if (thread < SIZE) {
      findInk(i32(thread));
    }
    workgroupBarrier();
    if (thread < SIZE) {
      layRow(i32(thread));${isBent ? "\n      interpolateRow(i32(thread));" : ""}
    }
  }
  workgroupBarrier();
}

fn pixelOf(i: u32) -> u32 {
  if (step.augmented == 1) {
    return warped(i32(i % SIZE), i32(i / SIZE));
  }
  return source[i];
}`;
}

/** All displacements to the side come before those up or down. */
function drawPoints(drawn: string): string {
  return ["x", "y"].map((axis) =>
    `  for (var i = 0; i < POINTS * POINTS; i++) {
    let point = i32(${drawn} * ONE);
    points[i].${axis} = point;
    reach = max(reach, f32(abs(point)) / ONE);
  }
`
  ).join("");
}
