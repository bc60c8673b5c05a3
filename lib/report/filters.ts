// What the first layer looks for: its weights as pictures.

import { type Architecture, placeLayers, type Weight } from "../model/layers.ts";

/** One filter of a convolution, or all that goes into one unit of a dense layer. */
export interface Filter {
  /** [height, width], -1 to 1: divided by the largest of its own, whatever the sign. */
  values: Float32Array;
  height: number;
  width: number;
}

/** The filters of the first layer that has any, in order, and what the layer is. */
export interface FirstLayer {
  type: "conv2d" | "dense";
  name: string;
  filters: Filter[];
}

/**
 * The first layer's weights. Undefined for a network whose first convolution or dense layer does
 * not see the picture itself, as pixels of one channel.
 */
export function firstLayer(
  architecture: Architecture,
  weights: readonly Weight[],
): FirstLayer | undefined {
  const [rows, columns, channels] = architecture.inputShape;
  const placed = placeLayers(architecture);
  const place = placed.findIndex(({ layer }) => layer.type === "conv2d" || layer.type === "dense");
  const { layer, name } = placed[place];
  const reachesPixels = placed.slice(0, place)
    .every(({ layer }) => ["flatten", "dropout", "batchNormalization"].includes(layer.type));
  const kernel = weights.find((weight) => weight.name === `${name}/kernel`);
  if (channels !== 1 || !reachesPixels || !kernel) return undefined;
  if (layer.type !== "conv2d" && layer.type !== "dense") return undefined;
  const [height, width] = layer.type === "conv2d"
    ? [layer.kernelSize, layer.kernelSize]
    : [rows, columns];
  const count = kernel.shape.at(-1)!;
  // Both [kh, kw, 1, out] and [in, out] hold the pixels of one filter `count` apart.
  const filters = Array.from({ length: count }, (_, k) => {
    const values = Float32Array.from(
      { length: height * width },
      (_, i) => kernel.data[i * count + k],
    );
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1;
    return { values: values.map((value) => value / largest), height, width };
  });
  return { type: layer.type, name, filters };
}
