// An ONNX graph as a chain of nodes: which follow each other from the input to the output, and what
// the constants are that they work with.
// Source: the operators' documentation, onnx/docs/Operators.md.

import type { GraphProto, ModelProto, NodeProto, TensorProto } from "../onnx/schema.ts";
import { tensorFloats, tensorIntegers, tensorShape } from "../onnx/tensors.ts";

/** Stands for the batch size in a shape that a graph works out: as Reshape has it, "as before". */
const BATCH = 0;

/** A node's operation, for messages: `Node /conv1/Conv (Conv)`. */
export function describe({ name, output, opType }: NodeProto): string {
  return `Node ${name || output[0] || "without a name"} (${opType})`;
}

export class OnnxGraph {
  readonly #graph: GraphProto;
  readonly #constants: ReadonlyMap<string, TensorProto>;
  readonly #producers: ReadonlyMap<string, NodeProto>;
  /** What has been worked out of shapes. */
  readonly #integers = new Map<string, number[]>();

  constructor({ graph }: ModelProto) {
    this.#graph = graph!;
    const nodes = graph!.node;
    const constants = nodes.filter(({ opType }) => opType === "Constant");
    this.#constants = new Map([
      ...graph!.initializer.map((tensor) => [tensor.name, tensor] as const),
      ...constants.map((node) => [node.output[0], constantOf(node)] as const),
    ]);
    this.#producers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node])));
  }

  /** The name and the shape of the input; open sizes are -1. */
  get input(): { name: string; shape: number[] } {
    // Old files list the weights among the inputs.
    const inputs = this.#graph.input.filter(({ name }) => !this.#constants.has(name));
    if (inputs.length !== 1) {
      throw new SyntaxError(`The model has ${inputs.length} inputs; only one is possible`);
    }
    const [{ name, type }] = inputs;
    const sizes = type?.tensorType?.shape?.dim ?? [];
    return { name, shape: sizes.map(({ dimValue }) => dimValue > 0n ? Number(dimValue) : -1) };
  }

  /** The nodes from the input to the output that is farthest from it. */
  chain(): NodeProto[] {
    const chains = this.#graph.output.map(({ name }) => this.#chainTo(name));
    if (chains.length === 0) throw new SyntaxError("The model has no output");
    return chains.reduce((longest, chain) => chain.length > longest.length ? chain : longest);
  }

  #chainTo(output: string): NodeProto[] {
    const { name: input } = this.input;
    const chain: NodeProto[] = [];
    const seen = new Set<NodeProto>();
    for (let name = output; name !== input;) {
      const node = this.#producers.get(name);
      if (!node) throw new SyntaxError(`There is no node that gives ${name}`);
      if (seen.has(node)) throw new SyntaxError(`${describe(node)} depends on itself`);
      seen.add(node);
      chain.push(node);
      name = this.flowInto(node).name;
    }
    return chain.reverse();
  }

  /** The one input of a node that is no constant, and its place among the inputs. */
  flowInto(node: NodeProto): { name: string; place: number } {
    // What only says a shape is no part of the flow.
    const candidates = node.opType === "Reshape" ? node.input.slice(0, 1) : node.input;
    const flows = candidates
      .map((name, place) => ({ name, place }))
      .filter(({ name }) => name !== "" && !this.#constants.has(name));
    if (flows.length === 1) return flows[0];
    throw new SyntaxError(
      `${describe(node)} has ${flows.length} inputs that are no constants; only one node after ` +
        "the other can be run",
    );
  }

  /** A constant input of a node. */
  constant(node: NodeProto, place: number): TensorProto | undefined {
    const name = node.input[place];
    if (name === undefined || name === "") return undefined;
    const found = this.#constants.get(name);
    if (found) return found;
    throw new SyntaxError(`its input ${name} is no constant`);
  }

  /**
   * The integers of an input that says a shape or axes, which exporters often have the graph work out.
   *
   * @param shapeOf What the shape of a tensor is, as far as it is known, without the batch size.
   */
  integers(name: string, shapeOf: ShapeOf, depth = 0): number[] {
    const known = this.#integers.get(name);
    if (known) return known;
    const constant = this.#constants.get(name);
    const values = constant ? tensorIntegers(constant) : this.#workOut(name, shapeOf, depth);
    if (values.length > MOST_DIMENSIONS) {
      throw new SyntaxError(`${name} is no shape: it has ${values.length} numbers`);
    }
    this.#integers.set(name, values);
    return values;
  }

  #workOut(name: string, shapeOf: ShapeOf, depth: number): number[] {
    const node = this.#producers.get(name);
    if (!node || depth > MOST_STEPS) throw new SyntaxError(`the shape ${name} is not known`);
    const input = (place: number) => this.integers(node.input[place], shapeOf, depth + 1);
    switch (node.opType) {
      case "Shape": {
        const shape = shapeOf(node.input[0]);
        if (shape) return [BATCH, ...shape];
        break;
      }
      case "Identity":
      case "Cast":
      case "Squeeze":
      case "Unsqueeze": // of one dimension or none: the numbers stay
        return input(0);
      case "Concat":
        return node.input.flatMap((_, place) => input(place));
      case "Gather": {
        const values = input(0);
        return input(1).map((index) => values.at(index) ?? NaN);
      }
      case "Slice":
        if (node.input.length > 4) break;
        return input(0).slice(input(1)[0], input(2)[0]);
    }
    throw new SyntaxError(`the shape ${name} is not known: ${describe(node)} gives it`);
  }
}

/** Gives a tensor's shape, where it is known. */
type ShapeOf = (name: string) => readonly number[] | undefined;

/** More than any tensor of a network has. */
const MOST_DIMENSIONS = 8;

/** So deep at most does a graph work out a shape; PyTorch's take five nodes. */
const MOST_STEPS = 20;

function constantOf(node: NodeProto): TensorProto {
  const value = node.attribute.find(({ name }) => name === "value")?.t;
  if (value) return value;
  throw new SyntaxError(`${describe(node)} holds no tensor`);
}

/**
 * The floats of a constant, with its shape.
 *
 * @throws {SyntaxError} when it holds none.
 */
export function floatsOf(tensor: TensorProto) {
  const shape = tensorShape(tensor);
  if (shape.every((size) => size >= 1)) return { shape, data: tensorFloats(tensor) };
  throw new SyntaxError(`Tensor ${tensor.name} has shape [${shape.join(", ")}]`);
}
