import { create } from "@bufbuild/protobuf";
import { assertEquals, assertThrows } from "@std/assert";
import {
  AttributeType,
  decodeOnnxModel,
  encodeOnnxModel,
  ModelSchema,
} from "../../lib/onnx/schema.ts";

/** A model whose graph has a name of one letter; its bytes follow the wire format of protobuf. */
const BYTES = Uint8Array.of(
  ...[1 << 3, 8], // ir_version = 8
  ...[7 << 3 | 2, 3, 2 << 3 | 2, 1, 0x67], // graph { name = "g" }
  ...[8 << 3 | 2, 2, 2 << 3, 17], // opset_import { version = 17 }
);

Deno.test("a model is written with the field numbers of the format", () => {
  const model = create(ModelSchema, {
    irVersion: 8n,
    graph: { name: "g" },
    opsetImport: [{ version: 17n }],
  });
  assertEquals(encodeOnnxModel(model), BYTES);
});

Deno.test("a model comes back as it was, zeros too", () => {
  const attribute = [{ name: "axis", type: AttributeType.INT, i: 0n }];
  const model = create(ModelSchema, {
    graph: { node: [{ input: ["a"], output: ["b"], opType: "Softmax", attribute }] },
    metadataProps: [{ key: "classes", value: "[]" }],
  });
  assertEquals(decodeOnnxModel(encodeOnnxModel(model)), model);
});

Deno.test("fields that are not known here are kept", () => {
  const functions = [25 << 3 & 0x7f | 0x80 | 2, 1, 1, 0x66]; // field 25 takes two bytes
  const bytes = Uint8Array.of(...BYTES, ...functions);
  assertEquals(encodeOnnxModel(decodeOnnxModel(bytes)), bytes);
});

Deno.test("what is no ONNX file is refused", () => {
  const refused = (bytes: Uint8Array) =>
    assertThrows(() => decodeOnnxModel(bytes), SyntaxError, "This is no ONNX file");
  refused(new TextEncoder().encode('{"format": "layers-model"}'));
  refused(BYTES.subarray(0, 5));
  refused(new Uint8Array());
});
