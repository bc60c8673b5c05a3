// deno-fmt-ignore-file
// deno-lint-ignore-file
// @ts-nocheck AssemblyScript, not TypeScript: compiled by deno task build:kernels
// Written by tools/micro_kernels.ts: change that.

import { fma } from "./vector.ts";

export function tile6x8(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let p0 = a + 0 * aRow;
let p1 = a + 1 * aRow;
let p2 = a + 2 * aRow;
let p3 = a + 3 * aRow;
let p4 = a + 4 * aRow;
let p5 = a + 5 * aRow;
let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0), c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0), c40 = f32x4.splat(0), c41 = f32x4.splat(0), c50 = f32x4.splat(0), c51 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0, b1 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(p2, 0);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(p3, 0);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a0 = v128.load32_splat(p4, 0);
c40 = fma(a0, b0, c40);
c41 = fma(a0, b1, c41);
a0 = v128.load32_splat(p5, 0);
c50 = fma(a0, b0, c50);
c51 = fma(a0, b1, c51);
b0 = v128.load(b, 32);
b1 = v128.load(b, 48);
a0 = v128.load32_splat(p0, 4);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(p2, 4);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(p3, 4);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a0 = v128.load32_splat(p4, 4);
c40 = fma(a0, b0, c40);
c41 = fma(a0, b1, c41);
a0 = v128.load32_splat(p5, 4);
c50 = fma(a0, b0, c50);
c51 = fma(a0, b1, c51);
b0 = v128.load(b, 64);
b1 = v128.load(b, 80);
a0 = v128.load32_splat(p0, 8);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 8);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(p2, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(p3, 8);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a0 = v128.load32_splat(p4, 8);
c40 = fma(a0, b0, c40);
c41 = fma(a0, b1, c41);
a0 = v128.load32_splat(p5, 8);
c50 = fma(a0, b0, c50);
c51 = fma(a0, b1, c51);
b0 = v128.load(b, 96);
b1 = v128.load(b, 112);
a0 = v128.load32_splat(p0, 12);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 12);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(p2, 12);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(p3, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a0 = v128.load32_splat(p4, 12);
c40 = fma(a0, b0, c40);
c41 = fma(a0, b1, c41);
a0 = v128.load32_splat(p5, 12);
c50 = fma(a0, b0, c50);
c51 = fma(a0, b1, c51);
p0 += 16;
p1 += 16;
p2 += 16;
p3 += 16;
p4 += 16;
p5 += 16;
b += 128;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(p2, 0);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(p3, 0);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a0 = v128.load32_splat(p4, 0);
c40 = fma(a0, b0, c40);
c41 = fma(a0, b1, c41);
a0 = v128.load32_splat(p5, 0);
c50 = fma(a0, b0, c50);
c51 = fma(a0, b1, c51);
p0 += 4;
p1 += 4;
p2 += 4;
p3 += 4;
p4 += 4;
p5 += 4;
b += 32;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
c01 = f32x4.add(c01, v128.load(at, 16));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
c11 = f32x4.add(c11, v128.load(at, 16));
at += cRow;
c20 = f32x4.add(c20, v128.load(at, 0));
c21 = f32x4.add(c21, v128.load(at, 16));
at += cRow;
c30 = f32x4.add(c30, v128.load(at, 0));
c31 = f32x4.add(c31, v128.load(at, 16));
at += cRow;
c40 = f32x4.add(c40, v128.load(at, 0));
c41 = f32x4.add(c41, v128.load(at, 16));
at += cRow;
c50 = f32x4.add(c50, v128.load(at, 0));
c51 = f32x4.add(c51, v128.load(at, 16));
at += cRow;
}
v128.store(c, c00, 0);
v128.store(c, c01, 16);
c += cRow;
v128.store(c, c10, 0);
v128.store(c, c11, 16);
c += cRow;
v128.store(c, c20, 0);
v128.store(c, c21, 16);
c += cRow;
v128.store(c, c30, 0);
v128.store(c, c31, 16);
c += cRow;
v128.store(c, c40, 0);
v128.store(c, c41, 16);
c += cRow;
v128.store(c, c50, 0);
v128.store(c, c51, 16);
c += cRow;
}

export function tile4x8(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let p0 = a + 0 * aRow;
let p1 = a + 1 * aRow;
let p2 = a + 2 * aRow;
let p3 = a + 3 * aRow;
let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0), c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0, b1 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(p2, 0);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(p3, 0);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
b0 = v128.load(b, 32);
b1 = v128.load(b, 48);
a0 = v128.load32_splat(p0, 4);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(p2, 4);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(p3, 4);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
b0 = v128.load(b, 64);
b1 = v128.load(b, 80);
a0 = v128.load32_splat(p0, 8);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 8);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(p2, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(p3, 8);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
b0 = v128.load(b, 96);
b1 = v128.load(b, 112);
a0 = v128.load32_splat(p0, 12);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 12);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(p2, 12);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(p3, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
p0 += 16;
p1 += 16;
p2 += 16;
p3 += 16;
b += 128;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(p2, 0);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(p3, 0);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
p0 += 4;
p1 += 4;
p2 += 4;
p3 += 4;
b += 32;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
c01 = f32x4.add(c01, v128.load(at, 16));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
c11 = f32x4.add(c11, v128.load(at, 16));
at += cRow;
c20 = f32x4.add(c20, v128.load(at, 0));
c21 = f32x4.add(c21, v128.load(at, 16));
at += cRow;
c30 = f32x4.add(c30, v128.load(at, 0));
c31 = f32x4.add(c31, v128.load(at, 16));
at += cRow;
}
v128.store(c, c00, 0);
v128.store(c, c01, 16);
c += cRow;
v128.store(c, c10, 0);
v128.store(c, c11, 16);
c += cRow;
v128.store(c, c20, 0);
v128.store(c, c21, 16);
c += cRow;
v128.store(c, c30, 0);
v128.store(c, c31, 16);
c += cRow;
}

export function tile2x8(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let p0 = a + 0 * aRow;
let p1 = a + 1 * aRow;
let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0, b1 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
b0 = v128.load(b, 32);
b1 = v128.load(b, 48);
a0 = v128.load32_splat(p0, 4);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
b0 = v128.load(b, 64);
b1 = v128.load(b, 80);
a0 = v128.load32_splat(p0, 8);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 8);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
b0 = v128.load(b, 96);
b1 = v128.load(b, 112);
a0 = v128.load32_splat(p0, 12);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 12);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
p0 += 16;
p1 += 16;
b += 128;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
p0 += 4;
p1 += 4;
b += 32;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
c01 = f32x4.add(c01, v128.load(at, 16));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
c11 = f32x4.add(c11, v128.load(at, 16));
at += cRow;
}
v128.store(c, c00, 0);
v128.store(c, c01, 16);
c += cRow;
v128.store(c, c10, 0);
v128.store(c, c11, 16);
c += cRow;
}

export function tile1x8(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let p0 = a + 0 * aRow;
let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0, b1 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
b0 = v128.load(b, 32);
b1 = v128.load(b, 48);
a0 = v128.load32_splat(p0, 4);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
b0 = v128.load(b, 64);
b1 = v128.load(b, 80);
a0 = v128.load32_splat(p0, 8);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
b0 = v128.load(b, 96);
b1 = v128.load(b, 112);
a0 = v128.load32_splat(p0, 12);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
p0 += 16;
b += 128;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
p0 += 4;
b += 32;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
c01 = f32x4.add(c01, v128.load(at, 16));
at += cRow;
}
v128.store(c, c00, 0);
v128.store(c, c01, 16);
c += cRow;
}

export function tile6x8t(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0), c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0), c40 = f32x4.splat(0), c41 = f32x4.splat(0), c50 = f32x4.splat(0), c51 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0, b1 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a0 = v128.load32_splat(a, 16);
c40 = fma(a0, b0, c40);
c41 = fma(a0, b1, c41);
a0 = v128.load32_splat(a, 20);
c50 = fma(a0, b0, c50);
c51 = fma(a0, b1, c51);
a += aRow;
b0 = v128.load(b, 32);
b1 = v128.load(b, 48);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a0 = v128.load32_splat(a, 16);
c40 = fma(a0, b0, c40);
c41 = fma(a0, b1, c41);
a0 = v128.load32_splat(a, 20);
c50 = fma(a0, b0, c50);
c51 = fma(a0, b1, c51);
a += aRow;
b0 = v128.load(b, 64);
b1 = v128.load(b, 80);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a0 = v128.load32_splat(a, 16);
c40 = fma(a0, b0, c40);
c41 = fma(a0, b1, c41);
a0 = v128.load32_splat(a, 20);
c50 = fma(a0, b0, c50);
c51 = fma(a0, b1, c51);
a += aRow;
b0 = v128.load(b, 96);
b1 = v128.load(b, 112);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a0 = v128.load32_splat(a, 16);
c40 = fma(a0, b0, c40);
c41 = fma(a0, b1, c41);
a0 = v128.load32_splat(a, 20);
c50 = fma(a0, b0, c50);
c51 = fma(a0, b1, c51);
a += aRow;
b += 128;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a0 = v128.load32_splat(a, 16);
c40 = fma(a0, b0, c40);
c41 = fma(a0, b1, c41);
a0 = v128.load32_splat(a, 20);
c50 = fma(a0, b0, c50);
c51 = fma(a0, b1, c51);
a += aRow;
b += 32;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
c01 = f32x4.add(c01, v128.load(at, 16));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
c11 = f32x4.add(c11, v128.load(at, 16));
at += cRow;
c20 = f32x4.add(c20, v128.load(at, 0));
c21 = f32x4.add(c21, v128.load(at, 16));
at += cRow;
c30 = f32x4.add(c30, v128.load(at, 0));
c31 = f32x4.add(c31, v128.load(at, 16));
at += cRow;
c40 = f32x4.add(c40, v128.load(at, 0));
c41 = f32x4.add(c41, v128.load(at, 16));
at += cRow;
c50 = f32x4.add(c50, v128.load(at, 0));
c51 = f32x4.add(c51, v128.load(at, 16));
at += cRow;
}
v128.store(c, c00, 0);
v128.store(c, c01, 16);
c += cRow;
v128.store(c, c10, 0);
v128.store(c, c11, 16);
c += cRow;
v128.store(c, c20, 0);
v128.store(c, c21, 16);
c += cRow;
v128.store(c, c30, 0);
v128.store(c, c31, 16);
c += cRow;
v128.store(c, c40, 0);
v128.store(c, c41, 16);
c += cRow;
v128.store(c, c50, 0);
v128.store(c, c51, 16);
c += cRow;
}

export function tile4x8t(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0), c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0, b1 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a += aRow;
b0 = v128.load(b, 32);
b1 = v128.load(b, 48);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a += aRow;
b0 = v128.load(b, 64);
b1 = v128.load(b, 80);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a += aRow;
b0 = v128.load(b, 96);
b1 = v128.load(b, 112);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a += aRow;
b += 128;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
c21 = fma(a0, b1, c21);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
c31 = fma(a0, b1, c31);
a += aRow;
b += 32;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
c01 = f32x4.add(c01, v128.load(at, 16));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
c11 = f32x4.add(c11, v128.load(at, 16));
at += cRow;
c20 = f32x4.add(c20, v128.load(at, 0));
c21 = f32x4.add(c21, v128.load(at, 16));
at += cRow;
c30 = f32x4.add(c30, v128.load(at, 0));
c31 = f32x4.add(c31, v128.load(at, 16));
at += cRow;
}
v128.store(c, c00, 0);
v128.store(c, c01, 16);
c += cRow;
v128.store(c, c10, 0);
v128.store(c, c11, 16);
c += cRow;
v128.store(c, c20, 0);
v128.store(c, c21, 16);
c += cRow;
v128.store(c, c30, 0);
v128.store(c, c31, 16);
c += cRow;
}

export function tile2x8t(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0, b1 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a += aRow;
b0 = v128.load(b, 32);
b1 = v128.load(b, 48);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a += aRow;
b0 = v128.load(b, 64);
b1 = v128.load(b, 80);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a += aRow;
b0 = v128.load(b, 96);
b1 = v128.load(b, 112);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a += aRow;
b += 128;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
c11 = fma(a0, b1, c11);
a += aRow;
b += 32;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
c01 = f32x4.add(c01, v128.load(at, 16));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
c11 = f32x4.add(c11, v128.load(at, 16));
at += cRow;
}
v128.store(c, c00, 0);
v128.store(c, c01, 16);
c += cRow;
v128.store(c, c10, 0);
v128.store(c, c11, 16);
c += cRow;
}

export function tile1x8t(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0, b1 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a += aRow;
b0 = v128.load(b, 32);
b1 = v128.load(b, 48);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a += aRow;
b0 = v128.load(b, 64);
b1 = v128.load(b, 80);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a += aRow;
b0 = v128.load(b, 96);
b1 = v128.load(b, 112);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a += aRow;
b += 128;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
b1 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
c01 = fma(a0, b1, c01);
a += aRow;
b += 32;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
c01 = f32x4.add(c01, v128.load(at, 16));
at += cRow;
}
v128.store(c, c00, 0);
v128.store(c, c01, 16);
c += cRow;
}

export function tile6x4(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let p0 = a + 0 * aRow;
let p1 = a + 1 * aRow;
let p2 = a + 2 * aRow;
let p3 = a + 3 * aRow;
let p4 = a + 4 * aRow;
let p5 = a + 5 * aRow;
let c00 = f32x4.splat(0), c10 = f32x4.splat(0), c20 = f32x4.splat(0), c30 = f32x4.splat(0), c40 = f32x4.splat(0), c50 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(p2, 0);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(p3, 0);
c30 = fma(a0, b0, c30);
a0 = v128.load32_splat(p4, 0);
c40 = fma(a0, b0, c40);
a0 = v128.load32_splat(p5, 0);
c50 = fma(a0, b0, c50);
b0 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 4);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(p2, 4);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(p3, 4);
c30 = fma(a0, b0, c30);
a0 = v128.load32_splat(p4, 4);
c40 = fma(a0, b0, c40);
a0 = v128.load32_splat(p5, 4);
c50 = fma(a0, b0, c50);
b0 = v128.load(b, 32);
a0 = v128.load32_splat(p0, 8);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 8);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(p2, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(p3, 8);
c30 = fma(a0, b0, c30);
a0 = v128.load32_splat(p4, 8);
c40 = fma(a0, b0, c40);
a0 = v128.load32_splat(p5, 8);
c50 = fma(a0, b0, c50);
b0 = v128.load(b, 48);
a0 = v128.load32_splat(p0, 12);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 12);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(p2, 12);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(p3, 12);
c30 = fma(a0, b0, c30);
a0 = v128.load32_splat(p4, 12);
c40 = fma(a0, b0, c40);
a0 = v128.load32_splat(p5, 12);
c50 = fma(a0, b0, c50);
p0 += 16;
p1 += 16;
p2 += 16;
p3 += 16;
p4 += 16;
p5 += 16;
b += 64;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(p2, 0);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(p3, 0);
c30 = fma(a0, b0, c30);
a0 = v128.load32_splat(p4, 0);
c40 = fma(a0, b0, c40);
a0 = v128.load32_splat(p5, 0);
c50 = fma(a0, b0, c50);
p0 += 4;
p1 += 4;
p2 += 4;
p3 += 4;
p4 += 4;
p5 += 4;
b += 16;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
at += cRow;
c20 = f32x4.add(c20, v128.load(at, 0));
at += cRow;
c30 = f32x4.add(c30, v128.load(at, 0));
at += cRow;
c40 = f32x4.add(c40, v128.load(at, 0));
at += cRow;
c50 = f32x4.add(c50, v128.load(at, 0));
at += cRow;
}
v128.store(c, c00, 0);
c += cRow;
v128.store(c, c10, 0);
c += cRow;
v128.store(c, c20, 0);
c += cRow;
v128.store(c, c30, 0);
c += cRow;
v128.store(c, c40, 0);
c += cRow;
v128.store(c, c50, 0);
c += cRow;
}

export function tile4x4(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let p0 = a + 0 * aRow;
let p1 = a + 1 * aRow;
let p2 = a + 2 * aRow;
let p3 = a + 3 * aRow;
let c00 = f32x4.splat(0), c10 = f32x4.splat(0), c20 = f32x4.splat(0), c30 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(p2, 0);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(p3, 0);
c30 = fma(a0, b0, c30);
b0 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 4);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(p2, 4);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(p3, 4);
c30 = fma(a0, b0, c30);
b0 = v128.load(b, 32);
a0 = v128.load32_splat(p0, 8);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 8);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(p2, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(p3, 8);
c30 = fma(a0, b0, c30);
b0 = v128.load(b, 48);
a0 = v128.load32_splat(p0, 12);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 12);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(p2, 12);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(p3, 12);
c30 = fma(a0, b0, c30);
p0 += 16;
p1 += 16;
p2 += 16;
p3 += 16;
b += 64;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(p2, 0);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(p3, 0);
c30 = fma(a0, b0, c30);
p0 += 4;
p1 += 4;
p2 += 4;
p3 += 4;
b += 16;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
at += cRow;
c20 = f32x4.add(c20, v128.load(at, 0));
at += cRow;
c30 = f32x4.add(c30, v128.load(at, 0));
at += cRow;
}
v128.store(c, c00, 0);
c += cRow;
v128.store(c, c10, 0);
c += cRow;
v128.store(c, c20, 0);
c += cRow;
v128.store(c, c30, 0);
c += cRow;
}

export function tile2x4(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let p0 = a + 0 * aRow;
let p1 = a + 1 * aRow;
let c00 = f32x4.splat(0), c10 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
b0 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 4);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 4);
c10 = fma(a0, b0, c10);
b0 = v128.load(b, 32);
a0 = v128.load32_splat(p0, 8);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 8);
c10 = fma(a0, b0, c10);
b0 = v128.load(b, 48);
a0 = v128.load32_splat(p0, 12);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 12);
c10 = fma(a0, b0, c10);
p0 += 16;
p1 += 16;
b += 64;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(p1, 0);
c10 = fma(a0, b0, c10);
p0 += 4;
p1 += 4;
b += 16;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
at += cRow;
}
v128.store(c, c00, 0);
c += cRow;
v128.store(c, c10, 0);
c += cRow;
}

export function tile1x4(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let p0 = a + 0 * aRow;
let c00 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
b0 = v128.load(b, 16);
a0 = v128.load32_splat(p0, 4);
c00 = fma(a0, b0, c00);
b0 = v128.load(b, 32);
a0 = v128.load32_splat(p0, 8);
c00 = fma(a0, b0, c00);
b0 = v128.load(b, 48);
a0 = v128.load32_splat(p0, 12);
c00 = fma(a0, b0, c00);
p0 += 16;
b += 64;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(p0, 0);
c00 = fma(a0, b0, c00);
p0 += 4;
b += 16;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
at += cRow;
}
v128.store(c, c00, 0);
c += cRow;
}

export function tile6x4t(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let c00 = f32x4.splat(0), c10 = f32x4.splat(0), c20 = f32x4.splat(0), c30 = f32x4.splat(0), c40 = f32x4.splat(0), c50 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
a0 = v128.load32_splat(a, 16);
c40 = fma(a0, b0, c40);
a0 = v128.load32_splat(a, 20);
c50 = fma(a0, b0, c50);
a += aRow;
b0 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
a0 = v128.load32_splat(a, 16);
c40 = fma(a0, b0, c40);
a0 = v128.load32_splat(a, 20);
c50 = fma(a0, b0, c50);
a += aRow;
b0 = v128.load(b, 32);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
a0 = v128.load32_splat(a, 16);
c40 = fma(a0, b0, c40);
a0 = v128.load32_splat(a, 20);
c50 = fma(a0, b0, c50);
a += aRow;
b0 = v128.load(b, 48);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
a0 = v128.load32_splat(a, 16);
c40 = fma(a0, b0, c40);
a0 = v128.load32_splat(a, 20);
c50 = fma(a0, b0, c50);
a += aRow;
b += 64;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
a0 = v128.load32_splat(a, 16);
c40 = fma(a0, b0, c40);
a0 = v128.load32_splat(a, 20);
c50 = fma(a0, b0, c50);
a += aRow;
b += 16;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
at += cRow;
c20 = f32x4.add(c20, v128.load(at, 0));
at += cRow;
c30 = f32x4.add(c30, v128.load(at, 0));
at += cRow;
c40 = f32x4.add(c40, v128.load(at, 0));
at += cRow;
c50 = f32x4.add(c50, v128.load(at, 0));
at += cRow;
}
v128.store(c, c00, 0);
c += cRow;
v128.store(c, c10, 0);
c += cRow;
v128.store(c, c20, 0);
c += cRow;
v128.store(c, c30, 0);
c += cRow;
v128.store(c, c40, 0);
c += cRow;
v128.store(c, c50, 0);
c += cRow;
}

export function tile4x4t(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let c00 = f32x4.splat(0), c10 = f32x4.splat(0), c20 = f32x4.splat(0), c30 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
a += aRow;
b0 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
a += aRow;
b0 = v128.load(b, 32);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
a += aRow;
b0 = v128.load(b, 48);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
a += aRow;
b += 64;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a0 = v128.load32_splat(a, 8);
c20 = fma(a0, b0, c20);
a0 = v128.load32_splat(a, 12);
c30 = fma(a0, b0, c30);
a += aRow;
b += 16;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
at += cRow;
c20 = f32x4.add(c20, v128.load(at, 0));
at += cRow;
c30 = f32x4.add(c30, v128.load(at, 0));
at += cRow;
}
v128.store(c, c00, 0);
c += cRow;
v128.store(c, c10, 0);
c += cRow;
v128.store(c, c20, 0);
c += cRow;
v128.store(c, c30, 0);
c += cRow;
}

export function tile2x4t(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let c00 = f32x4.splat(0), c10 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a += aRow;
b0 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a += aRow;
b0 = v128.load(b, 32);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a += aRow;
b0 = v128.load(b, 48);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a += aRow;
b += 64;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a0 = v128.load32_splat(a, 4);
c10 = fma(a0, b0, c10);
a += aRow;
b += 16;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
at += cRow;
c10 = f32x4.add(c10, v128.load(at, 0));
at += cRow;
}
v128.store(c, c00, 0);
c += cRow;
v128.store(c, c10, 0);
c += cRow;
}

export function tile1x4t(
k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
let c00 = f32x4.splat(0);
let a0 = f32x4.splat(0), b0 = a0;
for (; k >= 4; k -= 4) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a += aRow;
b0 = v128.load(b, 16);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a += aRow;
b0 = v128.load(b, 32);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a += aRow;
b0 = v128.load(b, 48);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a += aRow;
b += 64;
}
for (; k > 0; k--) {
b0 = v128.load(b, 0);
a0 = v128.load32_splat(a, 0);
c00 = fma(a0, b0, c00);
a += aRow;
b += 16;
}
if (accumulate) {
let at = c;
c00 = f32x4.add(c00, v128.load(at, 0));
at += cRow;
}
v128.store(c, c00, 0);
c += cRow;
}

export function strip8(
m: i32, k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
for (; m >= 6 && m != 8; m -= 6) {
tile6x8(k, a, aRow, b, c, cRow, accumulate);
a += 6 * aRow;
c += 6 * cRow;
}
for (; m >= 4; m -= 4) {
tile4x8(k, a, aRow, b, c, cRow, accumulate);
a += 4 * aRow;
c += 4 * cRow;
}
for (; m >= 2; m -= 2) {
tile2x8(k, a, aRow, b, c, cRow, accumulate);
a += 2 * aRow;
c += 2 * cRow;
}
for (; m >= 1; m -= 1) {
tile1x8(k, a, aRow, b, c, cRow, accumulate);
a += 1 * aRow;
c += 1 * cRow;
}
}

export function strip8t(
m: i32, k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
for (; m >= 6 && m != 8; m -= 6) {
tile6x8t(k, a, aRow, b, c, cRow, accumulate);
a += 24;
c += 6 * cRow;
}
for (; m >= 4; m -= 4) {
tile4x8t(k, a, aRow, b, c, cRow, accumulate);
a += 16;
c += 4 * cRow;
}
for (; m >= 2; m -= 2) {
tile2x8t(k, a, aRow, b, c, cRow, accumulate);
a += 8;
c += 2 * cRow;
}
for (; m >= 1; m -= 1) {
tile1x8t(k, a, aRow, b, c, cRow, accumulate);
a += 4;
c += 1 * cRow;
}
}

export function strip4(
m: i32, k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
for (; m >= 6 && m != 8; m -= 6) {
tile6x4(k, a, aRow, b, c, cRow, accumulate);
a += 6 * aRow;
c += 6 * cRow;
}
for (; m >= 4; m -= 4) {
tile4x4(k, a, aRow, b, c, cRow, accumulate);
a += 4 * aRow;
c += 4 * cRow;
}
for (; m >= 2; m -= 2) {
tile2x4(k, a, aRow, b, c, cRow, accumulate);
a += 2 * aRow;
c += 2 * cRow;
}
for (; m >= 1; m -= 1) {
tile1x4(k, a, aRow, b, c, cRow, accumulate);
a += 1 * aRow;
c += 1 * cRow;
}
}

export function strip4t(
m: i32, k: i32, a: usize, aRow: usize, b: usize, c: usize, cRow: usize, accumulate: i32,
): void {
for (; m >= 6 && m != 8; m -= 6) {
tile6x4t(k, a, aRow, b, c, cRow, accumulate);
a += 24;
c += 6 * cRow;
}
for (; m >= 4; m -= 4) {
tile4x4t(k, a, aRow, b, c, cRow, accumulate);
a += 16;
c += 4 * cRow;
}
for (; m >= 2; m -= 2) {
tile2x4t(k, a, aRow, b, c, cRow, accumulate);
a += 8;
c += 2 * cRow;
}
for (; m >= 1; m -= 1) {
tile1x4t(k, a, aRow, b, c, cRow, accumulate);
a += 4;
c += 1 * cRow;
}
}

export function sums12(
y: usize, offsets: usize, base: usize, lists: usize, list: usize, counts: usize, r: i32,
accumulate: i32,
): void {
for (const last = counts + (<usize> r << 2); counts < last; counts += 4) {
const to = y + <usize> load<i32>(offsets);
let at = lists;
const end = at + (<usize> load<i32>(counts) << 3);
lists += list;
offsets += 4;
if (accumulate && at == end) continue;
let y0 = f32x4.splat(0), y1 = f32x4.splat(0), y2 = f32x4.splat(0), y3 = f32x4.splat(0), y4 = f32x4.splat(0), y5 = f32x4.splat(0), y6 = f32x4.splat(0), y7 = f32x4.splat(0), y8 = f32x4.splat(0), y9 = f32x4.splat(0), y10 = f32x4.splat(0), y11 = f32x4.splat(0);
if (accumulate) {
y0 = v128.load(to, 0);
y1 = v128.load(to, 16);
y2 = v128.load(to, 32);
y3 = v128.load(to, 48);
y4 = v128.load(to, 64);
y5 = v128.load(to, 80);
y6 = v128.load(to, 96);
y7 = v128.load(to, 112);
y8 = v128.load(to, 128);
y9 = v128.load(to, 144);
y10 = v128.load(to, 160);
y11 = v128.load(to, 176);
}
for (; at + 8 < end; at += 16) {
let row: usize, number: v128;
row = base + <usize> load<i32>(at, 0);
number = v128.load32_splat(at, 4);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
y2 = fma(number, v128.load(row, 32), y2);
y3 = fma(number, v128.load(row, 48), y3);
y4 = fma(number, v128.load(row, 64), y4);
y5 = fma(number, v128.load(row, 80), y5);
y6 = fma(number, v128.load(row, 96), y6);
y7 = fma(number, v128.load(row, 112), y7);
y8 = fma(number, v128.load(row, 128), y8);
y9 = fma(number, v128.load(row, 144), y9);
y10 = fma(number, v128.load(row, 160), y10);
y11 = fma(number, v128.load(row, 176), y11);
row = base + <usize> load<i32>(at, 8);
number = v128.load32_splat(at, 12);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
y2 = fma(number, v128.load(row, 32), y2);
y3 = fma(number, v128.load(row, 48), y3);
y4 = fma(number, v128.load(row, 64), y4);
y5 = fma(number, v128.load(row, 80), y5);
y6 = fma(number, v128.load(row, 96), y6);
y7 = fma(number, v128.load(row, 112), y7);
y8 = fma(number, v128.load(row, 128), y8);
y9 = fma(number, v128.load(row, 144), y9);
y10 = fma(number, v128.load(row, 160), y10);
y11 = fma(number, v128.load(row, 176), y11);
}
for (; at < end; at += 8) {
let row: usize, number: v128;
row = base + <usize> load<i32>(at, 0);
number = v128.load32_splat(at, 4);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
y2 = fma(number, v128.load(row, 32), y2);
y3 = fma(number, v128.load(row, 48), y3);
y4 = fma(number, v128.load(row, 64), y4);
y5 = fma(number, v128.load(row, 80), y5);
y6 = fma(number, v128.load(row, 96), y6);
y7 = fma(number, v128.load(row, 112), y7);
y8 = fma(number, v128.load(row, 128), y8);
y9 = fma(number, v128.load(row, 144), y9);
y10 = fma(number, v128.load(row, 160), y10);
y11 = fma(number, v128.load(row, 176), y11);
}
v128.store(to, y0, 0);
v128.store(to, y1, 16);
v128.store(to, y2, 32);
v128.store(to, y3, 48);
v128.store(to, y4, 64);
v128.store(to, y5, 80);
v128.store(to, y6, 96);
v128.store(to, y7, 112);
v128.store(to, y8, 128);
v128.store(to, y9, 144);
v128.store(to, y10, 160);
v128.store(to, y11, 176);
}
}

export function sums8(
y: usize, offsets: usize, base: usize, lists: usize, list: usize, counts: usize, r: i32,
accumulate: i32,
): void {
for (const last = counts + (<usize> r << 2); counts < last; counts += 4) {
const to = y + <usize> load<i32>(offsets);
let at = lists;
const end = at + (<usize> load<i32>(counts) << 3);
lists += list;
offsets += 4;
if (accumulate && at == end) continue;
let y0 = f32x4.splat(0), y1 = f32x4.splat(0), y2 = f32x4.splat(0), y3 = f32x4.splat(0), y4 = f32x4.splat(0), y5 = f32x4.splat(0), y6 = f32x4.splat(0), y7 = f32x4.splat(0);
if (accumulate) {
y0 = v128.load(to, 0);
y1 = v128.load(to, 16);
y2 = v128.load(to, 32);
y3 = v128.load(to, 48);
y4 = v128.load(to, 64);
y5 = v128.load(to, 80);
y6 = v128.load(to, 96);
y7 = v128.load(to, 112);
}
for (; at + 8 < end; at += 16) {
let row: usize, number: v128;
row = base + <usize> load<i32>(at, 0);
number = v128.load32_splat(at, 4);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
y2 = fma(number, v128.load(row, 32), y2);
y3 = fma(number, v128.load(row, 48), y3);
y4 = fma(number, v128.load(row, 64), y4);
y5 = fma(number, v128.load(row, 80), y5);
y6 = fma(number, v128.load(row, 96), y6);
y7 = fma(number, v128.load(row, 112), y7);
row = base + <usize> load<i32>(at, 8);
number = v128.load32_splat(at, 12);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
y2 = fma(number, v128.load(row, 32), y2);
y3 = fma(number, v128.load(row, 48), y3);
y4 = fma(number, v128.load(row, 64), y4);
y5 = fma(number, v128.load(row, 80), y5);
y6 = fma(number, v128.load(row, 96), y6);
y7 = fma(number, v128.load(row, 112), y7);
}
for (; at < end; at += 8) {
let row: usize, number: v128;
row = base + <usize> load<i32>(at, 0);
number = v128.load32_splat(at, 4);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
y2 = fma(number, v128.load(row, 32), y2);
y3 = fma(number, v128.load(row, 48), y3);
y4 = fma(number, v128.load(row, 64), y4);
y5 = fma(number, v128.load(row, 80), y5);
y6 = fma(number, v128.load(row, 96), y6);
y7 = fma(number, v128.load(row, 112), y7);
}
v128.store(to, y0, 0);
v128.store(to, y1, 16);
v128.store(to, y2, 32);
v128.store(to, y3, 48);
v128.store(to, y4, 64);
v128.store(to, y5, 80);
v128.store(to, y6, 96);
v128.store(to, y7, 112);
}
}

export function sums4(
y: usize, offsets: usize, base: usize, lists: usize, list: usize, counts: usize, r: i32,
accumulate: i32,
): void {
for (const last = counts + (<usize> r << 2); counts < last; counts += 4) {
const to = y + <usize> load<i32>(offsets);
let at = lists;
const end = at + (<usize> load<i32>(counts) << 3);
lists += list;
offsets += 4;
if (accumulate && at == end) continue;
let y0 = f32x4.splat(0), y1 = f32x4.splat(0), y2 = f32x4.splat(0), y3 = f32x4.splat(0);
if (accumulate) {
y0 = v128.load(to, 0);
y1 = v128.load(to, 16);
y2 = v128.load(to, 32);
y3 = v128.load(to, 48);
}
for (; at + 8 < end; at += 16) {
let row: usize, number: v128;
row = base + <usize> load<i32>(at, 0);
number = v128.load32_splat(at, 4);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
y2 = fma(number, v128.load(row, 32), y2);
y3 = fma(number, v128.load(row, 48), y3);
row = base + <usize> load<i32>(at, 8);
number = v128.load32_splat(at, 12);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
y2 = fma(number, v128.load(row, 32), y2);
y3 = fma(number, v128.load(row, 48), y3);
}
for (; at < end; at += 8) {
let row: usize, number: v128;
row = base + <usize> load<i32>(at, 0);
number = v128.load32_splat(at, 4);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
y2 = fma(number, v128.load(row, 32), y2);
y3 = fma(number, v128.load(row, 48), y3);
}
v128.store(to, y0, 0);
v128.store(to, y1, 16);
v128.store(to, y2, 32);
v128.store(to, y3, 48);
}
}

export function sums2(
y: usize, offsets: usize, base: usize, lists: usize, list: usize, counts: usize, r: i32,
accumulate: i32,
): void {
for (const last = counts + (<usize> r << 2); counts < last; counts += 4) {
const to = y + <usize> load<i32>(offsets);
let at = lists;
const end = at + (<usize> load<i32>(counts) << 3);
lists += list;
offsets += 4;
if (accumulate && at == end) continue;
let y0 = f32x4.splat(0), y1 = f32x4.splat(0);
if (accumulate) {
y0 = v128.load(to, 0);
y1 = v128.load(to, 16);
}
for (; at + 8 < end; at += 16) {
let row: usize, number: v128;
row = base + <usize> load<i32>(at, 0);
number = v128.load32_splat(at, 4);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
row = base + <usize> load<i32>(at, 8);
number = v128.load32_splat(at, 12);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
}
for (; at < end; at += 8) {
let row: usize, number: v128;
row = base + <usize> load<i32>(at, 0);
number = v128.load32_splat(at, 4);
y0 = fma(number, v128.load(row, 0), y0);
y1 = fma(number, v128.load(row, 16), y1);
}
v128.store(to, y0, 0);
v128.store(to, y1, 16);
}
}

export function sums1(
y: usize, offsets: usize, base: usize, lists: usize, list: usize, counts: usize, r: i32,
accumulate: i32,
): void {
for (const last = counts + (<usize> r << 2); counts < last; counts += 4) {
const to = y + <usize> load<i32>(offsets);
let at = lists;
const end = at + (<usize> load<i32>(counts) << 3);
lists += list;
offsets += 4;
if (accumulate && at == end) continue;
let y0 = f32x4.splat(0);
if (accumulate) {
y0 = v128.load(to, 0);
}
for (; at + 8 < end; at += 16) {
let row: usize, number: v128;
row = base + <usize> load<i32>(at, 0);
number = v128.load32_splat(at, 4);
y0 = fma(number, v128.load(row, 0), y0);
row = base + <usize> load<i32>(at, 8);
number = v128.load32_splat(at, 12);
y0 = fma(number, v128.load(row, 0), y0);
}
for (; at < end; at += 8) {
let row: usize, number: v128;
row = base + <usize> load<i32>(at, 0);
number = v128.load32_splat(at, 4);
y0 = fma(number, v128.load(row, 0), y0);
}
v128.store(to, y0, 0);
}
}
