// Networks on a GPU by kernels of our own. Nothing of a step comes back to the CPU: what the steps found
// stays on the GPU until somebody asks.

import type { Augmentation } from "../../data/augment.ts";
import type { Examples } from "../../data/examples.ts";
import { type Architecture, checkWeights, elementCount, type Weight } from "../../model/layers.ts";
import { Turns } from "../../turns.ts";
import {
  type Backend,
  type BatchResult,
  countPictures,
  DeviceError,
  type HeldExamples,
  type Network,
  TRAINING,
  type Training,
  type TrainingState,
} from "../backend.ts";
import { describeAdapter } from "./adapter.ts";
import { type Call, compile, type Plan, RESULTS } from "./compile.ts";
import { Device } from "./device.ts";
import { Executor } from "./executor.ts";
import type { Step } from "./kernel.ts";
import { batch, canAugment } from "./kernels/batch.ts";

/** The backend, with the device that it opened. */
export interface WebGpuBackend extends Backend {
  readonly device: GPUDevice;
}

/**
 * Opens a device of an adapter, for as long as the program runs.
 *
 * @throws {DeviceError} when it does not start.
 */
export async function openWebGpu(adapter: GPUAdapter): Promise<WebGpuBackend> {
  const { name } = describeAdapter(adapter);
  const device = await Device.open(adapter, name);
  return {
    name: "webgpu",
    description: `webgpu on ${name}`,
    versions: {},
    device: device.gpu,
    createNetwork: (architecture, weights, training) =>
      new WebGpuNetwork(device, architecture, weights, { ...TRAINING, ...training }),
  };
}

/** The arrays of a training state, and their names in it. */
const STATE = ["weights", "firstMoments", "secondMoments"] as const;

class WebGpuNetwork implements Network {
  readonly #device: Device;
  readonly #executor: Executor;
  readonly #architecture: Architecture;
  readonly #training: Training;
  readonly #plan: Plan;
  /** Pictures that there is room for. */
  #capacity = 0;
  #step = 0;
  /** Steps whose results nobody has read from the GPU yet, and results that were read. */
  #unread = 0;
  #results: BatchResult[] = [];
  #held = 0;
  #failure: DeviceError | undefined;
  #disposed = false;
  readonly #turns = new Turns();

  constructor(
    device: Device,
    architecture: Architecture,
    weights: readonly Weight[],
    training: Training,
  ) {
    checkWeights(architecture, weights);
    this.#device = device;
    this.#executor = new Executor(device);
    this.#architecture = architecture;
    this.#training = training;
    this.#plan = compile(architecture, training);
    this.#later(async () => {
      await this.#makeRoom(1);
      this.#writeWeights("weights", weights);
    });
  }

  trainBatch(images: Uint8Array, labels: Uint8Array, learningRate: number): Promise<void> {
    const count = countPictures(this.#architecture, images, labels);
    return this.#inTurn(async () => {
      await this.#handOver(count, images, labels);
      await this.#train(this.#plan.input, { count }, learningRate);
    });
  }

  hold(
    examples: Examples,
    { augmentation, seed }: { augmentation?: Augmentation; seed: number },
  ): HeldExamples | undefined {
    const { images, labels, count } = examples;
    const isOfMnist = this.#architecture.inputShape.join("x") === "28x28x1";
    if (!isOfMnist || (augmentation && !canAugment(augmentation))) return undefined;
    if (images.length > this.#device.gpu.limits.maxStorageBufferBindingSize) return undefined;
    const number = this.#held++;
    const arrays = {
      images: `images held ${number}`,
      labels: `labels held ${number}`,
      order: `order held ${number}`,
    };
    const calls: Call[] = [{ kernel: batch({ augmentation, seed }), arrays }];
    this.#later(async () => {
      await this.#executor.allocate([
        [arrays.images, Math.ceil(images.length / 4)],
        [arrays.labels, count],
        [arrays.order, count],
      ]);
      this.#executor.write(arrays.images, images);
      this.#executor.write(arrays.labels, Uint32Array.from(labels));
    });
    let epoch = 0;
    return {
      startEpoch: (begun, order) => {
        const copy = order.slice();
        this.#later(() => {
          epoch = begun;
          this.#executor.write(arrays.order, copy);
        });
      },
      trainBatch: ({ first, count, isAugmented }, learningRate) =>
        this.#inTurn(async () => {
          await this.#makeRoom(count);
          const step = { count, first, epoch, augmented: isAugmented ? 1 : 0 };
          await this.#train(calls, step, learningRate);
        }),
    };
  }

  takeResults(): Promise<BatchResult[]> {
    return this.#inTurn(async () => {
      await this.#readResults();
      const taken = this.#results;
      this.#results = [];
      return taken;
    });
  }

  gradients(images: Uint8Array, labels: Uint8Array): Promise<Weight[]> {
    const count = countPictures(this.#architecture, images, labels);
    return this.#inTurn(async () => {
      await this.#handOver(count, images, labels);
      const { input, learn, sums } = this.#plan;
      // The results of no step: behind those of all that are.
      const step = { count, number: this.#step + 1, result: RESULTS };
      await this.#executor.record([input, learn, sums], step);
      return await this.#readWeights("sums");
    });
  }

  async logits(images: Uint8Array): Promise<Float32Array> {
    const count = countPictures(this.#architecture, images);
    const { input, inference, logits, classes } = this.#plan;
    // Read out of turn, so that the next pictures can be on their way before these are back.
    const { reading } = await this.#inTurn(async () => {
      await this.#handOver(count, images);
      await this.#executor.record([input, inference], { count });
      const reading = this.#executor.read(logits, count * classes);
      reading.catch(() => {}); // heard of below
      return { reading };
    });
    return await this.#device.attempt(() => reading);
  }

  state(): Promise<TrainingState> {
    return this.#inTurn(async () => {
      const [weights, firstMoments, secondMoments] = await Promise.all(
        STATE.map((name) => this.#readWeights(name)),
      );
      return { weights, firstMoments, secondMoments, step: this.#step };
    });
  }

  setState(state: TrainingState): void {
    for (const name of STATE) checkWeights(this.#architecture, state[name]);
    this.#later(() => {
      for (const name of STATE) this.#writeWeights(name, state[name]);
      this.#step = state.step;
    });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    void this.#turns.take(() => this.#executor.dispose());
  }

  /** Calls that come while another is under way are put off until it is done. */
  async #inTurn<T>(call: () => T | Promise<T>): Promise<T> {
    if (this.#disposed) throw new Error("The network has been disposed of");
    return await this.#turns.take(async () => {
      if (this.#failure) throw this.#failure;
      try {
        return await this.#device.attempt(call);
      } catch (error) {
        if (error instanceof DeviceError) this.#failure = error;
        throw error;
      }
    });
  }

  /** A call that nobody waits for: where the device fails by it, calls that come after it fail too. */
  #later(call: () => void | Promise<void>): void {
    this.#inTurn(call).catch(() => {});
  }

  /** Puts pictures, and labels if they are to be learned, where the kernels find them. */
  async #handOver(count: number, images: Uint8Array, labels?: Uint8Array): Promise<void> {
    await this.#makeRoom(count);
    this.#executor.write("images", images);
    if (labels) this.#executor.write("targets", Uint32Array.from(labels));
  }

  /** One step of the optimizer, on pictures that `first` puts into place. */
  async #train(
    first: readonly Call[],
    step: Partial<Step> & { count: number },
    learningRate: number,
  ): Promise<void> {
    if (this.#unread === RESULTS) await this.#readResults();
    const number = ++this.#step;
    const { beta1, beta2, weightDecay } = this.#training.optimizer;
    await this.#executor.record([first, this.#plan.learn, this.#plan.update], {
      ...step,
      number,
      result: this.#unread++,
      // Bias corrections in double precision.
      rate: learningRate / (1 - beta1 ** number),
      correction: 1 / (1 - beta2 ** number),
      decay: 1 - learningRate * weightDecay,
    });
  }

  async #readResults(): Promise<void> {
    if (this.#unread === 0) return;
    const values = await this.#executor.read("results", 2 * this.#unread);
    for (let i = 0; i < values.length; i += 2) {
      this.#results.push({ loss: values[i], correct: values[i + 1] });
    }
    this.#unread = 0;
  }

  /** All tensors of an array that lies as the weights do. */
  async #readWeights(name: string): Promise<Weight[]> {
    const { weights, weightsLength } = this.#plan;
    const all = await this.#executor.read(name, weightsLength);
    return weights.map(({ name, shape, at }) => ({
      name,
      shape,
      data: all.slice(at, at + elementCount(shape)),
    }));
  }

  #writeWeights(name: string, weights: readonly Weight[]): void {
    const all = new Float32Array(this.#plan.weightsLength);
    for (const [i, { data }] of weights.entries()) all.set(data, this.#plan.weights[i].at);
    this.#executor.write(name, all);
  }

  /** Makes room for batches of so many pictures, if there is none yet. */
  async #makeRoom(count: number): Promise<void> {
    if (count <= this.#capacity) return;
    const lengths = Array.from(
      this.#plan.lengths,
      ([name, length]) => [name, length(count)] as const,
    );
    const { limits } = this.#device.gpu;
    const { learn, inference, input } = this.#plan;
    const workgroups = [input, learn, inference].flat()
      .flatMap(({ kernel }) => [...kernel.workgroups(count)]);
    if (
      lengths.some(([, length]) => 4 * length > limits.maxStorageBufferBindingSize) ||
      workgroups.some((number = 1) => number > limits.maxComputeWorkgroupsPerDimension)
    ) {
      throw new RangeError(
        `A batch of ${count} pictures is too large for this GPU and network: use a smaller one`,
      );
    }
    await this.#executor.allocate(lengths);
    this.#capacity = count;
  }
}
