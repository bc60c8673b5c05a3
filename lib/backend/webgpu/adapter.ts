// Which GPU there is.

/** A WebGPU adapter as people know it. */
export interface Adapter {
  /** `NVIDIA H200`, `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  name: string;
  /** It only imitates a GPU on the CPU. */
  isSoftware: boolean;
}

/** An adapter as people know it. */
export function describeAdapter(adapter: GPUAdapter): Adapter {
  const { description, vendor, architecture, isFallbackAdapter } = adapter.info;
  const name = description || `${vendor} ${architecture}`.trim() || "unnamed adapter";
  // Some drivers do not own up to it; these are the software drivers in use.
  const isSoftware = isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|basic render/i.test(name);
  return { name, isSoftware };
}
