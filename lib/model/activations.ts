// What each layer of a network makes of a picture, for people who want to look inside. Computed by
// the plain references of the kernels, which are fast enough for one picture: a backend merges layers
// and keeps nothing that lies between them.

import { normalise } from "../backend/simd/kernels/batch_normalization.reference.ts";
import { convolution } from "../backend/simd/kernels/convolution.reference.ts";
import { addBias, bytesToFloats, relu } from "../backend/simd/kernels/elementwise.reference.ts";
import { averagePool, maxPool } from "../backend/simd/kernels/pooling.reference.ts";
import type { Model } from "./format.ts";
import { checkWeights, elementCount, type Layer, type PlacedLayer, placeLayers } from "./layers.ts";

/** What a layer gives for one picture. Plain data, for a worker to send. */
export interface LayerOutput {
  /** As `placeLayers()` names it. */
  name: string;
  layer: Layer;
  /** [height, width, channels] or [units]. */
  shape: readonly number[];
  /**
   * Row-major, after the layer's own activation. Of the last layer the logits: its softmax is left
   * to whoever knows the temperature that they are divided by first.
   */
  values: Float32Array<ArrayBuffer>;
}

/**
 * What all layers give for a picture, first to last, as in inference: without dropout, and with the
 * moving statistics.
 *
 * @param pixels (height, width, channels) row-major, 0 paper to 255 ink.
 * @throws {TypeError} when the picture or the weights are not of the network's size.
 */
export function activations(
  { architecture, weights }: Pick<Model, "architecture" | "weights">,
  pixels: Uint8Array,
): LayerOutput[] {
  checkWeights(architecture, weights);
  const { inputShape } = architecture;
  const size = elementCount(inputShape);
  if (pixels.length !== size) {
    throw new TypeError(
      `Expected ${inputShape.join("x")} = ${size} pixels, found ${pixels.length}`,
    );
  }
  const byName = new Map(weights.map(({ name, data }) => [name, data]));
  let values = new Float32Array(size);
  bytesToFloats(pixels, values, size);
  return placeLayers(architecture).map((placed) => {
    values = forward(placed, values, placed.weights.map(({ name }) => byName.get(name)!));
    return { name: placed.name, layer: placed.layer, shape: placed.outputShape, values };
  });
}

/** What the layer makes of x. */
function forward(
  { layer, inputShape, outputShape }: PlacedLayer,
  x: Float32Array<ArrayBuffer>,
  weights: readonly Float32Array[],
): Float32Array<ArrayBuffer> {
  const y = new Float32Array(elementCount(outputShape));
  const channels = outputShape.at(-1)!;
  switch (layer.type) {
    case "conv2d": {
      const [h, w, ci] = inputShape;
      const k = layer.kernelSize;
      const border = layer.padding === "same" ? k - 1 : 0;
      const sizes = { n: 1, h: h + border, w: w + border, ci, co: layer.filters, k };
      y.set(convolution(border > 0 ? pad(x, inputShape, border) : x, weights[0], sizes));
      finish(y, weights[1], layer.activation === "relu", channels);
      return y;
    }
    case "dense": {
      // A convolution of a picture that is one pixel large.
      const sizes = { n: 1, h: 1, w: 1, ci: inputShape[0], co: layer.units, k: 1 };
      y.set(convolution(x, weights[0], sizes));
      finish(y, weights[1], layer.activation === "relu", channels);
      return y;
    }
    case "maxPooling2d": {
      const [h, w, c] = inputShape;
      maxPool(x, y, new Int32Array(y.length), h, w, c, layer.poolSize);
      return y;
    }
    case "globalAveragePooling2d": {
      const [h, w, c] = inputShape;
      averagePool(x, y, h * w, c);
      return y;
    }
    case "batchNormalization": {
      const [gamma, beta, mean, variance] = weights;
      const scale = gamma.map((g, i) => g / Math.sqrt(variance[i] + layer.epsilon));
      normalise(x, y, mean, scale, beta, x.length / channels, channels);
      return y;
    }
    case "relu":
      return x.map(relu);
    case "flatten":
    case "dropout":
      return x;
  }
}

/** Adds the bias, if there is one, and cuts off what is negative, if the layer does. */
function finish(
  y: Float32Array,
  bias: Float32Array | undefined,
  isRectified: boolean,
  channels: number,
): void {
  const shift = bias ?? new Float32Array(channels);
  addBias(y, shift, y.length / channels, channels, Number(isRectified));
}

/** x (H,W,C) with `border` more rows and columns of zeros, the odd one after it as Keras has it. */
function pad(x: Float32Array, [h, w, c]: readonly number[], border: number): Float32Array {
  const before = Math.floor(border / 2);
  const padded = new Float32Array((h + border) * (w + border) * c);
  for (let row = 0; row < h; row++) {
    const from = x.subarray(row * w * c, (row + 1) * w * c);
    padded.set(from, ((row + before) * (w + border) + before) * c);
  }
  return padded;
}
