// Which way, among colours, the ink of a picture differs from its paper.
// Source: the first principal component of how pixels differ from the paper (Pearson 1901), by the
// power method.

import type { Colours } from "./colour.ts";
import { type Int, int, max } from "./integer.ts";
import { across, CHANNELS, lumaAt, type Surfaces, TERMS } from "./surface.ts";

const LOOKED_AT = 20_000; // pixels that tell the colour of ink; thin lines are a hundred of them

/** How some pixels differ in colour from the paper: those that are none of its. */
class Differences {
  /** The difference of the pixel that was looked at last. */
  readonly rgb: Float64Array = new Float64Array(CHANNELS);
  private readonly step: Int;
  private at: Int = 0;

  constructor(
    readonly colours: Colours,
    readonly surfaces: Surfaces,
  ) {
    const pixels = colours.width * colours.height;
    const step = max(1, int(pixels / LOOKED_AT));
    // Not always in the same columns.
    this.step = step > 1 && colours.width % step === 0 ? step + 1 : step;
  }

  /** Goes on to the next one; false after the last. */
  next(): boolean {
    const factors = this.surfaces.factors;
    const limit = this.surfaces.limit;
    const width = this.colours.width;
    const pixels = width * this.colours.height;
    while (this.at < pixels) {
      const y = int(this.at / width);
      const u = across(this.at - y * width, width);
      const v = across(y, this.colours.height);
      let sum = 0.0;
      for (let channel = 0, i = 0; channel < CHANNELS; channel++, i += TERMS) {
        const paper = factors[i] + (factors[i + 1] + factors[i + 3] * u) * u +
          (factors[i + 2] + factors[i + 4] * u + factors[i + 5] * v) * v;
        const difference = this.colours.data[CHANNELS * this.at + channel] - paper;
        this.rgb[channel] = difference;
        sum += difference * difference;
      }
      this.at += this.step;
      if (sum > CHANNELS * limit * limit) return true;
    }
    return false;
  }
}

const ITERATIONS = 12; // of the power method: the largest of three eigenvalues is well apart

/**
 * The direction in which colours differ from the paper's most: the first principal component of the
 * differences, each weighted by its length rather than its square, for a few black pixels should
 * not outvote many that are blue. All grey where nothing differs.
 */
export function inkDirection(colours: Colours, surfaces: Surfaces): Float64Array {
  const matrix = new Float64Array(CHANNELS * CHANNELS);
  const differences = new Differences(colours, surfaces);
  while (differences.next()) {
    const rgb = differences.rgb;
    const length = Math.sqrt(rgb[0] * rgb[0] + rgb[1] * rgb[1] + rgb[2] * rgb[2]);
    for (let i = 0; i < CHANNELS; i++) {
      for (let j = 0; j < CHANNELS; j++) matrix[i * CHANNELS + j] += rgb[i] * rgb[j] / length;
    }
  }
  let most = 0; // the channel that differs most: its row is not at right angles to the component
  for (let i = 1; i < CHANNELS; i++) {
    if (matrix[i * CHANNELS + i] > matrix[most * CHANNELS + most]) most = i;
  }
  let direction = matrix.slice(most * CHANNELS, (most + 1) * CHANNELS);
  if (matrix[most * CHANNELS + most] === 0) direction.fill(1);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const product = new Float64Array(CHANNELS);
    let sum = 0.0;
    for (let i = 0; i < CHANNELS; i++) {
      for (let j = 0; j < CHANNELS; j++) product[i] += matrix[i * CHANNELS + j] * direction[j];
      sum += Math.abs(product[i]);
    }
    if (sum === 0) break;
    for (let i = 0; i < CHANNELS; i++) product[i] /= sum;
    direction = product;
  }
  let sum = 0.0;
  for (let i = 0; i < CHANNELS; i++) sum += Math.abs(direction[i]);
  for (let i = 0; i < CHANNELS; i++) direction[i] /= sum;
  return direction;
}

/**
 * Turns the direction so that it leads from paper to ink: of what lies on both sides of the paper,
 * the greater part. Where it is known whether the ink is lighter, as that says.
 *
 * @returns Whether the ink is lighter than the paper.
 */
export function orient(
  direction: Float64Array,
  colours: Colours,
  surfaces: Surfaces,
  inverted: Int,
): boolean {
  const isLight = lumaAt(direction, 0) > 0;
  let towards = 0.0;
  let away = 0.0;
  const differences = new Differences(colours, surfaces);
  while (differences.next()) {
    const rgb = differences.rgb;
    const along = direction[0] * rgb[0] + direction[1] * rgb[1] + direction[2] * rgb[2];
    if (along > 0) towards += along;
    else away -= along;
  }
  const turn = inverted < 0
    ? away > towards || (away === towards && isLight) // nothing there: ink is dark
    : isLight !== (inverted === 1);
  if (!turn) return isLight;
  for (let i = 0; i < CHANNELS; i++) direction[i] = -direction[i];
  return !isLight;
}
