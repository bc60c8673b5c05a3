// Times what a program has a GPU do, dispatch by dispatch, by timestamp queries. It stands between
// the program and its device, so that the program needs to know nothing of it: any will do.

/** One dispatch of a compute kernel. */
export interface Dispatch {
  /** Of its pipeline. */
  label: string;
  /** What the GPU needed for it. */
  microseconds: number;
}

/** Dispatches of one kernel. */
export interface KernelTime {
  label: string;
  calls: number;
  /** All of them together. */
  microseconds: number;
}

/** Two a dispatch; the specification allows no more in a set. */
const QUERIES = 4096;

/** Times the device that is opened while it is there; one at a time. */
export class Profiler implements Disposable {
  readonly #requestDevice = GPUAdapter.prototype.requestDevice;
  readonly #beginComputePass = GPUCommandEncoder.prototype.beginComputePass;
  #device?: GPUDevice;
  #queries?: GPUQuerySet;
  /** Labels of the dispatches so far; missing while none is timed. */
  #labels?: string[];

  constructor() {
    // deno-lint-ignore no-this-alias -- both functions have a `this` of their own
    const profiler = this;
    GPUAdapter.prototype.requestDevice = async function (descriptor = {}) {
      const requiredFeatures = new Set(descriptor.requiredFeatures).add("timestamp-query");
      const device = await profiler.#requestDevice.call(this, {
        ...descriptor,
        requiredFeatures: [...requiredFeatures],
      });
      profiler.#device = device;
      profiler.#queries = device.createQuerySet({ type: "timestamp", count: QUERIES });
      return device;
    };
    GPUCommandEncoder.prototype.beginComputePass = function (descriptor) {
      if (!profiler.#labels) return profiler.#beginComputePass.call(this, descriptor);
      const begin = (label: string) =>
        profiler.#beginComputePass.call(this, { timestampWrites: profiler.#add(label) });
      return new SplitPass(begin) as unknown as GPUComputePassEncoder;
    };
  }

  /** From now on dispatches are timed. */
  start(): void {
    this.#labels = [];
  }

  /** What is told the device from now on is not timed; what it was told before is yet to be done. */
  stop(): () => Promise<Dispatch[]> {
    const labels = this.#labels!;
    this.#labels = undefined;
    return () => this.#read(labels);
  }

  /** Gives the device and the program back as they were. */
  [Symbol.dispose](): void {
    GPUAdapter.prototype.requestDevice = this.#requestDevice;
    GPUCommandEncoder.prototype.beginComputePass = this.#beginComputePass;
    this.#queries?.destroy();
  }

  #add(label: string): GPUComputePassTimestampWrites | undefined {
    if (!this.#labels) return undefined; // stopped since the pass began
    const first = 2 * (this.#labels.push(label) - 1);
    return {
      querySet: this.#queries!,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
  }

  /** Once the device has done them. */
  async #read(labels: string[]): Promise<Dispatch[]> {
    const device = this.#device!;
    const size = 16 * labels.length;
    const resolved = device.createBuffer({
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const copy = device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(this.#queries!, 0, 2 * labels.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, copy, 0, size);
    device.queue.submit([encoder.finish()]);
    await copy.mapAsync(GPUMapMode.READ);
    const nanoseconds = new BigUint64Array(copy.getMappedRange().slice());
    for (const buffer of [resolved, copy]) buffer.destroy();
    return labels.map((label, i) => ({
      label,
      microseconds: Number(nanoseconds[2 * i + 1] - nanoseconds[2 * i]) / 1000,
    }));
  }
}

type BindGroup = [index: number, group: GPUBindGroup | null, dynamicOffsets?: number[]];

/** A compute pass that makes one of each of its dispatches, since only passes are timed. */
class SplitPass {
  readonly #begin: (label: string) => GPUComputePassEncoder;
  readonly #groups = new Map<number, BindGroup>();
  #pipeline?: GPUComputePipeline;

  constructor(begin: (label: string) => GPUComputePassEncoder) {
    this.#begin = begin;
  }

  setPipeline(pipeline: GPUComputePipeline): void {
    this.#pipeline = pipeline;
  }

  setBindGroup(...group: BindGroup): void {
    this.#groups.set(group[0], group);
  }

  dispatchWorkgroups(...counts: Parameters<GPUComputePassEncoder["dispatchWorkgroups"]>): void {
    const pass = this.#begin(this.#pipeline!.label);
    pass.setPipeline(this.#pipeline!);
    for (const group of this.#groups.values()) pass.setBindGroup(...group);
    pass.dispatchWorkgroups(...counts);
    pass.end();
  }

  end(): void {}
}

/** Sums up by label, the longest first. */
export function byKernel(dispatches: readonly Dispatch[]): KernelTime[] {
  const kernels = new Map<string, KernelTime>();
  for (const { label, microseconds } of dispatches) {
    const kernel = kernels.get(label) ?? { label, calls: 0, microseconds: 0 };
    kernel.calls++;
    kernel.microseconds += microseconds;
    kernels.set(label, kernel);
  }
  return [...kernels.values()].sort((a, b) => b.microseconds - a.microseconds);
}
