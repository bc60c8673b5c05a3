// What the lesson says in words: what a layer does, and where in a picture something speaks for the
// answer. Nothing here needs a page.

import type { Layer } from "../../../model/layers.ts";

/** A layer in the words of a lesson. */
export interface LayerWords {
  /** What it is, with its settings. */
  title: string;
  /** What it does, in a sentence or two. */
  sentence: string;
}

// Does not break at the end of a line.
const TIMES = "\u00a0×\u00a0";

/** Describes a layer for somebody who is learning about networks. */
export function layerWords(layer: Layer): LayerWords {
  switch (layer.type) {
    case "conv2d": {
      const size = `${layer.kernelSize}${TIMES}${layer.kernelSize}`;
      const border = layer.padding === "same"
        ? " A border of zeros around the maps keeps their size."
        : "";
      return {
        title: `Convolution, ${size}, ${layer.filters} filters${withRelu(layer)}`,
        sentence: `Each filter slides a window of ${size} over what is before it and marks ` +
          `where it finds its pattern: one map for each filter.${border}${reluSentence(layer)}`,
      };
    }
    case "maxPooling2d": {
      const size = `${layer.poolSize}${TIMES}${layer.poolSize}`;
      return {
        title: `Max-pooling, ${size}`,
        sentence: `Of every ${size} numbers only the largest stays. The maps get smaller, and a ` +
          "digit may be shifted a little without changing much.",
      };
    }
    case "globalAveragePooling2d":
      return {
        title: "Global average pooling",
        sentence: "Each map becomes a single number, its mean: how much of the pattern there is, " +
          "wherever it is.",
      };
    case "batchNormalization":
      return {
        title: "Batch normalisation",
        sentence: "Brings every map to a scale that was learnt in training, so that none drowns " +
          "out the others.",
      };
    case "relu":
      return {
        title: "ReLU",
        sentence: "Sets negative numbers to 0. Without such a bend, all layers together could do " +
          "no more than a single one.",
      };
    case "flatten":
      return {
        title: "Flatten",
        sentence: "The same numbers, in a row for the layer that follows.",
      };
    case "dropout":
      return {
        title: `Dropout, ${Math.round(100 * layer.rate)} %`,
        sentence: "In training, each step sets this share of the numbers to 0 at random, so that " +
          "the network relies on no single one. In reading it does nothing.",
      };
    case "dense":
      return {
        title: `Dense, ${layer.units} units${withRelu(layer)}`,
        sentence: layer.activation === "softmax"
          ? "For each class, adds up all numbers before it, each times a weight. Softmax turns " +
            "these sums into probabilities that add up to 100 %."
          : "Each unit adds up all numbers before it, each times a weight of its own." +
            reluSentence(layer),
      };
  }
}

function withRelu({ activation }: Extract<Layer, { activation: unknown }>): string {
  return activation === "linear" ? "" : activation === "relu" ? ", ReLU" : ", softmax";
}

function reluSentence({ activation }: Extract<Layer, { activation: unknown }>): string {
  return activation === "relu" ? " ReLU then sets negative numbers to 0." : "";
}

/** `26 × 26 × 32`, or `1,152`. */
export function shapeWords(shape: readonly number[]): string {
  return shape.map((size) => size.toLocaleString("en")).join(TIMES);
}

/** What becomes of the last layer's sums before softmax; see lib/model/calibration.ts. */
export function temperatureWords(temperature: number): string {
  return temperature === 1
    ? ""
    : `The sums are first divided by the temperature, ${
      temperature.toFixed(2)
    }, which was chosen ` +
      "so that of all answers given with 90 % nine in ten are right.";
}

/** Nats: what counts for less is not worth a word, for it changes the odds by a tenth only. */
const LEAST = 0.1;
/** Nor is what counts for less than this share of what counts most. */
const LEAST_SHARE = 0.2;

/**
 * Says what speaks most for the class and what most against it.
 *
 * @param pixels (28, 28), 0 paper to 255 ink.
 * @param occlusion (28, 28), as `occlusionMap()` gives it.
 */
export function evidenceWords(pixels: Uint8Array, occlusion: Float32Array): string {
  const most = occlusion.indexOf(Math.max(...occlusion));
  const least = occlusion.indexOf(Math.min(...occlusion));
  const enough = Math.max(LEAST, LEAST_SHARE * Math.max(occlusion[most], -occlusion[least]));
  const speaksFor = occlusion[most] >= enough
    ? `What speaks most for it is ${placeWords(pixels, most)}.`
    : "No single place speaks for it.";
  const speaksAgainst = -occlusion[least] >= enough
    ? `What speaks most against it is ${placeWords(pixels, least)}.`
    : "No single place speaks against it.";
  return `${speaksFor} ${speaksAgainst}`;
}

const PLACES = [
  ["at the upper left", "at the top", "at the upper right"],
  ["on the left", "in the middle", "on the right"],
  ["at the lower left", "at the bottom", "at the lower right"],
];

function placeWords(pixels: Uint8Array, index: number): string {
  const third = (position: number) => Math.floor(3 * position / 28);
  const what = pixels[index] > 127 ? "the ink" : "the empty paper";
  return `${what} ${PLACES[third(Math.floor(index / 28))][third(index % 28)]}`;
}
