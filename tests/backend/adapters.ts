// WebGPU adapters that this machine need not have.

/** Puts an adapter, or none, in the place of the machine's own. */
export async function withAdapter(adapter: unknown, body: () => Promise<void>): Promise<void> {
  const gpu = { requestAdapter: () => Promise.resolve(adapter ?? null) };
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  try {
    await body();
  } finally {
    // deno-lint-ignore no-explicit-any -- uncovers the machine's own again
    delete (navigator as any).gpu;
  }
}
