import { assertEquals } from "@std/assert";
import { importOwn } from "../../lib/library/own.ts";

Deno.test("the package imports the backend that is asked for", async () => {
  for (
    const [path, name] of [
      ["lib/backend/webgpu/webgpu.ts", "openWebGpu"],
      ["lib/backend/tensorflow.ts", "openTensorFlow"],
    ]
  ) {
    const module = await importOwn(path) as Record<string, unknown>;
    assertEquals(typeof module[name], "function", path);
  }
});
