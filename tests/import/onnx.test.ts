import { assertEquals, assertThrows } from "@std/assert";
import { create } from "@bufbuild/protobuf";
import { chooseBackend } from "../../lib/backend/choose.ts";
import { encodeOnnx } from "../../lib/export/onnx.ts";
import { importModel } from "../../lib/import/import.ts";
import { readOnnxModel } from "../../lib/import/onnx.ts";
import { softmax } from "../../lib/model/evaluate.ts";
import type { Layer } from "../../lib/model/layers.ts";
import { Graph, type Value } from "../../lib/onnx/graph.ts";
import { encodeOnnxModel, ModelSchema } from "../../lib/onnx/schema.ts";
import { floatTensor } from "../../lib/onnx/tensors.ts";
import { transpose } from "../../lib/onnx/transpose.ts";
import { loadExported, NAMES, ODD, ODDER } from "../export/networks.ts";
import { assertNear, testWithFolder } from "../parts.ts";
import { chain, filters, ints, matrix, type Step } from "./chain.ts";
import { assertSameLogits, logitsOf, type Network, randomNetwork } from "./compare.ts";

const NET = new URL("../testdata/mnist_net.onnx", import.meta.url);
const EXPECTED = new URL("../testdata/mnist_net.json", import.meta.url);

Deno.test("a network of PyTorch's gives what it gives in PyTorch", async () => {
  const { probabilities } = JSON.parse(await Deno.readTextFile(EXPECTED));
  const model = await importModel(NET.pathname);
  assertEquals(model.classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  // As mnist_net.py makes them.
  const picture = Uint8Array.from({ length: 784 }, (_, i) => (i * i + 7 * i) % 256);
  for (const name of ["simd", "cpu"]) {
    const { backend } = await chooseBackend(name);
    const network = backend.createNetwork(model.architecture, model.weights);
    const found = softmax(await network.logits(picture));
    network.dispose();
    assertNear(found, probabilities, 1e-5, name);
  }
});

for (const name of [...NAMES, ODD, ODDER]) {
  testWithFolder(`${name} comes back as it was exported`, async (folder) => {
    const exported = await loadExported(name);
    await Deno.writeFile(`${folder}/model.onnx`, encodeOnnx(exported));
    const model = await importModel(`${folder}/model.onnx`);
    assertEquals(await logitsOf(model), await logitsOf(exported.model));
    assertEquals(model.classes, exported.model.classes);
    assertEquals(model.temperature, exported.model.temperature);
  });
}

const conv: Layer = {
  type: "conv2d",
  filters: 3,
  kernelSize: 3,
  padding: "same",
  activation: "relu",
};
const pool: Layer = { type: "maxPooling2d", poolSize: 2 };
const end: Layer[] = [{ type: "flatten" }, { type: "dense", units: 10, activation: "softmax" }];

/** Dense layer with the same kernel and bias, as two nodes. */
function product(kernel: Network["weights"][number], bias: Network["weights"][number]): Step[] {
  return [
    { operation: "MatMul", tensors: [matrix(kernel)] },
    { operation: "Add", tensors: [matrix(bias)], first: true },
  ];
}

Deno.test("a graph of Keras' order comes with dense layers that count in that order", async () => {
  const network = randomNetwork([conv, pool, ...end]);
  const [kernel, bias, dense, offset] = network.weights;
  const bytes = chain([28, 28, 1], [
    { operation: "Transpose", attributes: { perm: ints(0, 3, 1, 2) } },
    {
      operation: "Conv",
      tensors: [filters(kernel), matrix(bias)],
      attributes: { pads: ints(1, 1, 1, 1), kernel_shape: ints(3, 3) },
    },
    { operation: "Relu" },
    { operation: "MaxPool", attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2) } },
    { operation: "Transpose", attributes: { perm: ints(0, 2, 3, 1) } },
    { operation: "Flatten" },
    ...product(dense, offset),
    { operation: "Softmax" },
  ]);
  const read = readOnnxModel(bytes);
  assertEquals(read.architecture.layers, network.architecture.layers.map(withBias));
  await assertSameLogits(read, network);
});

/** As the builder says it. */
function withBias(layer: Layer): Layer {
  return "activation" in layer ? { ...layer, useBias: true } : layer;
}

Deno.test("a graph of PyTorch's order comes with dense layers that count in ours", async () => {
  const network = randomNetwork([conv, pool, ...end]);
  const [kernel, bias, dense, offset] = network.weights;
  // Theirs count channels, then rows, then columns.
  const rows = transpose({ shape: [14, 14, 3, 10], data: dense.data }, [2, 0, 1, 3]);
  const turned = transpose({ shape: [588, 10], data: rows.data }, [1, 0]);
  const bytes = chain([1, 28, 28], [
    { operation: "Conv", tensors: [filters(kernel)], attributes: { pads: ints(1, 1, 1, 1) } },
    {
      operation: "Add",
      tensors: [floatTensor("", [1, 3, 1, 1], bias.data)],
    },
    { operation: "Relu" },
    { operation: "MaxPool", attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2) } },
    { operation: "Flatten" },
    {
      operation: "Gemm",
      tensors: [
        floatTensor("", turned.shape, turned.data.map((value) => value / 2)),
        matrix({ ...offset, data: offset.data.map((value) => value / 4) }),
      ],
      attributes: { transB: { int: 1 }, alpha: { float: 2 }, beta: { float: 4 } },
    },
  ]);
  await assertSameLogits(readOnnxModel(bytes), network);
});

Deno.test("input of other shapes, and its reshaping, is the same picture", async () => {
  const network = randomNetwork([conv, { type: "globalAveragePooling2d" }, ...end.slice(1)]);
  const [kernel, bias, dense, offset] = network.weights;
  const rest: Step[] = [
    {
      operation: "Conv",
      tensors: [filters(kernel), matrix(bias)],
      attributes: { pads: ints(1, 1, 1, 1) },
    },
    { operation: "Relu" },
    { operation: "ReduceMean", attributes: { axes: ints(-1, 2), keepdims: { int: 0 } } },
    ...product(dense, offset),
  ];
  const axes = (axis: number) => ({ axes: ints(axis) });
  for (
    const [shape, steps] of [
      [[1, 28, 28], []],
      [[28, 28], [{ operation: "Unsqueeze", attributes: axes(1) }]],
      [[28, 28, 1], [
        { operation: "Squeeze", attributes: axes(-1) },
        { operation: "Unsqueeze", attributes: axes(-3) },
      ]],
    ] as [number[], Step[]][]
  ) {
    await assertSameLogits(readOnnxModel(chain(shape, [...steps, ...rest])), network);
  }
});

Deno.test("a network without convolutions takes 784 numbers", async () => {
  const network = randomNetwork([
    { type: "flatten" },
    { type: "dense", units: 7, activation: "relu" },
    ...end.slice(1),
  ]);
  const [first, bias, second, offset] = network.weights;
  const bytes = chain([784], [
    ...product(first, bias),
    { operation: "Relu" },
    { operation: "Dropout" },
    ...product(second, offset),
    { operation: "LogSoftmax" },
  ]);
  await assertSameLogits(readOnnxModel(bytes), network);
});

Deno.test("a network that ends in a mean of channels gets a last layer", async () => {
  const network = randomNetwork([
    { ...conv, filters: 10, activation: "linear" },
    { type: "globalAveragePooling2d" },
    { type: "dense", units: 10, activation: "softmax", useBias: false },
  ]);
  const [kernel, bias, last] = network.weights;
  last.data.forEach((_, i) => last.data[i] = i % 11 === 0 ? 1 : 0);
  const bytes = chain([1, 28, 28], [
    {
      operation: "Conv",
      tensors: [filters(kernel), matrix(bias)],
      attributes: { pads: ints(1, 1, 1, 1) },
    },
    { operation: "GlobalAveragePool" },
    { operation: "Flatten" },
    { operation: "Softmax", attributes: { axis: { int: 1 } } },
  ]);
  await assertSameLogits(readOnnxModel(bytes), network);
});

/** scale * x + offset, channel by channel, as a layer and its weights. */
function affine(scale: number[], offset: number[]): { layer: Layer; values: number[][] } {
  const layer: Layer = { type: "batchNormalization", momentum: 0.9, epsilon: 1e-12 };
  return { layer, values: [scale, offset, scale.map(() => 0), scale.map(() => 1)] };
}

/** The network with an affine layer put before a layer of its own. */
function withAffine(
  layers: Layer[],
  before: number,
  scale: number[],
  offset: number[],
): { expected: Network; plain: Network } {
  const plain = randomNetwork(layers);
  const { layer, values } = affine(scale, offset);
  const expected = randomNetwork(layers.toSpliced(before, 0, layer));
  let next = 0;
  for (const weight of expected.weights) {
    weight.data.set(weight.name.startsWith("batch") ? values.shift()! : plain.weights[next++].data);
  }
  return { expected, plain };
}

Deno.test("a mean picture is taken off 784 numbers", async () => {
  const means = Array.from({ length: 784 }, (_, i) => (i % 7) / 10);
  const { expected, plain } = withAffine(end, 1, means.map(() => 1), means.map((mean) => -mean));
  const [kernel, bias] = plain.weights;
  const bytes = chain([784], [
    { operation: "Sub", tensors: [floatTensor("", [1, 784], Float32Array.from(means))] },
    ...product(kernel, bias),
  ]);
  await assertSameLogits(readOnnxModel(bytes), expected);
});

Deno.test("a normalisation of the input goes into the first layer, or before it", async () => {
  const [mean, deviation] = [0.1307, 0.3081];
  for (const padding of ["same", "valid"] as const) {
    const layers: Layer[] = [{ ...conv, padding }, pool, ...end];
    const { expected, plain } = withAffine(layers, 0, [1 / deviation], [-mean / deviation]);
    const [kernel, bias, dense, offset] = plain.weights;
    const steps = (first: Step[]) =>
      chain([28, 28, 1], [
        ...first,
        { operation: "Transpose", attributes: { perm: ints(0, 3, 1, 2) } },
        {
          operation: "Conv",
          tensors: [filters(kernel), matrix(bias)],
          attributes: { pads: ints(...Array(4).fill(padding === "same" ? 1 : 0)) },
        },
        { operation: "Relu" },
        { operation: "MaxPool", attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2) } },
        { operation: "Transpose", attributes: { perm: ints(0, 2, 3, 1) } },
        { operation: "Flatten" },
        ...product(dense, offset),
      ]);
    const normalise: Step[] = [
      { operation: "Sub", tensors: [[mean]] },
      { operation: "Div", tensors: [[deviation]] },
    ];
    const read = readOnnxModel(steps(normalise));
    await assertSameLogits(read, expected, padding);
    assertEquals(
      read.architecture.layers[0].type,
      padding === "same" ? "batchNormalization" : "conv2d",
    );
    // What takes 0 to 255 says so by scaling it down.
    const bytes = steps([{ operation: "Div", tensors: [[255]] }, ...normalise]);
    await assertSameLogits(readOnnxModel(bytes), expected, `${padding}, bytes`);
    await assertSameLogits(
      readOnnxModel(steps([{ operation: "Mul", tensors: [[1 / 255]] }])),
      plain,
    );
  }
});

Deno.test("arithmetic with constants goes into the layer before it, or becomes one", async () => {
  const [scale, shift] = [[2, -0.5, 3], [0.25, -1, 0]];
  const layers: Layer[] = [{ ...conv, activation: "linear" }, pool, ...end];
  const constants = (values: number[]) => floatTensor("", [3, 1, 1], Float32Array.from(values));
  const arithmetic: Step[] = [
    { operation: "Mul", tensors: [constants(scale)], first: true },
    { operation: "Sub", tensors: [constants(shift)], first: true },
  ];
  const [negative, offsets] = [scale.map((value) => -value), shift];
  for (const place of [1, 2]) {
    const { expected, plain } = withAffine(layers, place, negative, offsets);
    const [kernel, bias, dense, offset] = plain.weights;
    const rows = transpose({ shape: [14, 14, 3, 10], data: dense.data }, [2, 0, 1, 3]);
    const steps: Step[] = [
      {
        operation: "Conv",
        tensors: [filters(kernel), matrix(bias)],
        attributes: { pads: ints(1, 1, 1, 1) },
      },
      { operation: "MaxPool", attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2) } },
      { operation: "Flatten" },
      { operation: "MatMul", tensors: [floatTensor("", [588, 10], rows.data)] },
      { operation: "Add", tensors: [matrix(offset)] },
    ];
    const read = readOnnxModel(chain([1, 28, 28], steps.toSpliced(place, 0, ...arithmetic)));
    await assertSameLogits(read, expected);
    assertEquals(read.architecture.layers.length, place === 1 ? 4 : 5);
  }
});

Deno.test("a division before softmax is the temperature, a multiplication its inverse", async () => {
  const network = randomNetwork(end);
  const steps = product(network.weights[0], network.weights[1]);
  const read = (...more: Step[]) => readOnnxModel(chain([784], [...steps, ...more]));
  const divided = read({ operation: "Div", tensors: [[2]] }, { operation: "Softmax" });
  assertEquals(divided.temperature, 2);
  assertEquals(read({ operation: "Mul", tensors: [[4]] }).temperature, 0.25);
  assertEquals(read().temperature, undefined);
  await assertSameLogits(divided, network);
});

Deno.test("what cannot be run is an error that names the node, and what can be", () => {
  const network = randomNetwork([conv, pool, ...end]);
  const [kernel, , dense] = network.weights;
  const flat = matrix(randomNetwork(end).weights[0]);
  const convolution = (attributes: Step["attributes"]): Step => ({
    operation: "Conv",
    tensors: [filters(kernel)],
    attributes,
  });
  const cases: [number[], Step[], string][] = [
    [
      [1, 28, 28],
      [{ operation: "Tanh" }],
      "Node node_0 (Tanh): it cannot be run; only these can: Conv,",
    ],
    [
      [1, 28, 28],
      [convolution({ strides: ints(2, 2) })],
      "its strides are 2, 2; only 1 can be run",
    ],
    [[1, 28, 28], [convolution({ group: { int: 3 } })], "its group is 3; only 1 can be run"],
    [
      [1, 28, 28],
      [convolution({ pads: ints(2, 2, 2, 2) })],
      "its padding is 2, 2, 2, 2; only none, or",
    ],
    [[28, 28, 1], [convolution({})], "has to be channels, height, width"],
    [
      [1, 28, 28],
      [{ operation: "MaxPool", attributes: { kernel_shape: ints(2, 2) } }],
      "its strides are 1",
    ],
    [
      [1, 28, 28],
      [{ operation: "AveragePool", attributes: { kernel_shape: ints(2, 2) } }],
      "whole picture, 28x28",
    ],
    [[1, 28, 28], [{ operation: "MatMul", tensors: [flat] }], "put a Flatten before it"],
    [
      [784],
      [{ operation: "MatMul", tensors: [matrix(dense)] }],
      "5880 weights do not go with 784 inputs",
    ],
    [
      [784],
      [{ operation: "MatMul", tensors: [flat], first: true }],
      "only a constant on the right",
    ],
    [
      [784],
      [{ operation: "Softmax" }, { operation: "Relu" }],
      "only possible at the end of a network",
    ],
    [[784], [{ operation: "Div", tensors: [[2]], first: true }], "only a division by a constant"],
    [
      [784],
      [{ operation: "Flatten", attributes: { axis: { int: 2 } } }],
      "its axis is 2; only 1 can be run",
    ],
    [[3, 32, 32], [{ operation: "Relu" }], "The input x is [N, 3, 32, 32]; only [N, 1, 28, 28]"],
    [[784], [{
      operation: "MatMul",
      tensors: [floatTensor("", [784, 2], new Float32Array(1568).fill(NaN))],
    }], "dense/kernel holds what is no number"],
  ];
  for (const [shape, steps, message] of cases) {
    assertThrows(() => readOnnxModel(chain(shape, steps)), SyntaxError, message);
  }
});

Deno.test("a graph that branches, or goes in circles, is an error", () => {
  const build = (inputs: string[][]) => {
    const graph = new Graph();
    const x: Value = { name: "x", shape: [784] };
    const values = inputs.map((names, i) =>
      graph.add({
        operation: "Add",
        name: `n${i}`,
        inputs: names,
        output: { name: `n${i}`, shape: [] },
      })
    );
    return encodeOnnxModel(
      create(ModelSchema, { graph: graph.build("", [x], [values.at(-1)!]) }),
    );
  };
  assertThrows(
    () => readOnnxModel(build([["x", "x"]])),
    SyntaxError,
    "Node n0 (Add) has 2 inputs that are no constants",
  );
  assertThrows(() => readOnnxModel(build([["n1"], ["n0"]])), SyntaxError, "depends on itself");
  assertThrows(() => readOnnxModel(build([["y"]])), SyntaxError, "There is no node that gives y");
});
