// A picture's paper on a scale that leads from it to the ink.

import { blueOf, type Colours, greenOf, redOf } from "./colour.ts";
import { differencesFrom, inkDirection, orient } from "./direction.ts";
import type { Int } from "./integer.ts";
import { Plane } from "./plane.ts";
import { across, CHANNELS, fitSurfaces, Profile, TERMS } from "./surface.ts";

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
  const differences = differencesFrom(colours, surfaces);
  const weights = inkDirection(differences);
  const isLight = orient(weights, differences, inverted);
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
  const offset = paper.offset;
  const pixels = colours.pixels;
  const data = new Float64Array(pixels.length);
  for (let i = 0; i < data.length; i++) {
    const pixel = pixels[i];
    data[i] = offset + red * redOf(pixel) + green * greenOf(pixel) + blue * blueOf(pixel);
  }
  return new Plane(colours.width, colours.height, data);
}

/** The paper on its own scale of ink, as if there were none on it. */
export function drawPaper(paper: Paper, width: Int, height: Int): Plane {
  const surface = new Profile(paper.surface, 0);
  const us = new Float64Array(width);
  for (let x = 0; x < width; x++) us[x] = across(x, width);
  const data = new Float64Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    surface.enter(across(y, height));
    if (surface.isEven) {
      data.fill(toScale(surface.at(0)), i, i + width);
      i += width;
      continue;
    }
    for (let x = 0; x < width; x++, i++) data[i] = toScale(surface.at(us[x]));
  }
  return new Plane(width, height, data);
}

/** The nearest value on the scale of ink. */
function toScale(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value; // faster than Math.min() and max()
}
