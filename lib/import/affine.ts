// Scales and offsets of what flows through a network, and the weights that do the same: of the layer
// before them, of the layer after, or of one of their own.

type Floats = Float32Array<ArrayBuffer>;

/** Each number x of channel c becomes scale[c] * x + offset[c]; one number stands for all channels. */
export interface Affine {
  scale: ArrayLike<number>;
  offset: ArrayLike<number>;
}

/** The weights of a layer whose outputs are the last dimension of its kernel. */
export interface KernelAndBias {
  kernel: Floats;
  bias?: Floats;
}

/** Inputs that are scaled by less than this are 0 to 255: 0 to 1 would shrink to nothing. */
const SCALE_OF_BYTES = 1 / 32;

/** The same for all channels. */
export function isUniform({ scale, offset }: Affine): boolean {
  return scale.length === 1 && offset.length === 1;
}

/** One after the other. */
export function compose(first: Affine, second: Affine): Affine {
  const length = Math.max(
    ...[first, second].flatMap((one) => [one.scale.length, one.offset.length]),
  );
  const values = (value: (i: number) => number) =>
    Float64Array.from({ length }, (_, i) => value(i));
  return {
    scale: values((i) => at(second.scale, i) * at(first.scale, i)),
    offset: values((i) => at(second.scale, i) * at(first.offset, i) + at(second.offset, i)),
  };
}

/** The same for an input of 0 to 1, where it is made for one of 0 to 255. */
export function forOurInput({ scale, offset }: Affine): Affine {
  const factor = (value: number) => Math.abs(value) < SCALE_OF_BYTES ? 255 * value : value;
  return { scale: Float64Array.from(scale, factor), offset };
}

/**
 * Weights that do a uniform affine first.
 *
 * @param outputs The last dimension of the kernel.
 */
export function foldBefore(
  affine: Affine,
  { kernel, bias }: KernelAndBias,
  outputs: number,
): KernelAndBias {
  const [scale, offset] = [affine.scale[0], affine.offset[0]];
  const scaled = kernel.map((value) => value * scale);
  if (offset === 0) return { kernel: scaled, bias };
  const sums = new Float64Array(outputs);
  kernel.forEach((value, i) => sums[i % outputs] += value);
  return {
    kernel: scaled,
    bias: Float32Array.from(sums, (sum, k) => (bias?.[k] ?? 0) + offset * sum),
  };
}

/** Weights that do an affine afterwards. */
export function foldAfter(
  { scale, offset }: Affine,
  { kernel, bias }: KernelAndBias,
  outputs: number,
): Required<KernelAndBias> {
  return {
    kernel: kernel.map((value, i) => value * at(scale, i % outputs)),
    bias: Float32Array.from(
      { length: outputs },
      (_, k) => (bias?.[k] ?? 0) * at(scale, k) + at(offset, k),
    ),
  };
}

/** The four weights of a batch normalisation that does nothing else. */
export function normalisationOf({ scale, offset }: Affine, channels: number): Floats[] {
  const values = (value: (k: number) => number) =>
    Float32Array.from({ length: channels }, (_, k) => value(k));
  return [
    values((k) => at(scale, k)),
    values((k) => at(offset, k)),
    values(() => 0),
    values(() => 1),
  ];
}

function at(list: ArrayLike<number>, i: number): number {
  return list[list.length === 1 ? 0 : i];
}
