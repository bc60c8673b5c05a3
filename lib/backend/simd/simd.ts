// Networks on the CPU by kernels of our own: WebAssembly SIMD, one thread per core.

import { type Architecture, checkWeights, elementCount, type Weight } from "../../model/layers.ts";
import {
  type Backend,
  type BatchResult,
  countPictures,
  type Network,
  TRAINING,
  type TrainingState,
} from "../backend.ts";
import { Turns } from "../../turns.ts";
import { chooseBuild, instantiate, loadModule, probeFeatures } from "./module.ts";
import { capacityFor, makePlan, memoryEnd, type Plan } from "./compile.ts";
import { type Command, Program } from "./program.ts";
import { CONTROL_BYTES, Team } from "./team.ts";

export interface SimdOptions {
  /** One per core unless given. */
  threads?: number;
  /** Plain products of matrices in place of the fused and sparse kernels: for tests. */
  reference?: boolean;
}

/** WebAssembly's unit of memory. */
const PAGE = 65536;
const MAX_PAGES = 65536;

/** The module's own data lies in the first page. */
const CONTROL_AT = PAGE;

/** Pictures that are handed over at a time, unless a batch to train on is larger. */
const BATCH = 256;

/** From how many pictures on it pays to classify them with all threads. */
const TEAM_PICTURES = 32;

/**
 * Opens the backend: picks and loads the build of the kernels that this machine can run. Where
 * memory cannot be shared there is one thread, whatever `threads` says.
 *
 * @throws {UserError} when there is no WebAssembly SIMD here.
 */
export async function openSimd(
  { threads = globalThis.navigator?.hardwareConcurrency ?? 1, reference = false }: SimdOptions = {},
): Promise<Backend> {
  const features = probeFeatures();
  if (!features.shared) threads = 1;
  const build = chooseBuild({ ...features, shared: threads > 1 });
  const module = await loadModule(build);
  return {
    name: "simd",
    description: threads === 1 ? "simd, 1 thread" : `simd, ${threads} threads`,
    versions: {},
    createNetwork: (architecture, weights, training) =>
      new SimdNetwork(module, architecture, weights, {
        training: { ...TRAINING, ...training },
        threads,
        reference,
      }),
  };
}

/** Memory, and the program that works in it. */
interface Session {
  plan: Plan;
  memory: WebAssembly.Memory;
  program: Program;
}

class SimdNetwork implements Network {
  readonly #module: WebAssembly.Module;
  readonly #architecture: Architecture;
  readonly #pixels: number;
  #session: Session;
  #team: Team | undefined;
  #step = 0;
  #results: BatchResult[] = [];
  #disposed = false;
  readonly #turns = new Turns();

  constructor(
    module: WebAssembly.Module,
    architecture: Architecture,
    weights: readonly Weight[],
    options: Pick<Plan, "training" | "threads" | "reference">,
  ) {
    checkWeights(architecture, weights);
    this.#module = module;
    this.#architecture = architecture;
    this.#pixels = elementCount(architecture.inputShape);
    this.#session = openSession(
      module,
      makePlan({
        ...options,
        // Sent to the workers as it is: a recipe's other fields stay here.
        architecture: { inputShape: architecture.inputShape, layers: architecture.layers },
        capacity: capacityFor(architecture, BATCH, options.threads),
        batch: BATCH,
        base: CONTROL_AT + CONTROL_BYTES,
      }),
    );
    this.#write(this.#session.program.weights, weights);
    this.#session.program.derive();
  }

  trainBatch(images: Uint8Array, labels: Uint8Array, learningRate: number): Promise<void> {
    const count = countPictures(this.#architecture, images, labels);
    return this.#inTurn(async () => {
      await this.#learn(images, labels, {
        kind: "train",
        count,
        step: this.#step + 1,
        learningRate,
      });
      this.#step++;
      const { memory, plan: { threads }, program } = this.#session;
      const parts = new Float64Array(memory.buffer, program.results, 2 * threads);
      let [loss, correct] = [0, 0];
      for (let thread = 0; thread < threads; thread++) {
        loss += parts[2 * thread];
        correct += parts[2 * thread + 1];
      }
      this.#results.push({ loss: loss / count, correct });
    });
  }

  takeResults(): Promise<BatchResult[]> {
    return this.#inTurn(() => {
      const taken = this.#results;
      this.#results = [];
      return taken;
    });
  }

  gradients(images: Uint8Array, labels: Uint8Array): Promise<Weight[]> {
    const count = countPictures(this.#architecture, images, labels);
    return this.#inTurn(async () => {
      await this.#learn(images, labels, { kind: "gradients", count, step: this.#step + 1 });
      const { program, plan: { threads } } = this.#session;
      const parts = Array.from(
        { length: threads },
        (_, thread) => this.#read(program.gradients + thread * program.blockSize),
      );
      const [first, ...others] = parts;
      for (const [i, { data }] of first.entries()) {
        if (!program.parameters[i].spec.trainable) data.fill(0);
        else {
          for (const other of others) {
            for (let j = 0; j < data.length; j++) data[j] += other[i].data[j];
          }
        }
      }
      return first;
    });
  }

  logits(images: Uint8Array): Promise<Float32Array> {
    const total = countPictures(this.#architecture, images);
    return this.#inTurn(async () => {
      const { plan, program, memory } = this.#session;
      const classes = program.parameters.at(-1)!.columns;
      const logits = new Float32Array(total * classes);
      for (let first = 0; first < total; first += plan.batch) {
        const count = Math.min(plan.batch, total - first);
        const part = images.subarray(first * this.#pixels, (first + count) * this.#pixels);
        new Uint8Array(memory.buffer, program.images).set(part);
        if (plan.threads === 1 || count < TEAM_PICTURES) program.logitsAlone(count);
        else await this.#run({ kind: "logits", count });
        const found = new Float32Array(memory.buffer, program.logits, count * classes);
        logits.set(found, first * classes);
      }
      return logits;
    });
  }

  state(): Promise<TrainingState> {
    return this.#inTurn(() => this.#readState());
  }

  setState(state: TrainingState): void {
    for (const set of [state.weights, state.firstMoments, state.secondMoments]) {
      checkWeights(this.#architecture, set);
    }
    const { program } = this.#session;
    this.#write(program.weights, state.weights);
    this.#write(program.firstMoments, state.firstMoments);
    this.#write(program.secondMoments, state.secondMoments);
    program.derive();
    this.#step = state.step;
  }

  dispose(): void {
    this.#disposed = true;
    this.#team?.dispose();
    this.#team = undefined;
  }

  /** Calls that come while another waits for the threads are put off until it is done. */
  #inTurn<T>(call: () => T | Promise<T>): Promise<T> {
    return this.#turns.take(() => {
      if (this.#disposed) throw new Error("The network has been disposed of");
      return call();
    });
  }

  async #learn(images: Uint8Array, labels: Uint8Array, command: Command): Promise<void> {
    this.#makeRoom(command.count);
    const { memory, program } = this.#session;
    new Uint8Array(memory.buffer, program.images).set(images);
    new Uint8Array(memory.buffer, program.labels).set(labels);
    await this.#run(command);
  }

  async #run(command: Command): Promise<void> {
    const { plan, memory, program } = this.#session;
    if (plan.threads === 1) {
      for (const _ of program.run(command)); // there is nobody to wait for
      return;
    }
    this.#team ??= await Team.start(program, {
      plan,
      memory,
      module: this.#module,
      control: CONTROL_AT,
    });
    // Nobody would end the workers that came after the end.
    if (this.#disposed) this.#team.dispose();
    await this.#team.run(command);
  }

  /** Moves into a larger memory where a batch asks for it. */
  #makeRoom(count: number): void {
    const { plan } = this.#session;
    const capacity = capacityFor(this.#architecture, count, plan.threads);
    if (count <= plan.batch && capacity <= plan.capacity) return;
    const state = this.#readState();
    this.#team?.dispose();
    this.#team = undefined;
    this.#session = openSession(
      this.#module,
      makePlan({
        ...plan,
        batch: Math.max(plan.batch, count),
        capacity: Math.max(plan.capacity, capacity),
      }),
    );
    this.setState(state);
  }

  #readState(): TrainingState {
    const { program } = this.#session;
    return {
      weights: this.#read(program.weights),
      firstMoments: this.#read(program.firstMoments),
      secondMoments: this.#read(program.secondMoments),
      step: this.#step,
    };
  }

  /** All tensors of a block, in Keras order and layout. */
  #read(block: number): Weight[] {
    const { program } = this.#session;
    return program.parameters.map((parameter) => ({
      name: parameter.spec.name,
      shape: parameter.spec.shape,
      data: program.read(block, parameter),
    }));
  }

  #write(block: number, weights: readonly Weight[]): void {
    const { program } = this.#session;
    program.parameters.forEach((parameter, i) => program.write(block, parameter, weights[i].data));
  }
}

/** @throws {RangeError} when the network does not fit into the memory that WebAssembly can have. */
function openSession(module: WebAssembly.Module, plan: Plan): Session {
  const pages = Math.ceil(memoryEnd(plan) / PAGE);
  if (pages > MAX_PAGES) {
    throw new RangeError(
      `The network would take ${Math.round(pages * PAGE / 1e6)} MB with ${plan.threads} threads ` +
        "and this batch size; WebAssembly has 4295 MB: use fewer threads or a smaller batch",
    );
  }
  const shared = plan.threads > 1;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  const kernels = instantiate(module, memory);
  return { plan, memory, program: new Program(plan, 0, kernels, memory.buffer) };
}
