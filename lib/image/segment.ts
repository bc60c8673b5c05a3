// How many digits there are in a picture, and which ink belongs to which: the pieces of a line are
// put together in all ways that make sense, and the way wins whose digits are the likeliest.
// Source: LeCun, Bottou, Bengio & Haffner, Gradient-Based Learning Applied to Document Recognition
// (1998), VI: heuristic over-segmentation, and the path of least penalty through the graph of
// candidates, here by dynamic programming from left to right. Penalties are negative logarithms of
// probabilities.

import { findLines } from "./lines.ts";
import type { Drawn, OpenPage } from "./open.ts";
import { enclose, heightOf, type Piece, sizeOf, sum, typicalHeight, widthOf } from "./pieces.ts";

/** Some ink, and what was thought of it. */
export interface Judged extends Drawn {
  /** The penalty for taking it for one whole digit, by its looks. */
  readonly loss: number;
  /** A further penalty, for how it was come by; none unless given. */
  readonly doubt?: number;
}

/** Judges ink as a digit. */
export type Judge<J extends Judged> = (drawn: readonly Drawn[]) => Promise<J[]>;

/** One way to see a picture's ink as digits. */
export interface Segmentation<J extends Judged> {
  /** From top to bottom, from left to right. */
  readonly lines: readonly (readonly J[])[];
  /** All penalties, of digits and of ink that is in none. */
  readonly cost: number;
  /**
   * How much of the picture this explains: digits count by their size, the more the surer they are,
   * and what is left over counts against it. To compare ways of telling ink from paper with.
   */
  readonly value: number;
}

// A piece that is less likely a digit than this penalty says, at least so wide for its height, and so
// high for the page's digits, may be several that touch, and is cut.
const DOUBTFUL = 0.3;
const LEAST_WIDTH = 0.35;
const LEAST_HEIGHT = 0.4;
// A digit has no more pieces than this, slices of one not counted,
const MOST_PIECES = 8;
// and is no wider for its height or that of the page's digits.
const MOST_WIDTH = 1.8;
// The logarithms of the heights of a page's digits have this standard deviation.
const HEIGHT_DEVIATION = 0.6;
// Digits are hardly wider for their height than this: the penalty for each time as much again.
const WIDE = 1.3;
const TOO_WIDE = 2;
// The penalty for taking for a whole digit what is cut out of a piece,
const CUT = 0.5;
// what has gaps from top to bottom, for each that is as wide as the digits are high,
const GAP = 3;
// and what the picture's edge may have cut off, being lower than this share of the page's digits.
const EDGE = 1;
const CUT_OFF = 0.7;

// The penalty for leaving a piece out: none if it is no longer than this share of the digits' height,
const SPECK = 0.15;
// this if it is so long, for each digit that it has room for: what is as unlikely as that is none,
const WHOLE = 0.6;
const NO_DIGIT = 5;
// a small part of it for what the edge may have cut off,
const NEIGHBOUR = 0.2;
// and next to nothing for lines: longer than the digits are high by this factor, and no thicker than
// this share of their length.
const LINE_LENGTH = 1.3;
const LINE_THICKNESS = 0.12;
const LINE = 0.1;

// Two pieces one above the other may be parts of a digit if they share this part of the columns of
// the narrower, and the gap is no larger than this part of the higher one's height.
const SHARED_COLUMNS = 0.3;
const FURTHEST_ABOVE = 0.4;
// Digits of two lines are further apart than this part of it: nearer, there is something to gain.
const CLOSE = 0.15;
const GAIN = 1;
// Of a picture of one digit, spots of less than this part of the largest one's area are not its parts.
const LEAST_PART = 0.05;
// To be taken for one digit rather than for what its parts are, it has to be so much likelier.
const SEVERAL = 0.5;

/** Pieces that belong together. */
interface Unit extends Piece {
  readonly pieces: readonly number[];
  /** It is a slice of a piece. */
  readonly isSlice?: boolean;
}

/** What may be a digit: the items of a line from `from` to before `to`. */
interface Candidate {
  readonly from: number;
  readonly to: number;
  readonly unit: Unit;
  /** It is one whole piece that was cut. */
  readonly isWhole: boolean;
  readonly doubt: number;
}

/** A unit and the penalty for what it was taken for. */
interface Taken<J> {
  readonly unit: Unit;
  readonly cost: number;
  /** The digit; undefined where it is left out. */
  readonly digit?: J;
}

/** Finds the digits in the pieces that `page` was separated into. */
export function segment<J extends Judged>(
  page: OpenPage,
  judge: Judge<J>,
): Promise<Segmentation<J>> {
  return new Segmenter(page, judge).segment();
}

/** Takes the ink for one digit, whatever it looks like. */
export async function takeAsOne<J extends Judged>(
  page: OpenPage,
  judge: Judge<J>,
): Promise<Segmentation<J>> {
  page.keepOneDigit();
  const pieces = page.pieces();
  if (pieces.length === 0) return toSegmentation([]);
  const unit = { ...enclose(pieces), pieces: [...pieces.keys()] };
  const [digit] = await judge([page.draw(unit.pieces)]);
  return toSegmentation([[{ unit, cost: digit.loss, digit }]]);
}

function toSegmentation<J extends Judged>(lines: readonly Taken<J>[][]): Segmentation<J> {
  const all = lines.flat();
  return {
    lines: lines.map((line) => line.flatMap(({ digit }) => digit ? [digit] : []))
      .filter((line) => line.length > 0),
    cost: sum(all.map(({ cost }) => cost)),
    value: sum(all.map(({ unit, cost, digit }) => {
      return sizeOf(unit) * Math.max(-1, (digit ? 1 : 0) - cost); // one failure does not spoil all
    })),
  };
}

class Segmenter<J extends Judged> {
  readonly #page: OpenPage;
  readonly #judge: Judge<J>;
  /** Of the page's digits, in pixels. */
  #height = 0;
  /** By the indices of its pieces, what was judged. */
  readonly #judged = new Map<string, J>();

  constructor(page: OpenPage, judge: Judge<J>) {
    this.#page = page;
    this.#judge = judge;
  }

  async segment(): Promise<Segmentation<J>> {
    const pieces: Unit[] = this.#page.pieces().map((piece, i) => ({ ...piece, pieces: [i] }));
    if (pieces.length === 0) return toSegmentation([]);
    this.#height = typicalHeight(pieces);
    const one = await this.#takeAsOne(pieces);
    const units = await this.#joinAbove(pieces);
    this.#height = typicalHeight(units);
    const lines = findLines(units).map((line) => line.map((i) => units[i]));
    const slices = await this.#cutDoubtful(units);
    const read: Taken<J>[][] = [];
    for (const line of lines) read.push(await this.#readLine(line, slices));
    const several = toSegmentation(read);
    return one.cost + SEVERAL <= several.cost ? one : several;
  }

  /** Judges each unit once. */
  async #draw(units: readonly Unit[]): Promise<J[]> {
    const keys = units.map(({ pieces }) => pieces.toSorted((a, b) => a - b).join());
    const fresh = units.filter((_, i) => !this.#judged.has(keys[i]) && keys.indexOf(keys[i]) === i);
    const judged = await this.#judge(fresh.map(({ pieces }) => this.#page.draw(pieces)));
    fresh.forEach((unit, i) => this.#judged.set(keys[units.indexOf(unit)], judged[i]));
    return keys.map((key) => this.#judged.get(key)!);
  }

  /** All pieces but specks as one digit: one that fell apart into many has no lines. */
  async #takeAsOne(pieces: readonly Unit[]): Promise<Segmentation<J>> {
    const least = LEAST_PART * Math.max(...pieces.map(({ area }) => area));
    const unit = unite(pieces.filter(({ area }) => area >= least));
    const [digit] = await this.#draw([unit]);
    const rest = pieces.filter(({ area }) => area < least).map((piece) => this.#skip(piece));
    const cost = digit.loss + this.#unlikelihood(unit);
    return toSegmentation([[{ unit, cost, digit }, ...rest]]);
  }

  /**
   * Joins what lies one above the other where that makes a better digit: the bar of a 5, the halves
   * of a digit that a dry pen left in two.
   */
  async #joinAbove(pieces: readonly Unit[]): Promise<Unit[]> {
    let units = [...pieces];
    for (;;) {
      const pairs = units.flatMap((a) => units.filter((b) => isJustAbove(a, b)).map((b) => [a, b]));
      if (pairs.length === 0) return units;
      const concerned = [...new Set(pairs.flat())];
      const judged = await this.#draw(concerned);
      const losses = new Map(concerned.map((unit, i) => [unit, judged[i].loss]));
      const joined = await this.#draw(pairs.map(unite));
      const gains = pairs.map((pair, i) => {
        const costs = pair.map((unit) => Math.min(losses.get(unit)!, this.#skip(unit).cost));
        const closeness = Math.max(0, 1 - gapBetween(pair[0], pair[1]) / CLOSE);
        return sum(costs) + GAIN * closeness - joined[i].loss;
      });
      // The best first; what is joined already waits for the next round.
      const joinedNow = new Map<Unit, Unit>();
      for (const i of [...pairs.keys()].sort((a, b) => gains[b] - gains[a])) {
        if (!(gains[i] > 0)) break;
        if (pairs[i].some((unit) => joinedNow.has(unit))) continue;
        const unit = unite(pairs[i]);
        pairs[i].forEach((part) => joinedNow.set(part, unit));
      }
      if (joinedNow.size === 0) return units;
      units = [...units.filter((unit) => !joinedNow.has(unit)), ...new Set(joinedNow.values())];
    }
  }

  /**
   * Cuts the pieces that may be several digits. Gives, by what was the index of each piece, the
   * indices of its slices.
   */
  async #cutDoubtful(units: readonly Unit[]): Promise<number[][]> {
    const wide = units.filter((unit) =>
      unit.pieces.length === 1 && widthOf(unit) >= LEAST_WIDTH * heightOf(unit) &&
      heightOf(unit) >= LEAST_HEIGHT * this.#height
    );
    const judged = wide.length > 0 ? await this.#draw(wide) : [];
    const doubtful = wide.filter((_, i) => judged[i].loss > DOUBTFUL).map(({ pieces }) =>
      pieces[0]
    );
    const counts = this.#page.pieces().map(() => 1);
    if (doubtful.length > 0) this.#judged.clear(); // other pieces get their indices
    // From the last to the first: a cut moves what comes after it.
    for (const i of doubtful.sort((a, b) => b - a)) counts[i] = this.#page.cut(i);
    let next = 0;
    return counts.map((count) => Array.from({ length: count }, () => next++));
  }

  /** Finds the most likely way to see the units of a line as digits. */
  async #readLine(
    line: readonly Unit[],
    slices: readonly (readonly number[])[],
  ): Promise<Taken<J>[]> {
    const { items, wholes } = this.#itemsOf(line, slices);
    const candidates: Candidate[] = [];
    for (let from = 0; from < items.length; from++) {
      for (let to = from + 1; to <= items.length; to++) {
        const isWhole = wholes.has(`${from},${to}`);
        const parts = items.slice(from, to);
        const unit = unite(parts);
        if (parts.length > 1 && !isWhole && !this.#fits(unit, parts)) continue;
        const isCut = !isWhole && parts.some(({ isSlice }) => isSlice);
        const doubt = (isCut ? CUT : 0) + GAP * this.#gapsIn(parts);
        candidates.push({ from, to, unit, isWhole, doubt });
      }
    }
    const judged = await this.#draw(candidates.map(({ unit }) => unit));

    // The cheapest way to the place before each item, and the last step of it.
    const best: { cost: number; from: number; taken?: Taken<J> }[] = [{ cost: 0, from: 0 }];
    for (let to = 1; to <= items.length; to++) {
      best[to] = { cost: Infinity, from: to };
      const take = (from: number, taken: Taken<J>) => {
        const cost = best[from].cost + taken.cost;
        if (cost < best[to].cost) best[to] = { cost, from, taken };
      };
      take(to - 1, this.#skip(items[to - 1]));
      candidates.forEach(({ from, to: end, unit, isWhole, doubt }, i) => {
        if (end !== to) return;
        const cost = judged[i].loss + doubt + this.#unlikelihood(unit);
        take(from, { unit, cost, digit: { ...judged[i], doubt } });
        if (isWhole) take(from, this.#skip(unit));
      });
    }
    const taken: Taken<J>[] = [];
    for (let at = items.length; at > 0; at = best[at].from) taken.unshift(best[at].taken!);
    return taken;
  }

  /** What a line is put together from, and as "from,to" what is one whole piece that was cut. */
  #itemsOf(line: readonly Unit[], slices: readonly (readonly number[])[]) {
    const pieces = this.#page.pieces();
    const items: Unit[] = [];
    const wholes = new Set<string>();
    for (const unit of line) {
      const parts = unit.pieces.flatMap((i) => slices[i]);
      if (unit.pieces.length === 1 && parts.length > 1) {
        wholes.add(`${items.length},${items.length + parts.length}`);
        items.push(...parts.map((i) => ({ ...pieces[i], pieces: [i], isSlice: true })));
      } else {
        items.push({ ...unit, pieces: parts });
      }
    }
    return { items, wholes };
  }

  #fits(unit: Unit, parts: readonly Unit[]): boolean {
    return parts.filter(({ isSlice }) => !isSlice).length <= MOST_PIECES &&
      widthOf(unit) <= MOST_WIDTH * Math.max(this.#height, heightOf(unit));
  }

  /** How many columns without ink are between parts, as a share of the digits' height. */
  #gapsIn(parts: readonly Unit[]): number {
    let gaps = 0;
    let right = parts[0].right;
    for (const part of parts) {
      gaps += Math.max(0, part.left - right - 1);
      right = Math.max(right, part.right);
    }
    return gaps / this.#height;
  }

  /** The penalty for a digit of that size in that place, whatever it looks like. */
  #unlikelihood(unit: Unit): number {
    const deviation = Math.log(heightOf(unit) / this.#height) / HEIGHT_DEVIATION;
    const excess = Math.max(0, widthOf(unit) / heightOf(unit) / WIDE - 1);
    return deviation ** 2 / 2 + TOO_WIDE * excess + (this.#mayBeCutOff(unit) ? EDGE : 0);
  }

  #mayBeCutOff(unit: Unit): boolean {
    return heightOf(unit) < CUT_OFF * this.#height && this.#page.isAtEdge(unit);
  }

  /** Takes a unit for no part of a digit. */
  #skip(unit: Unit): Taken<J> {
    const length = Math.max(widthOf(unit), heightOf(unit)) / this.#height;
    const thickness = Math.min(widthOf(unit), heightOf(unit)) / this.#height;
    if (length >= LINE_LENGTH && thickness <= LINE_THICKNESS * length) return { unit, cost: LINE };
    const share = Math.min(1, Math.max(0, (length - SPECK) / (WHOLE - SPECK)));
    const room = Math.max(1, widthOf(unit) / heightOf(unit) / WIDE);
    return { unit, cost: NO_DIGIT * share * room * (this.#mayBeCutOff(unit) ? NEIGHBOUR : 1) };
  }
}

function isJustAbove(upper: Unit, lower: Unit): boolean {
  const shared = Math.min(upper.right, lower.right) - Math.max(upper.left, lower.left) + 1;
  return shared >= SHARED_COLUMNS * Math.min(widthOf(upper), widthOf(lower)) &&
    upper.top < lower.top && upper.bottom < lower.bottom &&
    gapBetween(upper, lower) <= FURTHEST_ABOVE;
}

/** How many rows lie between two units or are shared by them, as a part of the higher one's height. */
function gapBetween(upper: Unit, lower: Unit): number {
  return Math.abs(lower.top - upper.bottom) / Math.max(heightOf(upper), heightOf(lower));
}

function unite(units: readonly Unit[]): Unit {
  return { ...enclose(units), pieces: units.flatMap(({ pieces }) => pieces) };
}
