// The messages of an ONNX file, as far as networks of ours and the like need them. What a file holds
// beyond is kept as unknown fields.
// Source of names and field numbers: onnx/onnx.proto (Apache-2.0), whose syntax is proto2.

import { create, createFileRegistry, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

/** TensorProto.DataType: what a tensor's elements are. */
export const DataType = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  BFLOAT16: 16,
} as const;

/** AttributeProto.AttributeType: which field of an attribute holds its value. */
export const AttributeType = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
} as const;

/** TensorProto.DataLocation: whether a tensor's numbers are in a file of their own. */
export const DataLocation = { DEFAULT: 0, EXTERNAL: 1 } as const;

/** A field's number and type, a scalar or the name of a message; [] after it where it repeats. */
const MESSAGES = {
  ModelProto: {
    irVersion: [1, "int64"],
    producerName: [2, "string"],
    producerVersion: [3, "string"],
    domain: [4, "string"],
    modelVersion: [5, "int64"],
    docString: [6, "string"],
    graph: [7, "GraphProto"],
    opsetImport: [8, "OperatorSetIdProto[]"],
    metadataProps: [14, "StringStringEntryProto[]"],
  },
  OperatorSetIdProto: { domain: [1, "string"], version: [2, "int64"] },
  StringStringEntryProto: { key: [1, "string"], value: [2, "string"] },
  GraphProto: {
    node: [1, "NodeProto[]"],
    name: [2, "string"],
    initializer: [5, "TensorProto[]"],
    docString: [10, "string"],
    input: [11, "ValueInfoProto[]"],
    output: [12, "ValueInfoProto[]"],
    valueInfo: [13, "ValueInfoProto[]"],
  },
  NodeProto: {
    input: [1, "string[]"],
    output: [2, "string[]"],
    name: [3, "string"],
    opType: [4, "string"],
    attribute: [5, "AttributeProto[]"],
    docString: [6, "string"],
    domain: [7, "string"],
  },
  AttributeProto: {
    name: [1, "string"],
    f: [2, "float"],
    i: [3, "int64"],
    s: [4, "bytes"],
    t: [5, "TensorProto"],
    g: [6, "GraphProto"],
    floats: [7, "float[]"],
    ints: [8, "int64[]"],
    strings: [9, "bytes[]"],
    tensors: [10, "TensorProto[]"],
    graphs: [11, "GraphProto[]"],
    docString: [13, "string"],
    /** {@linkcode AttributeType} */
    type: [20, "int32"],
    refAttrName: [21, "string"],
  },
  TensorProto: {
    dims: [1, "int64[]"],
    /** {@linkcode DataType} */
    dataType: [2, "int32"],
    floatData: [4, "float[]"],
    int32Data: [5, "int32[]"],
    stringData: [6, "bytes[]"],
    int64Data: [7, "int64[]"],
    name: [8, "string"],
    rawData: [9, "bytes"],
    doubleData: [10, "double[]"],
    uint64Data: [11, "uint64[]"],
    docString: [12, "string"],
    externalData: [13, "StringStringEntryProto[]"],
    /** {@linkcode DataLocation} */
    dataLocation: [14, "int32"],
  },
  ValueInfoProto: {
    name: [1, "string"],
    type: [2, "TypeProto"],
    docString: [3, "string"],
  },
  TypeProto: { tensorType: [1, "TensorTypeProto"], denotation: [6, "string"] },
  // TypeProto.Tensor there.
  TensorTypeProto: {
    /** {@linkcode DataType} */
    elemType: [1, "int32"],
    shape: [2, "TensorShapeProto"],
  },
  TensorShapeProto: { dim: [1, "DimensionProto[]"] },
  // TensorShapeProto.Dimension there: either a size or the name of one that is open.
  DimensionProto: {
    dimValue: [1, "int64"],
    dimParam: [2, "string"],
    denotation: [3, "string"],
  },
} as const satisfies Record<string, Record<string, readonly [number: number, type: string]>>;

type Name = keyof typeof MESSAGES;

interface Scalars {
  string: string;
  bytes: Uint8Array;
  int32: number;
  int64: bigint;
  uint64: bigint;
  float: number;
  double: number;
}

type Element<Type> = Type extends keyof Scalars ? Scalars[Type]
  : Type extends Name ? Shape<Type>
  : never;

type Shape<Of extends Name> =
  & Message<`onnx.${Of}`>
  & Lists<typeof MESSAGES[Of]>
  & Singles<typeof MESSAGES[Of]>
  & Children<typeof MESSAGES[Of]>;

type TypeOf<Field> = Field extends readonly [number, infer Type] ? Type : never;

/** Lists are empty where a file has none. */
type Lists<Fields> = {
  -readonly [Key in keyof Fields as TypeOf<Fields[Key]> extends `${string}[]` ? Key : never]:
    TypeOf<Fields[Key]> extends `${infer Type}[]` ? Element<Type>[] : never;
};

/** Scalars are zero or empty where a file has none; isFieldSet() of the package tells. */
type Singles<Fields> = {
  -readonly [Key in keyof Fields as TypeOf<Fields[Key]> extends keyof Scalars ? Key : never]:
    Element<TypeOf<Fields[Key]>>;
};

type Children<Fields> = {
  -readonly [Key in keyof Fields as TypeOf<Fields[Key]> extends Name ? Key : never]?: Element<
    TypeOf<Fields[Key]>
  >;
};

export type ModelProto = Shape<"ModelProto">;
export type GraphProto = Shape<"GraphProto">;
export type NodeProto = Shape<"NodeProto">;
export type AttributeProto = Shape<"AttributeProto">;
export type TensorProto = Shape<"TensorProto">;
export type ValueInfoProto = Shape<"ValueInfoProto">;

const PACKAGE = "onnx";
const SCALARS: Record<keyof Scalars, FieldDescriptorProto_Type> = {
  string: FieldDescriptorProto_Type.STRING,
  bytes: FieldDescriptorProto_Type.BYTES,
  int32: FieldDescriptorProto_Type.INT32,
  int64: FieldDescriptorProto_Type.INT64,
  uint64: FieldDescriptorProto_Type.UINT64,
  float: FieldDescriptorProto_Type.FLOAT,
  double: FieldDescriptorProto_Type.DOUBLE,
};

const registry = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: "onnx.proto",
    package: PACKAGE,
    syntax: "proto2",
    messageType: Object.entries(MESSAGES).map(([name, fields]) => ({
      name,
      field: Object.entries<readonly [number, string]>(fields).map(([name, [number, type]]) =>
        describeField(name, number, type)
      ),
    })),
  }),
  () => undefined,
);

function describeField(name: string, number: number, type: string) {
  const element = type.replace("[]", "");
  const isList = element !== type;
  const label = isList ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL;
  if (!(element in SCALARS)) {
    const typeName = `.${PACKAGE}.${element}`;
    return { name, number, label, type: FieldDescriptorProto_Type.MESSAGE, typeName };
  }
  // Long lists of numbers take less room in one piece, and readers have to take both.
  const packed = isList && element !== "string" && element !== "bytes";
  return {
    name,
    number,
    label,
    type: SCALARS[element as keyof Scalars],
    ...(packed ? { options: { packed } } : {}),
  };
}

/** What create() of the package makes a message of. */
function schemaOf<Of extends Name>(name: Of): GenMessage<Shape<Of>> {
  return registry.getMessage(`${PACKAGE}.${name}`) as unknown as GenMessage<Shape<Of>>;
}

export const ModelSchema = schemaOf("ModelProto");
export const GraphSchema = schemaOf("GraphProto");
export const NodeSchema = schemaOf("NodeProto");
export const AttributeSchema = schemaOf("AttributeProto");
export const ValueInfoSchema = schemaOf("ValueInfoProto");
export const TensorSchema = schemaOf("TensorProto");

/** The bytes of an ONNX file. */
export function encodeOnnxModel(model: ModelProto): Uint8Array<ArrayBuffer> {
  return toBinary(ModelSchema, model) as Uint8Array<ArrayBuffer>;
}

/**
 * Reads the bytes of an ONNX file.
 *
 * @throws {SyntaxError} when they are none.
 */
export function decodeOnnxModel(bytes: Uint8Array): ModelProto {
  try {
    const model = fromBinary(ModelSchema, bytes);
    if (model.graph) return model;
  } catch (error) {
    throw new SyntaxError(`This is no ONNX file: ${(error as Error).message}`, { cause: error });
  }
  throw new SyntaxError("This is no ONNX file: it has no graph");
}
