// The weights of a TensorFlow.js layers model of another program's: in several files, quantised, and
// under names of its own.
// Source: tfjs-core/src/io/types.ts (WeightsManifestConfig), tfjs-core/src/io/io_utils.ts (decodeWeights).

import { concatenate } from "../arrays.ts";
import { decodeFloats, decodeHalves } from "../model/format.ts";
import { elementCount } from "../model/layers.ts";

/** A tensor of float32 numbers, row-major. */
export interface Tensor {
  shape: readonly number[];
  data: Float32Array<ArrayBuffer>;
}

/** The weights of a layer by their own names: `kernel`, `bias`. */
export type LayerWeights = ReadonlyMap<string, Tensor>;

/** Files, and the weights that lie in them one after the other. */
interface Group {
  paths: string[];
  weights: Entry[];
}

interface Entry {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string; scale: number; min: number };
}

/** Bytes a number in a file. */
const SIZES: Readonly<Record<string, number>> = { float32: 4, float16: 2, uint16: 2, uint8: 1 };

/**
 * Reads all weights, by layer in the order of the manifest. A layer is named by all that comes before
 * its weight's own name: `sequential/conv2d`.
 *
 * @param manifest The model.json's weightsManifest, of which nothing is known.
 * @param read Gives a file that lies beside model.json.
 * @throws {SyntaxError} when that is no such thing, or files and weights do not fit together.
 */
export async function readWeights(
  manifest: unknown,
  read: (file: string) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Map<string, LayerWeights>> {
  if (!Array.isArray(manifest) || !manifest.every(isGroup)) {
    throw new SyntaxError("model.json has no weightsManifest that lists files and weights");
  }
  const layers = new Map<string, Map<string, Tensor>>();
  for (const { paths, weights } of manifest) {
    const bytes = concatenate(
      await Promise.all(paths.map(read)),
      (length) => new Uint8Array(length),
    );
    let at = 0;
    for (const entry of weights) {
      const size = elementCount(entry.shape) * bytesPerNumber(entry);
      if (at + size > bytes.length) {
        throw new SyntaxError(
          `${paths.join(", ")}: ${bytes.length} bytes are not enough for weight ${entry.name}`,
        );
      }
      const [, layer, name] = /^(.*?)\/?([^/]*)$/s.exec(entry.name)!;
      const own = layers.get(layer) ?? new Map<string, Tensor>();
      own.set(name, { shape: entry.shape, data: decode(entry, bytes, at) });
      layers.set(layer, own);
      at += size;
    }
    if (at !== bytes.length) {
      throw new SyntaxError(
        `${paths.join(", ")}: there are ${bytes.length} bytes, and the weights take ${at}`,
      );
    }
  }
  return layers;
}

function isGroup(value: unknown): value is Group {
  const { paths, weights } = (value ?? {}) as Partial<Group>;
  return Array.isArray(paths) && paths.every(isFileName) &&
    Array.isArray(weights) && weights.every(isEntry);
}

/** No path: a model reads nothing from outside its folder. */
function isFileName(value: unknown): boolean {
  return typeof value === "string" && /^[^/\\:]+$/.test(value) && value !== "..";
}

function isEntry(value: unknown): value is Entry {
  const { name, shape, dtype } = (value ?? {}) as Partial<Entry>;
  return typeof name === "string" && typeof dtype === "string" && Array.isArray(shape) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function bytesPerNumber({ name, dtype, quantization }: Entry): number {
  if (dtype !== "float32") {
    throw new SyntaxError(`Weight ${name} is ${dtype}; only float32 can be read`);
  }
  const stored = quantization?.dtype ?? dtype;
  if (Object.hasOwn(SIZES, stored)) return SIZES[stored];
  throw new SyntaxError(
    `Weight ${name} is quantised to ${stored}; only ${Object.keys(SIZES).join(", ")} can be read`,
  );
}

function decode(
  { shape, quantization }: Entry,
  bytes: Uint8Array,
  at: number,
): Float32Array<ArrayBuffer> {
  const count = elementCount(shape);
  if (!quantization) return decodeFloats(bytes, at, count);
  const { dtype, scale, min } = quantization;
  if (dtype === "float16") return decodeHalves(bytes, at, count);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const read = dtype === "uint8"
    ? (i: number) => view.getUint8(i)
    : (i: number) => view.getUint16(2 * i, true);
  return Float32Array.from({ length: count }, (_, i) => read(i) * scale + min);
}
