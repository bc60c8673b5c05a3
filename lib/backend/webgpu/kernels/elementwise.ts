// What is done to each number on its own.

import { dropoutScale, mix } from "../../../model/dropout.ts";
import { eachItem, type Kernel, workgroupsFor } from "../kernel.ts";
import { MIX } from "./random.ts";

/**
 * `x` = max(x, 0) in place; back: `dy` = 0 in place where `y`, what ReLU gave, is not positive.
 *
 * @param size Numbers that a picture has.
 */
export function relu({ size }: { size: number }): { forward: Kernel; backward: Kernel } {
  const workgroups = (count: number) => workgroupsFor(count * size);
  return {
    forward: {
      label: "ReLU forward",
      arrays: { x: "read_write f32" },
      code: eachItem(`step.count * ${size}`, "    x[i] = select(x[i], 0, x[i] < 0);"),
      workgroups,
    },
    backward: {
      label: "ReLU backward",
      arrays: { y: "read f32", dy: "read_write f32" },
      code: eachItem(`step.count * ${size}`, "    dy[i] = select(0, dy[i], y[i] > 0);"),
      workgroups,
    },
  };
}

export interface DropoutOptions {
  /** Numbers that a picture has. */
  size: number;
  /** Fraction that is dropped, from 0 to below 1. */
  rate: number;
  /** A whole number; its lower 32 bits count. */
  seed: number;
  /** Index in the architecture's layers. */
  layer: number;
}

/** `x` (N,size) times the step's mask, in place: the way forward, and with gradients the way back. */
export function dropout({ size, rate, seed, layer }: DropoutOptions): Kernel {
  const { threshold, factor } = dropoutScale(rate);
  return {
    label: "dropout",
    arrays: { x: "read_write f32" },
    // As dropoutMask() and dropoutKey() of lib/model/dropout.ts.
    code: `${MIX}
${
      eachItem(
        `step.count * ${size}`,
        `    let key = mixed(${seed >>> 0}u + mixed(step.number + ${mix(layer)}u));
    let isKept = mixed(i * 0x9e3779b9 + key) >= ${threshold}u;
    x[i] = select(0, x[i] * ${factor}, isKept);`,
      )
    }`,
    workgroups: (count) => workgroupsFor(count * size),
  };
}
