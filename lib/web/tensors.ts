// Requests and answers of the Open Inference Protocol, version 2 (KServe's open-inference-protocol,
// specification/protocol/inference_rest.md), with Triton's binary tensors (triton-inference-server,
// docs/protocol/extension_binary_data.md), which its clients send unless told otherwise.

import { HTTPException } from "hono/http-exception";
import { decodeFloats, encodeFloats } from "../model/format.ts";
import { softmax } from "../model/evaluate.ts";
import { PIXELS } from "./job.ts";

/** How long the JSON is that binary tensors follow. */
export const HEADER_LENGTH = "inference-header-content-length";

/** The input's name and shape, but for N. */
export const INPUT = { name: "image", shape: [28, 28, 1] } as const;

/** What can be asked for. */
export const OUTPUTS = ["logits", "probabilities"] as const;
type OutputName = typeof OUTPUTS[number];

const DATATYPES = ["FP32", "UINT8"] as const;
type Datatype = typeof DATATYPES[number];

interface RequestedOutput {
  name: OutputName;
  /** As bytes behind the JSON. */
  isBinary: boolean;
}

/** What a request asks for. */
export interface InferenceRequest {
  id?: string;
  /** [N, 28, 28, 1], 0 paper to 255 ink. */
  images: Uint8Array;
  outputs: RequestedOutput[];
}

/** What the network gave for a request. */
export interface Inference {
  id?: string;
  model: string;
  version: string;
  /** [N, classes]. */
  logits: Float32Array;
  classes: number;
  /** What logits are divided by before softmax. */
  temperature?: number;
}

type Fields = Record<string, unknown>;

/**
 * Reads a request's body.
 *
 * @param headerLength The header of that name, where there is one.
 * @throws {HTTPException} 400, saying what is wrong.
 */
export function readInferenceRequest(body: Uint8Array, headerLength?: string): InferenceRequest {
  const length = headerLength === undefined ? body.length : Number(headerLength);
  if (!Number.isInteger(length) || length < 0 || length > body.length) {
    throw wrong(`${HEADER_LENGTH} is ${headerLength}, and the body has ${body.length} bytes`);
  }
  const request = parse(body.subarray(0, length));
  const { id, inputs, outputs } = request;
  if (id !== undefined && typeof id !== "string") throw wrong("id is a text");
  if (!Array.isArray(inputs) || inputs.length !== 1) {
    throw wrong(`inputs is a list of one tensor, ${INPUT.name}`);
  }
  const binary = isTrue(parametersOf(request, "The request"), "binary_data_output");
  return {
    id,
    images: readImages(fields(inputs[0], "The input"), body.subarray(length)),
    outputs: readOutputs(outputs, binary),
  };
}

function readImages(input: Fields, binary: Uint8Array): Uint8Array {
  const { name, shape, datatype, data } = input;
  if (name !== INPUT.name) throw wrong(`There is no input ${show(name)}; there is: ${INPUT.name}`);
  if (!isDatatype(datatype)) {
    throw wrong(`The input is ${DATATYPES.join(" or ")}, not ${show(datatype)}`);
  }
  const count = countOf(shape) * PIXELS;
  const { binary_data_size: size } = parametersOf(input, "The input");
  if (size === undefined) return fromNumbers(flatten(data), count, datatype);
  if (data !== undefined) throw wrong("The input has both data and binary_data_size");
  return fromBytes(binary, size, count, datatype);
}

/** N of a shape. */
function countOf(shape: unknown): number {
  const expected = [-1, ...INPUT.shape];
  const isRight = Array.isArray(shape) && shape.length === expected.length &&
    Number.isSafeInteger(shape[0]) && shape[0] > 0 &&
    INPUT.shape.every((size, i) => shape[i + 1] === size);
  if (isRight) return shape[0];
  throw wrong(`The input's shape is [N, ${INPUT.shape.join(", ")}], not ${show(shape)}`);
}

function flatten(data: unknown): unknown[] {
  if (Array.isArray(data)) return data.flat(INPUT.shape.length); // as deep as the shape, or flat
  throw wrong("The input has neither a list of numbers, data, nor binary_data_size");
}

function fromNumbers(numbers: readonly unknown[], count: number, datatype: Datatype): Uint8Array {
  if (numbers.length !== count) {
    throw wrong(`The input's data has ${numbers.length} numbers, and its shape ${count}`);
  }
  return toBytes(numbers, datatype);
}

function fromBytes(
  binary: Uint8Array,
  size: unknown,
  count: number,
  datatype: Datatype,
): Uint8Array {
  const expected = datatype === "FP32" ? 4 * count : count;
  if (size !== expected || binary.length !== expected) {
    throw wrong(
      `The input's shape takes ${expected} bytes; binary_data_size is ${show(size)}, and ` +
        `${binary.length} follow the JSON`,
    );
  }
  return datatype === "UINT8" ? binary : toBytes(decodeFloats(binary, 0, count), datatype);
}

/** The network takes bytes: an FP32 of 0 to 1 becomes the nearest. */
function toBytes(numbers: ArrayLike<unknown>, datatype: Datatype): Uint8Array {
  const bytes = new Uint8Array(numbers.length);
  for (let i = 0; i < bytes.length; i++) {
    const number = numbers[i];
    const byte = datatype === "FP32" && typeof number === "number"
      ? Math.round(255 * number)
      : number;
    bytes[i] = byte as number;
    // What is no byte has become another.
    if (bytes[i] === byte) continue;
    const range = datatype === "FP32" ? "from 0 to 1" : "whole, from 0 to 255";
    throw wrong(`The input's numbers are ${range}, 0 for paper; number ${i} is ${show(number)}`);
  }
  return bytes;
}

function readOutputs(outputs: unknown, isBinary: boolean): RequestedOutput[] {
  if (outputs === undefined) return OUTPUTS.map((name) => ({ name, isBinary }));
  if (!Array.isArray(outputs)) throw wrong("outputs is a list");
  return outputs.map((output) => {
    const requested = fields(output, "An output");
    const name = OUTPUTS.find((name) => name === requested.name);
    if (name === undefined) {
      throw wrong(`There is no output ${show(requested.name)}; there are: ${OUTPUTS.join(", ")}`);
    }
    const parameters = parametersOf(requested, "An output");
    if (parameters.classification !== undefined) {
      throw wrong("Outputs are given as numbers only: leave classification out");
    }
    return { name, isBinary: isTrue(parameters, "binary_data", isBinary) };
  });
}

/** The answer's body and headers. */
export function writeInference(
  { id, model, version, logits, classes, temperature }: Inference,
  outputs: readonly RequestedOutput[],
): { body: Uint8Array<ArrayBuffer>; headers: Record<string, string> } {
  const shape = [logits.length / classes, classes];
  const tensors = outputs.map(({ name, isBinary }) => {
    const data = name === "logits" ? logits : probabilities(logits, classes, temperature);
    const about = { name, datatype: "FP32", shape };
    return isBinary
      ? {
        json: { ...about, parameters: { binary_data_size: 4 * data.length } },
        binary: [{ data }],
      }
      : { json: { ...about, data: Array.from(data) }, binary: [] };
  });
  const json = new TextEncoder().encode(JSON.stringify({
    model_name: model,
    model_version: version,
    id,
    outputs: tensors.map(({ json }) => json),
  }));
  if (!outputs.some(({ isBinary }) => isBinary)) {
    return { body: json, headers: { "content-type": "application/json" } };
  }
  const binary = encodeFloats(tensors.flatMap(({ binary }) => binary));
  const body = new Uint8Array(json.length + binary.length);
  body.set(json);
  body.set(binary, json.length);
  return {
    body,
    headers: { "content-type": "application/octet-stream", [HEADER_LENGTH]: String(json.length) },
  };
}

/** Of each row of logits, [N, classes]. */
function probabilities(logits: Float32Array, classes: number, temperature?: number): Float32Array {
  const all = new Float32Array(logits.length);
  for (let at = 0; at < all.length; at += classes) {
    all.set(softmax(logits.subarray(at, at + classes), temperature), at);
  }
  return all;
}

function parse(json: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(json));
  } catch (error) {
    throw wrong(`The request is no JSON: ${(error as Error).message}`);
  }
  return fields(value, "The request");
}

function parametersOf({ parameters = {} }: Fields, what: string): Fields {
  return fields(parameters, `${what}'s parameters`);
}

function fields(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(`${what} is an object of JSON, not ${show(value)}`);
}

function isTrue(parameters: Fields, name: string, otherwise = false): boolean {
  const value = parameters[name] ?? otherwise;
  if (typeof value === "boolean") return value;
  throw wrong(`${name} is true or false, not ${show(value)}`);
}

function isDatatype(value: unknown): value is Datatype {
  return (DATATYPES as readonly unknown[]).includes(value);
}

/** A value in an error's message, and no more than the beginning of it. */
function show(value: unknown): string {
  return (JSON.stringify(value) ?? "missing").slice(0, 60);
}

function wrong(message: string): HTTPException {
  return new HTTPException(400, { message });
}
