// Where the WebAssembly modules of the picture code come from. No other file says so, for a bundle
// has them elsewhere: in it modules.bundled.ts takes the place of this one.

/** Loads and compiles a module. */
export type Load = () => Promise<WebAssembly.Module>;

// @ts-expect-error -- TypeScript knows no source phase imports yet
export const loadPage: Load = () => import.source("./wasm/page.wasm");
// @ts-expect-error -- the same
export const loadPng: Load = () => import.source("imagescript/wasm/any/png.wasm");
// @ts-expect-error -- the same
export const loadJpeg: Load = () => import.source("imagescript/wasm/any/jpeg.wasm");
// @ts-expect-error -- the same
export const loadGif: Load = () => import.source("imagescript/wasm/any/gif.wasm");
// @ts-expect-error -- the same
export const loadBmp: Load = () => import.source("@cwasm/nsbmp/nsbmp.wasm");
// @ts-expect-error -- the same
export const loadWebp: Load = () => import.source("@cwasm/webp/webp.wasm");
