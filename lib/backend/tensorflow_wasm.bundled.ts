// TensorFlow.js' wasm backend in a bundle for Deno, in which this takes the place of the package: the
// package would look for its WebAssembly modules beside its own script.

import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm/dist/index.js";
import { ownUrl } from "../own.ts";

setWasmPaths(ownUrl("lib/backend/tensorflow/").href);

// Its script asks for it all the same, as CommonJS modules do, and has no more use for it.
Object.assign(globalThis, { __dirname: "" });
