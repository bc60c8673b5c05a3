// What the codecs have in common: WebAssembly modules that are given a file's bytes and leave the
// pixels in their memory.

import type { Size } from "../picture.ts";

/** What every codec exports. */
export interface Codec {
  readonly memory: WebAssembly.Memory;
  /** To be called first, where it is there. */
  _initialize?(): void;
}

/**
 * Decodes a file of one format to RGBA, (height, width, 4) row-major, in memory of its own.
 *
 * @param size What it is to come to: the size in the file's header, divided by `scale` and rounded
 * up.
 * @param scale 1, or 2, 4 or 8 for a JPEG.
 * @throws Whatever the codec throws.
 */
export type ToPixels = (
  bytes: Uint8Array,
  size: Size,
  scale: number,
) => Uint8ClampedArray<ArrayBuffer>;

/**
 * Lends an instance of `module` to one piece of work at a time, which frees there what it allocates.
 *
 * The memory of an instance never shrinks, and the garbage collector does not see how large it is:
 * with one for each picture, thirty photos made gigabytes. The same one is lent until it is
 * collected, which nothing holds up; but not after a trap, which leaves it unusable.
 */
export function lend<C extends Codec>(module: WebAssembly.Module): <T>(work: (codec: C) => T) => T {
  let idle: WeakRef<C> | undefined;
  return (work) => {
    let codec = idle?.deref();
    if (codec === undefined) idle = new WeakRef(codec = instantiate<C>(module));
    try {
      return work(codec);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) idle = undefined;
      throw error;
    }
  };
}

/** What the codecs import are calls back, or files: none of it is ever waited for or needed. */
function instantiate<C extends Codec>(module: WebAssembly.Module): C {
  const imports: Record<string, Record<string, () => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = () => 0;
  }
  const codec = new WebAssembly.Instance(module, imports).exports as unknown as C;
  codec._initialize?.();
  return codec;
}

/** Copies `bytes` into the codec's memory, to `address`, which it gives back. */
export function copyIn(codec: Codec, address: number, bytes: Uint8Array): number {
  if (address === 0) throw new RangeError("The codec has no memory for the file");
  new Uint8Array(codec.memory.buffer).set(bytes, address);
  return address;
}

/** Copies RGBA pixels out of the codec's memory. */
export function copyOut(
  codec: Codec,
  address: number,
  { width, height }: Size,
): Uint8ClampedArray<ArrayBuffer> {
  return new Uint8ClampedArray(codec.memory.buffer, address, 4 * width * height).slice();
}

/** For a codec may read another size than the header has. */
export function checkSize(found: Size, expected: Size): void {
  if (found.width === expected.width && found.height === expected.height) return;
  throw new SyntaxError(
    `Found ${found.width}x${found.height} pixels, expected ${expected.width}x${expected.height}`,
  );
}
