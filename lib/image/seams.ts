// Where to cut what may be several digits that touch: along paths from top to bottom that cross as
// little ink as can be. Too many cuts rather than too few: who reads the pieces puts them together.
// Sources: heuristic over-segmentation (LeCun et al. 1998, VI.A); paths of least cost by dynamic
// programming, as in seam carving (Avidan & Shamir 2007).

import { type Int, int, max, min } from "./integer.ts";
import type { Component } from "./components.ts";
import type { Plane } from "./plane.ts";

// What a step costs: on paper next to nothing, to the side a little more, through ink its darkness,
// which is 1 where it is full.
const PAPER = 0.01;
const SIDEWAYS = 0.05;
const LEAST_INK = 0.3; // a soft rim is part of the stroke
// Two paths are at least this share of the piece's height apart, and at least so many pixels.
const APART = 0.08;
const LEAST_APART = 2;

/**
 * Relabels the pixels of `piece` from left to right: those left of the first path get `firstLabel`,
 * those after it the next one, and so on.
 *
 * @param labels By pixel of `contrast`, the label of the piece it belongs to.
 * @returns How many labels that makes; 1 where there is nowhere to cut.
 */
export function cutBySeams(
  piece: Component,
  contrast: Plane,
  labels: Int32Array,
  firstLabel: Int,
): Int {
  const width = piece.right - piece.left + 1;
  const height = piece.bottom - piece.top + 1;
  const cost = costOf(piece, contrast, labels);
  // The cheapest ways from each pixel to the upper and to the lower end, as far as the middle row.
  const middle = int(height / 2);
  const up = cost.slice();
  for (let y = 1; y <= middle; y++) addCheapest(up, y, y - 1, width);
  const down = cost.slice();
  for (let y = height - 2; y >= middle; y--) addCheapest(down, y, y + 1, width);

  const seams: Int[] = []; // where they cross the middle row
  const apart = max(LEAST_APART, int(APART * height));
  const row = middle * width;
  for (let x = apart; x < width - apart; x++) {
    const value = up[row + x] + down[row + x] - cost[row + x];
    let isLeast = true;
    for (let other = x - apart; other <= x + apart; other++) {
      if (other < 0 || other >= width) continue;
      if (up[row + other] + down[row + other] - cost[row + other] < value) isLeast = false;
    }
    const isApart = seams.length === 0 || x > seams[seams.length - 1] + apart;
    if (isLeast && isApart) seams.push(x);
  }

  // How many paths each pixel is to the right of, counted row by row outwards from the middle.
  const rights = new Int32Array(width * height);
  for (let i = 0; i < seams.length; i++) {
    mark(rights, up, seams[i], middle, -1, width, height);
    mark(rights, down, seams[i], middle, 1, width, height);
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0, passed = 0; x < width; x++) {
      passed += rights[y * width + x];
      const at = (piece.top + y) * contrast.width + piece.left + x;
      if (labels[at] === piece.label) labels[at] = firstLabel + passed;
    }
  }
  return seams.length + 1;
}

/** What it costs to go through each pixel of the piece's box. */
function costOf(piece: Component, contrast: Plane, labels: Int32Array): Float64Array {
  const width = piece.right - piece.left + 1;
  const height = piece.bottom - piece.top + 1;
  const cost = new Float64Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const at = (piece.top + y) * contrast.width + piece.left + x;
      cost[i] = labels[at] === piece.label
        ? Math.max(LEAST_INK, contrast.data[at] / piece.peak)
        : PAPER;
    }
  }
  return cost;
}

/** Adds to row `y` what the cheapest way on from each of its pixels costs, given that of row `next`. */
function addCheapest(cost: Float64Array, y: Int, next: Int, width: Int): void {
  for (let x = 0; x < width; x++) {
    cost[y * width + x] += wayOn(cost, next * width, x, width);
  }
}

/** The cost of the cheapest way on to the row that begins at `row`. */
function wayOn(cost: Float64Array, row: Int, x: Int, width: Int): number {
  let least = cost[row + x];
  if (x > 0) least = Math.min(least, cost[row + x - 1] + SIDEWAYS);
  if (x < width - 1) least = Math.min(least, cost[row + x + 1] + SIDEWAYS);
  return least;
}

/** Marks where the path from (start, middle) goes: up (`step` -1), or down (1) with the middle row. */
function mark(
  rights: Int32Array,
  cost: Float64Array,
  start: Int,
  middle: Int,
  step: Int,
  width: Int,
  height: Int,
): void {
  let x = start;
  for (let y = middle; y >= 0 && y < height; y += step) {
    if (y !== middle || step > 0) rights[y * width + x]++;
    const next = y + step;
    if (next < 0 || next >= height) return;
    const least = wayOn(cost, next * width, x, width);
    if (cost[next * width + x] > least) {
      const left = x > 0 && cost[next * width + x - 1] + SIDEWAYS <= least;
      x = left ? x - 1 : min(width - 1, x + 1);
    }
  }
}
