// Models as files: the TensorFlow.js layers format, which tf.loadLayersModel() reads anywhere.
// Pure functions on text and bytes, so that a page can use them on what it fetched.
// Source: tfjs-layers' Sequential serialisation, with the names of Keras' Python configuration.

import { groupBy } from "../arrays.ts";
import { fromHalfBits, LARGEST_HALF, toHalfBits } from "./half.ts";
import {
  type Activation,
  type Architecture,
  checkWeights,
  classCount,
  elementCount,
  type Layer,
  placeLayers,
  type Weight,
} from "./layers.ts";

/** A trained network. */
export interface Model {
  /** What it is called. */
  name: string;
  /** Its layers. */
  architecture: Architecture;
  /** In the order of the layers. */
  weights: Weight[];
  /** What each output stands for, in order. */
  classes: readonly string[];
  /** What logits are divided by before softmax, so that confidences are honest (calibration.ts). */
  temperature?: number;
}

/** The model that is used where none is named. */
export const DEFAULT_MODEL = "best";

/** The model that tells digits from what is none. */
export const REJECT_MODEL = "reject";

/** The name of the weights' file beside model.json. */
export const WEIGHTS_FILE = "weights.bin";

/** A layer as Keras describes it. */
export interface LayerConfig {
  class_name: string;
  // deno-lint-ignore no-explicit-any -- a file's contents: each field is checked where it is read
  config: Record<string, any>;
}

/** How a model is stored. */
export interface EncodeOptions {
  /** Store weights in half the bytes, rounded to three digits: see roundToFloat16(). */
  float16?: boolean;
}

/** How the format marks a weight that is stored in half precision. */
const FLOAT16 = { dtype: "float16", original_dtype: "float32" };

/**
 * Gives the contents of model.json and weights.bin.
 *
 * @throws {TypeError} when weights and architecture do not fit together.
 * @throws {RangeError} when a weight is beyond what float16 can hold, if that is wanted, or the
 * temperature is none.
 */
export function encodeModel(
  model: Model,
  { float16 = false }: EncodeOptions = {},
): { json: string; weights: Uint8Array<ArrayBuffer> } {
  checkWeights(model.architecture, model.weights);
  const { classes, temperature } = model;
  if (temperature !== undefined) checkTemperature(temperature);
  const layers = placeLayers(model.architecture).map(({ layer, name }, i) => {
    const { class_name, config } = toKeras(layer);
    const shape = i === 0 ? { batch_input_shape: [null, ...model.architecture.inputShape] } : {};
    return { class_name, config: { name, ...shape, dtype: "float32", trainable: true, ...config } };
  });
  const json = JSON.stringify(
    {
      format: "layers-model",
      generatedBy: "digits",
      convertedBy: null,
      modelTopology: {
        class_name: "Sequential",
        config: { name: model.name, layers },
        keras_version: "tfjs-layers 4.22.0",
        backend: "tensor_flow.js",
      },
      weightsManifest: [{
        paths: [WEIGHTS_FILE],
        weights: model.weights.map(({ name, shape }) => ({
          name,
          shape,
          dtype: "float32",
          ...(float16 ? { quantization: FLOAT16 } : {}),
        })),
      }],
      userDefinedMetadata: { classes, ...(temperature === undefined ? {} : { temperature }) },
    },
    null,
    2,
  );
  const encode = float16 ? encodeHalves : encodeFloats;
  return { json: json + "\n", weights: encode(model.weights) };
}

/**
 * The weights as they come back from a file that stores them in float16.
 *
 * @throws {RangeError} naming the weight that is beyond its range.
 */
export function roundToFloat16(weights: readonly Weight[]): Weight[] {
  return weights.map((weight) => ({
    ...weight,
    data: weight.data.map((value) => fromHalfBits(halfBits(weight.name, value))),
  }));
}

function halfBits(name: string, value: number): number {
  if (Math.abs(value) > LARGEST_HALF) {
    throw new RangeError(
      `Weight ${name} holds ${value}, and float16 goes no further than ${LARGEST_HALF}`,
    );
  }
  return toHalfBits(value);
}

function encodeHalves(weights: readonly Weight[]): Uint8Array<ArrayBuffer> {
  const total = weights.reduce((sum, { data }) => sum + data.length, 0);
  const view = new DataView(new ArrayBuffer(2 * total));
  let at = 0;
  for (const { name, data } of weights) {
    for (const value of data) {
      view.setUint16(at, halfBits(name, value), true);
      at += 2;
    }
  }
  return new Uint8Array(view.buffer);
}

/** Reads `count` numbers of half precision from byte `start` on. */
export function decodeHalves(
  bytes: Uint8Array,
  start: number,
  count: number,
): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, 2 * count);
  return Float32Array.from({ length: count }, (_, i) => fromHalfBits(view.getUint16(2 * i, true)));
}

/** The tensors' numbers one after the other, little-endian as every file format here has them. */
export function encodeFloats(
  tensors: readonly { data: Float32Array }[],
): Uint8Array<ArrayBuffer> {
  const total = tensors.reduce((sum, { data }) => sum + data.length, 0);
  const view = new DataView(new ArrayBuffer(4 * total));
  let at = 0;
  for (const { data } of tensors) {
    for (const value of data) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return new Uint8Array(view.buffer);
}

/** Whether this machine has numbers in the order of the files; nearly every machine has. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reads `count` numbers from byte `start` on: where they lie, if this machine can. */
export function decodeFloats(
  bytes: Uint8Array,
  start: number,
  count: number,
): Float32Array<ArrayBuffer> {
  const at = bytes.byteOffset + start;
  if (IS_LITTLE_ENDIAN) {
    return at % 4 === 0
      ? new Float32Array(bytes.buffer as ArrayBuffer, at, count) // no file is read into shared memory
      : new Float32Array(bytes.slice(start, start + 4 * count).buffer, 0, count);
  }
  const view = new DataView(bytes.buffer, at, 4 * count);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
}

function toKeras(layer: Layer): LayerConfig {
  switch (layer.type) {
    case "conv2d":
      return {
        class_name: "Conv2D",
        config: {
          filters: layer.filters,
          kernel_size: [layer.kernelSize, layer.kernelSize],
          strides: [1, 1],
          padding: layer.padding,
          data_format: "channels_last",
          dilation_rate: [1, 1],
          activation: layer.activation,
          use_bias: layer.useBias ?? true,
        },
      };
    case "maxPooling2d":
      return {
        class_name: "MaxPooling2D",
        config: {
          pool_size: [layer.poolSize, layer.poolSize],
          strides: [layer.poolSize, layer.poolSize],
          padding: "valid",
          data_format: "channels_last",
        },
      };
    case "globalAveragePooling2d":
      return { class_name: "GlobalAveragePooling2D", config: { data_format: "channels_last" } };
    case "flatten":
      return { class_name: "Flatten", config: {} };
    case "dense":
      return {
        class_name: "Dense",
        config: {
          units: layer.units,
          activation: layer.activation,
          use_bias: layer.useBias ?? true,
        },
      };
    case "relu":
      return {
        class_name: "ReLU",
        config: { max_value: null, negative_slope: 0, threshold: 0 },
      };
    case "dropout":
      return { class_name: "Dropout", config: { rate: layer.rate, noise_shape: null, seed: null } };
    case "batchNormalization":
      return {
        class_name: "BatchNormalization",
        config: {
          axis: -1,
          momentum: layer.momentum,
          epsilon: layer.epsilon,
          center: true,
          scale: true,
        },
      };
  }
}

/**
 * Reads the contents of model.json and weights.bin.
 *
 * @throws {SyntaxError} when they are no model, or not one that this program can run: the message
 * names the layer or the weight.
 */
export function decodeModel(json: string, weights: Uint8Array): Model {
  const { modelTopology, weightsManifest, userDefinedMetadata } = parse(json);
  // Keras wraps it in model_config where it saved the training configuration too.
  const { class_name, config } = modelTopology?.model_config ?? modelTopology ?? {};
  if (class_name !== "Sequential" || !Array.isArray(config?.layers)) {
    throw new SyntaxError(
      `The model is ${class_name ?? "of an unknown kind"}; only Sequential models can be read`,
    );
  }
  const configs = config.layers as LayerConfig[];
  const inputShape = configs[0]?.config.batch_input_shape?.slice(1);
  if (inputShape?.length !== 3) {
    throw new SyntaxError("The first layer says no input shape [height, width, channels]");
  }
  const layers = configs.filter(({ class_name }) => class_name !== "InputLayer").map(
    layerFromKeras,
  );
  const architecture: Architecture = { inputShape, layers };
  try {
    const model: Model = {
      name: config.name ?? "model",
      architecture,
      weights: decodeWeights(weightsManifest, weights, architecture),
      classes: userDefinedMetadata?.classes ??
        Array.from({ length: classCount(architecture) }, (_, i) => String(i)),
    };
    checkWeights(architecture, model.weights);
    const temperature = userDefinedMetadata?.temperature;
    if (temperature !== undefined) {
      checkTemperature(temperature);
      model.temperature = temperature;
    }
    if (model.classes.length !== classCount(architecture)) {
      throw new SyntaxError(
        `The model names ${model.classes.length} classes and has ${classCount(architecture)}`,
      );
    }
    return model;
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new SyntaxError(error.message, { cause: error });
    }
    throw error;
  }
}

/**
 * The files that hold the weights one after the other, as model.json names them.
 *
 * @throws {SyntaxError} when it is no model.json.
 */
export function weightFiles(json: string): string[] {
  const { weightsManifest } = parse(json);
  return weightsManifest?.flatMap(({ paths }: { paths: string[] }) => paths) ?? [];
}

/**
 * The contents of model.json with the SHA-256 of its weights in it, lower-case hexadecimal.
 *
 * It stands beside the weights' names, so that a program which reads the model, changes it and saves
 * it, as TensorFlow.js can, does not keep the hash of weights that are no more.
 */
export function withWeightsHash(json: string, sha256: string): string {
  const parsed = parse(json);
  const [{ paths, ...group }] = parsed.weightsManifest;
  parsed.weightsManifest = [{ paths, sha256, ...group }];
  return JSON.stringify(parsed, null, 2) + "\n";
}

/** The SHA-256 of a model.json's weights; undefined where it says none, or is no model.json. */
export function weightsHash(json: string): string | undefined {
  try {
    return parse(json).weightsManifest?.[0]?.sha256;
  } catch {
    return undefined;
  }
}

/** @throws {RangeError} when it is no number that logits can be divided by. */
function checkTemperature(temperature: unknown): void {
  if (!(typeof temperature === "number" && temperature > 0 && temperature < Infinity)) {
    throw new RangeError(
      `The temperature is ${JSON.stringify(temperature)}, and has to be a number over 0`,
    );
  }
}

// deno-lint-ignore no-explicit-any -- a file's contents: each field is checked where it is read
function parse(json: string): any {
  const value = JSON.parse(json);
  if (value === null || typeof value !== "object" || !("modelTopology" in value)) {
    throw new SyntaxError("This is no TensorFlow.js layers model: it has no modelTopology");
  }
  return value;
}

/** @throws {SyntaxError} when it is none that can be run. */
export function layerFromKeras({ class_name, config }: LayerConfig): Layer {
  const name = config.name ?? class_name;
  /** A setting that has to have one certain value, or be absent. */
  const only = (key: string, value: unknown) => {
    if (config[key] !== undefined && JSON.stringify(config[key]) !== JSON.stringify(value)) {
      throw new SyntaxError(
        `Layer ${name} (${class_name}) has ${key} ${JSON.stringify(config[key])}; ` +
          `only ${JSON.stringify(value)} can be run`,
      );
    }
  };
  const square = (key: string): number => {
    const value = [config[key]].flat();
    if (!Number.isInteger(value[0]) || value.some((side) => side !== value[0])) {
      throw new SyntaxError(`Layer ${name} (${class_name}) has ${key} ${JSON.stringify(value)}`);
    }
    return value[0];
  };
  const activation = (): Activation => {
    const value = config.activation ?? "linear";
    if (value !== "linear" && value !== "relu" && value !== "softmax") {
      throw new SyntaxError(`Layer ${name} (${class_name}) has an unknown activation, ${value}`);
    }
    return value;
  };
  const bias = (): { useBias?: boolean } => {
    if (config.use_bias === false) return { useBias: false };
    only("use_bias", true);
    return {};
  };
  switch (class_name) {
    case "Conv2D":
      only("strides", [1, 1]);
      only("dilation_rate", [1, 1]);
      only("data_format", "channels_last");
      if (config.padding !== "same") only("padding", "valid");
      return {
        type: "conv2d",
        filters: config.filters,
        kernelSize: square("kernel_size"),
        padding: config.padding ?? "valid",
        activation: activation(),
        ...bias(),
      };
    case "MaxPooling2D":
      only("strides", config.pool_size);
      only("padding", "valid");
      only("data_format", "channels_last");
      return { type: "maxPooling2d", poolSize: square("pool_size") };
    case "GlobalAveragePooling2D":
      only("data_format", "channels_last");
      only("keepdims", false);
      return { type: "globalAveragePooling2d" };
    case "Flatten":
      return { type: "flatten" };
    case "Dense":
      return { type: "dense", units: config.units, activation: activation(), ...bias() };
    case "ReLU":
      only("max_value", null);
      only("negative_slope", 0);
      only("threshold", 0);
      return { type: "relu" };
    case "Dropout":
      only("noise_shape", null);
      return { type: "dropout", rate: config.rate };
    case "BatchNormalization":
      only("axis", -1);
      only("center", true);
      only("scale", true);
      // Without them Keras means its own defaults.
      return {
        type: "batchNormalization",
        momentum: config.momentum ?? 0.99,
        epsilon: config.epsilon ?? 0.001,
      };
    default:
      throw new SyntaxError(
        `Layer ${name} is a ${class_name}; only Conv2D, MaxPooling2D, GlobalAveragePooling2D, ` +
          "Flatten, Dense, ReLU, Dropout and BatchNormalization can be run",
      );
  }
}

/** A weight in the manifest. */
interface WeightEntry {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string };
}

function decodeWeights(
  manifest: { weights: WeightEntry[] }[] | undefined,
  bytes: Uint8Array,
  architecture: Architecture,
): Weight[] {
  const entries = manifest?.flatMap((group) => group.weights) ?? [];
  const sizes = entries.map((entry) => bytesPerNumber(entry) * elementCount(entry.shape));
  const expected = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes.length !== expected) {
    throw new SyntaxError(
      `The weights are ${bytes.length} bytes, and the model describes ${expected}`,
    );
  }
  let at = 0;
  const weights = entries.map(({ name, shape, quantization }, i): Weight => {
    const decode = quantization ? decodeHalves : decodeFloats;
    const data = decode(bytes, at, elementCount(shape));
    at += sizes[i];
    return { name, shape, data };
  });
  // TensorFlow.js writes what is not trained after all that is. Each layer's own belong together:
  // gamma and beta, then the moving statistics.
  const layerOf = ({ name }: Weight) => name.replace(/\/[^/]*$/, "");
  const ordered = [...groupBy(weights, layerOf).values()].flat();
  // Other programs number their layers differently; here the order says which weight is which.
  const specs = placeLayers(architecture).flatMap((placed) => placed.weights);
  return ordered.map((weight, i) => ({ ...weight, name: specs[i]?.name ?? weight.name }));
}

function bytesPerNumber({ name, dtype, quantization }: WeightEntry): number {
  if (dtype !== "float32") {
    throw new SyntaxError(`Weight ${name} is ${dtype}; only float32 can be read`);
  }
  if (!quantization) return 4;
  if (quantization.dtype !== FLOAT16.dtype) {
    throw new SyntaxError(
      `Weight ${name} is quantised to ${quantization.dtype}; only float16 can be read`,
    );
  }
  return 2;
}
