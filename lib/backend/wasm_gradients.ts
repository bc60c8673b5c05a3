// The gradient kernels that TensorFlow.js 4.22's wasm backend lacks (Conv2DBackpropFilter), or has
// in a form some ten times slower than its own XNNPACK-backed convolution and matrix product.
// Convolutions' gradients are convolutions again (Dumoulin and Visin 2016, chapter 4), so they are
// composed from the fast forward kernels.

import * as tf from "@tensorflow/tfjs";

const BACKEND = "wasm";

/** The part of the wasm backend that kernels work with. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: "float32"): tf.TensorInfo;
  /** A view of the WebAssembly heap: any allocation may move it, so take it last. */
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array;
  disposeData(dataId: tf.DataId): boolean;
}

type Inputs = Record<string, tf.Tensor>;
/** Height and width. */
type Pair = [number, number];

interface ConvAttributes {
  strides: number | Pair;
  pad: "valid" | "same" | number | [Pair, Pair, Pair, Pair];
  dimRoundingMode?: "floor" | "round" | "ceil";
}

let registered = false;

/**
 * Puts the kernels in the place of the backend's own; to be called before the backend starts. Does
 * nothing the second time.
 */
export function registerWasmGradients(): void {
  if (registered) return;
  registered = true;
  replace("Conv2DBackpropFilter", () => conv2dBackpropFilter);
  replace("Conv2DBackpropInput", () => conv2dBackpropInput);
  replace("MaxPoolGrad", () => maxPoolGrad);
  replace("BatchMatMul", batchMatMul);
}

/** @param make Gives the new kernel, from the one that the backend has. */
function replace(kernelName: string, make: (original: tf.KernelFunc) => unknown): void {
  // The wasm backend lacks some of them; getKernel() then gives undefined, whatever its type says.
  const original = tf.getKernel(kernelName, BACKEND) as tf.KernelConfig | undefined;
  if (original) tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    setupFunc: original?.setupFunc,
    kernelFunc: make(original?.kernelFunc as tf.KernelFunc) as tf.KernelFunc,
  });
}

/** Padding and sizes of a convolution; strides other than 1 have no composed form here. */
function convInfo(
  x: number[],
  filter: number[],
  { strides, pad, dimRoundingMode }: ConvAttributes,
) {
  const info = tf.backend_util.computeConv2DInfo(
    x as [number, number, number, number],
    filter as [number, number, number, number],
    strides,
    1,
    pad as "valid",
    dimRoundingMode,
  );
  if (info.strideHeight !== 1 || info.strideWidth !== 1) {
    throw new Error("The wasm backend trains convolutions of stride 1 only: use --backend cpu");
  }
  return info;
}

/**
 * x is (N,H,W,C), dy is (N,OH,OW,F); gives dw (KH,KW,C,F).
 * The gradient is the convolution of x with dy, batch and channels having changed places:
 * (C,H,W,N) * (OH,OW,N,F) = (C,KH,KW,F).
 */
function conv2dBackpropFilter(
  { inputs, attrs }: { inputs: Inputs; attrs: ConvAttributes & { filterShape: number[] } },
) {
  const { x, dy } = inputs;
  const { padInfo } = convInfo(x.shape, attrs.filterShape, attrs);
  return tf.tidy(() => {
    const padded = tf.pad(x, [[0, 0], [padInfo.top, padInfo.bottom], [
      padInfo.left,
      padInfo.right,
    ], [0, 0]]);
    const picture = tf.transpose(padded, [3, 1, 2, 0]) as tf.Tensor4D;
    const filter = tf.transpose(dy, [1, 2, 0, 3]) as tf.Tensor4D;
    return tf.transpose(tf.conv2d(picture, filter, 1, "valid"), [1, 2, 0, 3]);
  });
}

/**
 * dy is (N,OH,OW,F), filter is (KH,KW,C,F); gives dx (N,H,W,C): the full convolution of dy with the
 * filter turned by 180 degrees.
 */
function conv2dBackpropInput(
  { inputs, attrs }: { inputs: Inputs; attrs: ConvAttributes & { inputShape: number[] } },
) {
  const { dy, filter } = inputs;
  const { padInfo, filterHeight, filterWidth } = convInfo(attrs.inputShape, filter.shape, attrs);
  return tf.tidy(() => {
    const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
    const padded = tf.pad(dy, [
      [0, 0],
      [filterHeight - 1 - padInfo.top, filterHeight - 1 - padInfo.bottom],
      [filterWidth - 1 - padInfo.left, filterWidth - 1 - padInfo.right],
      [0, 0],
    ]) as tf.Tensor4D;
    return tf.conv2d(padded, turned, 1, "valid");
  });
}

/**
 * dy is (N,OH,OW,C), input is (N,H,W,C); gives dx (N,H,W,C). The gradient goes to the first maximum
 * of each window, as on TensorFlow.js' other backends.
 */
function maxPoolGrad({ inputs, backend, attrs }: {
  inputs: Inputs;
  backend: WasmBackend;
  attrs: { filterSize: number | Pair; strides: number | Pair; pad: "valid" | "same" | number };
}) {
  const { dy, input } = inputs;
  const info = tf.backend_util.computePool2DInfo(
    input.shape as [number, number, number, number],
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
  );
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = info;
  const output = backend.makeOutput(input.shape, "float32");
  const x = backend.typedArrayFromHeap(input);
  const dOut = backend.typedArrayFromHeap(dy);
  const dx = backend.typedArrayFromHeap(output).fill(0);

  // One window at a time, all channels of it abreast, for that is how they lie in memory.
  const best = new Float32Array(inChannels);
  const bestAt = new Int32Array(inChannels);
  let from = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * info.strideHeight - info.padInfo.top;
      const rowStart = Math.max(0, top);
      const rowEnd = Math.min(inHeight, top + info.filterHeight);
      for (let column = 0; column < outWidth; column++) {
        const left = column * info.strideWidth - info.padInfo.left;
        const columnStart = Math.max(0, left);
        const columnEnd = Math.min(inWidth, left + info.filterWidth);
        best.fill(-Infinity);
        for (let i = rowStart; i < rowEnd; i++) {
          for (let j = columnStart; j < columnEnd; j++) {
            const start = ((n * inHeight + i) * inWidth + j) * inChannels;
            for (let channel = 0; channel < inChannels; channel++) {
              const value = x[start + channel];
              if (value > best[channel]) {
                best[channel] = value;
                bestAt[channel] = start + channel;
              }
            }
          }
        }
        for (let channel = 0; channel < inChannels; channel++) {
          if (best[channel] > -Infinity) dx[bestAt[channel]] += dOut[from];
          from++;
        }
      }
    }
  }
  return output;
}

/**
 * Wraps the backend's product, whose fast path takes operands that are not transposed only:
 * transposing first is far cheaper than its slow path.
 */
function batchMatMul(product: tf.KernelFunc): unknown {
  return (
    { inputs, attrs, backend }: {
      inputs: { a: tf.TensorInfo; b: tf.TensorInfo };
      attrs: { transposeA: boolean; transposeB: boolean };
      backend: WasmBackend;
    },
  ) => {
    const transposeKernel = tf.getKernel("Transpose", BACKEND).kernelFunc;
    const owned: tf.TensorInfo[] = [];
    const upright = (x: tf.TensorInfo, transposed: boolean) => {
      if (!transposed) return x;
      const perm = x.shape.map((_, axis) => axis);
      perm.push(...perm.splice(-2).reverse());
      const result = transposeKernel({
        inputs: { x },
        attrs: { perm },
        backend: backend as never,
      }) as tf.TensorInfo;
      owned.push(result);
      return result;
    };
    const a = upright(inputs.a, attrs.transposeA);
    const b = upright(inputs.b, attrs.transposeB);
    const result = product({
      inputs: { a, b },
      attrs: { transposeA: false, transposeB: false },
      backend: backend as never,
    });
    for (const { dataId } of owned) backend.disposeData(dataId);
    return result;
  };
}
