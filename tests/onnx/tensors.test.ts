import { create } from "@bufbuild/protobuf";
import { assertEquals, assertThrows } from "@std/assert";
import { DataLocation, DataType, TensorSchema } from "../../lib/onnx/schema.ts";
import { floatTensor, tensorFloats, tensorIntegers, tensorShape } from "../../lib/onnx/tensors.ts";

Deno.test("a tensor gives back the floats and the shape that it was made of", () => {
  const tensor = floatTensor("weight", [2, 3], Float32Array.of(1, -2, 0.5, 1e-30, 3e38, 0));
  assertEquals(tensorShape(tensor), [2, 3]);
  assertEquals([...tensorFloats(tensor)], [...Float32Array.of(1, -2, 0.5, 1e-30, 3e38, 0)]);
});

const raw = (...values: number[]) => Uint8Array.from(values);
for (
  const { name, fields, expected } of [
    { name: "floatData", fields: { dataType: DataType.FLOAT, floatData: [1, -2] } },
    {
      name: "half precision in rawData",
      fields: { dataType: DataType.FLOAT16, rawData: raw(0, 0x3c, 0, 0xc0) },
    },
    {
      name: "half precision in int32Data",
      fields: { dataType: DataType.FLOAT16, int32Data: [0x3c00, 0xc000] },
    },
    { name: "doubleData", fields: { dataType: DataType.DOUBLE, doubleData: [1, -2] } },
    {
      name: "double precision in rawData",
      fields: {
        dataType: DataType.DOUBLE,
        rawData: new Uint8Array(Float64Array.of(1, -2).buffer),
      },
    },
  ].map((one) => ({ ...one, expected: [1, -2] }))
) {
  Deno.test(`tensorFloats() reads ${name}`, () => {
    assertEquals([...tensorFloats(create(TensorSchema, { dims: [2n], ...fields }))], expected);
  });
}

for (
  const [name, fields] of Object.entries({
    int64Data: { dataType: DataType.INT64, int64Data: [1n, -2n] },
    int32Data: { dataType: DataType.INT32, int32Data: [1, -2] },
    "int64 in rawData": {
      dataType: DataType.INT64,
      rawData: new Uint8Array(BigInt64Array.of(1n, -2n).buffer),
    },
    "int32 in rawData": {
      dataType: DataType.INT32,
      rawData: new Uint8Array(Int32Array.of(1, -2).buffer),
    },
  })
) {
  Deno.test(`tensorIntegers() reads ${name}`, () => {
    assertEquals(tensorIntegers(create(TensorSchema, { dims: [2n], ...fields })), [1, -2]);
  });
}

Deno.test("what is no such tensor is refused by name", () => {
  const refused = (fields: Parameters<typeof create<typeof TensorSchema>>[1], message: string) =>
    assertThrows(
      () => tensorFloats(create(TensorSchema, { name: "weight", dims: [2n], ...fields })),
      SyntaxError,
      message,
    );
  refused({ dataType: DataType.INT8 }, "Tensor weight is INT8; expected float32");
  refused({ dataType: DataType.FLOAT, floatData: [1] }, "has 1 numbers, and shape [2]");
  refused({ dataType: DataType.FLOAT, rawData: raw(0, 0, 0, 0, 0) }, "has 1 numbers");
  refused(
    { dataType: DataType.FLOAT, dataLocation: DataLocation.EXTERNAL },
    "weight are in a file of their own",
  );
});
