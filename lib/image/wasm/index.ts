// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// What the module exports: a Page and its methods, for one picture after the other. What is given
// back by address is there until the next call.

import { type Digit, Page } from "../page.ts";

let picture = new Uint32Array(0);
let indices = new Int32Array(0);
let table = new Int32Array(0);
let page: Page | null = null;
let digit: Digit | null = null;

/** The address of `count` RGBA pixels. */
export function allocate(count: i32): usize {
  picture = new Uint32Array(count);
  return picture.dataStart;
}

/** How many pixels of the picture a side of one of the page stands for. */
export function open(width: i32, height: i32): i32 {
  page = new Page(picture, width, height);
  picture = new Uint32Array(0);
  return page!.factor;
}

export function findPaper(inverted: i32, isKnown: bool): bool {
  return page!.findPaper(inverted, isKnown);
}

export function separate(method: i32): bool {
  return page!.separate(method);
}

export function isBlank(): bool {
  return page!.isBlank;
}

export function isUneven(): bool {
  return page!.isUneven;
}

export function mayBeRuled(): bool {
  return page!.mayBeRuled;
}

export function keepOneDigit(): void {
  page!.keepOneDigit();
}

export function cut(index: i32): i32 {
  return page!.cut(index);
}

export function pieceCount(): i32 {
  return page!.pieces.length;
}

/** The address of left, top, right, bottom and area of each piece, in pixels of the page. */
export function pieces(): usize {
  const all = page!.pieces;
  table = new Int32Array(5 * all.length);
  for (let i = 0; i < all.length; i++) {
    table[5 * i] = all[i].left;
    table[5 * i + 1] = all[i].top;
    table[5 * i + 2] = all[i].right;
    table[5 * i + 3] = all[i].bottom;
    table[5 * i + 4] = all[i].area;
  }
  return table.dataStart;
}

/** The address of `count` indices of pieces. */
export function choose(count: i32): usize {
  indices = new Int32Array(count);
  return indices.dataStart;
}

/** Draws the chosen pieces; gives the address of the 784 bytes. */
export function draw(): usize {
  digit = page!.draw(indices);
  return digit!.pixels.dataStart;
}

export function left(): i32 {
  return digit!.box.x;
}

export function top(): i32 {
  return digit!.box.y;
}

export function width(): i32 {
  return digit!.box.width;
}

export function height(): i32 {
  return digit!.box.height;
}

/** The address of the contrast, (pageHeight, pageWidth) numbers of 64 bits. */
export function contrast(): usize {
  return page!.contrast.data.dataStart;
}

export function pageWidth(): i32 {
  return page!.contrast.width;
}

export function pageHeight(): i32 {
  return page!.contrast.height;
}
