// Runs single kernels on arrays, to be compared with their references.

import { findAdapter } from "../../../lib/backend/choose.ts";
import {
  bindings,
  type Kernel,
  program,
  type Step,
  STEP_BYTES,
  writeStep,
} from "../../../lib/backend/webgpu/kernel.ts";
import { testWith } from "../../parts.ts";

const adapter = await findAdapter();

/** Registers a test that needs a WebGPU adapter. */
export function testOnGpu(name: string, body: () => Promise<void>): void {
  testWith("webgpu", adapter !== undefined, name, body);
}

type Numbers = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Of a step of which nothing else is said. */
const STEP: Partial<Step> = { epoch: 1, number: 1, correction: 1, decay: 1 };

/**
 * Runs kernels one after the other on arrays that they share by name, and writes back what they made of
 * those that are written to. The device has no more than what every WebGPU device has to have.
 */
export async function runKernels(
  kernels: readonly Kernel[],
  arrays: Record<string, Numbers>,
  step: Partial<Step> & { count: number },
): Promise<void> {
  const gpu = await navigator.gpu.requestAdapter();
  const device = await gpu!.requestDevice();
  device.pushErrorScope("validation");
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffers = new Map(
    Object.entries(arrays).map(([name, data]) => {
      const buffer = device.createBuffer({ size: Math.max(4, data.byteLength), usage });
      device.queue.writeBuffer(buffer, 0, data);
      return [name, buffer];
    }),
  );
  const uniform = device.createBuffer({
    size: STEP_BYTES,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  const view = new DataView(new ArrayBuffer(STEP_BYTES));
  writeStep({ ...STEP, ...step }, view, 0);
  device.queue.writeBuffer(uniform, 0, view.buffer);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  const written = new Set<string>();
  for (const kernel of kernels) {
    const layout = device.createBindGroupLayout({ entries: bindings(kernel) });
    const pipeline = device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code: program(kernel) }) },
    });
    const names = Object.keys(kernel.arrays);
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout,
        entries: [
          { binding: 0, resource: { buffer: uniform, size: STEP_BYTES } },
          ...names.map((name, i) => ({
            binding: i + 1,
            resource: { buffer: buffers.get(name)! },
          })),
        ],
      }),
      [0],
    );
    pass.dispatchWorkgroups(...kernel.workgroups(step.count));
    for (const name of names) if (kernel.arrays[name].startsWith("read_write")) written.add(name);
  }
  pass.end();
  const copies = [...written].map((name) => {
    const size = buffers.get(name)!.size;
    const copy = device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    encoder.copyBufferToBuffer(buffers.get(name)!, 0, copy, 0, size);
    return { name, copy };
  });
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(error.message);
  for (const { name, copy } of copies) {
    await copy.mapAsync(GPUMapMode.READ);
    const data = arrays[name];
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      .set(new Uint8Array(copy.getMappedRange(), 0, data.byteLength));
  }
  device.destroy();
}

/** Runs `body` for each of so many pictures, with a function that gives the picture's part of an array. */
export function eachPicture(
  count: number,
  body: (part: <T extends TypedNumbers>(all: T) => T) => void,
): void {
  for (let i = 0; i < count; i++) {
    body(<T extends TypedNumbers>(all: T) => {
      const size = all.length / count;
      return all.subarray(i * size, (i + 1) * size) as T;
    });
  }
}

type TypedNumbers = Float32Array | Float64Array | Uint32Array | Int32Array;
