// Puts an ONNX graph together: nodes in the order in which they run, and a type and a shape for every
// value. The checks of onnx.checker hold by construction, as long as names are given once.

import { create } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeSchema,
  AttributeType,
  DataType,
  type GraphProto,
  GraphSchema,
  type NodeProto,
  NodeSchema,
  type TensorProto,
  type ValueInfoProto,
  ValueInfoSchema,
} from "./schema.ts";

/** The name of the open dimension, the number of examples. */
const BATCH = "N";

/** A float32 tensor that flows from node to node. */
export interface Value {
  name: string;
  /** Of one example, without the batch. */
  shape: readonly number[];
  doc?: string;
}

export type Attribute = { int: number } | { ints: readonly number[] } | { float: number };

export interface Node {
  operation: string;
  name: string;
  /** Values and tensors, by name. */
  inputs: readonly string[];
  output: Value;
  attributes?: Readonly<Record<string, Attribute>>;
}

export class Graph {
  readonly #nodes: NodeProto[] = [];
  readonly #tensors: TensorProto[] = [];
  readonly #values: Value[] = [];

  /** Adds a node; gives its output. */
  add({ operation, name, inputs, output, attributes = {} }: Node): Value {
    const attribute = Object.entries(attributes).map(toAttribute);
    const input = [...inputs];
    this.#nodes.push(
      create(NodeSchema, { opType: operation, name, input, output: [output.name], attribute }),
    );
    this.#values.push(output);
    return output;
  }

  /** Adds a tensor that every example shares; gives its name. */
  store(tensor: TensorProto): string {
    this.#tensors.push(tensor);
    return tensor.name;
  }

  /** @param outputs Values of the graph that are its results. */
  build(name: string, inputs: readonly Value[], outputs: readonly Value[]): GraphProto {
    return create(GraphSchema, {
      name,
      node: this.#nodes,
      initializer: this.#tensors,
      input: inputs.map(typed),
      output: outputs.map(typed),
      valueInfo: this.#values.filter((value) => !outputs.includes(value)).map(typed),
    });
  }
}

function toAttribute([name, value]: [string, Attribute]): AttributeProto {
  if ("int" in value) {
    return create(AttributeSchema, { name, type: AttributeType.INT, i: BigInt(value.int) });
  }
  if ("float" in value) {
    return create(AttributeSchema, { name, type: AttributeType.FLOAT, f: value.float });
  }
  const ints = value.ints.map(BigInt);
  return create(AttributeSchema, { name, type: AttributeType.INTS, ints });
}

function typed({ name, shape, doc }: Value): ValueInfoProto {
  const dim = [{ dimParam: BATCH }, ...shape.map((size) => ({ dimValue: BigInt(size) }))];
  return create(ValueInfoSchema, {
    name,
    docString: doc,
    type: { tensorType: { elemType: DataType.FLOAT, shape: { dim } } },
  });
}
