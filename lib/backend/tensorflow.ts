// Networks on TensorFlow.js: on a GPU through WebGPU, on the CPU through WebAssembly, or in plain
// JavaScript, which is slow and serves as the oracle of all others.

import * as tf from "@tensorflow/tfjs";
import { UserError } from "../errors.ts";
import { dropoutKey, dropoutMask } from "../model/dropout.ts";
import type { Activation, Architecture, PlacedLayer, Weight } from "../model/layers.ts";
import { checkWeights, elementCount, placeLayers } from "../model/layers.ts";
import {
  type Backend,
  type BackendName,
  type BatchResult,
  countPictures,
  type Network,
  TRAINING,
  type Training,
  type TrainingState,
} from "./backend.ts";

/** The backends that are TensorFlow.js', by our names for them. */
export type TensorFlowName = Exclude<BackendName, "simd" | "webgpu">;

/**
 * Opens TensorFlow.js on one of its backends. TensorFlow.js has one current backend for the whole
 * program, so networks of two backends take turns: each call makes its own backend current.
 *
 * @param description What does the work, for people.
 * @throws {UserError} when TensorFlow.js cannot start that backend here.
 */
export async function openTensorFlow(
  name: TensorFlowName,
  description: string,
): Promise<Backend> {
  const theirName = name === "tfjs-webgpu" ? "webgpu" : name;
  if (name === "tfjs-webgpu") await import("@tensorflow/tfjs-backend-webgpu");
  if (name === "wasm") {
    await import("@tensorflow/tfjs-backend-wasm");
    // Before the backend starts, because that is when kernels are set up.
    (await import("./wasm_gradients.ts")).registerWasmGradients();
  }
  if (!await tf.setBackend(theirName)) {
    throw new UserError(`TensorFlow.js could not start ${description}: try another --backend`);
  }
  if (name === "cpu") skipNodeAdvice();
  return {
    name,
    description,
    versions: { "@tensorflow/tfjs": tf.version.tfjs },
    createNetwork: (architecture, weights, training) =>
      new TensorFlowNetwork(theirName, architecture, weights, { ...TRAINING, ...training }),
  };
}

/**
 * On its first use the cpu backend advises people to install a package for Node.js, which Deno cannot
 * load: that use is made here, while TensorFlow.js takes itself to be elsewhere.
 */
function skipNodeAdvice(): void {
  const isNode = tf.env().getBool("IS_NODE");
  tf.env().set("IS_NODE", false);
  tf.scalar(0).dispose();
  tf.env().set("IS_NODE", isNode);
}

/** What a forward pass in training mode goes by, and what it leaves behind. */
interface TrainingPass {
  /** Number of the update that it is for, counted from 1. */
  step: number;
  /** What moves the moving statistics; kept, so that somebody has to dispose of `batch`. */
  statistics: { moving: tf.Variable; batch: tf.Tensor; momentum: number }[];
}

class TensorFlowNetwork implements Network {
  /** By TensorFlow.js' name for it. */
  readonly #backend: string;
  readonly #architecture: Architecture;
  readonly #layers: PlacedLayer[];
  readonly #training: Training;
  /** Of all weights, in their order. */
  readonly #variables: tf.Variable[];
  #firstMoments: tf.Tensor[];
  #secondMoments: tf.Tensor[];
  #step = 0;
  /** [loss, correct] of each step, on the device until somebody asks: reading back stalls a GPU. */
  #results: tf.Tensor1D[] = [];

  constructor(
    backend: string,
    architecture: Architecture,
    weights: readonly Weight[],
    training: Training,
  ) {
    checkWeights(architecture, weights);
    this.#backend = backend;
    this.#architecture = architecture;
    this.#layers = placeLayers(architecture);
    this.#training = training;
    this.#makeCurrent();
    const specs = this.#layers.flatMap((placed) => placed.weights);
    // Without a name TensorFlow.js numbers the variables, so that several networks can live at once.
    this.#variables = weights.map(({ data, shape }, i) =>
      tf.tidy(() => tf.variable(tf.tensor(data, [...shape]), specs[i].trainable))
    );
    this.#firstMoments = weights.map(({ shape }) => tf.zeros([...shape]));
    this.#secondMoments = weights.map(({ shape }) => tf.zeros([...shape]));
  }

  trainBatch(images: Uint8Array, labels: Uint8Array, learningRate: number): void {
    this.#makeCurrent();
    const step = this.#step + 1;
    const { beta1, beta2, epsilon, weightDecay } = this.#training.optimizer;
    // Bias correction in double precision, folded into two numbers.
    const rate = learningRate / (1 - beta1 ** step);
    const secondCorrection = 1 / (1 - beta2 ** step);

    const before = [...this.#firstMoments, ...this.#secondMoments];
    const updates = tf.tidy(() => {
      const { loss, correct, gradients, statistics } = this.#lossAndGradients(images, labels);
      const moments = this.#variables.map((variable, i) => {
        const gradient = gradients[i];
        if (!gradient) {
          return { first: this.#firstMoments[i].clone(), second: this.#secondMoments[i].clone() };
        }
        const first = this.#firstMoments[i].mul(beta1).add(gradient.mul(1 - beta1));
        const second = this.#secondMoments[i].mul(beta2).add(gradient.square().mul(1 - beta2));
        const root = second.mul(secondCorrection).sqrt().add(epsilon);
        const moved = variable.sub(first.mul(rate).div(root));
        const decay = variable.rank > 1 ? learningRate * weightDecay : 0;
        variable.assign(decay === 0 ? moved : moved.sub(variable.mul(decay)));
        return { first, second };
      });
      for (const { moving, batch, momentum } of statistics) {
        moving.assign(moving.mul(momentum).add(batch.mul(1 - momentum)));
      }
      return {
        first: moments.map((m) => m.first),
        second: moments.map((m) => m.second),
        result: tf.stack([loss, correct.toFloat()]) as tf.Tensor1D,
      };
    });
    this.#step = step;
    this.#firstMoments = updates.first;
    this.#secondMoments = updates.second;
    this.#results.push(updates.result);
    tf.dispose(before);
  }

  async takeResults(): Promise<BatchResult[]> {
    if (this.#results.length === 0) return [];
    this.#makeCurrent();
    const taken = this.#results;
    this.#results = [];
    const table = tf.stack(taken);
    tf.dispose(taken);
    const values = await table.data<"float32">();
    table.dispose();
    return taken.map((_, i) => ({ loss: values[2 * i], correct: values[2 * i + 1] }));
  }

  async gradients(images: Uint8Array, labels: Uint8Array): Promise<Weight[]> {
    this.#makeCurrent();
    const gradients = tf.tidy(() =>
      this.#lossAndGradients(images, labels).gradients
        .map((gradient, i) => gradient ?? tf.zerosLike(this.#variables[i]))
    );
    const read = await this.#read(gradients);
    tf.dispose(gradients);
    return read;
  }

  async logits(images: Uint8Array): Promise<Float32Array> {
    this.#makeCurrent();
    const logits = tf.tidy(() => this.#forward(this.#toInput(images)));
    const values = await logits.data<"float32">();
    logits.dispose();
    return values;
  }

  async state(): Promise<TrainingState> {
    return {
      weights: await this.#read(this.#variables),
      firstMoments: await this.#read(this.#firstMoments),
      secondMoments: await this.#read(this.#secondMoments),
      step: this.#step,
    };
  }

  setState(state: TrainingState): void {
    for (const set of [state.weights, state.firstMoments, state.secondMoments]) {
      checkWeights(this.#architecture, set);
    }
    this.#makeCurrent();
    const tensors = (set: Weight[]) => set.map(({ data, shape }) => tf.tensor(data, [...shape]));
    tf.dispose([...this.#firstMoments, ...this.#secondMoments]);
    tensors(state.weights).forEach((tensor, i) => {
      this.#variables[i].assign(tensor);
      tensor.dispose();
    });
    this.#firstMoments = tensors(state.firstMoments);
    this.#secondMoments = tensors(state.secondMoments);
    this.#step = state.step;
  }

  dispose(): void {
    tf.dispose([
      ...this.#variables,
      ...this.#firstMoments,
      ...this.#secondMoments,
      ...this.#results,
    ]);
  }

  #makeCurrent(): void {
    // Opened already, so that this takes effect at once; the promise only says so.
    if (tf.getBackend() !== this.#backend) void tf.setBackend(this.#backend);
  }

  /** Names and reads back tensors that lie in the order of the weights. */
  #read(tensors: readonly tf.Tensor[]): Promise<Weight[]> {
    const names = this.#layers.flatMap((placed) => placed.weights);
    return Promise.all(tensors.map(async (tensor, i) => ({
      name: names[i].name,
      shape: names[i].shape,
      data: new Float32Array(await tensor.data<"float32">()),
    })));
  }

  /** Bytes [N, h, w, c] to float32 in 0..1. */
  #toInput(images: Uint8Array): tf.Tensor {
    const count = countPictures(this.#architecture, images);
    const input = new Float32Array(images.length);
    for (let i = 0; i < input.length; i++) input[i] = images[i] / 255;
    return tf.tensor(input, [count, ...this.#architecture.inputShape]);
  }

  /**
   * Pictures [N, h, w, c] to logits [N, classes].
   *
   * @param pass Given in training mode.
   */
  #forward(x: tf.Tensor, pass?: TrainingPass): tf.Tensor {
    let next = 0;
    for (const [i, { layer, weights, outputShape }] of this.#layers.entries()) {
      const variables = this.#variables.slice(next, next + weights.length);
      next += weights.length;
      switch (layer.type) {
        case "conv2d": {
          const [kernel, bias] = variables;
          x = tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, layer.padding);
          x = activate(x, bias, layer.activation);
          break;
        }
        case "maxPooling2d":
          x = tf.maxPool(x as tf.Tensor4D, layer.poolSize, layer.poolSize, "valid");
          break;
        case "globalAveragePooling2d":
          x = x.mean([1, 2]);
          break;
        case "flatten":
          x = x.reshape([x.shape[0], -1]);
          break;
        case "dense": {
          const [kernel, bias] = variables;
          x = tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D);
          x = activate(x, bias, layer.activation);
          break;
        }
        case "relu":
          x = tf.relu(x);
          break;
        case "dropout":
          if (pass && layer.rate > 0) {
            const key = dropoutKey(this.#training.seed, pass.step, i);
            const count = x.shape[0] * elementCount(outputShape);
            x = x.mul(tf.tensor(dropoutMask(key, layer.rate, count), x.shape));
          }
          break;
        case "batchNormalization": {
          const [gamma, beta, movingMean, movingVariance] = variables;
          const { momentum, epsilon } = layer;
          if (!pass) {
            const scale = gamma.div(movingVariance.add(epsilon).sqrt());
            x = x.sub(movingMean).mul(scale).add(beta);
            break;
          }
          const { mean, variance } = statisticsOf(x);
          pass.statistics.push(
            { moving: movingMean, batch: tf.keep(mean), momentum },
            { moving: movingVariance, batch: tf.keep(variance), momentum },
          );
          x = normaliseBatch(x, { mean, variance, gamma, beta, epsilon });
          break;
        }
      }
    }
    return x;
  }

  /**
   * In training mode, for the next step; to be called inside a tidy.
   *
   * @return Gradients in the order of the weights, undefined for those that are not trained.
   */
  #lossAndGradients(images: Uint8Array, labels: Uint8Array) {
    countPictures(this.#architecture, images, labels);
    const input = this.#toInput(images);
    const classes = this.#layers.at(-1)!.outputShape[0];
    const { labelSmoothing } = this.#training;
    const target = tf.tensor1d(labels, "int32");
    const pass: TrainingPass = { step: this.#step + 1, statistics: [] };
    let kept: tf.Tensor | undefined;
    const { value: loss, grads } = tf.variableGrads(() => {
      const logits = this.#forward(input, pass) as tf.Tensor2D;
      kept = tf.keep(logits.argMax(-1).equal(target).sum());
      const targets = tf.oneHot(target, classes);
      if (labelSmoothing === 0) return crossEntropy(logits, targets);
      return crossEntropy(
        logits,
        targets.mul(1 - labelSmoothing).add(labelSmoothing / classes),
      );
    }, this.#variables.filter((variable) => variable.trainable));
    // variableGrads() gives nothing back but the loss: what else is wanted has to be kept out of its
    // tidy, and from here on belongs to the caller's like the others.
    const release = (tensor: tf.Tensor) => {
      const own = tensor.clone();
      tensor.dispose();
      return own;
    };
    return {
      loss,
      correct: release(kept!),
      statistics: pass.statistics.map((entry) => ({ ...entry, batch: release(entry.batch) })),
      gradients: this.#variables.map((v) => grads[v.name] as tf.Tensor | undefined),
    };
  }
}

/** @param bias None where the layer has none. */
function activate(x: tf.Tensor, bias: tf.Tensor | undefined, activation: Activation): tf.Tensor {
  if (bias) x = addBias(x, bias);
  // Softmax is left to the loss, and to who reads the logits.
  return activation === "relu" ? tf.relu(x) : x;
}

/** x (N, ..., C) and bias (C). */
function addBias(x: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const withGradient = tf.customGrad((...args) => {
    const [x, bias] = args as tf.Tensor[];
    return { value: x.add(bias), gradFunc: (dy: tf.Tensor) => [dy, sumPerChannel(dy)] };
  });
  return withGradient(x, bias);
}

/**
 * Sum of x (N, ..., C) over all axes but the last. Each example for itself first: wasm adds float32 one
 * by one, and tens of thousands in a row would cost two digits.
 */
function sumPerChannel(x: tf.Tensor): tf.Tensor {
  if (x.rank === 2) return x.sum(0);
  return x.reshape([x.shape[0], -1, x.shape.at(-1)!]).sum(1).sum(0);
}

/** Mean and biased variance (C) of x (N, ..., C) over all axes but the last. */
function statisticsOf(x: tf.Tensor): { mean: tf.Tensor; variance: tf.Tensor } {
  const count = x.size / x.shape.at(-1)!;
  const mean = sumPerChannel(x).div(count);
  return { mean, variance: sumPerChannel(x.sub(mean).square()).div(count) };
}

/**
 * gamma * (x - mean) / sqrt(variance + epsilon) + beta of x (N, ..., C) and the statistics that are x's
 * own, so that the gradient goes through them too.
 *
 * The gradient is written out (Ioffe and Szegedy 2015, section 3) because what TensorFlow.js composes
 * takes differences of larger numbers and several times as many passes over x: with x' = (x - mean) /
 * sqrt(variance + epsilon), dx is dy without its mean and without its share along x', scaled.
 */
function normaliseBatch(
  x: tf.Tensor,
  { mean, variance, gamma, beta, epsilon }:
    & Record<"mean" | "variance" | "gamma" | "beta", tf.Tensor>
    & {
      epsilon: number;
    },
): tf.Tensor {
  const count = x.size / x.shape.at(-1)!;
  const withGradient = tf.customGrad((...args) => {
    const [x, gamma, beta] = args as tf.Tensor[];
    const save = args[3] as tf.GradSaveFunc;
    const deviation = variance.add(epsilon).sqrt();
    const normalised = x.sub(mean).div(deviation);
    save([normalised, gamma.div(deviation)]);
    return {
      value: normalised.mul(gamma).add(beta),
      gradFunc: (dy: tf.Tensor, [normalised, scale]: tf.Tensor[]) => {
        const dBeta = sumPerChannel(dy);
        const dGamma = sumPerChannel(dy.mul(normalised));
        const alongX = normalised.mul(dGamma.div(count));
        return [dy.sub(dBeta.div(count)).sub(alongX).mul(scale), dGamma, dBeta];
      },
    };
  });
  return withGradient(x, gamma, beta);
}

/**
 * Mean cross-entropy of softmax(logits) (N,K) against targets (N,K) whose rows sum to 1, in nats.
 *
 * The largest logit is taken off first, not the logarithm of the sum as tf.losses does: where the
 * network is nearly certain, the gradient p - 1 keeps two digits more, and backends agree on it.
 */
function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor): tf.Scalar {
  const count = logits.shape[0];
  const withGradient = tf.customGrad((x, save) => {
    const shifted = (x as tf.Tensor).sub((x as tf.Tensor).max(-1, true));
    const exponentials = shifted.exp();
    const sums = exponentials.sum(-1, true);
    (save as tf.GradSaveFunc)([exponentials.div(sums).sub(targets)]);
    return {
      value: sums.log().sum().sub(shifted.mul(targets).sum()).div(count),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => saved[0].mul(dy.div(count)),
    };
  });
  return withGradient(logits) as tf.Scalar;
}
