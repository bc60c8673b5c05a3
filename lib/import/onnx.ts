// ONNX models of other programs' making: of PyTorch by torch.onnx.export, of Keras by tf2onnx.
// Source: the operators' documentation, onnx/docs/Operators.md.

import { elementCount } from "../model/layers.ts";
import { DataType, decodeOnnxModel, type NodeProto } from "../onnx/schema.ts";
import { transpose } from "../onnx/transpose.ts";
import { type Built, INPUT_SHAPE, NetworkBuilder, type Read } from "./builder.ts";
import { Attributes, paddingOf } from "./onnx_attributes.ts";
import { describe, floatsOf, OnnxGraph } from "./onnx_graph.ts";
import {
  axisAt,
  CHANNELS_FIRST,
  flatPlaces,
  reshapeView,
  squeezed,
  targetShape,
  transposeView,
  unsqueezed,
  type View,
  viewOf,
} from "./view.ts";

type Floats = Float32Array<ArrayBuffer>;

/** The operators that can be run, for messages. */
const ONNX_OPERATORS =
  "Conv, BatchNormalization, Relu, MaxPool, GlobalMaxPool, GlobalAveragePool, ReduceMean, " +
  "AveragePool over the whole picture, Gemm, MatMul, Add, Sub, Mul, Div, Flatten, Reshape, Squeeze, " +
  "Unsqueeze, Transpose, Dropout, Identity, Cast, Constant, Softmax, LogSoftmax";

/**
 * Reads an ONNX file.
 *
 * @throws {SyntaxError} naming the node that cannot be run, or what is damaged.
 */
export function readOnnxModel(bytes: Uint8Array): Read {
  const model = decodeOnnxModel(bytes);
  const graph = new OnnxGraph(model);
  const metadata = new Map(model.metadataProps.map(({ key, value }) => [key, value]));
  const network = new OnnxNetwork(graph);
  for (const node of graph.chain()) {
    try {
      network.add(node);
    } catch (error) {
      if (!(error instanceof SyntaxError) || error.message.startsWith("Node ")) throw error;
      throw new SyntaxError(`${describe(node)}: ${error.message}`, { cause: error });
    }
  }
  const built = network.build();
  const [classes, temperature] = ["classes", "temperature"].map((key) => {
    const text = metadata.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  });
  // The graph has it too, with fewer digits.
  return { ...built, classes, temperature: temperature ?? built.temperature };
}

/** Takes the nodes of a chain one after the other. */
class OnnxNetwork {
  readonly #builder = new NetworkBuilder();
  readonly #graph: OnnxGraph;
  /** The batch size that the file is made for; -1 for any. */
  readonly #batch: number;
  /** How the graph has laid out what one example is now. */
  #view: View;
  /** The shapes of the tensors so far, without the batch dimension. */
  readonly #shapes = new Map<string, readonly number[]>();

  constructor(graph: OnnxGraph) {
    this.#graph = graph;
    const { name, shape: [batch, ...shape] } = graph.input;
    this.#batch = batch;
    const isPicture = elementCount(shape) === elementCount(INPUT_SHAPE) &&
      shape.every((size) => size === 28 || size === 1 || size === 784);
    if (!isPicture) {
      throw new SyntaxError(
        `The input ${name} is [N, ${shape.join(", ")}]; only [N, 1, 28, 28], [N, 28, 28, 1], ` +
          "[N, 28, 28] and [N, 784] can be read",
      );
    }
    this.#view = reshapeView(viewOf(INPUT_SHAPE), shape);
    this.#shapes.set(name, this.#view.shape);
    if (shape.length === 1) this.#builder.flatten();
  }

  add(node: NodeProto): void {
    if (node.domain !== "" && node.domain !== "ai.onnx") {
      throw new SyntaxError(`its domain is ${node.domain}; only ONNX's own operators can be run`);
    }
    this.#run(node, new Attributes(node));
    this.#shapes.set(node.output[0], this.#view.shape);
  }

  build(): Built {
    return this.#builder.build();
  }

  #run(node: NodeProto, attributes: Attributes): void {
    const builder = this.#builder;
    switch (node.opType) {
      case "Identity":
      case "Dropout":
        return;
      case "Cast":
        if (FLOATS.includes(attributes.integer("to", 0))) return;
        throw new SyntaxError("only a cast to floats can be run");
      case "Relu":
        return builder.relu();
      case "Conv":
        return this.#convolution(node, attributes);
      case "Gemm":
        return this.#gemm(node, attributes);
      case "MatMul":
        return this.#product(node);
      case "BatchNormalization":
        return this.#normalise(node, attributes);
      case "Add":
      case "Sub":
      case "Mul":
      case "Div":
        return this.#affine(node);
      case "MaxPool":
      case "AveragePool":
        return this.#pool(node, attributes);
      case "GlobalMaxPool":
        this.#requireChannelsFirst();
        builder.maxPooling(this.#view.size.h);
        return this.#see(CHANNELS_FIRST);
      case "GlobalAveragePool":
        this.#requireChannelsFirst();
        return this.#average([1, 2], true);
      case "ReduceMean": {
        const axes = this.#axes(node, attributes) ?? [];
        const rank = this.#view.shape.length;
        const own = axes.map((axis) => axis < 0 ? axis + rank : axis - 1);
        return this.#average(own, attributes.integer("keepdims", 1) === 1);
      }
      case "Flatten":
        attributes.only("axis", 1);
        return this.#reshape([elementCount(this.#view.shape)]);
      case "Reshape":
        attributes.only("allowzero", 0);
        return this.#reshape(targetShape(this.#view, this.#integers(node, 1) ?? [], this.#batch));
      case "Squeeze":
        return this.#reshape(squeezed(this.#view, this.#axes(node, attributes)));
      case "Unsqueeze":
        return this.#reshape(unsqueezed(this.#view, this.#axes(node, attributes) ?? []));
      case "Transpose":
        return this.#transpose(attributes.integers("perm"));
      case "Softmax":
      case "LogSoftmax":
        return this.#softmax(attributes);
      default:
        throw new SyntaxError(`it cannot be run; only these can: ${ONNX_OPERATORS}`);
    }
  }

  #convolution(node: NodeProto, attributes: Attributes): void {
    this.#requireChannelsFirst();
    attributes.only("group", 1);
    attributes.onlyAll("strides", 1);
    attributes.onlyAll("dilations", 1);
    const { shape, data } = this.#floats(node, 1);
    const [filters, , size, width] = shape;
    if (shape.length !== 4 || size !== width) {
      throw new SyntaxError(`its filters are ${shape.slice(2).join("x")}; only squares can be run`);
    }
    const kernel = transpose({ shape, data }, HWCF).data;
    const bias = node.input[2] ? this.#floats(node, 2).data : undefined;
    const padding = paddingOf(attributes, size);
    this.#builder.convolution({ size, filters, kernel, bias, padding });
    this.#see(CHANNELS_FIRST);
  }

  #gemm(node: NodeProto, attributes: Attributes): void {
    attributes.only("transA", 0);
    const [alpha, beta] = [attributes.float("alpha", 1), attributes.float("beta", 1)];
    const { shape, data } = this.#floats(node, 1);
    const isTransposed = attributes.integer("transB", 0) === 1;
    const units = shape[isTransposed ? 0 : 1];
    const matrix = isTransposed ? transpose({ shape, data }, [1, 0]).data : data;
    const constant = node.input[2] ? this.#floats(node, 2).data : undefined;
    const at = (i: number) => constant![constant!.length === 1 ? 0 : i];
    this.#dense(
      shape.length === 2 ? units : NaN,
      alpha === 1 ? matrix : matrix.map((value) => alpha * value),
      constant && Float32Array.from({ length: units }, (_, i) => beta * at(i)),
    );
  }

  #product(node: NodeProto): void {
    const { place } = this.#graph.flowInto(node);
    if (place !== 0) throw new SyntaxError("only a constant on the right can be run");
    const { shape, data } = this.#floats(node, 1);
    this.#dense(shape.length === 2 ? shape[1] : NaN, data, undefined);
  }

  /** @param matrix [inputs, units], the inputs in the order of the graph. */
  #dense(units: number, matrix: Floats, bias: Floats | undefined): void {
    const view = this.#view;
    if (view.shape.length !== 1) {
      throw new SyntaxError(`its input is [N, ${view.shape.join(", ")}]; put a Flatten before it`);
    }
    const places = flatPlaces(view);
    if (matrix.length !== places.length * units) {
      throw new SyntaxError(`${matrix.length} weights do not go with ${places.length} inputs`);
    }
    const kernel = new Float32Array(matrix.length);
    places.forEach((place, i) =>
      kernel.set(matrix.subarray(place * units, (place + 1) * units), i * units)
    );
    this.#builder.dense({ units, kernel, bias });
    this.#view = reshapeView(viewOf([units]), [units]);
  }

  #normalise(node: NodeProto, attributes: Attributes): void {
    attributes.only("training_mode", 0);
    const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((place) =>
      this.#perChannel(this.#floats(node, place).data, 0)
    );
    const epsilon = attributes.float("epsilon", 1e-5);
    this.#builder.batchNormalization({ gamma, beta, mean, variance, epsilon });
  }

  #affine(node: NodeProto): void {
    const { place } = this.#graph.flowInto(node);
    const { shape, data } = this.#floats(node, 1 - place);
    const constants = this.#broadcast(shape, data);
    const each = (value: (constant: number) => number) => Float64Array.from(constants, value);
    switch (node.opType) {
      case "Add":
        return this.#builder.affine({ scale: [1], offset: constants });
      case "Mul":
        return this.#builder.affine({ scale: constants, offset: [0] });
      case "Sub":
        return place === 0
          ? this.#builder.affine({ scale: [1], offset: each((value) => -value) })
          : this.#builder.affine({ scale: [-1], offset: constants });
      default:
        if (place !== 0) throw new SyntaxError("only a division by a constant can be run");
        return this.#builder.affine({ scale: each((value) => 1 / value), offset: [0] });
    }
  }

  /** Constants as one, or one a channel in our order. */
  #broadcast(shape: readonly number[], data: Floats): Floats {
    if (data.length === 1) return data;
    const dimension = shape.findIndex((size) => size > 1);
    const isVector = shape.every((size, i) => size === 1 || i === dimension);
    const fromBehind = shape.length - dimension;
    const own = this.#view.shape.length - fromBehind;
    if (isVector && own >= 0) return this.#perChannel(data, own);
    throw new SyntaxError(
      `its constants are [${shape.join(", ")}]; only one, or one a channel, can be run`,
    );
  }

  /** Numbers along a dimension of the view, which has to be that of the channels, in our order. */
  #perChannel(data: Floats, dimension: number): Floats {
    const { shape, size } = this.#view;
    if (shape[dimension] !== data.length) {
      throw new SyntaxError(`${data.length} numbers do not go with [N, ${shape.join(", ")}]`);
    }
    if (axisAt(this.#view, dimension) === "c") return data;
    if (shape.length === 1 && this.#builder.shape.length === 1) {
      return Float32Array.from(flatPlaces(this.#view), (place) => data[place]);
    }
    throw new SyntaxError(`only numbers for each of ${size.c} channels can be run`);
  }

  #pool(node: NodeProto, attributes: Attributes): void {
    this.#requireChannelsFirst();
    const { h, w } = this.#view.size;
    const [size, width] = attributes.integers("kernel_shape") ?? [];
    if (size === undefined || size !== width) {
      throw new SyntaxError(`its kernel_shape is ${size}, ${width}; only squares can be run`);
    }
    const isWhole = size === h && size === w;
    if (node.opType === "AveragePool") {
      if (!isWhole) {
        throw new SyntaxError(
          `it is over ${size}x${size}; only the mean of the whole picture, ${h}x${w}, can be run`,
        );
      }
      attributes.onlyAll("pads", 0);
      return this.#average([1, 2], true);
    }
    if (!isWhole) attributes.onlyAll("strides", size, [1]);
    attributes.onlyAll("dilations", 1);
    const divides = h % size === 0 && w % size === 0;
    const padding = attributes.text("auto_pad", "NOTSET");
    if (!divides && (padding.startsWith("SAME") || attributes.integer("ceil_mode", 0) === 1)) {
      throw new SyntaxError(`${h}x${w} is no multiple of ${size}x${size}`);
    }
    if (padding === "NOTSET") attributes.onlyAll("pads", 0);
    this.#builder.maxPooling(size);
    this.#see(CHANNELS_FIRST);
  }

  /** @param dimensions Of the view, those to take the mean over. */
  #average(dimensions: readonly number[], keep: boolean): void {
    const { shape } = this.#view;
    const axes = dimensions.map((dimension) => axisAt(this.#view, dimension));
    if (axes.toSorted().join() !== "h,w") {
      throw new SyntaxError("only the mean over a picture's height and width can be run");
    }
    this.#builder.globalAveragePooling();
    const view = viewOf(this.#builder.shape);
    const left = shape.map((size, i) => dimensions.includes(i) ? 1 : size);
    this.#view = reshapeView(view, keep ? left : [view.size.c]);
  }

  #reshape(shape: readonly number[]): void {
    this.#view = reshapeView(this.#view, shape);
    const isFlat = this.#builder.shape.length === 1;
    const { h, w } = this.#view.size;
    if (shape.length === 1) this.#builder.flatten();
    else if (isFlat && h * w > 1) this.#builder.unflattenInput();
  }

  #transpose(permutation: readonly number[] | undefined): void {
    const [batch, ...own] = permutation ?? [];
    if (batch !== 0) throw new SyntaxError("only a transposition behind the batch can be run");
    this.#view = transposeView(this.#view, own.map((axis) => axis - 1));
  }

  #softmax(attributes: Attributes): void {
    const axis = attributes.integer("axis", -1);
    if (axis !== -1 && axis !== this.#view.shape.length) {
      throw new SyntaxError(`its axis is ${axis}; only the last can be run`);
    }
    if (this.#view.shape.length !== 1) this.#reshape([elementCount(this.#view.shape)]);
    this.#builder.softmax();
  }

  /** The view after an operation that gives a picture or numbers in that order. */
  #see(order: View["order"]): void {
    this.#view = viewOf(this.#builder.shape, order);
  }

  #requireChannelsFirst(): void {
    const { order, shape } = this.#view;
    const long = order.filter((axis) => this.#view.size[axis] > 1);
    const isRight = shape.length === 3 && order[0] === "c" &&
      (long.indexOf("h") < 0 || long.indexOf("w") < 0 || long.indexOf("h") < long.indexOf("w"));
    if (isRight) return;
    throw new SyntaxError(
      `its input is [N, ${shape.join(", ")}], and has to be channels, height, width`,
    );
  }

  #floats(node: NodeProto, place: number) {
    const tensor = this.#graph.constant(node, place);
    if (tensor) return floatsOf(tensor);
    throw new SyntaxError(`its input ${place + 1} is missing`);
  }

  /** An attribute once, an input since opset 13. */
  #axes(node: NodeProto, attributes: Attributes): number[] | undefined {
    return attributes.integers("axes") ?? this.#integers(node, 1);
  }

  #integers(node: NodeProto, place: number): number[] | undefined {
    const name = node.input[place];
    return name ? this.#graph.integers(name, (tensor) => this.#shapes.get(tensor)) : undefined;
  }
}

const FLOATS: readonly number[] = [DataType.FLOAT, DataType.FLOAT16, DataType.DOUBLE];

/** ONNX has filters as [filters, channels, height, width], we as [height, width, channels, filters]. */
const HWCF = [2, 3, 1, 0];
