// A 28x28 picture in a terminal, just as the networks see it.

/** Options of {@linkcode asciiArt}. */
export interface AsciiArtOptions {
  /** How wide the terminal is, in characters: 80 if not given. */
  columns?: number;
}

const SIZE = 28;
// From paper to ink, on a dark terminal as on a light one. Source: Paul Bourke, Character
// representation of grey scale images (1997), the short ramp.
const RAMP = " .:-=+*#%@";

/**
 * Draws a picture of (28, 28) pixels, 0 paper to 255 ink, as lines of text, without spaces at
 * their ends. A pixel takes two characters of a line, which makes it about square, where the
 * terminal has room for that; where not, two rows share a line. Plain ASCII, which every terminal,
 * pipe and file understands.
 *
 * @throws {TypeError} The picture does not have 784 pixels.
 */
export function asciiArt(
  pixels: Uint8Array,
  { columns = 80 }: AsciiArtOptions = {},
): string {
  if (pixels.length !== SIZE * SIZE) {
    throw new TypeError(`Expected 28x28 = 784 pixels, found ${pixels.length}`);
  }
  const draw = columns >= 2 * SIZE ? drawWide : drawNarrow;
  return draw(pixels).map((line) => line.trimEnd()).join("\n");
}

function drawWide(pixels: Uint8Array): string[] {
  return rows(SIZE, (x, y) => shade(pixels[y * SIZE + x]).repeat(2));
}

/** Every other row: characters are about twice as high as wide. */
function drawNarrow(pixels: Uint8Array): string[] {
  return rows(SIZE / 2, (x, y) => {
    const upper = 2 * y * SIZE + x;
    return shade((pixels[upper] + pixels[upper + SIZE]) / 2);
  });
}

function rows(count: number, character: (x: number, y: number) => string): string[] {
  return Array.from({ length: count }, (_, y) => {
    return Array.from({ length: SIZE }, (_, x) => character(x, y)).join("");
  });
}

function shade(value: number): string {
  return RAMP[Math.min(RAMP.length - 1, Math.floor(value / 256 * RAMP.length))];
}
