// Which way, among colours, the ink of a picture differs from its paper.
// Source: the first principal component of how pixels differ from the paper (Pearson 1901), by the
// power method.

import { blueOf, type Colours, greenOf, redOf } from "./colour.ts";
import { type Int, int, max } from "./integer.ts";
import { across, CHANNELS, luma, Profile, type Surfaces, TERMS } from "./surface.ts";

const LOOKED_AT = 20_000; // pixels that tell the colour of ink; thin lines are a hundred of them

/** How some pixels differ in colour from the paper: those that are none of its. */
export class Differences {
  constructor(
    readonly count: Int,
    /** ({@linkcode count}, {@linkcode CHANNELS}), and what was not needed. */
    readonly rgb: Float64Array,
  ) {}
}

/** Looks at some pixels. */
export function differencesFrom(colours: Colours, surfaces: Surfaces): Differences {
  const width = colours.width;
  const height = colours.height;
  const least = CHANNELS * surfaces.limit * surfaces.limit;
  const pixels = colours.pixels;
  const each = max(1, int(pixels.length / LOOKED_AT));
  // Not always in the same columns.
  const step = each > 1 && width % each === 0 ? each + 1 : each;
  const redPaper = new Profile(surfaces.factors, 0);
  const greenPaper = new Profile(surfaces.factors, TERMS);
  const bluePaper = new Profile(surfaces.factors, 2 * TERMS);
  const rgb = new Float64Array(CHANNELS * int((pixels.length + step - 1) / step));
  let count = 0;
  for (let y = 0, i = 0; y < height; y++) {
    const v = across(y, height);
    redPaper.enter(v);
    greenPaper.enter(v);
    bluePaper.enter(v);
    const row = y * width;
    for (; i < row + width; i += step) {
      const u = across(i - row, width);
      const red = redOf(pixels[i]) - redPaper.at(u);
      const green = greenOf(pixels[i]) - greenPaper.at(u);
      const blue = blueOf(pixels[i]) - bluePaper.at(u);
      if (red * red + green * green + blue * blue <= least) continue;
      rgb[CHANNELS * count] = red;
      rgb[CHANNELS * count + 1] = green;
      rgb[CHANNELS * count + 2] = blue;
      count++;
    }
  }
  return new Differences(count, rgb);
}

const ITERATIONS = 12; // of the power method: the largest of three eigenvalues is well apart

/**
 * The direction in which colours differ from the paper's most: the first principal component of the
 * differences, each weighted by its length rather than its square, for a few black pixels should
 * not outvote many that are blue. All grey where nothing differs.
 */
export function inkDirection(differences: Differences): Float64Array {
  const matrix = new Float64Array(CHANNELS * CHANNELS);
  const rgb = differences.rgb;
  for (let at = 0; at < CHANNELS * differences.count; at += CHANNELS) {
    const red = rgb[at];
    const green = rgb[at + 1];
    const blue = rgb[at + 2];
    const length = Math.sqrt(red * red + green * green + blue * blue);
    for (let i = 0; i < CHANNELS; i++) {
      const share = rgb[at + i] / length;
      matrix[i * CHANNELS] += share * red;
      matrix[i * CHANNELS + 1] += share * green;
      matrix[i * CHANNELS + 2] += share * blue;
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
  differences: Differences,
  inverted: Int,
): boolean {
  const isLight = luma(direction[0], direction[1], direction[2]) > 0;
  let towards = 0.0;
  let away = 0.0;
  const rgb = differences.rgb;
  for (let at = 0; at < CHANNELS * differences.count; at += CHANNELS) {
    const along = direction[0] * rgb[at] + direction[1] * rgb[at + 1] + direction[2] * rgb[at + 2];
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
