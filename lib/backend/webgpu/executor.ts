// Arrays on a GPU, and the steps that work on them: recorded one after the other, handed over several at a
// time.

import type { Call } from "./compile.ts";
import type { Device } from "./device.ts";
import { type Kernel, type Step, STEP_BYTES, writeStep } from "./kernel.ts";

/** A call with all that the GPU needs for it. */
interface Dispatch {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  workgroups: Kernel["workgroups"];
}

/** Steps that are handed over at a time, since each time takes the CPU a while. */
const STEPS = 16;

/** How far the CPU may be ahead of the GPU: who stops a run has to wait so long. */
const AHEAD_MS = 250;

export class Executor {
  readonly #device: Device;
  readonly #arrays = new Map<string, GPUBuffer>();
  /** Of lists of calls, with the arrays as they are. */
  readonly #dispatches = new Map<readonly Call[], Promise<Dispatch[]>>();
  readonly #uniform: GPUBuffer;
  /** What is recorded and not yet handed over. */
  #encoder: GPUCommandEncoder | undefined;
  readonly #steps = new DataView(new ArrayBuffer(STEPS * STEP_BYTES));
  #recorded = 0;
  /** Steps recorded so far, and how many of them are known to be done. */
  #begun = 0;
  #done = 0;
  /** When the first of those was recorded that are not done, and how many such there may be. */
  #since = 0;
  #mostAhead = 1;

  constructor(device: Device) {
    this.#device = device;
    this.#uniform = device.gpu.createBuffer({
      label: "steps",
      size: STEPS * STEP_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
  }

  /**
   * Makes arrays of so many numbers of 4 bytes, zeros; those that are there and as long stay.
   *
   * @throws {DeviceError} when there is no room for them.
   */
  async allocate(lengths: Iterable<readonly [name: string, length: number]>): Promise<void> {
    this.#submit();
    const wanted = [...lengths].filter(([name, length]) =>
      this.#arrays.get(name)?.size !== 4 * length
    );
    if (wanted.length === 0) return;
    for (const [name] of wanted) this.#arrays.get(name)?.destroy();
    const buffers = await this.#device.createBuffers(wanted.map(([name, length]) => ({
      label: name,
      size: 4 * length,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    })));
    for (const [i, [name]] of wanted.entries()) this.#arrays.set(name, buffers[i]);
    this.#dispatches.clear();
  }

  /** Writes to the beginning of an array, once the steps so far are done with it. */
  write(name: string, data: Uint8Array | Uint32Array | Float32Array): void {
    this.#submit();
    const { buffer, byteOffset, byteLength } = data;
    const whole = byteLength - byteLength % 4;
    const array = this.#arrays.get(name)!;
    this.#device.gpu.queue.writeBuffer(array, 0, buffer as ArrayBuffer, byteOffset, whole);
    if (whole === byteLength) return;
    const rest = new Uint8Array(4);
    rest.set(new Uint8Array(buffer, byteOffset + whole));
    this.#device.gpu.queue.writeBuffer(array, whole, rest);
  }

  /** Records a step; `lists` are calls that follow one another. */
  async record(
    lists: readonly (readonly Call[])[],
    step: Partial<Step> & { count: number },
  ): Promise<void> {
    const dispatches = await Promise.all(lists.map((list) => this.#prepare(list)));
    if (this.#begun === this.#done) this.#since = performance.now();
    writeStep(step, this.#steps, this.#recorded * STEP_BYTES);
    this.#encoder ??= this.#device.gpu.createCommandEncoder();
    const pass = this.#encoder.beginComputePass();
    const offset = [this.#recorded * STEP_BYTES];
    for (const { pipeline, group, workgroups } of dispatches.flat()) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group, offset);
      pass.dispatchWorkgroups(...workgroups(step.count));
    }
    pass.end();
    if (++this.#recorded === STEPS) this.#submit();
    if (++this.#begun - this.#done >= this.#mostAhead) await this.#finish();
  }

  /** Reads the beginning of an array as it is after the steps recorded so far. */
  async read(name: string, length: number): Promise<Float32Array<ArrayBuffer>> {
    const copy = this.#device.gpu.createBuffer({
      label: `copy of ${name}`,
      size: 4 * length,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      this.#encoder ??= this.#device.gpu.createCommandEncoder();
      this.#encoder.copyBufferToBuffer(this.#arrays.get(name)!, 0, copy, 0, 4 * length);
      this.#submit();
      const begun = this.#begun;
      await copy.mapAsync(GPUMapMode.READ);
      this.#areDone(begun);
      return new Float32Array(copy.getMappedRange().slice(0));
    } finally {
      copy.destroy();
    }
  }

  /** Gives the arrays back. What is recorded and not handed over is not done. */
  dispose(): void {
    this.#encoder = undefined;
    for (const array of this.#arrays.values()) array.destroy();
    this.#arrays.clear();
    this.#dispatches.clear();
    this.#uniform.destroy();
  }

  #submit(): void {
    if (!this.#encoder) return;
    const { queue } = this.#device.gpu;
    queue.writeBuffer(this.#uniform, 0, this.#steps.buffer, 0, this.#recorded * STEP_BYTES);
    queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
    this.#recorded = 0;
  }

  /** Waits until all that is recorded is done. */
  async #finish(): Promise<void> {
    this.#submit();
    const begun = this.#begun;
    await this.#device.gpu.queue.onSubmittedWorkDone();
    this.#areDone(begun);
  }

  /** Learns from how long steps took, up to the one of that number, how far ahead it may be. */
  #areDone(begun: number): void {
    if (begun <= this.#done) return;
    const now = performance.now();
    const stepMs = (now - this.#since) / (begun - this.#done);
    this.#mostAhead = Math.max(1, Math.floor(AHEAD_MS / stepMs));
    this.#done = begun;
    this.#since = now;
  }

  /** Compiles the calls' kernels and binds their arrays, once while those stay. */
  #prepare(calls: readonly Call[]): Promise<Dispatch[]> {
    let dispatches = this.#dispatches.get(calls);
    if (!dispatches) {
      dispatches = Promise.all(calls.map((call) => this.#bind(call)));
      this.#dispatches.set(calls, dispatches);
    }
    return dispatches;
  }

  async #bind({ kernel, arrays }: Call): Promise<Dispatch> {
    const { pipeline, layout } = await this.#device.compile(kernel);
    const resources = [
      { buffer: this.#uniform, size: STEP_BYTES },
      ...Object.keys(kernel.arrays).map((name) => ({
        buffer: this.#arrays.get(arrays[name] ?? name)!,
      })),
    ];
    const group = this.#device.gpu.createBindGroup({
      label: kernel.label,
      layout,
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    return { pipeline, group, workgroups: kernel.workgroups };
  }
}
