// The numbers of an ONNX tensor: as bytes, or as a list in one of several fields.
// Source: TensorProto in onnx/onnx.proto.

import { create, isFieldSet } from "@bufbuild/protobuf";
import { elementCount } from "../model/layers.ts";
import { decodeFloats, encodeFloats } from "../model/format.ts";
import { fromHalfBits } from "../model/half.ts";
import { DataLocation, DataType, type TensorProto, TensorSchema } from "./schema.ts";

/** A float32 tensor, row-major. */
export function floatTensor(
  name: string,
  shape: readonly number[],
  data: Float32Array,
): TensorProto {
  return create(TensorSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: DataType.FLOAT,
    rawData: encodeFloats([{ data }]),
  });
}

/** The sizes of its dimensions; none for a single number. */
export function tensorShape({ dims }: TensorProto): number[] {
  return dims.map(Number);
}

/**
 * The numbers of a float32, float16 or float64 tensor, row-major, as float32.
 *
 * @throws {SyntaxError} when it holds something else, or not as many as its shape says.
 */
export function tensorFloats(tensor: TensorProto): Float32Array<ArrayBuffer> {
  const { dataType, floatData, int32Data, doubleData } = tensor;
  const raw = rawView(tensor);
  const read = {
    [DataType.FLOAT]: () =>
      raw
        ? decodeFloats(tensor.rawData, 0, tensor.rawData.length >> 2)
        : Float32Array.from(floatData),
    [DataType.FLOAT16]: () =>
      Float32Array.from(
        raw ? rawNumbers(raw, 2, (at) => raw.getUint16(at, true)) : int32Data,
        fromHalfBits,
      ),
    [DataType.DOUBLE]: () =>
      Float32Array.from(raw ? rawNumbers(raw, 8, (at) => raw.getFloat64(at, true)) : doubleData),
  }[dataType];
  if (!read) throw unreadable(tensor, "float32, float16 or float64");
  return checkCount(tensor, read());
}

/**
 * The numbers of an int64 or int32 tensor, row-major.
 *
 * @throws {SyntaxError} when it holds something else, or not as many as its shape says.
 */
export function tensorIntegers(tensor: TensorProto): number[] {
  const { dataType, int32Data, int64Data } = tensor;
  const raw = rawView(tensor);
  const read = {
    [DataType.INT64]: () =>
      raw ? rawNumbers(raw, 8, (at) => Number(raw.getBigInt64(at, true))) : int64Data.map(Number),
    [DataType.INT32]: () => raw ? rawNumbers(raw, 4, (at) => raw.getInt32(at, true)) : int32Data,
  }[dataType];
  if (!read) throw unreadable(tensor, "int64 or int32");
  return checkCount(tensor, read());
}

/** The tensor's bytes, little-endian, where it has its numbers there. */
function rawView(tensor: TensorProto): DataView | undefined {
  if (tensor.dataLocation === DataLocation.EXTERNAL) {
    throw new SyntaxError(
      `The numbers of ${tensor.name} are in a file of their own; save the model as one file`,
    );
  }
  if (!isFieldSet(tensor, TensorSchema.field.rawData)) return undefined;
  const { buffer, byteOffset, byteLength } = tensor.rawData;
  return new DataView(buffer, byteOffset, byteLength);
}

function rawNumbers(raw: DataView, bytes: number, read: (at: number) => number): number[] {
  const length = Math.floor(raw.byteLength / bytes);
  return Array.from({ length }, (_, i) => read(i * bytes));
}

function checkCount<T extends ArrayLike<number>>(tensor: TensorProto, numbers: T): T {
  const shape = tensorShape(tensor);
  if (numbers.length === elementCount(shape)) return numbers;
  throw new SyntaxError(
    `Tensor ${tensor.name} has ${numbers.length} numbers, and shape [${shape.join(", ")}]`,
  );
}

function unreadable({ name, dataType }: TensorProto, expected: string): SyntaxError {
  const type = Object.entries(DataType).find(([, value]) => value === dataType)?.[0] ?? dataType;
  return new SyntaxError(`Tensor ${name} is ${type}; expected ${expected}`);
}
