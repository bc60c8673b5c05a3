// Writes a network as an ONNX file, which ONNX Runtime, Triton, OpenVINO and others run. Pictures come
// in as Keras has them, [N, height, width, channels]; convolutions of ONNX take [N, channels, height,
// width]. Source of the operators: onnx/docs/Operators.md.

import { create } from "@bufbuild/protobuf";
import { type PlacedLayer, placeLayers, samePadding, type Weight } from "../model/layers.ts";
import { type Attribute, Graph, type Value } from "../onnx/graph.ts";
import { encodeOnnxModel, type GraphProto, ModelSchema } from "../onnx/schema.ts";
import { floatTensor } from "../onnx/tensors.ts";
import { type Tensor, transpose } from "../onnx/transpose.ts";
import { accuracyText, type Exported, identifier, preprocessingOf, subjectOf } from "./contract.ts";

/** The operators' version; that of 2022, for runtimes that are older than this program. */
const OPSET = 17;
/** The version of the file format that came with it (onnx/docs/Versioning.md). */
const IR_VERSION = 8;

/** What goes in and what comes out, by the names that the server has for them (web/tensors.ts). */
export const INPUT = "image";
export const LOGITS = "logits";
export const PROBABILITIES = "probabilities";

/**
 * The bytes of an ONNX file. Its input `image` is float32 [N, 28, 28, 1], 0 paper to 1 ink; its
 * outputs `logits` and `probabilities`, with the model's temperature, are float32 [N, classes].
 */
export function encodeOnnx(exported: Exported): Uint8Array<ArrayBuffer> {
  const { model, version } = exported;
  return encodeOnnxModel(create(ModelSchema, {
    irVersion: BigInt(IR_VERSION),
    opsetImport: [{ domain: "", version: BigInt(OPSET) }],
    producerName: "digits",
    producerVersion: version,
    modelVersion: 1n,
    docString: `The network ${model.name} for ${subjectOf(exported)}. Input: ${
      preprocessingOf(exported)
    }`,
    graph: new NetworkGraph(exported).build(),
    metadataProps: Object.entries(metadata(exported)).map(([key, value]) => ({ key, value })),
  }));
}

function metadata(exported: Exported): Record<string, string> {
  const { model, metrics } = exported;
  return {
    classes: JSON.stringify(model.classes),
    temperature: String(model.temperature ?? 1),
    preprocessing: preprocessingOf(exported),
    ...(metrics && {
      recipe: metrics.recipe,
      accuracy: accuracyText(metrics),
      source: metrics.dataset.source,
    }),
  };
}

/** How a layer becomes a node. */
interface NodeOptions {
  /** What the node gives is named like the node unless it has a name of its own. */
  output?: string;
  /** Names of tensors, which the node takes after the value. */
  tensors?: readonly string[];
  attributes?: Readonly<Record<string, Attribute>>;
}

/** The graph of a network while it is built, layer by layer. */
class NetworkGraph {
  readonly #graph = new Graph();
  readonly #model: Exported["model"];
  readonly #weights: Iterator<Weight>;
  readonly #input: Value;
  /** What the last node gave. */
  #value: Value;
  /** Pictures have been brought into the order of ONNX. */
  #isTurned = false;
  /** [height, width, channels] of what was flattened in that order. */
  #flattened?: readonly number[];

  constructor(exported: Exported) {
    const { model } = exported;
    this.#model = model;
    this.#weights = model.weights.values();
    const { inputShape } = model.architecture;
    this.#input = { name: INPUT, shape: inputShape, doc: preprocessingOf(exported) };
    this.#value = this.#input;
  }

  build(): GraphProto {
    const layers = placeLayers(this.#model.architecture);
    for (const placed of layers) {
      this.#addLayer(placed, placed === layers.at(-1) ? LOGITS : undefined);
    }
    const logits = this.#value;
    const probabilities = this.#addProbabilities();
    return this.#graph.build(identifier(this.#model.name), [this.#input], [logits, probabilities]);
  }

  /** @param output What the result is named that is not named like the layer. */
  #addLayer(placed: PlacedLayer, output?: string): void {
    const { layer, name, inputShape, outputShape } = placed;
    const weights = placed.weights.map(() => this.#weights.next().value!);
    const [kernel, ...biases] = weights;
    if (inputShape.length === 3 && layer.type !== "flatten") this.#turn();
    const shape = outputShape.length === 3 ? channelsFirst(outputShape) : outputShape;
    const square = (side: number) => ({ ints: [side, side] });
    switch (layer.type) {
      case "conv2d":
        this.#add("Conv", name, shape, {
          tensors: [
            this.#store(kernel, transpose(kernel, [3, 2, 0, 1])),
            ...biases.map((bias) => this.#store(bias)),
          ],
          attributes: {
            kernel_shape: square(layer.kernelSize),
            pads: { ints: padding(layer.kernelSize, layer.padding) },
            strides: square(1),
          },
        });
        break;
      case "maxPooling2d":
        this.#add("MaxPool", name, shape, {
          attributes: { kernel_shape: square(layer.poolSize), strides: square(layer.poolSize) },
        });
        break;
      case "globalAveragePooling2d":
        this.#add("GlobalAveragePool", name, [...shape, 1, 1]);
        this.#add("Flatten", `${name}_flatten`, shape);
        break;
      case "flatten":
        if (this.#isTurned && inputShape.length === 3) this.#flattened = inputShape;
        this.#add("Flatten", name, shape);
        break;
      case "dense":
        this.#add("Gemm", name, shape, {
          output,
          tensors: [
            this.#store(kernel, this.#turnRows(kernel)),
            ...biases.map((bias) => this.#store(bias)),
          ],
        });
        this.#flattened = undefined;
        break;
      case "relu":
        this.#add("Relu", name, shape);
        break;
      case "batchNormalization":
        this.#add("BatchNormalization", name, shape, {
          tensors: weights.map((vector) => this.#store(vector, this.#turnRows(vector))),
          attributes: { epsilon: { float: layer.epsilon }, momentum: { float: layer.momentum } },
        });
        break;
      case "dropout": // does nothing outside of training
    }
    if ("activation" in layer && layer.activation === "relu") {
      this.#add("Relu", `${name}_relu`, shape);
    }
  }

  #addProbabilities(): Value {
    const { temperature = 1 } = this.#model;
    const tensor = this.#graph.store(floatTensor("temperature", [], Float32Array.of(temperature)));
    const { shape } = this.#value;
    this.#add("Div", "calibrated_logits", shape, { tensors: [tensor] });
    return this.#add("Softmax", PROBABILITIES, shape, { attributes: { axis: { int: 1 } } });
  }

  #add(
    operation: string,
    name: string,
    shape: readonly number[],
    options: NodeOptions = {},
  ): Value {
    const { output = name, tensors = [], attributes } = options;
    this.#value = this.#graph.add({
      operation,
      name,
      inputs: [this.#value.name, ...tensors],
      output: { name: output, shape },
      attributes,
    });
    return this.#value;
  }

  /** @param arranged The weight in the order of ONNX, where that is another. */
  #store({ name, ...weight }: Weight, { shape, data }: Tensor = weight): string {
    return this.#graph.store(floatTensor(name.replace("/", "_"), shape, data));
  }

  /** Brings pictures into the order of ONNX, once. */
  #turn(): void {
    if (this.#isTurned) return;
    this.#isTurned = true;
    const shape = channelsFirst(this.#value.shape);
    const attributes = { perm: { ints: [0, 3, 1, 2] } };
    this.#add("Transpose", "channels_first", shape, { attributes });
  }

  /** A dense kernel, or numbers per channel, in the order that pictures were flattened in. */
  #turnRows({ shape, data }: Tensor): Tensor {
    if (!this.#flattened) return { shape, data };
    const columns = shape.slice(1);
    const spread = { shape: [...this.#flattened, ...columns], data };
    return { shape, data: transpose(spread, [2, 0, 1, ...columns.map((_, i) => 3 + i)]).data };
  }
}

/** [height, width, channels] in the order of ONNX. */
function channelsFirst([height, width, channels]: readonly number[]): number[] {
  return [channels, height, width];
}

/** Rows and columns of zeros: [top, left, bottom, right]. */
function padding(kernelSize: number, kind: "valid" | "same"): number[] {
  if (kind === "valid") return [0, 0, 0, 0];
  const [before, behind] = samePadding(kernelSize);
  return [before, before, behind, behind];
}
