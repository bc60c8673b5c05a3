// TensorFlow.js layers models of other programs' making: of Keras, by tensorflowjs_converter, or of
// TensorFlow.js itself.
// Source: the configurations that Keras 2 and 3 write, and those of tfjs-layers.

import { type LayerConfig, layerFromKeras } from "../model/format.ts";
import { elementCount } from "../model/layers.ts";
import { type Built, INPUT_SHAPE, NetworkBuilder, type Read } from "./builder.ts";
import { type LayerWeights, readWeights, type Tensor } from "./keras_weights.ts";

/** The layers that can be run, for messages. */
const KERAS_LAYERS =
  "Conv2D, MaxPooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, AveragePooling2D over the " +
  "whole picture, Flatten, Reshape, Dense, BatchNormalization, Activation (relu, softmax, linear), " +
  "ReLU, Softmax, Rescaling, Dropout";

// deno-lint-ignore no-explicit-any -- a file's contents: each field is checked where it is read
type Json = any;

/**
 * Reads a model.json.
 *
 * @param read Gives a file that lies beside it.
 * @throws {SyntaxError} naming the layer that cannot be run, or what is damaged.
 */
export async function readKerasModel(
  json: string,
  read: (file: string) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Read> {
  const { format, modelTopology, weightsManifest, userDefinedMetadata } = JSON.parse(json) ?? {};
  if (format === "graph-model") {
    throw new SyntaxError(
      "This is a TensorFlow.js graph model; convert the Keras model with " +
        "tensorflowjs_converter --output_format tfjs_layers_model",
    );
  }
  const layers = layersOf(modelTopology?.model_config ?? modelTopology);
  const weights = assign(await readWeights(weightsManifest, read), layers);
  const network = new KerasNetwork();
  for (const layer of layers) {
    try {
      network.add(layer, weights.get(layer) ?? new Map());
    } catch (error) {
      if (!(error instanceof SyntaxError) || error.message.startsWith("Layer ")) throw error;
      throw new SyntaxError(`${describe(layer)}: ${error.message}`, { cause: error });
    }
  }
  const { classes, temperature } = userDefinedMetadata ?? {};
  const built = network.build();
  return { ...built, classes, temperature: temperature ?? built.temperature };
}

function describe({ class_name, config }: LayerConfig): string {
  return `Layer ${config.name ?? class_name} (${class_name})`;
}

/** The layers from the input to the output, those of models within the model among them. */
function layersOf(model: Json, depth = 0): LayerConfig[] {
  const { class_name, config } = model ?? {};
  // Early versions of Keras list a Sequential's layers without a name.
  const layers: Json = Array.isArray(config) ? config : config?.layers;
  if (!Array.isArray(layers) || !layers.every(isLayer)) {
    throw new SyntaxError("This is no TensorFlow.js layers model: it has no list of layers");
  }
  if (depth > MOST_DEEP || layers.length > MOST_LAYERS) {
    throw new SyntaxError("There are more layers, or models within models, than can be meant");
  }
  const chain = class_name === "Sequential" ? layers : chainOf(layers, config);
  return chain.flatMap((layer) => layer.config.layers ? layersOf(layer, depth + 1) : [layer]);
}

/** Models of models are rare, and of these rarer. */
const MOST_DEEP = 10;
/** The deepest networks in use have some hundred. */
const MOST_LAYERS = 1000;

function isLayer(value: Json): value is LayerConfig {
  return typeof value?.class_name === "string" && value.config !== null &&
    typeof value.config === "object";
}

/** The layers of a functional model, if each has one input and feeds one other. */
function chainOf(layers: readonly LayerConfig[], config: Json): LayerConfig[] {
  const sources = new Map(layers.map((layer) => [layer, sourcesOf(layer)]));
  const chain: LayerConfig[] = [];
  let next = layers.filter((layer) => sources.get(layer)!.length === 0);
  while (next.length === 1 && chain.length < layers.length) {
    const [layer] = next;
    chain.push(layer);
    next = layers.filter((other) => sources.get(other)!.includes(nameOf(layer)));
  }
  if (chain.length === layers.length && next.length === 0) return chain;
  throw new SyntaxError(
    `The model ${config?.name ?? ""} branches; only one layer after the other can be run`,
  );
}

function nameOf(layer: Json): string {
  return layer.name ?? layer.config.name;
}

/** The names of the layers that a layer gets its inputs from. */
function sourcesOf({ inbound_nodes }: Json): string[] {
  if (!Array.isArray(inbound_nodes)) return [];
  return inbound_nodes.flatMap((node: Json) =>
    Array.isArray(node)
      ? node.map((tensor) => tensor?.[0])
      // Keras 3
      : [node?.args].flat(2).map((tensor: Json) => tensor?.config?.keras_history?.[0])
  ).filter((name) => typeof name === "string");
}

/**
 * Which weights belong to which layer: by the layer's name, the last of the weights' path, or where
 * the names are others, by the order.
 */
function assign(
  weights: ReadonlyMap<string, LayerWeights>,
  layers: readonly LayerConfig[],
): Map<LayerConfig, LayerWeights> {
  const owners = layers.filter(({ class_name }) => WEIGHTED.has(class_name));
  const named = owners.map(({ config }) =>
    [...weights].filter(([path]) => path === config.name || path.endsWith(`/${config.name}`))
  );
  const isNamed = named.every((found) => found.length === 1);
  if (!isNamed && owners.length !== weights.size) {
    throw new SyntaxError(
      `There are weights of ${weights.size} layers (${[...weights.keys()].join(", ")}), and ` +
        `${owners.length} layers that need some`,
    );
  }
  const inOrder = [...weights.values()];
  return new Map(owners.map((owner, i) => [owner, isNamed ? named[i][0][1] : inOrder[i]]));
}

const WEIGHTED: ReadonlySet<string> = new Set(["Conv2D", "Dense", "BatchNormalization"]);

/** Takes Keras' layers one after the other. */
class KerasNetwork {
  readonly #builder = new NetworkBuilder();
  /** What one example is in Keras, which knows pictures without a channel axis, too. */
  #shape: readonly number[] | undefined;

  add({ class_name, config: given }: LayerConfig, weights: LayerWeights): void {
    const builder = this.#builder;
    const config = normalised(given);
    const shape = this.#shape ??= this.#open(config);
    switch (class_name) {
      case "InputLayer":
      case "Dropout":
      case "SpatialDropout2D":
      case "GaussianNoise":
        return; // of training only
      case "Rescaling":
        only(config, "data_format", "channels_last");
        return builder.affine({
          scale: numbers(config.scale, 1),
          offset: numbers(config.offset, 0),
        });
      case "Reshape":
        return this.#reshape(config.target_shape);
      case "Activation":
        return this.#activate(config.activation);
      case "Softmax":
        if (!isLastAxis(config.axis, shape.length)) only(config, "axis", -1);
        return builder.softmax();
      case "AveragePooling2D":
      case "GlobalMaxPooling2D":
      case "MaxPooling2D":
      case "GlobalAveragePooling2D":
      case "Flatten":
      case "Conv2D":
      case "Dense":
      case "BatchNormalization":
      case "ReLU":
        if (shape.length !== builder.shape.length && class_name !== "Flatten") {
          throw new SyntaxError(
            `its input is [${shape.join(", ")}]; put a Reshape or Flatten before`,
          );
        }
        this.#addLayer(class_name, config, weights);
        this.#shape = builder.shape;
        return;
      default:
        throw new SyntaxError(`it cannot be run; only these can: ${KERAS_LAYERS}`);
    }
  }

  build(): Built {
    return this.#builder.build();
  }

  /** The shape of the input, which the first layer has to say. */
  #open(config: Json): readonly number[] {
    const [, ...shape] = config.batch_input_shape ?? config.batch_shape ?? [];
    if (shape.join() === INPUT_SHAPE.join() || shape.join() === "28,28") return shape;
    if (shape.join() !== "784") {
      throw new SyntaxError(
        `the input is [${
          shape.join(", ") || "of no known shape"
        }]; only [28, 28, 1], [28, 28] and ` +
          "[784] can be read",
      );
    }
    this.#builder.flatten();
    return shape;
  }

  #addLayer(class_name: string, config: Json, weights: LayerWeights): void {
    const builder = this.#builder;
    const [height, width, channels] = builder.shape;
    const covers = (size: Json) => JSON.stringify(size) === JSON.stringify([height, width]);
    if (class_name === "GlobalMaxPooling2D") {
      only(config, "keepdims", false);
      if (height !== width) throw new SyntaxError(`${height}x${width} is not square`);
      builder.maxPooling(height);
      return builder.flatten();
    }
    if (class_name === "AveragePooling2D") {
      if (!covers(config.pool_size)) {
        throw new SyntaxError(
          `its pool_size is ${JSON.stringify(config.pool_size)}; only the mean of the whole ` +
            `picture, ${height}x${width}, can be run`,
        );
      }
      builder.globalAveragePooling();
      return;
    }
    only(config, "groups", 1);
    const layer = layerFromKeras({ class_name, config: this.#generalised(class_name, config) });
    const weight = (name: string, shape: readonly number[]) => weightOf(weights, name, shape);
    switch (layer.type) {
      case "conv2d": {
        const { kernelSize: size, filters, padding } = layer;
        const kernel = weight("kernel", [size, size, channels, filters]);
        const bias = layer.useBias === false ? undefined : weight("bias", [filters]);
        builder.convolution({ size, filters, kernel, bias, padding });
        return this.#activate(layer.activation);
      }
      case "dense": {
        const { units } = layer;
        const kernel = weight("kernel", [builder.shape[0], units]);
        builder.dense({
          units,
          kernel,
          bias: layer.useBias === false ? undefined : weight("bias", [units]),
        });
        return this.#activate(layer.activation);
      }
      case "batchNormalization": {
        const count = builder.shape.at(-1)!;
        const constant = (value: number) => new Float32Array(count).fill(value);
        return builder.batchNormalization({
          gamma: config.scale === false ? constant(1) : weight("gamma", [count]),
          beta: config.center === false ? constant(0) : weight("beta", [count]),
          mean: weight("moving_mean", [count]),
          variance: weight("moving_variance", [count]),
          epsilon: layer.epsilon,
        });
      }
      case "maxPooling2d":
        return builder.maxPooling(layer.poolSize);
      case "globalAveragePooling2d":
        return builder.globalAveragePooling();
      case "flatten":
        return builder.flatten();
      case "relu":
        return builder.relu();
    }
  }

  /** With settings that mean the same as those which layers of ours have. */
  #generalised(class_name: string, config: Json): Json {
    const { shape } = this.#builder;
    if (class_name === "BatchNormalization") {
      const axis = isLastAxis(config.axis, shape.length) ? -1 : config.axis;
      return { ...config, scale: true, center: true, axis };
    }
    const divides = (size: number, axis: number) => shape[axis] % size === 0;
    const isWhole = class_name === "MaxPooling2D" && [config.pool_size].flat().every(divides);
    return isWhole ? { ...config, padding: "valid" } : config;
  }

  #activate(activation: unknown): void {
    if (activation === "relu") return this.#builder.relu();
    if (activation === "softmax") return this.#builder.softmax();
    if (activation === undefined || activation === "linear") return;
    throw new SyntaxError(
      `its activation is ${JSON.stringify(activation)}; only relu, softmax and linear can be run`,
    );
  }

  #reshape(target: unknown): void {
    const sizes = Array.isArray(target) ? target as number[] : [];
    const count = elementCount(this.#shape!);
    const known = elementCount(sizes.filter((size) => size !== -1));
    const shape = sizes.map((size) => size === -1 ? count / known : size);
    if (shape.length === 0 || elementCount(shape) !== count) {
      throw new SyntaxError(
        `its target_shape is ${JSON.stringify(target)}, and its input [${this.#shape!.join(", ")}]`,
      );
    }
    if (shape.length === 1) this.#builder.flatten();
    else if (shape.join() === INPUT_SHAPE.join()) this.#builder.unflattenInput();
    else if (shape.join() !== this.#builder.shape.join()) {
      throw new SyntaxError(`a reshaping to [${shape.join(", ")}] is not possible`);
    }
    this.#shape = shape;
  }
}

/** One way to write what Keras writes in several: pairs, no nulls, the last axis as -1. */
function normalised(given: Json): Json {
  const config = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== null),
  ) as Json;
  for (const key of ["kernel_size", "strides", "pool_size", "dilation_rate"]) {
    if (typeof config[key] === "number") config[key] = [config[key], config[key]];
  }
  if (config.pool_size) config.strides ??= config.pool_size;
  return config;
}

/** @param axis Counted with the batch; Keras may write a list of one. */
function isLastAxis(axis: unknown, rank: number): boolean {
  return axis === undefined || [axis].flat().every((one) => one === -1 || one === rank);
}

function only(config: Json, key: string, value: unknown): void {
  if (config[key] === undefined || config[key] === value) return;
  throw new SyntaxError(
    `its ${key} is ${JSON.stringify(config[key])}; only ${JSON.stringify(value)} can be run`,
  );
}

/** A number or a list of them, one a channel. */
function numbers(value: unknown, otherwise: number): number[] {
  const list = [value ?? otherwise].flat();
  if (list.length > 0 && list.every((item) => typeof item === "number")) return list as number[];
  throw new SyntaxError(`${JSON.stringify(value)} is no number`);
}

function weightOf(
  weights: LayerWeights,
  name: string,
  shape: readonly number[],
): Tensor["data"] {
  const found = weights.get(name);
  if (!found) throw new SyntaxError(`it has no weight ${name}`);
  if (found.shape.join() === shape.join()) return found.data;
  throw new SyntaxError(
    `its ${name} is [${found.shape.join(", ")}], and [${shape.join(", ")}] is needed`,
  );
}
