// Writes a network of ours as an ONNX file, so that ONNX Runtime can be timed on the same weights.
// An ONNX file is one protobuf message. Field numbers: onnx/onnx.proto (Apache-2.0), and the wire
// format, a key and a value for each field: protobuf.dev/programming-guides/encoding.

import { elementCount, placeLayers } from "../lib/model/layers.ts";
import type { Model } from "../lib/model/format.ts";

const IR_VERSION = 8;
const OPSET_VERSION = 13;
const FLOAT = 1; // TensorProto.DataType
/** AttributeProto.AttributeType */
const INT = 2;
const INTS = 7;

/** A tensor as ONNX stores it: row-major. */
interface Tensor {
  name: string;
  shape: readonly number[];
  data: Float32Array<ArrayBuffer>;
}

/** One operation; its output has the name of its first input's successor. */
interface Node {
  operation: string;
  inputs: string[];
  output: string;
  attributes?: Record<string, number | number[]>;
}

/**
 * The bytes of an ONNX file that takes `input`, float32 [N, channels, height, width] in 0 to 1, and
 * gives `logits`, [N, classes].
 *
 * @throws {TypeError} when the network has a layer that is not known here.
 */
export function encodeOnnx({ architecture, weights }: Model): Uint8Array<ArrayBuffer> {
  const nodes: Node[] = [];
  const tensors: Tensor[] = [];
  let [next, value] = [0, "input"];
  const add = (operation: string, inputs: string[] = [], attributes?: Node["attributes"]) => {
    const output = `value${nodes.length}`;
    nodes.push({ operation, inputs: [value, ...inputs], output, attributes });
    value = output;
  };
  const store = (shape: readonly number[], data: Float32Array<ArrayBuffer>) => {
    const name = `weight${tensors.length}`;
    tensors.push({ name, shape, data });
    return name;
  };

  /** The shape [height, width, channels] that the last flatten layer was given. */
  let flattened: readonly number[] = [];
  for (const { layer, inputShape } of placeLayers(architecture)) {
    if (layer.type === "conv2d") {
      const [kernel, bias] = [weights[next++], weights[next++]];
      const [height, width, ins, outs] = kernel.shape;
      const moved = transpose(kernel.data, kernel.shape, [3, 2, 0, 1]);
      add("Conv", [store([outs, ins, height, width], moved), store(bias.shape, bias.data)], {
        pads: padding(layer),
      });
    } else if (layer.type === "maxPooling2d") {
      const size = [layer.poolSize, layer.poolSize];
      add("MaxPool", [], { kernel_shape: size, strides: size });
    } else if (layer.type === "flatten") {
      flattened = inputShape;
      add("Flatten", [], { axis: 1 });
    } else if (layer.type === "dense") {
      const [kernel, bias] = [weights[next++], weights[next++]];
      // ONNX flattened [channels, height, width], and Keras' weights expect [height, width, channels].
      const units = kernel.shape[1];
      const data = flattened.length === 3
        ? transpose(kernel.data, [...flattened, units], [2, 0, 1, 3])
        : kernel.data;
      flattened = [];
      add("Gemm", [store(kernel.shape, data), store(bias.shape, bias.data)]);
    } else {
      throw new TypeError(`Layer ${layer.type} cannot be written as ONNX here`);
    }
    if ("activation" in layer && layer.activation === "relu") add("Relu");
  }
  const [height, width, channels] = architecture.inputShape;
  nodes.at(-1)!.output = "logits";
  return encodeModel(nodes, tensors, [channels, height, width]);
}

/** Rows and columns of zeros: [top, left, bottom, right]. */
function padding(layer: { kernelSize: number; padding: "valid" | "same" }): number[] {
  if (layer.padding === "valid") return [0, 0, 0, 0];
  const before = Math.floor((layer.kernelSize - 1) / 2);
  const after = layer.kernelSize - 1 - before;
  return [before, before, after, after];
}

/** `data` of `shape`, with its dimensions in the given order. */
function transpose(
  data: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array<ArrayBuffer> {
  const strides = shape.map((_, i) => elementCount(shape.slice(i + 1)));
  const result = new Float32Array(data.length);
  let at = 0;
  const walk = (depth: number, from: number) => {
    if (depth === order.length) {
      result[at++] = data[from];
      return;
    }
    const dimension = order[depth];
    for (let i = 0; i < shape[dimension]; i++) walk(depth + 1, from + i * strides[dimension]);
  };
  walk(0, 0);
  return result;
}

function encodeModel(nodes: Node[], tensors: Tensor[], inputShape: number[]) {
  const graph = message(
    ...nodes.map((node) => field(1, encodeNode(node))),
    field(2, "digits"),
    ...tensors.map((tensor) => field(5, encodeTensor(tensor))),
    field(11, encodeValue("input", inputShape)),
    field(12, encodeValue("logits", [])),
  );
  const opset = message(field(2, OPSET_VERSION));
  return message(field(1, IR_VERSION), field(7, graph), field(8, opset));
}

function encodeNode({ operation, inputs, output, attributes = {} }: Node) {
  return message(
    ...inputs.map((input) => field(1, input)),
    field(2, output),
    field(4, operation),
    ...Object.entries(attributes).map(([name, value]) =>
      field(
        5,
        typeof value === "number"
          ? message(field(1, name), field(3, value), field(20, INT))
          : message(field(1, name), ...value.map((one) => field(8, one)), field(20, INTS)),
      )
    ),
  );
}

function encodeTensor({ name, shape, data }: Tensor) {
  return message(
    ...shape.map((size) => field(1, size)),
    field(2, FLOAT),
    field(8, name),
    field(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
}

/** An input or output of float32, for any number of pictures; without sizes its shape is left open. */
function encodeValue(name: string, shape: number[]) {
  const dimensions = [message(field(2, "N")), ...shape.map((size) => message(field(1, size)))];
  const tensor = message(
    field(1, FLOAT),
    ...(shape.length ? [field(2, message(...dimensions.map((one) => field(1, one))))] : []),
  );
  return message(field(1, name), field(2, message(field(1, tensor))));
}

/** One field: whole numbers as they are, everything else with its length before it. */
function field(number: number, value: number | string | Uint8Array): Uint8Array<ArrayBuffer> {
  if (typeof value === "number") return message(varint(number << 3), varint(value));
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  const LENGTH_DELIMITED = 2;
  return message(varint(number << 3 | LENGTH_DELIMITED), varint(bytes.length), bytes);
}

/** Seven bits a byte, the lowest first; the highest bit says that more follow. */
function varint(value: number): Uint8Array {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push(value & 0x7f | 0x80);
  return Uint8Array.from([...bytes, value]);
}

/** A message is its fields, one after the other. */
function message(...fields: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(fields.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of fields) {
    bytes.set(one, at);
    at += one.length;
  }
  return bytes;
}
