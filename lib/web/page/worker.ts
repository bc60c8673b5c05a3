// The page's worker: reading takes milliseconds, in which the page would not follow the pen.

/// <reference lib="dom" />
import { expose, transfer } from "comlink";
import type { Engine } from "./engine.ts";

/** What the page may call. */
export type Service = Pick<Engine, "add" | "use" | "open" | "read" | "explain">;

// Imported in passing: its modules wait for WebAssembly, and what the page asks before `expose()` nobody
// would hear.
const engine = import("./engine.ts").then(({ Engine }) => new Engine());

const service: Service = {
  add: async (...args) => await (await engine).add(...args),
  use: async (...args) => await (await engine).use(...args),
  open: async (...args) => {
    const opened = await (await engine).open(...args);
    return transfer(opened, [opened.bitmap]); // handed over, not copied
  },
  read: async (...args) => await (await engine).read(...args),
  explain: async (...args) => await (await engine).explain(...args),
};
expose(service);
