// A GPU device that fails in plain words: whatever goes wrong on it becomes a DeviceError.

import { DeviceError } from "../backend.ts";
import { bindings, type Kernel, program } from "./kernel.ts";

/** A kernel, ready to be dispatched. */
export interface Compiled {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

/** An opened device; it serves all networks of a backend. */
export class Device {
  readonly gpu: GPUDevice;
  readonly #name: string;
  readonly #compiled = new Map<string, Promise<Compiled>>();
  #failure: DeviceError | undefined;

  /** @param name For people. */
  constructor(gpu: GPUDevice, name: string) {
    this.gpu = gpu;
    this.#name = name;
    gpu.lost.then(({ reason, message }) => {
      this.#failure ??= new DeviceError(
        `${name} was lost: ${
          message || reason
        }. Its driver may have been reset or updated, or the ` +
          "machine have slept",
      );
    });
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault(); // not to be printed: who uses the device hears of it
      const { message } = (event as GPUUncapturedErrorEvent).error;
      this.#failure ??= new DeviceError(`${name} failed: ${message}`);
    });
  }

  /**
   * Opens the device of an adapter.
   *
   * @throws {DeviceError} when it does not start.
   */
  static async open(adapter: GPUAdapter, name: string): Promise<Device> {
    try {
      // What every device has is enough, but for the size of data sets.
      const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
      const gpu = await adapter.requestDevice({
        requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
      });
      return new Device(gpu, name);
    } catch (error) {
      throw new DeviceError(`${name} did not start: ${(error as Error).message}`, { cause: error });
    }
  }

  /** @throws {DeviceError} when the device has failed so far. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /**
   * Does something on the device, and waits until it is done.
   *
   * @throws {DeviceError} when the device fails by it, or has failed before.
   */
  async attempt<T>(work: () => T | Promise<T>): Promise<T> {
    this.check();
    try {
      const done = await work();
      this.check();
      return done;
    } catch (error) {
      // That the device is lost is told a moment after all that was asked of it has failed by that.
      if (isOfDevice(error)) await Promise.race([this.gpu.lost, new Promise((r) => setTimeout(r))]);
      this.check();
      throw error;
    }
  }

  /**
   * Compiles a kernel, once for all who use the same.
   *
   * @throws {DeviceError} when the driver cannot do it.
   */
  compile(kernel: Kernel): Promise<Compiled> {
    const code = program(kernel);
    let compiled = this.#compiled.get(code);
    if (!compiled) {
      compiled = this.#compile(kernel, code);
      compiled.catch(() => {}); // heard of by who waits for it
      this.#compiled.set(code, compiled);
    }
    return compiled;
  }

  async #compile(kernel: Kernel, code: string): Promise<Compiled> {
    const { label } = kernel;
    this.gpu.pushErrorScope("validation");
    const layout = this.gpu.createBindGroupLayout({ label, entries: bindings(kernel) });
    const module = this.gpu.createShaderModule({ label, code });
    const pipeline = this.gpu.createComputePipelineAsync({
      label,
      layout: this.gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module },
    }).catch((error) => error as Error);
    const invalid = await this.gpu.popErrorScope();
    const made = await pipeline;
    if (invalid || made instanceof Error) {
      throw new DeviceError(
        `${this.#name} cannot compile the kernel "${label}": ` +
          (invalid ?? made as Error).message,
      );
    }
    return { pipeline: made, layout };
  }

  /**
   * Makes buffers, all or none.
   *
   * @throws {DeviceError} when the device's memory is full.
   */
  async createBuffers(descriptors: readonly GPUBufferDescriptor[]): Promise<GPUBuffer[]> {
    this.gpu.pushErrorScope("out-of-memory");
    const buffers = descriptors.map((descriptor) => this.gpu.createBuffer(descriptor));
    const full = await this.gpu.popErrorScope();
    if (!full) return buffers;
    for (const buffer of buffers) buffer.destroy();
    const bytes = descriptors.reduce((sum, { size }) => sum + size, 0);
    throw new DeviceError(
      `The memory of ${this.#name} is full: ${Math.ceil(bytes / 1e6)} MB were asked for. ` +
        "Use a smaller batch",
      { cause: full },
    );
  }
}

/** Whether it may be the device's loss that an error comes of. */
function isOfDevice(error: unknown): boolean {
  return !(error instanceof DeviceError) && !(error instanceof RangeError);
}
