// How a backend is chosen, with adapters that this machine need not have.

import { assertEquals, assertRejects } from "@std/assert";
import { chooseBackend, findAdapter } from "../../lib/backend/choose.ts";
import { UserError } from "../../lib/errors.ts";

interface Info {
  description: string;
  vendor?: string;
  architecture?: string;
  isFallbackAdapter?: boolean;
}

/** Puts a GPU in the place of the machine's own; its device never starts. */
async function withGpu(info: Info | undefined, body: () => Promise<void>): Promise<void> {
  const adapter = info && {
    info,
    features: new Set(),
    limits: {},
    requestDevice: () => Promise.reject(new Error("no device")),
  };
  const gpu = { requestAdapter: () => Promise.resolve(adapter ?? null) };
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  try {
    await body();
  } finally {
    // deno-lint-ignore no-explicit-any -- uncovers the machine's own again
    delete (navigator as any).gpu;
  }
}

Deno.test("findAdapter() names the adapter, and knows software when it sees it", async () => {
  const cases: [Info, string, boolean][] = [
    [{ description: "NVIDIA H200" }, "NVIDIA H200", false],
    [{ description: "", vendor: "apple", architecture: "metal-3" }, "apple metal-3", false],
    [{ description: "", vendor: "", architecture: "" }, "unnamed adapter", false],
    [{ description: "llvmpipe (LLVM 15.0.6, 256 bits)" }, "llvmpipe (LLVM 15.0.6, 256 bits)", true],
    [{ description: "SwiftShader Device" }, "SwiftShader Device", true],
    [{ description: "Anything", isFallbackAdapter: true }, "Anything", true],
  ];
  for (const [info, name, isSoftware] of cases) {
    await withGpu(info, async () => assertEquals(await findAdapter(), { name, isSoftware }));
  }
  await withGpu(undefined, async () => assertEquals(await findAdapter(), undefined));
});

Deno.test("auto trains on wasm where there is no GPU, or one in software only", async () => {
  await withGpu(undefined, async () => {
    const { backend, reason } = await chooseBackend("auto", "train");
    assertEquals([backend.description, reason], ["wasm", "no WebGPU adapter here"]);
  });
  await withGpu({ description: "llvmpipe" }, async () => {
    const { backend, reason } = await chooseBackend("auto", "train");
    assertEquals(
      [backend.description, reason],
      ["wasm", "the only WebGPU adapter, llvmpipe, is software"],
    );
  });
});

Deno.test("auto falls back to wasm where the GPU does not start, and says so", async () => {
  await withGpu({ description: "Broken GPU" }, async () => {
    const { backend, reason } = await chooseBackend("auto", "train");
    assertEquals(backend.name, "wasm");
    assertEquals(reason, "Broken GPU did not start");
    await assertRejects(
      () => chooseBackend("webgpu", "train"),
      UserError,
      "could not start webgpu on Broken GPU: try another --backend",
    );
  });
});

Deno.test("auto predicts on wasm whatever GPU there is", async () => {
  await withGpu({ description: "NVIDIA H200" }, async () => {
    const { backend, reason } = await chooseBackend("auto", "predict");
    assertEquals([backend.name, reason], ["wasm", "starts at once"]);
  });
});

Deno.test("webgpu, asked for where there is none, is an error that says what to do", async () => {
  await withGpu(undefined, async () => {
    await assertRejects(
      () => chooseBackend("webgpu", "train"),
      UserError,
      "No WebGPU adapter was found on this machine. Install the driver",
    );
  });
});
