// Where a web page has the WebAssembly modules of the picture code: beside its script. In the bundle
// this takes the place of lib/image/modules.ts.

import type { Load } from "../../image/modules.ts";
import { fetchBytes } from "./fetch.ts";

export const loadPage = from("page.wasm");
export const loadPng = from("png.wasm");
export const loadJpeg = from("jpeg.wasm");
export const loadGif = from("gif.wasm");
export const loadBmp = from("bmp.wasm");
export const loadWebp = from("webp.wasm");

function from(file: string): Load {
  // Not as it streams in: for that a host has to know the type, which not every one does.
  return async () => await WebAssembly.compile(await fetchBytes(new URL(file, import.meta.url)));
}
