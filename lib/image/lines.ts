// Which spots of ink stand in one line, and in what order lines and spots are read.

import { groupBy } from "../arrays.ts";
import { heightOf, type Piece, sum } from "./pieces.ts";

// Two spots are in one line if the rows they share are at least this part of the shorter's height:
// digits of a ragged line share that with the next, those of two lines do not.
const SHARED_ROWS = 0.5;

/**
 * Groups spots into lines, from top to bottom, each in order from left to right. A spot is joined to
 * the next one at its right only: in a line that climbs, those at its ends need not share any row.
 *
 * @returns The indices of each line's spots.
 */
export function findLines(spots: readonly Piece[]): number[][] {
  const order = [...spots.keys()].sort((a, b) => centreX(spots[a]) - centreX(spots[b]));
  const lineOf = spots.map((_, i) => i);
  const find = (i: number): number => lineOf[i] === i ? i : lineOf[i] = find(lineOf[i]);
  order.forEach((spot, at) => {
    const next = order.slice(at + 1).find((other) => shareRows(spots[spot], spots[other]));
    if (next !== undefined) lineOf[find(next)] = find(spot);
  });
  const lines = groupBy(order, find);
  return [...lines.values()].sort((a, b) => centreY(a, spots) - centreY(b, spots));
}

function shareRows(a: Piece, b: Piece): boolean {
  const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) + 1;
  return shared >= SHARED_ROWS * Math.min(heightOf(a), heightOf(b));
}

function centreX({ left, right }: Piece): number {
  return (left + right) / 2;
}

/** The middle of a line's ink, weighted by area: specks do not move it. */
function centreY(line: readonly number[], spots: readonly Piece[]): number {
  const moments = line.map((i) => spots[i].area * (spots[i].top + spots[i].bottom) / 2);
  return sum(moments) / sum(line.map((i) => spots[i].area));
}
