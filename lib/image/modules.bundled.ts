// Where the WebAssembly modules of the picture code are in a bundle, in which this takes the place of
// modules.ts: they are all in one folder.

import { readOwn } from "../own.ts";
import type { Load } from "./modules.ts";

export const loadPage = from("page.wasm");
export const loadPng = from("png.wasm");
export const loadJpeg = from("jpeg.wasm");
export const loadGif = from("gif.wasm");
export const loadBmp = from("bmp.wasm");
export const loadWebp = from("webp.wasm");

function from(file: string): Load {
  // Not as it streams in: for that a host has to know the type, which not every one does.
  return async () => await WebAssembly.compile(await readOwn(`lib/image/wasm/${file}`));
}
