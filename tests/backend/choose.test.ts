// How a backend is chosen, with adapters that this machine need not have.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DeviceError } from "../../lib/backend/backend.ts";
import { chooseBackend, findAdapter } from "../../lib/backend/choose.ts";
import { UserError } from "../../lib/errors.ts";
import { RECIPES } from "../../lib/model/recipes.ts";
import { testWith } from "../parts.ts";
import { withAdapter } from "./adapters.ts";

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
  await withAdapter(adapter, body);
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

const RECIPE = RECIPES.dense;

Deno.test("auto trains on simd where there is no GPU, or one in software only", async () => {
  await withGpu(undefined, async () => {
    const { backend, reason } = await chooseBackend("auto", { recipe: RECIPE });
    assertEquals([backend.name, reason], ["simd", "no WebGPU adapter here"]);
  });
  await withGpu({ description: "llvmpipe" }, async () => {
    const { backend, reason } = await chooseBackend("auto", { recipe: RECIPE });
    assertEquals(
      [backend.name, reason],
      ["simd", "the only WebGPU adapter, llvmpipe, is software"],
    );
  });
});

Deno.test("auto falls back to simd where the GPU does not start, and says so", async () => {
  await withGpu({ description: "Broken GPU" }, async () => {
    const { backend, reason } = await chooseBackend("auto", { recipe: RECIPE });
    assertEquals(backend.name, "simd");
    assertMatch(reason, /^Broken GPU did not start: .*no device/);
    await assertRejects(() => chooseBackend("webgpu"), DeviceError, "no device");
    await assertRejects(
      () => chooseBackend("tfjs-webgpu"),
      UserError,
      "could not start tfjs-webgpu on Broken GPU: try another --backend",
    );
  });
});

Deno.test("auto predicts on simd whatever GPU there is", async () => {
  await withGpu({ description: "NVIDIA H200" }, async () => {
    const { backend, reason } = await chooseBackend("auto");
    assertEquals([backend.name, reason], ["simd", "starts at once"]);
  });
});

Deno.test("simd says how many threads it has", async () => {
  const descriptions = await Promise.all(
    [1, 2, 5].map(async (threads) =>
      (await chooseBackend("simd", { threads })).backend.description
    ),
  );
  assertEquals(descriptions, ["simd, 1 thread", "simd, 2 threads", "simd, 5 threads"]);
});

Deno.test("threads are an error for a backend that has none to choose", async () => {
  const error = await assertRejects(() => chooseBackend("wasm", { threads: 2 }), UserError);
  assertEquals(
    error.message,
    "The backend wasm has no threads to choose: leave --threads out, or use --backend simd",
  );
  assertEquals(error.exitCode, 2);
});

const real = await navigator.gpu?.requestAdapter();
testWith("webgpu", !!real, "auto trains on the faster of simd and a GPU, and says so", async () => {
  // The machine's own adapter, whatever it is, as a GPU.
  const adapter = new Proxy(real!, {
    get(target, key) {
      if (key === "info") return { description: "Some GPU" };
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await withAdapter(adapter, async () => {
    const { backend, reason } = await chooseBackend("auto", { recipe: RECIPE, threads: 1 });
    const [, taken, other, rest] =
      reason.match(/^(\d+) samples\/s in a trial; (simd, 1 thread|webgpu on Some GPU): (\d+)$/) ??
        [];
    assert(Number(taken) >= Number(rest), reason);
    assert(backend.description !== other, reason);
  });
});

Deno.test("a GPU, asked for where there is none, is an error that says what to do", async () => {
  await withGpu(undefined, async () => {
    for (const name of ["webgpu", "tfjs-webgpu"]) {
      await assertRejects(
        () => chooseBackend(name),
        UserError,
        "No WebGPU adapter was found on this machine. Install the driver",
      );
    }
  });
});

const adapter = await findAdapter();

Deno.test("chooseBackend() never takes a software GPU by itself", async () => {
  const { backend, reason } = await chooseBackend("auto", { recipe: RECIPE });
  if (!adapter || adapter.isSoftware) assertEquals(backend.name, "simd");
  assert(reason.length > 0);
});

Deno.test("chooseBackend() names the backends that there are", async () => {
  const error = await assertRejects(() => chooseBackend("cuda"), UserError);
  assertEquals(
    error.message,
    'There is no backend "cuda"; there are: auto, simd, webgpu, tfjs-webgpu, wasm, cpu',
  );
});

testWith("webgpu", adapter !== undefined, "chooseBackend() names the adapter", async () => {
  for (const name of ["webgpu", "tfjs-webgpu"]) {
    const { backend } = await chooseBackend(name);
    assertEquals([backend.name, backend.description], [name, `${name} on ${adapter!.name}`]);
  }
});
