// What the GPU is told: kernels in WGSL, each with the arrays that it works on.

/** How a kernel uses an array, and what that is made of. */
export type ArrayUse = `${"read" | "read_write"} ${"f32" | "u32" | "vec4f" | "vec4u"}`;

/**
 * One dispatch. Sizes of a network are constants of the code; the number of pictures comes with each
 * step, so that one kernel does for batches of any size.
 */
export interface Kernel {
  /** For people who profile or debug: `conv2d forward`. */
  label: string;
  /** The arrays by the names that the code has for them, in the order of their bindings. */
  arrays: Readonly<Record<string, ArrayUse>>;
  /**
   * WGSL with an entry point `main`; the arrays and `step`, of type {@linkcode STEP}, are declared
   * already.
   */
  code: string;
  /** How many workgroups a batch of `count` pictures takes along x, y and z. */
  workgroups(count: number): readonly [x: number, y?: number, z?: number];
}

/** What each step tells the kernels. `first`, `epoch` and `augmented` are for resident pictures. */
export interface Step {
  /** Pictures in the batch. */
  count: number;
  /** Place of the batch's first picture in the epoch's order. */
  first: number;
  /** Counted from 1. */
  epoch: number;
  /** 1 where pictures are to be augmented, else 0. */
  augmented: number;
  /** Number of the update, counted from 1. */
  number: number;
  /** Which of the results is this step's. */
  result: number;
  /** The learning rate, corrected for the first moments' bias: over 1 - beta1^number. */
  rate: number;
  /** Of the second moments' bias: 1 / (1 - beta2^number). */
  correction: number;
  /** What weight decay leaves of a kernel. */
  decay: number;
}

const STEP_FIELDS: readonly [keyof Step, "u32" | "f32"][] = [
  ["count", "u32"],
  ["first", "u32"],
  ["epoch", "u32"],
  ["augmented", "u32"],
  ["number", "u32"],
  ["result", "u32"],
  ["rate", "f32"],
  ["correction", "f32"],
  ["decay", "f32"],
];

/** Bytes of a step; uniform buffers are bound at multiples of it (minUniformBufferOffsetAlignment). */
export const STEP_BYTES = 256;

/** The declaration of a step in WGSL. */
export const STEP = `struct Step {
${STEP_FIELDS.map(([name, type]) => `  ${name}: ${type},`).join("\n")}
}`;

/** Writes a step as the kernels read it; what is left out is 0. */
export function writeStep(step: Partial<Step>, view: DataView, at: number): void {
  for (const [i, [name, type]] of STEP_FIELDS.entries()) {
    if (type === "u32") view.setUint32(at + 4 * i, step[name] ?? 0, true);
    else view.setFloat32(at + 4 * i, step[name] ?? 0, true);
  }
}

/** A kernel's whole program: binding 0 is the step, then come the arrays in their order. */
export function program({ arrays, code }: Kernel): string {
  const declarations = Object.entries(arrays).map(([name, use], i) => {
    const [access, type] = use.split(" ");
    return `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${type}>;`;
  });
  return [STEP, "@group(0) @binding(0) var<uniform> step: Step;", ...declarations, code].join("\n");
}

/**
 * How a kernel's buffers are bound: the step at an offset that each dispatch names, then the arrays. Not
 * left to the device, which would leave out what a kernel does not use.
 */
export function bindings({ arrays }: Kernel): GPUBindGroupLayoutEntry[] {
  const visibility = GPUShaderStage.COMPUTE;
  return [
    { binding: 0, visibility, buffer: { type: "uniform", hasDynamicOffset: true } },
    ...Object.values(arrays).map((use, i): GPUBindGroupLayoutEntry => ({
      binding: i + 1,
      visibility,
      buffer: { type: use.startsWith("read_write") ? "storage" : "read-only-storage" },
    })),
  ];
}

/** Threads of a workgroup where nothing else decides. */
export const THREADS = 256;

const MOST_WORKGROUPS = 4096;

/** Workgroups that share `items` items, {@linkcode THREADS} at a time, see {@linkcode eachItem}. */
export function workgroupsFor(items: number): [number] {
  return [Math.min(Math.ceil(items / THREADS), MOST_WORKGROUPS)];
}

/**
 * An entry point that does the same for each of many items, whose number is an expression in WGSL; the
 * number of workgroups, which a device limits, does not have to grow with it.
 *
 * @param body Is done for each `i`.
 */
export function eachItem(items: string, body: string): string {
  return `@compute @workgroup_size(${THREADS})
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  for (var i = thread.x; i < ${items}; i += workgroups.x * ${THREADS}u) {
${body}
  }
}`;
}
