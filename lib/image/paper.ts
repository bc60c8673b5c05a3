// A picture's paper on a scale that leads from it to the ink.

import type { Colours } from "./colour.ts";
import { inkDirection, orient } from "./direction.ts";
import type { Int } from "./integer.ts";
import { Plane } from "./plane.ts";
import { across, CHANNELS, fitSurfaces, TERMS } from "./surface.ts";

/** A picture's paper, and the scale from it to the ink. */
export class Paper {
  constructor(
    /**
     * What red, green and blue count for on the scale of ink: 0 is the colour that is furthest from
     * ink, 255 the one that is most like it. The absolute weights add up to 1.
     */
    readonly weights: Float64Array,
    /** What is added to the weighted sum, so that the scale begins at 0. */
    readonly offset: number,
    /** On that scale the paper is this quadratic surface: factors of {@linkcode TERMS} terms. */
    readonly surface: Float64Array,
    /** The ink is lighter than the paper. */
    readonly inverted: boolean,
  ) {}
}

/**
 * Estimates the paper, and the scale from it to the ink.
 *
 * @param inverted Whether the ink is lighter. 1: it is; 0: it is not; -1: find out.
 */
export function findPaper(colours: Colours, inverted: Int): Paper {
  const surfaces = fitSurfaces(colours, inverted);
  const weights = inkDirection(colours, surfaces);
  const isLight = orient(weights, colours, surfaces, inverted);
  const surface = new Float64Array(TERMS);
  let offset = 0.0;
  for (let channel = 0; channel < CHANNELS; channel++) {
    if (weights[channel] < 0) offset -= 255 * weights[channel];
    for (let i = 0; i < TERMS; i++) {
      surface[i] += weights[channel] * surfaces.factors[channel * TERMS + i];
    }
  }
  surface[0] += offset;
  return new Paper(weights, offset, surface, isLight);
}

/** How much each pixel is like ink, on the paper's scale. */
export function inkScale(colours: Colours, paper: Paper): Plane {
  const red = paper.weights[0];
  const green = paper.weights[1];
  const blue = paper.weights[2];
  const from = colours.data;
  const data = new Float64Array(colours.width * colours.height);
  for (let i = 0, at = 0; i < data.length; i++, at += CHANNELS) {
    data[i] = paper.offset + red * from[at] + green * from[at + 1] + blue * from[at + 2];
  }
  return new Plane(colours.width, colours.height, data);
}

/** The paper on its own scale of ink, as if there were none on it. */
export function drawPaper(paper: Paper, width: Int, height: Int): Plane {
  const surface = paper.surface;
  const data = new Float64Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const v = across(y, height);
    const constant = surface[0] + (surface[2] + surface[5] * v) * v;
    const linear = surface[1] + surface[4] * v;
    const square = surface[3];
    for (let x = 0; x < width; x++, i++) {
      const u = across(x, width);
      data[i] = Math.min(255, Math.max(0, constant + (linear + square * u) * u));
    }
  }
  return new Plane(width, height, data);
}
