// A network as one thread runs it: what is done for a training step, for gradients, for logits.

import { placeLayers } from "../../model/layers.ts";
import { compile, type Plan } from "./compile.ts";
import { Arena, gather, type Parameter, scatter, share } from "./memory.ts";
import type { Address, Kernels } from "./module.ts";
import type { Activation, Context, Operation, Pass, Update } from "./operation.ts";

export type Command =
  /** One step of the optimizer. */
  | { kind: "train"; count: number; step: number; learningRate: number }
  /** The gradients that this step would begin with. */
  | { kind: "gradients"; count: number; step: number }
  | { kind: "logits"; count: number };

export class Program {
  readonly parameters: Parameter[] = [];
  /** Weights, Adam's moments and the gradients of thread 0, each of `blockSize` bytes. */
  readonly weights: Address;
  readonly firstMoments: Address;
  readonly secondMoments: Address;
  readonly gradients: Address;
  readonly blockSize: number;
  /** What a command works on: bytes [batch, h, w, c], labels [batch]. */
  readonly images: Address;
  readonly labels: Address;
  /** What it gives: [batch, classes] without padding; loss and number correct of each thread. */
  readonly logits: Address;
  readonly results: Address;
  readonly operations: Operation[] = [];

  readonly #plan: Plan;
  readonly #context: Context;
  readonly #output: Activation;
  readonly #classes: number;

  /**
   * @param thread Which of the plan's threads this is, from 0.
   * @throws {TypeError} naming the layer, when it is of a type that this backend cannot do.
   */
  constructor(plan: Plan, thread: number, kernels: Kernels, buffer: ArrayBufferLike) {
    const shared = new Arena(plan.base);
    const own = new Arena(plan.sharedEnd + thread * plan.ownSize);
    const made = compile(plan, thread, kernels, buffer, shared, own);
    for (const operation of made.operations) operation.prepare?.();
    this.#plan = plan;
    this.#context = made.context;
    this.#output = made.output;
    this.operations = made.operations;
    this.parameters = made.parameters;
    this.blockSize = made.blockSize;
    [this.weights, this.firstMoments, this.secondMoments] = made.blocks;
    this.gradients = made.context.gradients;
    ({ images: this.images, labels: this.labels, logits: this.logits, results: this.results } =
      made.exchange);
    this.#classes = placeLayers(plan.architecture).at(-1)!.outputShape[0];
  }

  /**
   * Writes a tensor in Keras order to its place in the block at `block`: weights, moments. derive()
   * has to follow.
   */
  write(block: Address, parameter: Parameter, data: Float32Array): void {
    const to = block + parameter.offset;
    if (!parameter.transposed) return scatter(data, this.#floats(to, parameter.size), parameter);
    const scratch = parameter.scratch!;
    const upright = this.#floats(scratch, parameter.size);
    if (data.length < parameter.size) upright.fill(0); // the padding
    scatter(data, upright, parameter);
    const columns = parameter.columnsPadded;
    const rows = parameter.size / columns;
    this.#context.kernels.transpose(rows, columns, scratch, columns, to, rows);
  }

  /** Reads a tensor from its place in a block, in Keras order. */
  read(block: Address, parameter: Parameter): Float32Array<ArrayBuffer> {
    const memory = this.#floats(block + parameter.offset, parameter.size);
    if (!parameter.transposed) return gather(memory, parameter);
    const upright = new Float32Array(parameter.size);
    const columns = parameter.columnsPadded;
    const rows = parameter.size / columns;
    for (let j = 0; j < columns; j++) {
      for (let i = 0; i < rows; i++) upright[i * columns + j] = memory[j * rows + i];
    }
    return gather(upright, parameter);
  }

  /** Derives from the weights what is made of them, alone for all threads. */
  derive(): void {
    for (const operation of this.operations) operation.derive?.(0, 1);
  }

  /** Computes the logits of the first `count` pictures without the other threads. */
  logitsAlone(count: number): void {
    for (const _ of this.#forward(0, count)); // no layer waits for others here
  }

  /** This thread's part of a command. Yields where all threads have to meet. */
  *run(command: Command): Iterable<void> {
    const { thread, threads } = this.#context;
    const [first, last] = share(command.count, thread, threads);
    if (command.kind === "logits") return yield* this.#forward(first, last);
    yield* this.#learn(first, last, command);
    if (command.kind === "gradients") return;
    yield;
    const update = this.#adam(command);
    for (const operation of this.operations) operation.update?.(update, thread, threads);
  }

  *#forward(first: number, last: number): Iterable<void> {
    const { capacity } = this.#context;
    const classes = this.#classes;
    for (let at = first; at < last; at += capacity) {
      const count = Math.min(capacity, last - at);
      const pass: Pass = {
        count,
        first: at,
        total: count,
        training: false,
        step: 0,
        accumulate: false,
      };
      for (const operation of this.operations) yield* operation.forward(pass) ?? [];
      const logits = this.#floats(this.#output.y, count * this.#output.stride);
      const to = this.#floats(this.logits + 4 * at * classes, count * classes);
      for (let i = 0; i < count; i++) {
        const row = i * this.#output.stride;
        for (let j = 0; j < classes; j++) to[i * classes + j] = logits[row + j];
      }
    }
  }

  /** Loss and gradients of the pictures [first, last) of a batch. */
  *#learn(
    first: number,
    last: number,
    { count: total, step }: { count: number; step: number },
  ): Iterable<void> {
    const { capacity, thread } = this.#context;
    const result = new Float64Array(this.#context.buffer, this.results + 16 * thread, 2).fill(0);
    let at = first;
    // Without a picture too: gradients have to be zero then, and other threads may wait.
    do {
      const pass: Pass = {
        count: Math.min(capacity, last - at),
        first: at,
        total,
        training: true,
        step,
        accumulate: at > first,
      };
      for (const operation of this.operations) yield* operation.forward(pass) ?? [];
      this.#loss(pass, result);
      for (const operation of this.operations.toReversed()) {
        yield* operation.backward(pass) ?? [];
      }
      at += capacity;
    } while (at < last);
  }

  /**
   * Adds the cross-entropy of a pass to result[0] and the number of right answers to result[1], and
   * writes the gradient of the batch's mean loss by the logits: (softmax - target) / total.
   */
  #loss({ count, first, total }: Pass, result: Float64Array): void {
    const { labelSmoothing } = this.#plan.training;
    const classes = this.#classes;
    const { y, dy, stride } = this.#output;
    const logits = this.#floats(y, count * stride);
    const gradient = this.#floats(dy!, count * stride);
    const labels = new Uint8Array(this.#context.buffer, this.labels + first, count);
    const off = labelSmoothing / classes;
    for (let i = 0; i < count; i++) {
      const row = i * stride;
      let best = 0;
      for (let j = 1; j < classes; j++) if (logits[row + j] > logits[row + best]) best = j;
      const max = logits[row + best];
      let sum = 0;
      let mean = 0;
      for (let j = 0; j < classes; j++) {
        sum += Math.exp(logits[row + j] - max);
        mean += (logits[row + j] - max) / classes;
      }
      for (let j = 0; j < classes; j++) {
        const target = (j === labels[i] ? 1 - labelSmoothing : 0) + off;
        gradient[row + j] = (Math.exp(logits[row + j] - max) / sum - target) / total;
      }
      const right = logits[row + labels[i]] - max;
      result[0] += Math.log(sum) - (1 - labelSmoothing) * right - labelSmoothing * mean;
      if (best === labels[i]) result[1]++;
      gradient.fill(0, row + classes, row + stride);
    }
  }

  #adam({ step, learningRate }: { step: number; learningRate: number }): Update {
    const { kernels, gradients, gradientStride, threads } = this.#context;
    const { beta1, beta2, epsilon, weightDecay } = this.#plan.training.optimizer;
    // Bias correction in double precision, folded into two numbers.
    const rate = learningRate / (1 - beta1 ** step);
    const correction = 1 / (1 - beta2 ** step);
    return ({ spec, offset }, first, count) => {
      const at = offset + 4 * first;
      kernels.adam(
        this.weights + at,
        this.firstMoments + at,
        this.secondMoments + at,
        gradients + at,
        gradientStride,
        threads,
        count,
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        epsilon,
        rate,
        correction,
        spec.shape.length > 1 ? 1 - learningRate * weightDecay : 1,
      );
    };
  }

  #floats(address: Address, count: number): Float32Array {
    return new Float32Array(this.#context.buffer, address, count);
  }
}
