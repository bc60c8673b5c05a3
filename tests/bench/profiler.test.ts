import { assert, assertEquals } from "@std/assert";
import { byKernel, type Dispatch, Profiler } from "../../bench/profiler.ts";
import { testOnGpu } from "../backend/webgpu/harness.ts";

/** Takes time, and is fewer than the 65,535 turns after which Mesa's software driver ends a loop. */
const ADDITIONS = 60_000;
const WORKGROUPS = 16;

Deno.test("byKernel() sums up by label, the longest first", () => {
  const dispatches: Dispatch[] = [
    { label: "short", microseconds: 2 },
    { label: "long", microseconds: 5 },
    { label: "short", microseconds: 1 },
  ];
  assertEquals(byKernel(dispatches), [
    { label: "long", calls: 1, microseconds: 5 },
    { label: "short", calls: 2, microseconds: 3 },
  ]);
});

testOnGpu("Profiler times each dispatch, and the kernels do what they do without it", async () => {
  const plain = await work();
  using profiler = new Profiler();
  const timed = await work(profiler);
  assertEquals(timed.sums, plain.sums);
  assertEquals(timed.dispatches.map(({ label }) => label), ["add 1", "add 1", `add ${ADDITIONS}`]);
  const [first, second, long] = timed.dispatches.map(({ microseconds }) => microseconds);
  assert(first >= 0 && second >= 0, `${first} and ${second} µs`);
  // Of the short ones the faster: something else may have come between.
  const short = Math.min(first, second);
  assert(long > short, `${long} µs for ${WORKGROUPS * ADDITIONS} additions, ${short} for one`);
});

testOnGpu("Profiler leaves WebGPU as it was", async () => {
  const before = methods();
  using profiler = new Profiler();
  assert(before.every((method, i) => method !== methods()[i]));
  profiler[Symbol.dispose]();
  assertEquals(methods(), before);
  assertEquals((await work()).sums, [2, WORKGROUPS * ADDITIONS]);
});

function methods() {
  return [GPUAdapter.prototype.requestDevice, GPUCommandEncoder.prototype.beginComputePass];
}

/** Adds 1 twice to one sum and often to another, which the same pass binds at an offset. */
async function work(profiler?: Profiler): Promise<{ sums: number[]; dispatches: Dispatch[] }> {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const align = device.limits.minStorageBufferOffsetAlignment;
  const buffer = (usage: number) => device.createBuffer({ size: 2 * align, usage });
  const sums = buffer(GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
  const copy = buffer(GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  const layout = device.createBindGroupLayout({
    entries: [{
      binding: 0,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: "storage", hasDynamicOffset: true },
    }],
  });
  const group = device.createBindGroup({
    layout,
    entries: [{ binding: 0, resource: { buffer: sums, size: align } }],
  });
  const pipeline = (times: number) =>
    device.createComputePipeline({
      label: `add ${times}`,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code: adding(times) }) },
    });
  profiler?.start();
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline(1));
  pass.setBindGroup(0, group, [0]);
  pass.dispatchWorkgroups(1);
  pass.dispatchWorkgroups(1);
  pass.setPipeline(pipeline(ADDITIONS));
  pass.setBindGroup(0, group, [align]);
  pass.dispatchWorkgroups(WORKGROUPS);
  pass.end();
  const read = profiler?.stop();
  encoder.copyBufferToBuffer(sums, 0, copy, 0, 2 * align);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const numbers = new Uint32Array(copy.getMappedRange().slice());
  const dispatches = await read?.() ?? [];
  device.destroy();
  return { sums: [numbers[0], numbers[align / 4]], dispatches };
}

/** A kernel that no compiler can shorten: each addition is one of its own. */
function adding(times: number): string {
  return `@group(0) @binding(0) var<storage, read_write> sum: atomic<u32>;
@compute @workgroup_size(1)
fn main() {
  for (var i = 0u; i < ${times}u; i++) { atomicAdd(&sum, 1u); }
}`;
}
