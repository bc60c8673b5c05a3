// Small pictures for pages and previews. Source: PNG (W3C, 3rd edition).

/** The colours of samples 0, 1, 2, ...: red, green, blue, opacity, 0 to 255 each. */
export type Palette = readonly (readonly [number, number, number, number])[];

/** What samples mean: greys, places in a palette, or red, green and blue one after the other. */
export type Colours = "grey" | "rgb" | Palette;

const COLOUR_TYPE = { grey: 0, rgb: 2, palette: 3 };

/**
 * The file of a picture.
 *
 * @param samples [height, width], or [height, width, 3] of "rgb", row by row: from 0 = black to
 * 255 = full light, or places in the palette.
 * @param software What made the picture, if the file is to say so: ASCII.
 */
export async function encodePng(
  samples: Uint8Array,
  width: number,
  height: number,
  colours: Colours = "grey",
  software?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const row = colours === "rgb" ? 3 * width : width; // bytes
  if (samples.length !== row * height) {
    const expected = `${width}x${height}${colours === "rgb" ? "x3" : ""}`;
    throw new TypeError(`Expected ${expected} samples, found ${samples.length}`);
  }
  // Each row begins with the number of its filter: 0 is none.
  const rows = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y++) {
    rows.set(samples.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  }
  const palette = typeof colours === "string" ? undefined : colours;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, COLOUR_TYPE[typeof colours === "string" ? colours : "palette"]], 8); // bits a sample
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    ...(software === undefined
      ? []
      : [chunk("tEXt", new TextEncoder().encode(`Software\0${software}`))]),
    ...(palette
      ? [
        chunk("PLTE", Uint8Array.from(palette.flatMap(([red, green, blue]) => [red, green, blue]))),
        chunk("tRNS", Uint8Array.from(palette, ([, , , opacity]) => opacity)),
      ]
      : []),
    chunk("IDAT", await deflate(rows)),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** The same as `data:image/png;base64,...`. */
export async function pngUri(...picture: Parameters<typeof encodePng>): Promise<string> {
  return `data:image/png;base64,${(await encodePng(...picture)).toBase64()}`;
}

/** With a zlib header, as PNG wants it. */
async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Length, type, content, CRC-32 of type and content. */
function chunk(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
