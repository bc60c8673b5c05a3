// The optimizer: one dispatch for all weights. A step's gradients lie in parts that are added up here.

import type { Adam } from "../../../model/recipes.ts";
import type { Kernel } from "../kernel.ts";
import type { Extent } from "./product.ts";

/** Weights that are trained, one after the other in memory, and where their gradient is. */
export interface Trained {
  /** Where they begin among all weights. */
  at: number;
  /** How many there are, */
  count: number;
  /** and how many of them, the first, are subject to weight decay. */
  decayed: number;
  /** Where among the gradients the first part of theirs begins; each part has `count` numbers. */
  gradientsAt: number;
  /** How many parts there are: a constant of the kernel that left them, and a limit. */
  parts: Extent;
}

/** Weights that a workgroup works on. */
const BLOCK = 256;

/**
 * Adam with decoupled weight decay (Kingma and Ba 2015, Loshchilov and Hutter 2019): updates `weights`,
 * `firstMoments` and `secondMoments`, which all lie alike, by the parts in `gradients`.
 */
export function adam(trained: readonly Trained[], { beta1, beta2, epsilon }: Adam): Kernel {
  return eachWeight(
    trained,
    "Adam",
    {
      weights: "read_write f32",
      firstMoments: "read_write f32",
      secondMoments: "read_write f32",
    },
    `  let first = ${beta1} * firstMoments[at] + f32(${1 - beta1}) * gradient;
  let second = ${beta2} * secondMoments[at] + f32(${1 - beta2}) * gradient * gradient;
  let decay = select(1f, step.decay, isDecayed);
  firstMoments[at] = first;
  secondMoments[at] = second;
  weights[at] = decay * weights[at]
    - step.rate * first / (sqrt(second * step.correction) + f32(${epsilon}));`,
  );
}

/** Adds the gradients' parts up: `sums`, which lie as the weights do. */
export function gradientSums(trained: readonly Trained[]): Kernel {
  return eachWeight(
    trained,
    "gradients, sums of parts",
    { sums: "read_write f32" },
    "  sums[at] = gradient;",
  );
}

/** @param body Has each weight's place, `at`, its `gradient`, and whether it `isDecayed`. */
function eachWeight(
  trained: readonly Trained[],
  label: string,
  arrays: Kernel["arrays"],
  body: string,
): Kernel {
  // Workgroups have their part of the weights one after the other, in a new block for each tensor.
  const blocks = [0];
  for (const { count } of trained) blocks.push(blocks.at(-1)! + Math.ceil(count / BLOCK));
  const tensors = trained.map(({ at, count, decayed, gradientsAt, parts }, i) =>
    `  if (group.x >= ${blocks[i]}u) {
    tensor = Tensor(${blocks[i]}u, ${at}u, ${count}u, ${decayed}u, ${gradientsAt}u, ${parts.code});
  }`
  );
  return {
    label,
    arrays: { gradients: "read f32", ...arrays },
    code: `struct Tensor {
  block: u32,
  at: u32,
  count: u32,
  decayed: u32,
  gradientsAt: u32,
  parts: u32,
}

@compute @workgroup_size(${BLOCK})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  var tensor = Tensor();
${tensors.join("\n")}
  let number = (group.x - tensor.block) * ${BLOCK}u + local;
  if (number >= tensor.count) {
    return;
  }
  var gradient = 0f;
  for (var part = 0u; part < tensor.parts; part++) {
    gradient += gradients[tensor.gradientsAt + part * tensor.count + number];
  }
  let at = tensor.at + number;
  let isDecayed = number < tensor.decayed;
${body}
}`,
    workgroups: () => [blocks.at(-1)!],
  };
}
