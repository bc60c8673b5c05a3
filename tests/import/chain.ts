// ONNX files of chains of nodes, as other programs could have written them.

import { create } from "@bufbuild/protobuf";
import { type Attribute, Graph, type Value } from "../../lib/onnx/graph.ts";
import { encodeOnnxModel, ModelSchema, type TensorProto } from "../../lib/onnx/schema.ts";
import { floatTensor } from "../../lib/onnx/tensors.ts";
import { type Tensor, transpose } from "../../lib/onnx/transpose.ts";

/** A node of a chain: its operation, and what it takes beside the node before it. */
export interface Step {
  operation: string;
  /** With `first`, they come before what flows. */
  tensors?: readonly (TensorProto | readonly number[])[];
  first?: boolean;
  attributes?: Readonly<Record<string, Attribute>>;
}

/** The file of a chain of nodes whose input has a certain shape, without the batch. */
export function chain(shape: readonly number[], steps: readonly Step[]): Uint8Array {
  const graph = new Graph();
  const input: Value = { name: "x", shape };
  let value = input;
  for (const [i, { operation, tensors = [], first = false, attributes }] of steps.entries()) {
    const names = tensors.map((tensor, k) => {
      const name = `constant_${i}_${k}`;
      if (!Array.isArray(tensor)) return graph.store({ ...tensor as TensorProto, name });
      return graph.store(floatTensor(name, [tensor.length], Float32Array.from(tensor)));
    });
    const name = `node_${i}`;
    const inputs = first ? [...names, value.name] : [value.name, ...names];
    value = graph.add({ operation, name, inputs, output: { name, shape: [] }, attributes });
  }
  return encodeOnnxModel(create(ModelSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: "", version: 13n }],
    graph: graph.build("chain", [input], [value]),
  }));
}

/** A weight in the order that ONNX has convolutions' filters in. */
export function filters({ shape, data }: Tensor) {
  const turned = transpose({ shape, data }, [3, 2, 0, 1]);
  return floatTensor("", turned.shape, turned.data);
}

export const matrix = ({ shape, data }: Tensor) => floatTensor("", shape, data);

export const ints = (...values: number[]): Attribute => ({ ints: values });
