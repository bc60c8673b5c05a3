import { assertEquals, assertThrows } from "@std/assert";
import { asciiArt } from "../../lib/image/ascii.ts";

// A ramp from paper to ink in row 0, full ink at the end of row 1, half ink at the start of row 3.
const pixels = new Uint8Array(784);
for (let x = 0; x < 10; x++) pixels[x + 1] = Math.round(x * 255 / 9);
pixels[28 + 27] = 255;
pixels[3 * 28] = 128;

Deno.test("asciiArt() takes two characters a pixel where the terminal has the room", () => {
  for (const art of [asciiArt(pixels), asciiArt(pixels, { columns: 56 })]) {
    const lines = art.split("\n");
    assertEquals(lines.length, 28);
    assertEquals(lines[0], "    ..::--==++**##%%@@");
    assertEquals(lines[1], " ".repeat(54) + "@@");
    assertEquals(lines[2], "");
    assertEquals(lines[3], "++");
  }
});

Deno.test("asciiArt() takes one character for two rows in a narrow terminal", () => {
  const lines = asciiArt(pixels, { columns: 55 }).split("\n");
  assertEquals(lines.length, 14);
  assertEquals(lines[0], "   ..::--==" + " ".repeat(16) + "=");
  assertEquals(lines[1], ":");
});

Deno.test("asciiArt() is plain ASCII", () => {
  const every = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
  assertEquals(asciiArt(every).match(/[^\x20-\x7e\n]/), null);
  assertEquals(asciiArt(every, { columns: 30 }).match(/[^\x20-\x7e\n]/), null);
});

Deno.test("asciiArt() rejects other sizes", () => {
  assertThrows(() => asciiArt(new Uint8Array(783)), TypeError, "found 783");
});
