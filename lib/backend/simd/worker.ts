/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
// One of the simd backend's threads.

import { instantiate } from "./module.ts";
import { Program } from "./program.ts";
import { type Assignment, Control, type Report, work } from "./team.ts";

self.onmessage = ({ data }: MessageEvent<Assignment>) => {
  const { plan, thread, module, memory, control: address } = data;
  const control = new Control(memory.buffer, address, plan.threads);
  try {
    const program = new Program(plan, thread, instantiate(module, memory), memory.buffer);
    self.postMessage({ ready: true } satisfies Report);
    work(program, control);
  } catch (error) {
    control.end();
    const message = error instanceof Error ? error.message : String(error);
    self.postMessage({ error: message } satisfies Report);
  } finally {
    self.close();
  }
};
