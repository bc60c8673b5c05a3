// What is no digit, beside digits: the data set that the network `reject` is trained on. Halves of
// digits, two digits at once and a digit with a piece of its neighbour matter most: they are what a
// string of digits is wrongly cut into.
// Source: the idea of training on such pieces is of LeCun, Bottou, Bengio & Haffner, Gradient-Based
// Learning Applied to Document Recognition (1998), section V on heuristic over-segmentation.

import { toMnist } from "../image/mnist.ts";
import { Ink } from "../image/ink.ts";
import { fit, Plane } from "../image/plane.ts";
import { Random } from "../random.ts";
import {
  beside,
  boxOf,
  inkOf,
  keepLeft,
  mirror,
  overlay,
  slimness,
  transpose,
  trim,
  wear,
} from "./canvas.ts";
import { filledShape, scribble, texture } from "./doodles.ts";
import { type Alphabet, drawings, faces, letters, signs, unseenLetters } from "./signs.ts";
import {
  type HandOptions,
  parseShapes,
  type Shape,
  type Stroke,
  writeDigit,
  writeShape,
} from "./strokes.ts";
import { drawStrokes, stepsFor } from "./synthetic.ts";

const SIZE = 28;
const PICTURE = SIZE * SIZE;

// As DIGIT_OR_OTHER has them.
const OTHER = 0;
const DIGIT = 1;

/** Digits of any data set. */
export interface LabelledDigits {
  /** `[count, 28, 28]`, 0 = paper to 255 = ink. */
  images: Uint8Array;
  /** `[count]`, the digits. */
  labels: Uint8Array;
  count: number;
}

/** Draws ink on a canvas; digits are `unit` pixels high there. */
type Draw = (random: Random, digits: Digits, unit: number) => Plane;

interface Kind {
  name: string;
  /** How common it is among the others. */
  weight: number;
  draw: Draw;
  /** Held out of training: it says how well what is new is told. */
  isUnseen?: boolean;
}

/** Digits to compose pictures of: the data set's, and the random pen's. */
class Digits {
  readonly #digits: LabelledDigits;

  constructor(digits: LabelledDigits) {
    this.#digits = digits;
  }

  /** `count` random digits of one source, each one of those allowed; `unit` pixels high or wide. */
  pick(random: Random, count: number, unit: number, allowed = "0123456789"): Plane[] {
    const isPenned = random.uniform() < 0.3;
    const penWidth = unit * randomPen(random);
    const is = (label: number) => allowed.includes(String(label));
    return Array.from({ length: count }, () => {
      const side = Math.round(unit * random.uniform(0.85, 1.15));
      if (isPenned) {
        const digit = Number(random.pick([...allowed]));
        return penned(writeDigit(random, digit, stepsFor(side)), side, penWidth);
      }
      let index = random.integer(this.#digits.count);
      // A few examples may have none of them: then any will do.
      for (let i = 0; i < 1000 && !is(this.#digits.labels[index]); i++) {
        index = random.integer(this.#digits.count);
      }
      return this.enlarged(index, side);
    });
  }

  /** The ink of one of the data set's pictures, `side` pixels high or wide. */
  enlarged(index: number, side: number): Plane {
    const ink = trim(new Plane(SIZE, SIZE, Float64Array.from(this.picture(index))));
    return ink ? fit(ink, side) : blank();
  }

  /** [28, 28] */
  picture(index: number): Uint8Array {
    return this.#digits.images.subarray(index * PICTURE, (index + 1) * PICTURE);
  }
}

function blank(): Plane {
  return new Plane(1, 1, new Float64Array(1));
}

/** A pen's width as a share of the height of what it writes: MNIST's have 0.09 to 0.19. */
function randomPen(random: Random): number {
  return Math.min(0.23, Math.max(0.04, Math.exp(random.normal(Math.log(0.11), 0.45))));
}

/** Strokes drawn so that they fit into `side` x `side` pixels. */
function penned(strokes: Stroke[], side: number, penWidth: number): Plane {
  const box = { x: 0, y: 0, width: side, height: side };
  const { pixels } = drawStrokes(strokes, { width: side, height: side, box, penWidth });
  return trim(new Plane(side, side, Float64Array.from(pixels))) ?? blank();
}

const written =
  (shapes: (random: Random) => readonly Shape[], hand?: HandOptions): Draw => (random, _, unit) =>
    penned(
      writeShape(random, shapes(random), stepsFor(unit), hand),
      unit,
      unit * randomPen(random),
    );

const oneOf = (alphabet: Alphabet, hand?: HandOptions): Draw =>
  written((random) => random.pick(alphabet), hand);

/** Two digits, sometimes three, side by side: apart, touching or overlapping a little. */
const together: Draw = (random, digits, unit) => {
  const count = random.uniform() < 0.15 ? 3 : 2;
  const [first, ...others] = digits.pick(random, count, unit);
  return others.reduce((line, digit) => {
    const y = Math.round((line.height - digit.height) / 2 + random.normal(0, 0.08 * unit));
    return beside(line, digit, Math.round(unit * random.uniform(-0.12, 0.25)), y);
  }, first);
};

/** Two digits, one above the other; not those of loops or lines, which would be an 8 or 1. */
const stacked: Draw = (random, digits, unit) => {
  const [upper, lower] = digits.pick(random, 2, unit, "23457").map(transpose);
  const y = Math.round((upper.height - lower.height) / 2 + random.normal(0, 0.1 * unit));
  return transpose(beside(upper, lower, Math.round(unit * random.uniform(-0.05, 0.25)), y));
};

/** A digit and a piece of its neighbour, or the pieces of two neighbours. */
const withPiece: Draw = (random, digits, unit) => {
  let [digit, neighbour] = digits.pick(random, 2, unit);
  // The left part of the right neighbour; mirrored before and after for the left one.
  const isLeft = random.uniform() < 0.5;
  if (isLeft) [digit, neighbour] = [mirror(digit), mirror(neighbour)];
  const piece = trim(keepLeft(random, neighbour, random.uniform(0.15, 0.65))) ?? neighbour;
  if (random.uniform() < 0.2) {
    const rest = mirror(keepLeft(random, mirror(digit), random.uniform(0.2, 0.6)));
    digit = trim(rest) ?? digit;
  }
  const y = Math.round((digit.height - piece.height) / 2 + random.normal(0, 0.1 * unit));
  const both = beside(digit, piece, Math.round(unit * random.uniform(-0.03, 0.15)), y);
  // A piece that is as small as dust, or behind the digit, leaves it a digit.
  if (inkOf(both) < (1 + LEAST_PIECE) * inkOf(digit)) return withPiece(random, digits, unit);
  return isLeft ? mirror(both) : both;
};
const LEAST_PIECE = 0.15;

// The parts that are left of digits when they are cut: only those that are seldom a digit of their
// own. The lower half of a 9 is a 1, the upper half of a 2 a 7, the right half of an 8 a 3, that of
// a 6 a 0.
const PARTS: readonly (readonly [allowed: string, cut: (plane: Plane, cut: Cut) => Plane])[] = [
  ["0234568", (plane, cut) => cut(plane)], // the left part
  ["0234568", (plane, cut) => cut(plane)], // twice: digits are cut upright mostly
  ["05", (plane, cut) => mirror(cut(mirror(plane)))], // the right part
  ["05", (plane, cut) => mirror(cut(mirror(plane)))],
  ["045", (plane, cut) => transpose(cut(transpose(plane)))], // the upper part
  ["0235", (plane, cut) => transpose(mirror(cut(mirror(transpose(plane)))))], // the lower part
];
type Cut = (plane: Plane) => Plane;

/** A piece of a digit. */
const piece: Draw = (random, digits, unit) => {
  const [allowed, cut] = random.pick(PARTS);
  const [digit] = digits.pick(random, 1, unit, allowed);
  const part = cut(digit, (plane) => keepLeft(random, plane, random.uniform(0.25, 0.6)));
  // A straight stroke is a 1: another piece then.
  return slimness(part) < 0.3 ? piece(random, digits, unit) : part;
};

const LINES = parseShapes([
  [3, "0,50 50,50 100,50"],
  [2, "0,30 50,28 100,32 / 0,60 50,62 100,58"],
  [2, "0,80 50,50 100,20"],
  [1, "0,20 50,50 100,80"],
  [2, "2,70 30,30! 40,70! 60,30! 70,70! 98,30"],
]);
const FRAMES = parseShapes([
  [2, "3,3 3,97! 97,97! 97,3! 3,3"],
  [2, "50,2 12,16 3,52 18,88 52,97 88,84 97,46 82,12 50,2"],
  [1, "3,3 3,97! 97,97"],
]);

/** A digit struck out: not a 0, 1, 4 or 7, which may have such a bar. */
const struck: Draw = (random, digits, unit) => {
  const [digit] = digits.pick(random, 1, unit, "235689");
  const side = Math.round(Math.max(digit.width, digit.height) * random.uniform(1.2, 1.5));
  return around(random, digit, LINES, side);
};

/** A digit in a frame or a circle. */
const framed: Draw = (random, digits, unit) => {
  const [digit] = digits.pick(random, 1, Math.round(unit / 2));
  return around(random, digit, FRAMES, unit);
};

/** A digit with strokes around or across its middle. */
function around(random: Random, digit: Plane, shapes: readonly Shape[], side: number): Plane {
  const strokes = writeShape(random, shapes, stepsFor(side), { slant: 0.1 });
  const line = penned(strokes, side, side * random.uniform(0.04, 0.12));
  const x = Math.round((digit.width - line.width) / 2 + random.normal(0, 0.03 * side));
  const y = Math.round((digit.height - line.height) / 2 + random.normal(0, 0.03 * side));
  return overlay(digit, line, x, y);
}

/** A digit on its side. */
const lying: Draw = (random, digits, unit) => {
  const [digit] = digits.pick(random, 1, unit, "235"); // the others are much like themselves
  return random.uniform() < 0.5 ? transpose(mirror(digit)) : mirror(transpose(digit));
};

/** A mirrored digit: not 0, 1, 4 and 8, nor 2 and 5, which are each other's. */
const mirrored: Draw = (random, digits, unit) => mirror(digits.pick(random, 1, unit, "3679")[0]);

const OTHERS: readonly Kind[] = [
  { name: "two digits", weight: 22, draw: together },
  { name: "digit and piece", weight: 20, draw: withPiece },
  { name: "piece of a digit", weight: 20, draw: piece },
  { name: "one above the other", weight: 5, draw: stacked },
  { name: "letter", weight: 12, draw: oneOf(letters) },
  { name: "new letter", weight: 3, draw: oneOf(unseenLetters), isUnseen: true },
  { name: "sign", weight: 6, draw: oneOf(signs) },
  { name: "scribble", weight: 6, draw: written((random) => [scribble(random)]) },
  { name: "drawing", weight: 4, draw: oneOf(drawings, { rounding: 0 }) }, // a round square is a 0
  { name: "face", weight: 3, draw: oneOf(faces), isUnseen: true },
  { name: "filled shape", weight: 3, draw: (random, _, unit) => filledShape(random, unit) },
  { name: "texture", weight: 4, draw: (random, _, unit) => texture(random, unit) },
  { name: "struck out", weight: 3, draw: struck },
  { name: "framed", weight: 3, draw: framed },
  { name: "lying", weight: 3, draw: lying },
  { name: "mirrored", weight: 3, draw: mirrored, isUnseen: true },
];

// Digits are drawn the same way as others, so that nothing but their shape tells them apart; some
// are left as the data set has them.
const AS_THEY_ARE = 0.4;
const PENNED = 0.25;
const DIGIT_KINDS = ["digit", "digit drawn anew", "digit of the pen"];

/** The names of the kinds that `digitsAndOthers` tells apart. */
export const KINDS: readonly string[] = [...DIGIT_KINDS, ...OTHERS.map(({ name }) => name)];

export interface OthersOptions {
  seed: number;
  /** Different streams of one seed have no picture in common. Below 16. Default 0. */
  stream?: number;
  /** How many pictures, at most twice as many as there are digits: all unless given. */
  count?: number;
  /** With the kinds that are held out of training. Default false. */
  withUnseen?: boolean;
}

/** Pictures with a label and a kind each. */
export interface MadeExamples {
  /** `[count, 28, 28]`, 0 = paper to 255 = ink. */
  images: Uint8Array<ArrayBuffer>;
  /** `[count]`: indices into `DIGIT_OR_OTHER`. */
  labels: Uint8Array<ArrayBuffer>;
  /** `[count]`, indices into `KINDS`. */
  kinds: Uint8Array<ArrayBuffer>;
  count: number;
}

/**
 * Makes pictures that are a digit and pictures that are none, by turns. Fewer are the first of more.
 *
 * @throws {RangeError} Where there are no digits to make them of.
 */
export function digitsAndOthers(
  digits: LabelledDigits,
  { seed, stream = 0, count = Infinity, withUnseen = false }: OthersOptions,
): MadeExamples {
  if (digits.count === 0) throw new RangeError("There are no digits to make pictures of");
  count = Math.min(count, 2 * digits.count);
  const made: MadeExamples = {
    images: new Uint8Array(count * PICTURE),
    labels: new Uint8Array(count),
    kinds: new Uint8Array(count),
    count,
  };
  const source = new Digits(digits);
  const others = OTHERS.filter(({ isUnseen }) => withUnseen || !isUnseen);
  for (let i = 0; i < count; i++) {
    const random = new Random(seed, FIRST_STREAM + (stream << 20 | i));
    const to = made.images.subarray(i * PICTURE, (i + 1) * PICTURE);
    const index = i >> 1;
    const { pixels, kind } = i % 2 === 0
      ? makeDigit(random, source, index)
      : makeOther(random, source, others);
    to.set(pixels);
    made.labels[i] = i % 2 === 0 ? DIGIT : OTHER;
    made.kinds[i] = KINDS.indexOf(kind);
  }
  return made;
}

/** Beyond the streams that other parts of the program draw from. */
const FIRST_STREAM = 1 << 24;

function makeDigit(random: Random, digits: Digits, index: number) {
  const chance = random.uniform();
  const [asItIs, anew, penned] = DIGIT_KINDS;
  if (chance < AS_THEY_ARE) return { pixels: digits.picture(index), kind: asItIs };
  if (chance < AS_THEY_ARE + PENNED) return { pixels: make(random, digits, byPen), kind: penned };
  // A blank one would be drawn anew for ever.
  if (inkOf(digits.enlarged(index, SIZE)) === 0) {
    return { pixels: digits.picture(index), kind: asItIs };
  }
  const draw: Draw = (_, digits, unit) => digits.enlarged(index, unit);
  return { pixels: make(random, digits, draw), kind: anew };
}

/** Any digit, by the random pen. */
const byPen: Draw = (random, _, unit) =>
  penned(writeDigit(random, random.integer(10), stepsFor(unit)), unit, unit * randomPen(random));

function makeOther(random: Random, digits: Digits, kinds: readonly Kind[]) {
  let rest = random.uniform(0, kinds.reduce((sum, { weight }) => sum + weight, 0));
  const { name, draw } = kinds.find(({ weight }) => (rest -= weight) < 0) ?? kinds[0];
  return { pixels: make(random, digits, draw), kind: name };
}

/** Half of what Otsu's method finds between paper and full ink: where image/page.ts ends strokes. */
const OUTLINE = 64;

/** Draws, and brings it into MNIST's form as the reader does with what it finds in a picture. */
function make(random: Random, digits: Digits, draw: Draw): Uint8Array {
  const unit = 36 + random.integer(50);
  for (;;) {
    const plane = trim(wear(random, draw(random, digits, unit), unit));
    // What wear left nothing of is drawn anew.
    if (plane && inkOf(plane) > 4) return toMnist(new Ink(boxOf(plane), plane, OUTLINE));
  }
}
