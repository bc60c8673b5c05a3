// Ruled lines: those of writing paper and of forms, that digits stand on or are crossed by.
// Source: line tracking as for musical staves (Dalitz et al., A Comparative Study of Staff Removal
// Algorithms, 2008): thin runs of ink are followed from column to column, and what crosses them
// stays.

import { type Int, int, max, min } from "./integer.ts";

// A line is no thicker than this share of the picture's shorter side, or than so many pixels,
const THICKNESS_SHARE = 0.025;
const LEAST_THICKNESS = 4;
// has gaps no longer than this share of the picture, but where it runs within other ink,
const GAP_SHARE = 0.05;
// reaches over this share of the picture from end to end,
const SPAN = 0.6;
// and is there in this share of it, other ink left out: a row of digits' bars is not.
const FILLED = 0.6;
// Where it goes on behind other ink is known once it has been followed for this share.
const KNOWN_SHARE = 0.05;

/**
 * Takes ruled lines, horizontal and vertical ones, out of a mask of ink (width x height, row-major,
 * 0 where there is none).
 *
 * @returns Whether there were any.
 */
export function eraseRules(mask: Uint8Array, width: Int, height: Int): boolean {
  const limit = max(LEAST_THICKNESS, int(THICKNESS_SHARE * min(width, height)));
  const horizontal = new RuleEraser(mask, width, height, 1, width, limit).eraseAll();
  // The same with rows and columns exchanged.
  const vertical = new RuleEraser(mask, height, width, width, 1, limit).eraseAll();
  return horizontal || vertical;
}

/** Follows lines along the first direction of a mask. */
class RuleEraser {
  /** By pixel: 1 where the ink across the line is a thin run, 2 where it has been followed. */
  private readonly thin: Uint8Array;
  // The line that is followed: where it runs, by step.
  private readonly first: Int32Array;
  private readonly last: Int32Array;

  constructor(
    private readonly mask: Uint8Array,
    /** How many pixels there are along the line, */
    private readonly length: Int,
    /** and across. */
    private readonly breadth: Int,
    /** From a pixel to the next along the line, */
    private readonly step: Int,
    /** and across. */
    private readonly side: Int,
    private readonly limit: Int,
  ) {
    this.thin = new Uint8Array(mask.length);
    this.first = new Int32Array(length);
    this.last = new Int32Array(length);
  }

  eraseAll(): boolean {
    for (let x = 0; x < this.length; x++) this.markThinRuns(x);
    let any = false;
    const starts = int((1 - SPAN) * this.length); // what begins later is too short
    for (let x = 0; x <= starts; x++) {
      for (let y = 0; y < this.breadth; y++) {
        if (this.thin[x * this.step + y * this.side] === 1 && this.follow(x, y)) any = true;
      }
    }
    return any;
  }

  private markThinRuns(x: Int): void {
    let run = 0;
    for (let y = 0; y <= this.breadth; y++) {
      const at = x * this.step + y * this.side;
      if (y < this.breadth && this.mask[at] !== 0) {
        run++;
        continue;
      }
      if (run <= this.limit) {
        for (let back = 1; back <= run; back++) this.thin[at - back * this.side] = 1;
      }
      run = 0;
    }
  }

  /** Follows what begins at (x, y), and erases it if it is a line. */
  private follow(start: Int, y: Int): boolean {
    const furthest = max(2, int(GAP_SHARE * this.length));
    const known = start + max(4, int(KNOWN_SHARE * this.length));
    let top = y;
    let bottom = y;
    let end = start;
    let filled = 0;
    let hidden = 0;
    let hiddenSince = 0;
    for (let x = start, gap = 0; x < this.length && gap <= furthest; x++, gap++) {
      const slope = end >= known ? (top - y) / (1.0 * (end - start)) : 0.0;
      const drift = int(Math.round(slope * (x - end)));
      // A line may climb by a pixel a step.
      const from = max(0, top + drift - 1);
      const to = min(this.breadth - 1, bottom + drift + 1);
      const run = this.findRun(x, from, to);
      this.first[x] = run;
      if (run < 0) {
        if (end >= known && this.hasInk(x, from, to)) {
          gap--;
          hiddenSince++;
        }
        continue;
      }
      top = run;
      bottom = run;
      while (this.isThin(x, bottom + 1)) bottom++;
      this.last[x] = bottom;
      for (let row = top; row <= bottom; row++) this.thin[x * this.step + row * this.side] = 2;
      end = x;
      gap = 0;
      filled++;
      hidden += hiddenSince; // only where it comes out again
      hiddenSince = 0;
    }
    const span = end - start + 1;
    if (span < SPAN * this.length || filled < FILLED * (span - hidden)) return false;
    for (let x = start; x <= end; x++) {
      if (this.first[x] < 0) continue;
      for (let row = this.first[x]; row <= this.last[x]; row++) {
        this.mask[x * this.step + row * this.side] = 0;
      }
    }
    return true;
  }

  /** Where the thin run begins that touches rows `from` to `to`; -1 where none does. */
  private findRun(x: Int, from: Int, to: Int): Int {
    for (let row = from; row <= to; row++) {
      if (!this.isThin(x, row)) continue;
      let top = row;
      while (this.isThin(x, top - 1)) top--;
      return top;
    }
    return -1;
  }

  private hasInk(x: Int, from: Int, to: Int): boolean {
    for (let row = from; row <= to; row++) {
      if (this.mask[x * this.step + row * this.side] !== 0) return true;
    }
    return false;
  }

  private isThin(x: Int, y: Int): boolean {
    return y >= 0 && y < this.breadth && this.thin[x * this.step + y * this.side] === 1;
  }
}
