// What a file is that is no picture of ours, for the message.

import { startsWith } from "./bytes.ts";

/** Names the format of a file, with its article. */
export function nameFormat(bytes: Uint8Array): string {
  if (startsWith(bytes, "II*\0") || startsWith(bytes, "MM\0*")) return "a TIFF picture";
  if (startsWith(bytes, "\xff\x0a") || startsWith(bytes, "\0\0\0\x0cJXL ")) {
    return "a JPEG XL picture";
  }
  if (startsWith(bytes, "ftyp", 4)) {
    if (startsWith(bytes, "avi", 8)) return "an AVIF picture"; // brands avif and avis
    if (["hei", "hev", "mif1", "msf1"].some((brand) => startsWith(bytes, brand, 8))) {
      return "a HEIC picture"; // brands heic, heix, heim, heis, hevc, ...
    }
    return "a video";
  }
  if (startsWith(bytes, "%PDF")) return "a PDF document";

  const start = new TextDecoder().decode(bytes.subarray(0, 1024));
  if (/<svg[\s>]/i.test(start)) return "an SVG drawing";
  if (/<(!doctype html|html)[\s>]/i.test(start)) return "an HTML page";
  // Control characters other than tab, line feed, form feed, carriage return, or broken UTF-8.
  // deno-lint-ignore no-control-regex
  if (!/[\0-\x08\x0b\x0e-\x1f\ufffd]/.test(start)) return "text";
  return "an unknown format";
}
