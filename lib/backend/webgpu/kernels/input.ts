// Pictures' bytes as numbers from 0 to 1.

import { eachItem, type Kernel, workgroupsFor } from "../kernel.ts";

/**
 * `ink(byte)`: byte / 255 as the nearest float32, which a GPU's division need not give. Its binary digits
 * are those of the byte over and over, and never lie in the middle between two float32.
 */
export const INK = `
fn ink(byte: u32) -> f32 {
  let zeros = countLeadingZeros(max(byte, 1)) - 24;
  let digits = (byte * 0x01010101) << zeros;
  let rounded = (digits >> 8) + ((digits >> 7) & 1);
  return f32(rounded) * bitcast<f32>((127 - 24 - zeros) << 23); // 2^-(24 + zeros)
}`;

/** `x` (N,P) = `images` (N,P) / 255, which are bytes, four in a word. */
export function input({ pixels }: { pixels: number }): Kernel {
  return {
    label: "input",
    arrays: { images: "read u32", x: "read_write f32" },
    code: `${INK}
${
      eachItem(
        `step.count * ${pixels}`,
        "    x[i] = ink((images[i / 4] >> (i % 4 * 8)) & 0xff);",
      )
    }`,
    workgroups: (count) => workgroupsFor(count * pixels),
  };
}
